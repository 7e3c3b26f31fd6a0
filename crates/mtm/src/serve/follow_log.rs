//! Keeps derived tables up to date with the log, behind everybody's back.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use mtm_store::{Fault, Ledger};

use super::failing::passing;

/// How long the log may grow before it is looked at: many movements are added up for the price of one.
const GATHER: Duration = Duration::from_secs(5);

/// After how long it is looked at in any case.
const ANYWAY: Duration = Duration::from_secs(60);

/// Movements added up in one transaction: a few milliseconds of the writer.
const PIECE: u32 = 1_000;

/// Movements from one closing of the stock to the next, where the stock is not so large that they are rarer:
/// adding up half as many takes some hundredths of a second.
const CLOSING: u32 = 20_000;

/// Between two pieces of a long log: bookings go before.
const BREATH: Duration = Duration::from_millis(20);

/// So many times as long as a step of a closing took, nothing is done after it: a large ledger that has none
/// yet gets dozens, and whoever asks meanwhile has four fifths of the processor.
const REST: u32 = 4;

/// Follows the log as long as the server runs. Nobody waits for it: what it has not seen yet, questions
/// read from the log itself.
pub(super) async fn run(ledger: &Ledger) -> Result<Infallible, Fault> {
    let mut newest = ledger.subscribe();
    loop {
        if let Some(fault) = passing(catch_up(ledger).await)? {
            // The next round goes on where this one ended.
            tracing::debug!(%fault, "derived tables are not brought up to date for a moment");
        }
        tokio::time::sleep(GATHER).await;
        // Also without anything new: another server may have been elected, and have gone.
        let _ = tokio::time::timeout(ANYWAY, newest.changed()).await;
    }
}

/// What moved per day comes first, and again after every closing: questions wait for it sooner.
async fn catch_up(ledger: &Ledger) -> Result<(), Fault> {
    loop {
        while ledger.is_elected().await? && ledger.roll_up(PIECE).await? {
            tokio::time::sleep(BREATH).await;
        }
        if !ledger.is_elected().await? || !make_closing(ledger).await? {
            return Ok(());
        }
    }
}

/// Makes the next closing, step by step. Whether there was one to be made.
async fn make_closing(ledger: &Ledger) -> Result<bool, Fault> {
    let mut began = Instant::now();
    let Some(mut closing) = ledger.next_closing(CLOSING).await? else { return Ok(false) };
    loop {
        tokio::time::sleep((REST * began.elapsed()).max(BREATH)).await;
        began = Instant::now();
        if !closing.step(ledger).await? {
            return Ok(true);
        }
    }
}

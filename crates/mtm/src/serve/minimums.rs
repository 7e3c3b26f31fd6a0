//! Tells of parts whose stock fell below their minimum, behind everybody's back.

use std::convert::Infallible;
use std::time::Duration;

use mtm_store::minimum::MinimumWatch;
use mtm_store::{Fault, Ledger};

use super::failing::passing;

/// How long the log may grow before it is looked at: in a rush, once for many bookings.
const GATHER: Duration = Duration::from_millis(200);

/// After how long it is looked at in any case: another server may have been elected, and have gone.
const ANYWAY: Duration = Duration::from_secs(5);

/// Movements judged at once.
const PIECE: u32 = 1_000;

/// Between two pieces of a long log: bookings go before.
const BREATH: Duration = Duration::from_millis(20);

/// Follows the log as long as the server runs. What is not told yet, the next round tells.
pub(super) async fn run(ledger: &Ledger) -> Result<Infallible, Fault> {
    let mut newest = ledger.subscribe();
    let mut watch = MinimumWatch::default();
    loop {
        newest.mark_unchanged();
        if let Some(fault) = passing(catch_up(ledger, &mut watch).await)? {
            tracing::debug!(%fault, "nobody is told of minimum stock for a moment");
        }
        tokio::time::sleep(GATHER).await;
        let _ = tokio::time::timeout(ANYWAY, newest.changed()).await;
    }
}

async fn catch_up(ledger: &Ledger, watch: &mut MinimumWatch) -> Result<(), Fault> {
    while ledger.is_elected().await? && ledger.watch_minimums(watch, PIECE).await? {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

//! Takes what is news for people out of the outbox, behind everybody's back.

use std::convert::Infallible;
use std::time::Duration;

use mtm_store::{Fault, Ledger};

/// Between two looks: a browser asks for what is new not much later than it hears of the event.
const PAUSE: Duration = Duration::from_millis(200);

/// After how long it is looked at in any case: another server may have been elected, and have gone.
const ANYWAY: Duration = Duration::from_secs(5);

/// Events looked at in one question.
const PIECE: u32 = 2_000;

/// Follows the outbox as long as the server runs. What was not taken yet, the next round takes.
pub(super) async fn run(ledger: &Ledger) -> Infallible {
    let mut newest = ledger.subscribe();
    loop {
        newest.mark_unchanged();
        if let Err(error) = catch_up(ledger).await {
            tracing::debug!(%error, "nobody is told of news for a moment");
        }
        tokio::time::sleep(PAUSE).await;
        let _ = tokio::time::timeout(ANYWAY, newest.changed()).await;
    }
}

async fn catch_up(ledger: &Ledger) -> Result<(), Fault> {
    while ledger.is_elected().await? && ledger.take_notices(PIECE).await? {}
    Ok(())
}

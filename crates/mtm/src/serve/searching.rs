//! Keeps the index of free text near the present, so that searches by words read little.

use std::convert::Infallible;
use std::time::Duration;

use mtm_store::query::ReadError;
use mtm_store::{Fault, Ledger};

use super::failing::passing;

/// Between two looks at what was booked: searches look at what came in meanwhile by themselves.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest between two looks: another program's bookings wake nobody here.
const AT_LEAST: Duration = Duration::from_secs(30);
/// After a failure.
const LONGER: Duration = Duration::from_secs(10);

/// Indexes what is there, then what comes.
pub(super) async fn run(ledger: &Ledger) -> Result<Infallible, Fault> {
    let mut newest = ledger.subscribe();
    loop {
        newest.mark_unchanged();
        if let Some(fault) = passing(ledger.index_texts().await.map_err(fault))? {
            tracing::warn!(%fault, "free text could not be indexed; searches read more");
            tokio::time::sleep(LONGER).await;
            continue;
        }
        tokio::time::sleep(PAUSE).await;
        if let Ok(Err(_)) = tokio::time::timeout(AT_LEAST, newest.changed()).await {
            // The ledger has ended: nothing comes any more.
            std::future::pending::<()>().await;
        }
    }
}

fn fault(error: ReadError) -> Fault {
    match error {
        ReadError::Fault(fault) => fault,
        ReadError::Refused(refusal) => Fault::Permanent(refusal.to_string()),
    }
}

//! Keeps the index of free text near the present, so that searches by words read little.

use std::convert::Infallible;
use std::time::Duration;

use mtm_store::Ledger;

/// Between two looks at what was booked: searches look at what came in meanwhile by themselves.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest between two looks: another program's bookings wake nobody here.
const AT_LEAST: Duration = Duration::from_secs(30);
/// After a failure.
const LONGER: Duration = Duration::from_secs(10);

/// Indexes what is there, then what comes. What fails is logged and tried again.
pub(super) async fn run(ledger: &Ledger) -> Infallible {
    let mut newest = ledger.subscribe();
    loop {
        newest.mark_unchanged();
        match ledger.index_texts().await {
            Ok(()) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "free text could not be indexed; searches read more");
                tokio::time::sleep(LONGER).await;
                continue;
            }
        }
        if let Ok(Err(_)) = tokio::time::timeout(AT_LEAST, newest.changed()).await {
            // The ledger has ended: nothing comes any more.
            std::future::pending::<()>().await;
        }
    }
}

//! What a server does behind everybody's back: it lets go of keys, events, sessions and rows of
//! imports that are past their time.

use std::convert::Infallible;
use std::time::Duration;

use mtm_app::App;
use mtm_core::word::Timestamp;
use mtm_store::{Fault, Ledger};

const PAUSE: Duration = Duration::from_secs(3600);
/// Keys and events are kept for thirty days.
const KEPT_MICROS: i64 = 30 * 86_400 * 1_000_000;
/// What people were told of is kept three times as long.
const NOTICES_MICROS: i64 = 3 * KEPT_MICROS;

/// Tidies now and every hour. What fails is logged and tried again an hour later.
pub(super) async fn run(app: &App) -> Infallible {
    let mut hours = tokio::time::interval(PAUSE);
    loop {
        hours.tick().await;
        let (ledger, oldest) = (app.ledger(), app.clock().now().plus_micros(-KEPT_MICROS));
        if let Err(error) = ledger.purge_keys(oldest).await {
            tracing::warn!(%error, "old keys could not be removed");
        }
        if let Err(error) = purge_events(ledger, oldest).await {
            tracing::warn!(%error, "old events could not be removed");
        }
        if let Err(error) = ledger.purge_import_rows(oldest).await {
            tracing::warn!(%error, "old rows of imports could not be removed");
        }
        if let Err(error) = ledger.purge_deliveries().await {
            tracing::warn!(%error, "old deliveries to webhooks could not be removed");
        }
        if let Err(error) = ledger.purge_brokers(oldest).await {
            tracing::warn!(%error, "brokers that nobody has any more could not be removed");
        }
        let long_ago = app.clock().now().plus_micros(-NOTICES_MICROS);
        if let Err(error) = ledger.purge_notices(long_ago).await {
            tracing::warn!(%error, "old notifications could not be removed");
        }
        if let Err(error) = ledger.purge_expired_sessions().await {
            tracing::warn!(%error, "expired sessions could not be removed");
        }
    }
}

/// Lets go of old events; on a database server one of those that serve does it for all.
async fn purge_events(ledger: &Ledger, oldest: Timestamp) -> Result<(), Fault> {
    if ledger.is_elected().await? {
        ledger.purge_events(oldest).await?;
    }
    Ok(())
}

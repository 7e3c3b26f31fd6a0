//! What a server tidies up behind everybody's back: keys and sessions that are past their time.

use std::convert::Infallible;
use std::time::Duration;

use mtm_app::App;

const PAUSE: Duration = Duration::from_secs(3600);
/// Keys are kept for thirty days.
const KEYS_MICROS: i64 = 30 * 86_400 * 1_000_000;

/// Tidies now and every hour. What fails is logged and tried again an hour later.
pub(super) async fn run(app: &App) -> Infallible {
    let mut hours = tokio::time::interval(PAUSE);
    loop {
        hours.tick().await;
        let ledger = app.ledger();
        if let Err(error) = ledger.purge_keys(app.clock().now().plus_micros(-KEYS_MICROS)).await {
            tracing::warn!(%error, "old keys could not be removed");
        }
        if let Err(error) = ledger.purge_expired_sessions().await {
            tracing::warn!(%error, "expired sessions could not be removed");
        }
    }
}

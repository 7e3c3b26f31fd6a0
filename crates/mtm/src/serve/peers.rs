//! Looks after the systems that are called.

use std::convert::Infallible;
use std::time::Duration;

use mtm_app::App;
use mtm_store::Fault;

use super::failing::passing;

/// After a database that was away.
const PAUSE: Duration = Duration::from_secs(2);

/// Looks after them as long as the server runs. A database that is away keeps nobody from being called;
/// what is decided meanwhile counts when it is back.
pub(super) async fn run(app: &App) -> Result<Infallible, Fault> {
    loop {
        let Err(fault) = app.watch_peers().await;
        if let Some(fault) = passing(Err(fault))? {
            tracing::warn!(%fault, "nobody looks after systems that are called for a moment");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

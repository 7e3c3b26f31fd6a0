//! Checkpoints of the chain are left every hour; what went wrong outside is tried again every minute.

use std::convert::Infallible;
use std::time::Duration;

use mtm_app::checkpoint::Keeper;
use mtm_store::Ledger;

const AGAIN: Duration = Duration::from_secs(60);
/// Minutes from one checkpoint to the next.
const MINUTES: usize = 60;
/// The place outside gets this long.
const PATIENCE: Duration = Duration::from_secs(60);
/// And this long at a stop, which somebody waits for.
const PATIENCE_AT_A_STOP: Duration = Duration::from_secs(1);
/// All of the last one gets this long: a database that does not answer keeps nobody from stopping.
const AT_A_STOP: Duration = Duration::from_secs(4);

/// Leaves one now and every hour.
pub(super) async fn run(ledger: &Ledger, keeper: &Keeper) -> Infallible {
    loop {
        leave(ledger, keeper, PATIENCE).await;
        for _ in 0..MINUTES {
            tokio::time::sleep(AGAIN).await;
            if !keeper.is_settled() {
                keeper.keep_outside(ledger, PATIENCE).await;
            }
            if keeper.can_sign_again() {
                break;
            }
        }
    }
}

/// Leaves the last one.
pub(super) async fn leave_last(ledger: &Ledger, keeper: &Keeper) {
    let left = leave(ledger, keeper, PATIENCE_AT_A_STOP);
    if tokio::time::timeout(AT_A_STOP, left).await.is_err() {
        tracing::warn!("no last checkpoint was written: the database does not answer");
    }
}

/// What fails is logged, and told by the truth light: bookings go on.
async fn leave(ledger: &Ledger, keeper: &Keeper, patience: Duration) {
    match keeper.leave(ledger, patience).await {
        Ok(Some(path)) => tracing::info!(path = %path.display(), "checkpoint written"),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "no checkpoint was written"),
    }
}

//! Takes what is news for people out of the outbox, behind everybody's back.

use std::convert::Infallible;
use std::time::Duration;

use mtm_app::App;
use mtm_app::relay::NoticesDue;
use mtm_store::Fault;

use super::failing::passing;

/// Between two looks: a browser asks for what is new not much later than it hears of the event.
const PAUSE: Duration = Duration::from_millis(200);

/// After how long it is looked at in any case: another server may have been elected, and have gone.
const ANYWAY: Duration = Duration::from_secs(5);

/// Events looked at in one question.
const PIECE: u32 = 2_000;

/// Between two pieces of a long outbox: bookings go before.
const BREATH: Duration = Duration::from_millis(20);

/// Follows the outbox as long as the server runs. What was not taken yet, the next round takes.
pub(super) async fn run(app: &App) -> Result<Infallible, Fault> {
    let mut newest = app.ledger().subscribe();
    loop {
        newest.mark_unchanged();
        if let Some(fault) = passing(catch_up(app).await)? {
            tracing::warn!(%fault, "nobody is told of news for a moment");
        }
        tokio::time::sleep(PAUSE).await;
        let _ = tokio::time::timeout(ANYWAY, newest.changed()).await;
    }
}

async fn catch_up(app: &App) -> Result<(), Fault> {
    let ledger = app.ledger();
    while ledger.is_elected().await? {
        let more = ledger.take_notices(PIECE).await?;
        // What was taken may be due on somebody's way.
        app.bus().send(&NoticesDue);
        if !more {
            break;
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

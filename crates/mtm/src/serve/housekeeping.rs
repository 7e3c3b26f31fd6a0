//! What a server does behind everybody's back: it lets go of keys, events, sessions and rows of
//! imports and of ERPs' books that are past their time.

use std::convert::Infallible;
use std::time::Duration;

use mtm_app::App;
use mtm_core::word::Timestamp;
use mtm_store::{Fault, Ledger, PostError};

use super::failing::passing;

const PAUSE: Duration = Duration::from_secs(3600);
/// Between two pieces of something long.
const BREATH: Duration = Duration::from_millis(20);
/// Keys and events are kept for thirty days.
const KEPT_MICROS: i64 = 30 * 86_400 * 1_000_000;
/// What people were told of is kept three times as long.
const NOTICES_MICROS: i64 = 3 * KEPT_MICROS;

/// Tidies now and every hour. What passes by itself is logged and tried again an hour later; what does not
/// keeps nothing else from being tidied, and is told then.
pub(super) async fn run(app: &App) -> Result<Infallible, String> {
    let mut hours = tokio::time::interval(PAUSE);
    loop {
        hours.tick().await;
        let mut failed = Vec::new();
        for (what, purged) in tidy(app).await {
            match passing(purged) {
                Ok(None) => {}
                Ok(Some(fault)) => tracing::warn!(%fault, "{what} could not be removed"),
                Err(fault) => failed.push(format!("{what} could not be removed: {fault}")),
            }
        }
        if !failed.is_empty() {
            return Err(failed.join("; "));
        }
    }
}

/// Lets go of everything that is past its time, kind by kind.
async fn tidy(app: &App) -> [(&'static str, Result<(), Fault>); 11] {
    let ledger = app.ledger();
    let oldest = app.clock().now().plus_micros(-KEPT_MICROS);
    let long_ago = app.clock().now().plus_micros(-NOTICES_MICROS);
    [
        ("old keys", ledger.purge_keys(oldest).await.map(drop)),
        ("old events", purge_events(ledger, oldest).await),
        ("old rows of imports", ledger.purge_import_rows(oldest).await),
        ("old deliveries to webhooks", ledger.purge_deliveries().await.map(drop)),
        ("brokers that nobody has any more", ledger.purge_brokers(oldest).await.map(drop)),
        ("old notifications", ledger.purge_notices(long_ago).await.map(drop)),
        ("old rows of an ERP's books", sweep_erps(ledger).await),
        ("old postings that were only compared", sweep_postings(ledger).await),
        ("old print jobs", sweep_print_jobs(ledger).await),
        ("old pieces of machines", sweep_proposals(ledger).await),
        ("expired sessions", ledger.purge_expired_sessions().await.map(drop).map_err(fault)),
    ]
}

/// Lets go of old events; on a database server one of those that serve does it for all.
async fn purge_events(ledger: &Ledger, oldest: Timestamp) -> Result<(), Fault> {
    if ledger.is_elected().await? {
        ledger.purge_events(oldest).await?;
    }
    Ok(())
}

/// Lets go of what is not needed of ERPs' books, a piece at a time; bookings go between two of them.
async fn sweep_erps(ledger: &Ledger) -> Result<(), Fault> {
    while ledger.erp_sweep().await? {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Lets go of old postings that were only compared, likewise.
async fn sweep_postings(ledger: &Ledger) -> Result<(), Fault> {
    while ledger.sweep_postings().await? {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Lets go of old print jobs that are over, likewise.
async fn sweep_print_jobs(ledger: &Ledger) -> Result<(), Fault> {
    while ledger.sweep_print_jobs().await? {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Lets go of what machines counted long ago, and was booked or dropped, likewise.
async fn sweep_proposals(ledger: &Ledger) -> Result<(), Fault> {
    while ledger.sweep_proposals().await? {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

fn fault(error: PostError) -> Fault {
    match error {
        PostError::Fault(fault) => fault,
        PostError::Rejected(rejection) => Fault::Permanent(rejection.to_string()),
    }
}

//! Once a night, by one server.

use std::convert::Infallible;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::reconcile::{RunCause, RunRow};

use crate::App;
use crate::error::AppError;

/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(60);
/// Microseconds after which one that failed is made again.
const AGAIN: i64 = 30 * 60 * 1_000_000;

impl App {
    /// Compares with every system that is configured, once a night, as long as the server runs. One that
    /// fails is told, and made again half an hour later.
    pub async fn run_nightly_reconciliations(&self) -> Result<Infallible, Fault> {
        loop {
            if self.ledger().is_elected().await? {
                for (peer, setup) in self.books().all() {
                    let Some(at) = setup.nightly_at else { continue };
                    let last = self.last_nightly(&peer).await?;
                    if is_due(self.clock().now(), &self.site().zone, at, last.as_ref()) {
                        self.nightly(&peer).await;
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn nightly(&self, peer: &str) {
        match self.compare_with(peer, RunCause::Nightly, None).await {
            Ok(row) if row.opened > 0 => {
                tracing::warn!(peer, opened = row.opened, "the books differ where they did not");
            }
            Ok(_) => {}
            // Somebody asked for one just now.
            Err(AppError::Rejected(refusal)) => tracing::info!(%refusal, peer, "not compared"),
            Err(error) => tracing::warn!(%error, peer, "the nightly comparison failed"),
        }
    }

    async fn last_nightly(&self, peer: &str) -> Result<Option<RunRow>, Fault> {
        let runs = self.ledger().reconciliations(Some(peer.to_owned()), None, 50).await?;
        Ok(runs.into_iter().find(|run| run.cause == RunCause::Nightly))
    }
}

/// Whether the nightly comparison is due, whose day begins `at` minutes after midnight of the site.
fn is_due(now: Timestamp, zone: &TimeZone, at: u16, last: Option<&RunRow>) -> bool {
    let Some(begun) = begun(now, zone, at) else { return false };
    match last {
        Some(run) if run.started_at >= begun => {
            run.failed.is_some() && run.started_at.plus_micros(AGAIN) <= now
        }
        _ => true,
    }
}

/// When the last such time of the day was.
fn begun(now: Timestamp, zone: &TimeZone, at: u16) -> Option<Timestamp> {
    let local = now.civil()?.to_zoned(zone.clone());
    let (hour, minute) = (i8::try_from(at / 60).ok()?, i8::try_from(at % 60).ok()?);
    let time = Time::new(hour, minute, 0, 0).ok()?;
    let day = if local.time() < time { local.date().yesterday().ok()? } else { local.date() };
    let moment = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
    Some(moment.timestamp().into())
}

#[cfg(test)]
mod tests {
    use mtm_core::reconcile::Waiting;

    use super::*;

    fn run(started: &str, failed: bool) -> RunRow {
        let started_at = Timestamp::parse(started).unwrap();
        RunRow {
            id: 1,
            peer: "visual".to_owned(),
            cause: RunCause::Nightly,
            asked_by: None,
            started_at,
            finished_at: Some(started_at),
            failed: failed.then(|| "no".to_owned()),
            ours_at: None,
            ledger_at: None,
            on_hand_at: None,
            stale: Vec::new(),
            compared: 0,
            elsewhere: 0,
            waiting: Waiting::default(),
            found: 0,
            opened: 0,
            resolved: 0,
            clean: false,
        }
    }

    #[test]
    fn one_is_due_once_a_night_and_again_after_one_that_failed() {
        let zone = TimeZone::get("America/Chicago").unwrap();
        let due = |now: &str, last: Option<&RunRow>| {
            is_due(Timestamp::parse(now).unwrap(), &zone, 180, last)
        };
        assert!(due("2026-11-23T12:00:00Z", None));
        // Three in the morning there is nine.
        let yesterday = run("2026-11-22T09:00:30Z", false);
        assert!(!due("2026-11-23T08:59:00Z", Some(&yesterday)));
        assert!(due("2026-11-23T09:00:00Z", Some(&yesterday)));
        let today = run("2026-11-23T09:00:30Z", false);
        assert!(!due("2026-11-24T08:00:00Z", Some(&today)));
        let failed = run("2026-11-23T09:00:30Z", true);
        assert!(!due("2026-11-23T09:20:00Z", Some(&failed)));
        assert!(due("2026-11-23T09:31:00Z", Some(&failed)));
    }
}

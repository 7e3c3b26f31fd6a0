//! The ledger: does it open, is it whole as far as a quick look can tell, does the clock fit.

use mtm_core::word::Timestamp;
use mtm_platform::DataDirectory;
use mtm_store::integrity::VerifyRange;
use mtm_store::{Ledger, OpenOptions};

use super::Finding;
use crate::config::Config;
use crate::door::open_ledger;
use crate::failure::{Failure, Outcome};

/// Audit entries of a quick look.
const NEWEST: u64 = 5_000;
/// A clock may be so far behind the newest record: servers of a plant differ by seconds.
const TOLERANCE_MICROS: i64 = 60 * 1_000_000;
/// Before this program existed no clock can be right: 2026-01-01.
const EARLIEST: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

pub(super) async fn look(
    config: &Config,
    directory: Option<&DataDirectory>,
    findings: &mut Vec<Finding>,
) {
    let options = OpenOptions::default();
    let opened = match (&config.database, directory) {
        (Some(url), _) => Ledger::connect(url.reveal(), options).await.map_err(Failure::from),
        (None, Some(directory)) => open_ledger(&directory.database(), options).await,
        (None, None) => return,
    };
    let ledger = match opened {
        Ok(ledger) => ledger,
        Err(failure) => {
            let next = failure.next_step.unwrap_or_default();
            findings.push(Finding::problem("ledger", failure.message, next));
            return;
        }
    };
    if let Err(failure) = examine(&ledger, findings).await {
        let next = failure.next_step.unwrap_or_default();
        findings.push(Finding::problem("ledger", failure.message, next));
    }
    ledger.close().await;
}

async fn examine(ledger: &Ledger, findings: &mut Vec<Finding>) -> Outcome {
    let counts = ledger.counts().await?;
    findings.push(Finding::ok(
        "ledger",
        format!(
            "opens with the schema of this program: {} movements, {} buckets, {} parts",
            counts.movements, counts.buckets, counts.parts
        ),
    ));
    if ledger.count_admins().await? == 0 && !ledger.site().await?.demo {
        findings.push(Finding::warning(
            "administrator",
            "nobody can administer this plant yet",
            "Open the setup link that `mtm serve` prints, or `mtm user add NAME --role admin`.",
        ));
    }
    findings.push(clock(ledger.clock().now(), ledger.moments().await?.recorded));
    let from = counts.audit_entries.saturating_sub(NEWEST) + 1;
    let report = ledger.verify(VerifyRange::From(from), |_| {}).await?;
    findings.push(match report.first_bad {
        None => Finding::ok(
            "integrity",
            format!("the newest {} audit entries and their lots are as told", report.checked),
        ),
        Some(bad) => Finding::problem(
            "integrity",
            bad.message,
            "Keep a copy of the directory as it is; `mtm verify` looks at everything.",
        ),
    });
    Ok(())
}

fn clock(now: Timestamp, newest: Option<Timestamp>) -> Finding {
    let next = "Set this machine's clock, best by a time server.";
    if now < EARLIEST {
        return Finding::problem("clock", format!("the clock says {now}"), next);
    }
    match newest.filter(|newest| *newest > now.plus_micros(TOLERANCE_MICROS)) {
        Some(newest) => Finding::problem(
            "clock",
            format!("the clock says {now}, the newest record is of {newest}"),
            next,
        ),
        None => Finding::ok("clock", format!("{now}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn a_clock_behind_the_ledger_is_found() {
        let now = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let state = |now, at| clock(now, Some(at)).state;
        assert_eq!(state(now, now), State::Ok);
        assert_eq!(state(now, now.plus_micros(30_000_000)), State::Ok);
        assert_eq!(state(now, now.plus_micros(3_600_000_000)), State::Problem);
        assert_eq!(clock(Timestamp::default(), None).state, State::Problem);
    }
}

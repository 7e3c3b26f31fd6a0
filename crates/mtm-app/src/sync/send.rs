//! One posting on its way.

use std::time::Duration;

use mtm_connect::peer::CallFailed;
use mtm_connect::rest::{Connector, Found, Posted, Posting};
use mtm_core::sync::Fact;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::sync::{Attempt, DuePosting, Ended};

use super::FlowSettings;
use super::make::{Made, make, written};
use crate::App;

/// Pauses between two tries, in seconds; the last for as long as it takes. Nothing is ever given up by
/// itself: the log is the queue, and a system that was away for a week is told of the week.
const PAUSES: [u64; 5] = [5, 15, 60, 120, 300];
/// Longest that a system can ask to be left alone for.
const LONGEST: Duration = Duration::from_secs(3_600);
/// How long a system that does not know keys is given before it is believed that it has nothing: a request
/// that nobody waits for any more may still be on its way through it.
const ON_ITS_WAY: Duration = Duration::from_secs(120);
/// Until when a call that begins at `now` is surely over, and what it left on its way through the system, too.
pub(super) fn over_by(connector: &Connector, now: Timestamp) -> Timestamp {
    // Looking up goes before the call, and is given twice its time.
    after(now, connector.peer().settings().deadline * 3 + ON_ITS_WAY)
}

/// After how long what a killed program was sending is looked up.
pub(super) fn patience(connector: &Connector) -> Duration {
    if connector.mapping().honours_key() { Duration::ZERO } else { ON_ITS_WAY }
}

/// What is sent, and as what it is to be kept where it was made just now; or why there is nothing.
type Prepared = Result<(Posting, Option<String>), (&'static str, String)>;

/// What is sent: as it is kept, or made of the movement by what is declared now.
pub(super) fn posting_of(flow: &FlowSettings, due: &DuePosting) -> Result<Prepared, Fault> {
    if let Some(request) = &due.request {
        return Ok(match serde_json::from_str(request) {
            Ok(posting) => Ok((posting, None)),
            Err(error) => {
                Err(("posting_unusable", format!("what was kept cannot be read: {error}")))
            }
        });
    }
    let fact: Fact = serde_json::from_str(&due.fact)
        .map_err(|error| Fault::Permanent(format!("a kept movement cannot be read: {error}")))?;
    Ok(match make(flow, fact) {
        Made::Request(_, posting) => {
            let kept = written(&posting)?;
            Ok((posting, Some(kept)))
        }
        Made::Not { code, cause, .. } => Err((code, cause)),
        Made::ByHand(_) | Made::NotTold | Made::Untold(_) => {
            Err(("not_mapped", "the mapping has no posting for this any more".to_owned()))
        }
    })
}

/// Sends `posting`, or looks it up where it may be there, and says how that ended.
pub(super) async fn attempt(
    app: &App,
    connector: &Connector,
    due: &DuePosting,
    posting: Result<Posting, (&'static str, String)>,
    version: i64,
) -> Attempt {
    let it = |status, ended| Attempt { posting: due.id, version, status, ended };
    let posting = match posting {
        Ok(posting) => posting,
        // It may be there, and cannot be looked for any more.
        Err((_, cause)) if !due.is_fresh => return it(None, Ended::Unsure { cause }),
        Err((code, cause)) => {
            return it(None, Ended::Refused { code: Some(code.to_owned()), cause });
        }
    };
    let key = due.movement.to_string();
    if !due.is_fresh {
        let found = connector.find(&posting, &key).await;
        return it(None, looked(app, connector, due, found));
    }
    // Nothing is sent late: whoever comes after this one counts on it.
    let looking_up = connector.peer().settings().deadline * 2;
    let posted = match tokio::time::timeout(looking_up, connector.prepared(&posting)).await {
        Ok(Ok(ready)) => connector.post(&ready, &key).await,
        Ok(Err(unready)) => unready.into(),
        Err(_) => {
            let failed = CallFailed::TimedOut(looking_up);
            Posted::NotNow { failed, retry_after: None }
        }
    };
    let (status, ended) = sent(app, connector, due, posted);
    it(status, ended)
}

fn sent(
    app: &App,
    connector: &Connector,
    due: &DuePosting,
    posted: Posted,
) -> (Option<u16>, Ended) {
    let now = app.clock().now();
    let later = |asked: Option<Duration>| {
        let pause = asked.unwrap_or_default().min(LONGEST).max(pause(due.attempts));
        after(now, pause)
    };
    match posted {
        Posted::Accepted { document } => (None, Ended::Posted { document }),
        Posted::Refused { status, code, detail } => {
            let cause = detail.unwrap_or_else(|| format!("it answered with status {status}"));
            // Nothing was sent where a look-up said no.
            ((status > 0).then_some(status), Ended::Refused { code, cause })
        }
        Posted::NotNow { failed, retry_after } => {
            let cause = failed.to_string();
            (None, Ended::NotNow { cause, due: later(retry_after) })
        }
        Posted::Unknown { failed } => {
            // Soon, because others of the part wait.
            let asked = (!connector.mapping().honours_key()).then_some(ON_ITS_WAY);
            (None, Ended::Unknown { cause: failed.to_string(), due: later(asked) })
        }
    }
}

fn looked(
    app: &App,
    connector: &Connector,
    due: &DuePosting,
    found: Result<Found, CallFailed>,
) -> Ended {
    match found {
        Ok(Found::Posted { document }) => Ended::Posted { document },
        Ok(Found::Nothing) => Ended::NotThere,
        // Sent again under its own key it counts once.
        Ok(Found::CannotTell) if connector.mapping().honours_key() => Ended::NotThere,
        Ok(Found::CannotTell) => Ended::Unsure {
            cause: "it was sent, no answer came, and this system cannot be asked what became of it"
                .to_owned(),
        },
        Err(failed) => {
            let due = after(app.clock().now(), pause(due.attempts));
            Ended::Unknown { cause: failed.to_string(), due }
        }
    }
}

fn pause(attempts: u32) -> Duration {
    let at = usize::try_from(attempts).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
    Duration::from_secs(PAUSES[at])
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.plus_micros(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX))
}

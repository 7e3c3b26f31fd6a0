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
/// How long what is under way is left to whoever began it, beyond the deadline of the call.
const LEFT: Duration = Duration::from_secs(60);

/// Until when a call that begins at `now` is surely over.
pub(super) fn over_by(connector: &Connector, now: Timestamp) -> Timestamp {
    // A look-up may go before the call, and a fresh token before both.
    after(now, connector.peer().settings().deadline * 3 + LEFT)
}

/// Sends `due`, or looks it up, and says how that ended.
pub(super) async fn attempt(
    app: &App,
    flow: &FlowSettings,
    connector: &Connector,
    due: &DuePosting,
    version: i64,
) -> Result<Attempt, Fault> {
    let it = |status, request, ended| Attempt { posting: due.id, version, status, request, ended };
    let (posting, made) = match posting_of(flow, due)? {
        Ok(found) => found,
        Err((code, cause)) => {
            let code = Some(code.to_owned());
            return Ok(it(None, None, Ended::Refused { code, cause }));
        }
    };
    let key = due.movement.to_string();
    if !due.is_fresh {
        let found = connector.find(&posting, &key).await;
        return Ok(it(None, made, looked(app, connector, due, found)));
    }
    let posted = connector.post(&posting, &key).await;
    let (status, ended) = sent(app, connector, due, posted);
    Ok(it(status, made, ended))
}

/// What is sent: as it is kept, or made of the movement by what is declared now, which is then kept.
type Prepared = Result<(Posting, Option<String>), (&'static str, String)>;

fn posting_of(flow: &FlowSettings, due: &DuePosting) -> Result<Prepared, Fault> {
    let unreadable = |error| Fault::Permanent(format!("a kept posting cannot be read: {error}"));
    if let Some(request) = &due.request {
        let posting = serde_json::from_str(request).map_err(unreadable)?;
        return Ok(Ok((posting, None)));
    }
    let fact: Fact = serde_json::from_str(&due.fact).map_err(unreadable)?;
    Ok(match make(flow, fact) {
        Made::Request(_, posting) => {
            let kept = written(&posting)?;
            Ok((posting, Some(kept)))
        }
        Made::Not { code, cause, .. } => Err((code, cause)),
        Made::ByHand(_) | Made::NotTold => {
            Err(("not_mapped", "the mapping has no posting for this any more".to_owned()))
        }
    })
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

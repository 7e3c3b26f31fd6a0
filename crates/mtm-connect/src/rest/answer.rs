//! What became of a posting, by the answer: the line between "nothing happened", "it says no" and "it may
//! have happened".
//!
//! What is sent and not answered may have happened. So may what is answered with something else than the
//! mapping knows: only what it lists is a yes, a no, or nothing done.

use std::time::Duration;

use serde_json::Value;

use super::json::{first, is_same, text_of};
use crate::outgoing::{CallError, TlsFault};
use crate::peer::{CallFailed, Peer, Response};

/// The statuses that are a no unless the mapping says otherwise: those by which a server says that it did
/// not follow a request (RFC 9110, section 15.5), but for those that are about time.
pub(super) const REFUSED: [u16; 11] = [400, 403, 404, 405, 409, 410, 412, 413, 414, 415, 422];

/// Longest code and document number.
const LONGEST_NAME: usize = 100;

/// What became of a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// The success test holds.
    Accepted {
        /// The number of the document there.
        document: Option<String>,
    },
    /// A business no: sending the same again does not help.
    Refused {
        /// The status of HTTP; 0 where nothing was sent, because a look-up found nothing or not enough.
        status: u16,
        /// Its code there, or ours where nothing was sent.
        code: Option<String>,
        /// What it says, bounded and printable, without what was shown to it as a proof.
        detail: Option<String>,
    },
    /// Certainly nothing happened there.
    NotNow {
        /// Why.
        failed: CallFailed,
        /// How long it asks to be left alone for.
        retry_after: Option<Duration>,
    },
    /// It may have happened: look before anything is sent again.
    Unknown {
        /// Why that is not known.
        failed: CallFailed,
    },
}

/// What was found of a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It was posted.
    Posted {
        /// The number of the document there.
        document: Option<String>,
    },
    /// It was not, when it was looked for. One that is on its way still comes later.
    Nothing,
    /// The mapping does not say how, or the answer does not say it.
    CannotTell,
}

/// How answers are understood.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    /// Statuses that say yes.
    pub(super) success: Vec<u16>,
    /// What stands where in an answer that says yes.
    pub(super) must: Vec<(String, Value)>,
    /// Statuses that say no.
    pub(super) refused: Vec<u16>,
    /// Statuses that say that nothing was done.
    pub(super) not_done: Vec<u16>,
    /// Where the document's number stands; the first that is there.
    pub(super) document: Vec<String>,
    /// Where a no has its code.
    pub(super) code: Vec<String>,
    /// Where a no has its words.
    pub(super) detail: Vec<String>,
}

impl Answers {
    /// What became of a posting whose call ended so.
    pub(super) fn judge(&self, peer: &Peer, called: Result<Response, CallFailed>) -> Posted {
        let response = match called {
            Ok(response) => response,
            Err(failed) if never_arrived(&failed) => {
                return Posted::NotNow { failed, retry_after: None };
            }
            Err(failed) => return Posted::Unknown { failed },
        };
        let status = response.status;
        if status == 429 || self.not_done.contains(&status) {
            let (failed, retry_after) = (CallFailed::Unwell(status), response.retry_after);
            return Posted::NotNow { failed, retry_after };
        }
        if self.success.contains(&status) {
            return self.accepted(peer, &response);
        }
        if self.refused.contains(&status) {
            let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
            let code = first(&body, &self.code).and_then(text_of).and_then(|it| name(peer, &it));
            let detail = first(&body, &self.detail).map(|value| peer.printable(&words(value)));
            let detail = detail.filter(|text| !text.is_empty());
            return Posted::Refused { status, code, detail };
        }
        Posted::Unknown { failed: CallFailed::Unwell(status) }
    }

    fn accepted(&self, peer: &Peer, response: &Response) -> Posted {
        let unknown = |why| Posted::Unknown { failed: CallFailed::Unreadable(why) };
        let wants_nothing = self.must.is_empty() && self.document.is_empty();
        if wants_nothing && response.body.is_empty() {
            return Posted::Accepted { document: None };
        }
        let Ok(body) = serde_json::from_slice::<Value>(&response.body) else {
            return unknown("it is no JSON");
        };
        let holds = |(place, value): &(String, Value)| {
            body.pointer(place).is_some_and(|found| is_same(value, found))
        };
        if !self.must.iter().all(holds) {
            return unknown("the success test of the mapping does not hold");
        }
        let document = first(&body, &self.document).and_then(text_of);
        match document.and_then(|it| name(peer, &it)) {
            None if !self.document.is_empty() => unknown("it names no document"),
            document => Posted::Accepted { document },
        }
    }
}

/// Whether a call that failed so never reached the system, or was not followed there.
fn never_arrived(failed: &CallFailed) -> bool {
    match failed {
        CallFailed::Credential(_)
        | CallFailed::NotTaken
        | CallFailed::Guarded(_)
        | CallFailed::Elsewhere
        | CallFailed::Address(_)
        | CallFailed::Certificates(_)
        | CallFailed::Call(CallError::Refused(_) | CallError::Unreachable(_)) => true,
        // What breaks TLS may break it after the request was sent.
        CallFailed::Call(CallError::Tls(fault)) => !matches!(fault, TlsFault::Protocol(_)),
        CallFailed::Call(CallError::TimedOut(_) | CallError::Broken(_) | CallError::Endless(_))
        | CallFailed::TimedOut(_)
        | CallFailed::OtherContent { .. }
        | CallFailed::Unreadable(_)
        | CallFailed::Unwell(_) => false,
    }
}

/// A code or number of a document, as it may be kept; nothing of what is none.
pub(super) fn name(peer: &Peer, text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.len() <= LONGEST_NAME;
    (fits && peer.printable(text) == text).then(|| text.to_owned())
}

/// The words of a no: a text, or what texts a table or list holds.
fn words(value: &Value) -> String {
    match value {
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", words(value)));
            members.collect::<Vec<_>>().join("; ")
        }
        other => text_of(other).unwrap_or_default(),
    }
}

//! The other side of calls in memory, for tests; it answers as real servers do
//! (`tests/connect/calls.rs`).
//!
//! Every answer is there at once, and nothing is sent anywhere, so that a seed replays what happens
//! around it. Absent on purpose: names and addresses; those rules are tested on the real client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::client::CallError;
use super::message::{Answered, Message, Reply};

/// A call as the other side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// To where.
    pub url: String,
    /// Headers, as they were given.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What the other side does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It answers with this status.
    Status(u16),
    /// It answers with this status, and asks to be left alone for so many seconds.
    Later(u16, u64),
    /// It says nothing until the deadline.
    Silence,
    /// It hangs up; whether it took what was sent, only the script knows.
    HangUp,
    /// Nobody is there.
    Away,
}

type Script = dyn Fn(&Call) -> Answer + Send + Sync;

/// The other side.
#[derive(Clone)]
pub(super) struct Fake(Arc<Script>);

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub(super) fn new(script: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(script))
    }

    pub(super) fn answer(&self, call: &Call, whole: Duration) -> Result<Reply, CallError> {
        let reply = |status, excerpt: &str, seconds: Option<u64>| Reply {
            status,
            excerpt: excerpt.to_owned(),
            retry_after: seconds.map(Duration::from_secs),
        };
        match (self.0)(call) {
            Answer::Status(status) => Ok(reply(status, "ok", None)),
            Answer::Later(status, seconds) => Ok(reply(status, "", Some(seconds))),
            Answer::Silence => Err(CallError::TimedOut(whole.as_secs())),
            Answer::HangUp => Err(CallError::Broken("it hung up".to_owned())),
            Answer::Away => Err(CallError::Unreachable("nobody is there".to_owned())),
        }
    }
}

type ScriptOfAll = dyn Fn(&Message) -> Result<Answered, CallError> + Send + Sync;

/// The other side of whole requests. What is longer than was asked for ends as on the real way.
#[derive(Clone)]
pub(super) struct FakeOfAll(Arc<ScriptOfAll>);

impl fmt::Debug for FakeOfAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeOfAll")
    }
}

impl FakeOfAll {
    pub(super) fn new(
        script: impl Fn(&Message) -> Result<Answered, CallError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(script))
    }

    pub(super) fn answer(&self, message: &Message) -> Result<Answered, CallError> {
        let answered = (self.0)(message)?;
        if answered.body.len() > message.most {
            return Err(CallError::Endless(message.most));
        }
        Ok(answered)
    }
}

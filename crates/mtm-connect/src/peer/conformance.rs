//! The way to a peer, step by step: what is as it should be, and where it ends.
//!
//! Somebody asks for it and waits, so that its guard is passed by: also a peer that is left alone is tried
//! once. Steps behind one that failed are not tried; they would say the same again.

mod network;
mod steps;

use std::time::{Duration, Instant};

use super::Peer;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warning,
    /// The way ends here.
    Failed,
    /// The way ended before.
    NotTried,
    /// There is nothing to try.
    NotNeeded,
}

impl State {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::NotTried => "not_tried",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// What a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was tried.
    pub name: &'static str,
    /// How it ended.
    pub state: State,
    /// What was found; the cause, where something is wrong.
    pub found: String,
    /// A stable name of what is wrong.
    pub code: Option<&'static str>,
    /// What to do about it.
    pub next_step: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Every step, in order.
pub const STEPS: [&str; 9] = [
    "address",
    "name",
    "connection",
    "tls",
    "credential",
    "call",
    "content_type",
    "clock",
    "without_credential",
];

/// What a step comes to, before it is known how long it took.
#[derive(Debug, Clone)]
struct Found {
    state: State,
    words: String,
    code: Option<&'static str>,
    next_step: Option<String>,
}

impl Found {
    fn ok(words: impl Into<String>) -> Self {
        Self { state: State::Ok, words: words.into(), code: None, next_step: None }
    }

    fn not_needed(words: impl Into<String>) -> Self {
        Self { state: State::NotNeeded, ..Self::ok(words) }
    }

    fn warning(code: &'static str, words: impl Into<String>, next: impl Into<String>) -> Self {
        let next_step = Some(next.into());
        Self { state: State::Warning, words: words.into(), code: Some(code), next_step }
    }

    fn failed(code: &'static str, words: impl Into<String>, next: impl Into<String>) -> Self {
        Self { state: State::Failed, ..Self::warning(code, words, next) }
    }

    fn of(failed: &super::CallFailed) -> Self {
        Self::failed(failed.code(), failed.to_string(), failed.next_step())
    }
}

/// Steps that were made, and those that are not any more.
struct Report {
    steps: Vec<Step>,
    is_over: bool,
}

impl Report {
    /// Makes the next step, unless the way has ended.
    async fn step<T>(&mut self, work: impl Future<Output = (Found, Option<T>)>) -> Option<T> {
        let name = STEPS[self.steps.len().min(STEPS.len() - 1)];
        if self.is_over {
            let (state, found) = (State::NotTried, "the way ended before".to_owned());
            let took = Duration::ZERO;
            self.steps.push(Step { name, state, found, code: None, next_step: None, took });
            return None;
        }
        let began = Instant::now();
        let (Found { state, words: found, code, next_step }, value) = work.await;
        self.is_over = state == State::Failed;
        self.steps.push(Step { name, state, found, code, next_step, took: began.elapsed() });
        value
    }
}

/// Goes the way to `peer`. It ends, whatever is on the way: each step has the peer's deadline.
pub async fn examine(peer: &Peer) -> Vec<Step> {
    let mut report = Report { steps: Vec::with_capacity(STEPS.len()), is_over: false };
    steps::all(peer, &mut report).await;
    report.steps
}

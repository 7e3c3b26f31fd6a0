//! The unit of "once": what a caller submits under one key, and what it is answered.

use mtm_core::Rejection;
use mtm_core::command::Command;
use mtm_core::outcome::{Outcome, Verdict};
use mtm_core::word::UserId;

use crate::fault::Fault;

/// A client-made key and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The client's text, unique per site.
    pub key: String,
    /// SHA-256 of principal, method, path and the parsed command without `confirm`.
    pub fingerprint: [u8; 32],
    /// Whose key it is.
    pub user: UserId,
}

/// Whether to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Write, durably, before answering.
    #[default]
    Commit,
    /// Decide on everything as if it were written, in order, then undo it all: shows
    /// consequences. Never stores a key.
    Preview,
}

/// One or more commands submitted together.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Looked up first; `None` only for previews and callers that cannot repeat themselves.
    pub key: Option<IdempotencyKey>,
    /// In order.
    pub commands: Vec<Command>,
    /// All or none. Otherwise each command has a verdict of its own.
    pub atomic: bool,
    /// Whether to write.
    pub mode: Mode,
    /// W3C trace context for the events.
    pub traceparent: Option<String>,
}

impl Submission {
    /// A single command.
    pub fn single(key: Option<IdempotencyKey>, command: Command) -> Self {
        Self { key, commands: vec![command], atomic: true, mode: Mode::Commit, traceparent: None }
    }
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether this is the stored answer to an earlier submission under the same key.
    pub replayed: bool,
    /// One verdict per command, in order; all accepted when the submission was atomic.
    pub verdicts: Vec<Verdict>,
}

impl Answer {
    /// The outcome of a single-command submission.
    pub fn into_single(self) -> Result<Outcome, PostError> {
        match self.verdicts.into_iter().next() {
            Some(Verdict::Accepted(outcome)) => Ok(outcome),
            Some(Verdict::Refused(rejection)) => Err(PostError::Rejected(rejection)),
            None => Err(PostError::Fault(Fault::Permanent("no verdict was given".to_owned()))),
        }
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The domain refused (for an atomic batch: the first refused item, named in `field`).
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

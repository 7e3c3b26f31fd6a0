//! The guard around calls to another system: one for each peer and endpoint.
//!
//! Another system that is away, slow or broken must cost neither us nor it. So every call asks its guard
//! first. [`breaker`] stops calling a peer that fails or is slow, and tries it by one call at a time until
//! it is well; [`limit`] bounds how often it is called, [`bulkhead`] how many calls are under way at once,
//! [`budget`] what is sent again by itself, and a deadline ends each call. [`Guard`] puts them around a
//! call. What a call's end means for the peer is a [`Verdict`], by the one table of troubles: a peer that
//! says no to what it was sent is well, however often it does.
//!
//! The parts are state machines that are told the moment and drawn from a seed: no clock and no randomness
//! of their own, so that a run is replayed, and every order of events is tried out
//! (`tests/connect/guard_model.rs`). They survive a clock that is set back.
//!
//! Deliberately absent: what becomes of a call that was refused. Whoever wanted it keeps it, and says when
//! it is due.

pub mod breaker;
pub mod budget;
pub mod bulkhead;
mod call;
pub(crate) mod jitter;
pub mod limit;
mod passage;
mod settings;
mod verdict;
mod view;
mod window;

pub use mtm_core::guard::{Hold, State};
use mtm_core::trouble::Trouble;
use mtm_core::word::Timestamp;

pub use self::call::{Repeatable, Unanswered};
pub use self::passage::{Guard, Moments, Passage};
pub use self::settings::Settings;
pub use self::verdict::Verdict;
pub use self::view::{Counts, View};

/// Why a call was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The peer fails or is slow, and is left alone for a while.
    Open,
    /// Somebody said that it is not to be called.
    Held,
    /// As many calls as may be are under way, or wait.
    Busy,
    /// It was called as often as it may be.
    Rate,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 4] = [Self::Open, Self::Held, Self::Busy, Self::Rate];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Busy => "busy",
            Self::Rate => "rate",
        }
    }

    const fn place(self) -> usize {
        match self {
            Self::Open => 0,
            Self::Held => 1,
            Self::Busy => 2,
            Self::Rate => 3,
        }
    }
}

/// A call that was not made: nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not called: {}", self.cause.as_str())]
pub struct Refusal {
    /// Why.
    pub cause: Cause,
    /// Not before then is it worth asking again, where that is known.
    pub until: Option<Timestamp>,
}

impl Refusal {
    /// What it is to whoever wanted the call.
    pub const fn trouble(self) -> Trouble {
        Trouble::Transient
    }
}

/// A duration in microseconds.
fn micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

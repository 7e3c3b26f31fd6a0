//! How a guard stands, for whoever looks.

use mtm_core::guard::{Hold, State};
use mtm_core::word::Timestamp;

use super::Cause;

/// How a guard stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// How its breaker stands.
    pub state: State,
    /// What somebody decided about it.
    pub hold: Hold,
    /// Since when it stands so; open and half open are one.
    pub since: Timestamp,
    /// From when on the next call is a probe, where it is open by itself.
    pub next_probe_at: Option<Timestamp>,
    /// Calls that count.
    pub calls: u32,
    /// Of them, those that failed.
    pub failed: u32,
    /// Of them, those that were slow.
    pub slow: u32,
    /// Calls under way.
    pub in_flight: u32,
    /// Since the guard began.
    pub counts: Counts,
}

/// What became of calls since the guard began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Taken.
    pub taken: u64,
    /// Answered by a no to what was sent.
    pub said_no: u64,
    /// Not answered, or by a failure.
    pub failed: u64,
    /// Of all of them, those that were slow.
    pub slow: u64,
    /// Given up by whoever made them.
    pub given_up: u64,
    /// Repeated by the guard.
    pub repeated: u64,
    /// How often the breaker opened by itself.
    pub opened: u64,
    /// Calls that were not made, by [`Cause::ALL`].
    pub refused: [u64; 4],
}

impl Counts {
    /// Calls that were not made because of `cause`.
    pub const fn refused_by(&self, cause: Cause) -> u64 {
        self.refused[cause.place()]
    }

    pub(super) const fn refuse(&mut self, cause: Cause) {
        self.refused[cause.place()] += 1;
    }
}

//! What the model knows.

use mtm_connect::guard::breaker::Permit;
use mtm_connect::guard::{Hold, State};

use super::{LONGEST, PAUSE, SECOND, WINDOW};

/// A call under way, as the model knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Under {
    pub(super) permit: Permit,
    /// Whether its end says anything: nothing changed since it was let through.
    pub(super) counts: bool,
    pub(super) is_probe: bool,
}

/// The plain model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Model {
    pub(super) hold: Hold,
    pub(super) state: State,
    /// Calls that ended while it was closed: when, failed, slow.
    pub(super) ended: Vec<(i64, bool, bool)>,
    /// Open: until when, and how long the pause is.
    pub(super) until: i64,
    pub(super) pause: i64,
    pub(super) deadline: i64,
    pub(super) failed_probes: u32,
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            hold: Hold::Automatic,
            state: State::Closed,
            ended: Vec::new(),
            until: 0,
            pause: 0,
            deadline: 0,
            failed_probes: 0,
        }
    }

    /// A call ended. A clock that was set back a little stands still; far off it begins anew.
    pub(super) fn remember(&mut self, now: i64, failed: bool, slow: bool) {
        let newest = self.ended.iter().map(|it| it.0).max();
        if newest.is_some_and(|newest| (newest - now).abs() >= WINDOW * SECOND) {
            self.ended.clear();
        }
        let at = self.ended.iter().map(|it| it.0).fold(now, i64::max);
        self.ended.push((at, failed, slow));
        self.ended.retain(|it| at - it.0 < WINDOW * SECOND);
    }

    /// The bounds of the next pause, in microseconds.
    pub(super) fn pauses(&self) -> (i64, i64) {
        let pause = (PAUSE << self.failed_probes.min(8)).min(LONGEST) * SECOND;
        (pause * 3 / 4, pause)
    }
}

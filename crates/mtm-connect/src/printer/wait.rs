//! How long what a printer has is waited for.

use mtm_core::print::Condition;
use tokio::time::Instant;

use super::{Deadlines, Lost};

/// Since when a printer has something, and since when it is as it is.
#[derive(Debug)]
pub(super) struct Patience {
    deadlines: Deadlines,
    condition: Condition,
    since: Instant,
    sent: Instant,
}

/// Whether there is something to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// It is otherwise than before.
    Changed,
    /// It is as before.
    Same,
}

impl Patience {
    /// From now on, with a printer that was ready.
    pub(super) fn new(deadlines: Deadlines) -> Self {
        let now = Instant::now();
        Self { deadlines, condition: Condition::Ready, since: now, sent: now }
    }

    /// The printer is so now. An error where that took too long: in one condition, or in all.
    pub(super) fn with(&mut self, condition: Condition) -> Result<Waiting, Lost> {
        let mut waiting = Waiting::Same;
        if condition != self.condition {
            (self.condition, self.since) = (condition, Instant::now());
            waiting = Waiting::Changed;
        }
        let Deadlines { print, held, .. } = self.deadlines;
        let is_late = self.sent.elapsed() > print.saturating_add(held);
        match condition {
            Condition::Ready if is_late || self.since.elapsed() > print => Err(Lost::Late),
            lacking if lacking != Condition::Ready && (is_late || self.since.elapsed() > held) => {
                Err(Lost::Held(lacking))
            }
            _ => Ok(waiting),
        }
    }
}

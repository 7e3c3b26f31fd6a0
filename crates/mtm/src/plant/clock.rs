//! A clock that replays the moments of a history.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mtm_core::word::Timestamp;
use mtm_store::{Clock, ManualClock};
use uuid::Uuid;

/// Gives each moment of its script once, in order, and then the last one again and again. The
/// ledger asks once for each thing it records; should it ask more often, moments only come early,
/// never late and never out of order. Identities follow from the seed.
#[derive(Debug)]
pub(super) struct HistoryClock {
    hands: ManualClock,
    script: Mutex<VecDeque<Timestamp>>,
}

impl HistoryClock {
    /// A clock that stands at `start`.
    pub(super) fn new(start: Timestamp, seed: u64) -> Self {
        Self { hands: ManualClock::new(start, seed), script: Mutex::default() }
    }

    /// The moments to come; whatever was left of earlier ones is dropped.
    pub(super) fn follow(&self, script: impl IntoIterator<Item = Timestamp>) {
        *self.script() = script.into_iter().collect();
    }

    fn script(&self) -> MutexGuard<'_, VecDeque<Timestamp>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for HistoryClock {
    fn now(&self) -> Timestamp {
        if let Some(moment) = self.script().pop_front() {
            self.hands.set(moment);
        }
        self.hands.now()
    }

    fn fresh_uuid(&self) -> Uuid {
        self.hands.fresh_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_once_each_and_the_last_one_stays() {
        let at = Timestamp::from_micros;
        let clock = HistoryClock::new(at(5), 1);
        assert_eq!(clock.now(), at(5));
        clock.follow([at(7), at(9)]);
        assert_eq!([clock.now(), clock.now(), clock.now()], [at(7), at(9), at(9)]);
        assert_ne!(clock.fresh_uuid(), clock.fresh_uuid());
    }
}

//! How often a peer is called: an even rate with a second's worth at once.

use mtm_core::word::Timestamp;

/// A rate. It keeps one moment: when everything that was taken so far would be due at an even rate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Limit {
    /// Microseconds between two calls; none where there is no limit.
    each: Option<i64>,
    due: Timestamp,
}

/// What may be taken at once, in microseconds of the rate.
const AHEAD: i64 = 1_000_000;

impl Limit {
    /// So many calls in a second; 0 for as many as come.
    pub fn of(per_second: u32) -> Self {
        let each = (per_second > 0).then(|| (1_000_000 / i64::from(per_second)).max(1));
        Self { each, due: Timestamp::from_micros(i64::MIN) }
    }

    /// Takes a call at `now`, or says when one can be taken.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let Some(each) = self.each else { return Ok(()) };
        // A clock that was set back does not make anybody wait for it.
        let due = self.due.micros().clamp(now.micros(), now.micros().saturating_add(AHEAD));
        if due.saturating_add(each) > now.micros().saturating_add(AHEAD.max(each)) {
            let free = due.saturating_add(each).saturating_sub(AHEAD.max(each));
            return Err(Timestamp::from_micros(free));
        }
        self.due = Timestamp::from_micros(due.saturating_add(each));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(millis * 1_000)
    }

    #[test]
    fn a_second_is_taken_at_once_and_then_each_at_its_time() {
        let mut limit = Limit::of(4);
        let taken = (0..10).filter(|_| limit.take(at(0)).is_ok()).count();
        assert_eq!(taken, 4);
        let free = limit.take(at(0)).unwrap_err();
        assert_eq!(free, at(250));
        assert_eq!(limit.take(at(249)).unwrap_err(), at(250));
        assert_eq!(limit.take(free), Ok(()));
        // Over ten seconds no more than the rate and the first second's worth.
        let taken = (0..10_000).filter(|millis| limit.take(at(1_000 + millis)).is_ok()).count();
        assert!((39..=43).contains(&taken), "{taken}");
    }

    #[test]
    fn no_limit_is_none_and_a_clock_that_is_set_back_keeps_nobody_waiting() {
        let mut none = Limit::of(0);
        assert!((0..1_000).all(|_| none.take(at(0)).is_ok()));
        let mut limit = Limit::of(1);
        assert_eq!(limit.take(at(1_000_000)), Ok(()));
        let free = limit.take(at(0)).unwrap_err();
        assert!(free <= at(1_000), "{free:?}");
    }
}

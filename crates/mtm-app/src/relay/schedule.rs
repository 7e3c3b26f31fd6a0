//! When something that was not taken is sent again.

use std::time::Duration;

use mtm_core::word::Timestamp;

/// Longest that events about one thing wait for an earlier one about it.
const HOLD: Duration = Duration::from_secs(5 * 60);
/// Longest that a receiver can ask to be left alone for: no longer than the longest pause.
const LONGEST: Duration = Duration::from_secs(10 * 3600);
/// How long nothing is taken before a webhook is disabled.
const GIVE_UP: Duration = Duration::from_secs(5 * 86_400);

/// Pauses between attempts.
#[derive(Debug, Clone)]
pub struct Schedule {
    pauses: Vec<Duration>,
}

impl Default for Schedule {
    /// At once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h: a day and a bit.
    fn default() -> Self {
        let pauses = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600];
        Self { pauses: pauses.map(Duration::from_secs).to_vec() }
    }
}

impl Schedule {
    /// Pauses of one's own: a test does not wait for a day.
    pub fn of(pauses: Vec<Duration>) -> Self {
        Self { pauses }
    }

    /// When what was tried `attempts` times, the last time at `now`, is tried again, where the receiver
    /// `asked` to be left alone for so long; `None` when it is given up.
    pub(super) fn next(
        &self,
        attempts: u32,
        now: Timestamp,
        asked: Option<Duration>,
    ) -> Option<Timestamp> {
        let pause = self.pauses.get(usize::try_from(attempts).ok()?.checked_sub(1)?)?;
        Some(after(now, asked.unwrap_or_default().min(LONGEST).max(*pause)))
    }

    /// Events about the same thing wait for what was first tried after this.
    pub(super) fn held_since(now: Timestamp) -> Timestamp {
        now.plus_micros(-micros(HOLD))
    }

    /// A webhook that took nothing since before this is disabled.
    pub(super) fn given_up(now: Timestamp) -> Timestamp {
        now.plus_micros(-micros(GIVE_UP))
    }
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.plus_micros(micros(pause))
}

fn micros(pause: Duration) -> i64 {
    i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_attempts_in_a_day_and_a_bit() {
        let (schedule, start) = (Schedule::default(), Timestamp::from_micros(0));
        let mut now = start;
        let mut attempts = 1;
        while let Some(next) = schedule.next(attempts, now, None) {
            assert!(next > now);
            (now, attempts) = (next, attempts + 1);
        }
        // A receiver that asks for more time is given it, within bounds; one that asks for less is not.
        for (asked, pause) in [(0, 5), (3, 5), (7, 7), (36_000, 36_000), (36_001, 36_000)] {
            let next = schedule.next(1, start, Some(Duration::from_secs(asked)));
            assert_eq!(next, Some(start.plus_micros(pause * 1_000_000)), "{asked}");
        }
        let seconds = now.micros() / 1_000_000;
        assert_eq!((attempts, seconds), (8, 5 + 300 + 1_800 + 7_200 + 18_000 + 2 * 36_000));
    }
}

//! How calls of the last while ended, in slices of time.

use mtm_core::word::Timestamp;

/// Into how many slices the window is cut: what lies in one is forgotten together.
const SLICES: i64 = 10;
const PLACES: usize = 10;

/// Calls, and how many of them failed or were slow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Sums {
    pub(super) calls: u32,
    pub(super) failed: u32,
    pub(super) slow: u32,
}

/// The window of one peer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Window {
    /// Microseconds of a slice.
    length: i64,
    /// Number of the newest slice.
    newest: i64,
    slices: [Sums; PLACES],
}

impl Window {
    /// Nothing was called.
    pub(super) fn of(micros: i64) -> Self {
        let length = (micros / SLICES).max(1);
        Self { length, newest: i64::MIN, slices: [Sums::default(); PLACES] }
    }

    /// Nothing counts any more.
    pub(super) fn clear(&mut self) {
        self.newest = i64::MIN;
        self.slices = [Sums::default(); PLACES];
    }

    /// A call ended.
    pub(super) fn add(&mut self, now: Timestamp, failed: bool, slow: bool) {
        let number = self.number(now);
        if self.newest == i64::MIN || self.is_over(number) {
            self.slices = [Sums::default(); PLACES];
            self.newest = number;
        }
        while self.newest < number {
            self.newest += 1;
            let place = Self::place(self.newest);
            self.slices[place] = Sums::default();
        }
        // A clock that was set back a little: it counts as now.
        let place = Self::place(self.newest);
        let slice = &mut self.slices[place];
        slice.calls = slice.calls.saturating_add(1);
        slice.failed = slice.failed.saturating_add(u32::from(failed));
        slice.slow = slice.slow.saturating_add(u32::from(slow));
    }

    /// What counts at `now`.
    pub(super) fn sums(&self, now: Timestamp) -> Sums {
        let number = self.number(now);
        if self.newest == i64::MIN || self.is_over(number) {
            return Sums::default();
        }
        let oldest = number.max(self.newest) - SLICES + 1;
        let known = (self.newest - SLICES + 1)..=self.newest;
        known.filter(|slice| *slice >= oldest).fold(Sums::default(), |mut sums, slice| {
            let it = self.slices[Self::place(slice)];
            sums.calls = sums.calls.saturating_add(it.calls);
            sums.failed = sums.failed.saturating_add(it.failed);
            sums.slow = sums.slow.saturating_add(it.slow);
            sums
        })
    }

    /// Everything known is too old, or of a clock that was far ahead.
    fn is_over(&self, number: i64) -> bool {
        number.abs_diff(self.newest) >= SLICES.unsigned_abs()
    }

    fn number(&self, now: Timestamp) -> i64 {
        now.micros().div_euclid(self.length)
    }

    fn place(slice: i64) -> usize {
        usize::try_from(slice.rem_euclid(SLICES)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let mut window = Window::of(10_000_000);
        window.add(at(100), true, false);
        window.add(at(105), false, true);
        let sums = |calls, failed, slow| Sums { calls, failed, slow };
        assert_eq!(window.sums(at(105)), sums(2, 1, 1));
        assert_eq!(window.sums(at(109)), sums(2, 1, 1));
        assert_eq!(window.sums(at(110)), sums(1, 0, 1));
        assert_eq!(window.sums(at(115)), Sums::default());
        window.add(at(200), true, true);
        assert_eq!(window.sums(at(200)), sums(1, 1, 1));
    }

    #[test]
    fn a_clock_that_is_set_back_forgets_at_most_what_was_known() {
        let mut window = Window::of(10_000_000);
        window.add(at(100), true, false);
        window.add(at(97), true, false);
        assert_eq!(window.sums(at(97)).calls, 2);
        window.add(at(10), false, false);
        assert_eq!(window.sums(at(10)).calls, 1, "far back is another window");
        window.add(at(-5), false, false);
        assert_eq!(window.sums(at(-5)).calls, 1);
    }
}

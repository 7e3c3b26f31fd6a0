//! A trigger that was held too long reads one label twice.

use std::time::{Duration, Instant};

/// What a source said last, and when.
#[derive(Debug)]
pub struct Debounce {
    within: Duration,
    last: Option<(String, Instant)>,
}

impl Debounce {
    /// The same code within this time of its last sight is no new scan; zero for "it always is".
    pub fn new(within: Duration) -> Self {
        Self { within, last: None }
    }

    /// Whether `code` is the scan before, seen once more. A code that stays in sight stays one scan.
    pub fn again(&mut self, code: &str, at: Instant) -> bool {
        if self.within.is_zero() {
            return false;
        }
        if let Some((last, seen)) = &mut self.last
            && last == code
        {
            let again = at.saturating_duration_since(*seen) < self.within;
            *seen = at;
            return again;
        }
        self.last = Some((code.to_owned(), at));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_scan_while_it_stays_in_sight() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut debounce = Debounce::new(Duration::from_millis(300));
        let seen =
            [("A", 0), ("A", 299), ("A", 500), ("A", 800), ("B", 801), ("A", 802), ("A", 1102)];
        let again = seen.map(|(code, millis)| debounce.again(code, at(millis)));
        assert_eq!(again, [false, true, true, false, false, false, false]);
        let mut never = Debounce::new(Duration::ZERO);
        assert!(!never.again("A", start) && !never.again("A", start));
    }
}

//! Counting tests from what the test runners say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Add;

/// Numbers of tests, and which suites skipped themselves for which reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Tests the runner itself left out.
    pub(crate) ignored: usize,
    /// Tests that returned early for want of something: suite, test, reason.
    pub(crate) skips: BTreeSet<[String; 3]>,
}

impl Tally {
    /// Reads a runner's output: nextest's summary line, or libtest's result lines.
    pub(crate) fn read(output: &str) -> Self {
        output.lines().map(strip_colours).fold(Self::default(), |sum, line| {
            sum + nextest(&line).or_else(|| libtest(&line)).unwrap_or_default()
        })
    }

    /// Takes out of the passed tests those that recorded a skip, one `suite<TAB>test<TAB>reason`
    /// per line. A runner cannot know about them.
    pub(crate) fn with_skips(mut self, recorded: &str) -> Self {
        for line in recorded.lines() {
            let mut fields = line.splitn(3, '\t').map(str::to_owned);
            if let (Some(suite), Some(test), Some(why)) =
                (fields.next(), fields.next(), fields.next())
            {
                self.skips.insert([suite, test, why]);
            }
        }
        self.passed = self.passed.saturating_sub(self.skipped_tests());
        self
    }

    /// Whether there was nothing to count.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each suite that skipped tests, the reason, and how many tests.
    pub(crate) fn suites(&self) -> Vec<(&str, &str, usize)> {
        let mut suites = BTreeMap::new();
        for [suite, _, why] in &self.skips {
            *suites.entry((suite.as_str(), why.as_str())).or_insert(0) += 1;
        }
        suites.into_iter().map(|((suite, why), count)| (suite, why, count)).collect()
    }

    /// A test may miss two things; it is one test all the same.
    fn skipped_tests(&self) -> usize {
        self.skips.iter().map(|[_, test, _]| test).collect::<BTreeSet<_>>().len()
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.skips.extend(other.skips);
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = self.ignored + self.skipped_tests();
        write!(f, "{} passed, {} failed, {skipped} skipped", self.passed, self.failed)
    }
}

/// `Summary [ 3.1s] 43 tests run: 41 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
/// Whatever ran and did not pass has failed, by whatever name.
fn nextest(line: &str) -> Option<Tally> {
    let rest = line.trim().strip_prefix("Summary [")?.split_once(']')?.1;
    let (run, results) = rest.split_once(':')?;
    // An interrupted run says "7/43 tests run".
    let run = number(run.split('/').next()?)?;
    let named = |name: &str| {
        results.split(',').find(|part| part.contains(name)).and_then(number).unwrap_or(0)
    };
    let passed = named("passed");
    let failed = run.saturating_sub(passed);
    Some(Tally { passed, failed, ignored: named("skipped"), ..Tally::default() })
}

/// `test result: ok. 3 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out`. Nextest repeats
/// what a failed test printed, indented: its summary counts that test already.
fn libtest(line: &str) -> Option<Tally> {
    let results = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let named = |name: &str| {
        results.split(';').find(|part| part.contains(name)).and_then(number).unwrap_or(0)
    };
    let (passed, failed, ignored) = (named("passed"), named("failed"), named("ignored"));
    Some(Tally { passed, failed, ignored, ..Tally::default() })
}

fn number(text: &str) -> Option<usize> {
    text.split_whitespace().find_map(|word| word.parse().ok())
}

/// Removes terminal escape sequences (`ESC [ … letter`).
fn strip_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            let _ = characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, passed: usize, failed: usize, ignored: usize) {
        let tally = Tally { passed, failed, ignored, ..Tally::default() };
        assert_eq!(Tally::read(output), tally, "{output}");
    }

    #[test]
    fn nextest_is_read_from_its_summary() {
        check("     Summary [   3.112s] 43 tests run: 43 passed, 0 skipped", 43, 0, 0);
        check(
            "Summary [ 1s] 9 tests run: 5 passed (1 slow, 2 leaky), 3 failed, 1 timed out, 2 skipped",
            5,
            4,
            2,
        );
        check("Summary [ 1s] 2/9 tests run: 1 passed, 1 failed, 0 skipped", 1, 1, 0);
        check(
            "\u{1b}[32;1m Summary\u{1b}[0m [ 1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m passed, \u{1b}[1m0\u{1b}[0m skipped",
            2,
            0,
            0,
        );
    }

    #[test]
    fn a_failed_test_that_nextest_shows_twice_is_counted_once() {
        let shown =
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 8 filtered out";
        let output = format!(
            "{shown}\n Summary [ 1s] 2 tests run: 1 passed, 1 failed, 0 skipped\n{shown}\n"
        );
        check(&output, 1, 1, 0);
    }

    #[test]
    fn libtest_is_summed_over_binaries() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                      noise\n\
                      test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out";
        check(output, 5, 4, 1);
    }

    #[test]
    fn nothing_is_counted_from_noise() {
        check("Summary of the day: 5 passed, 3 failed\ntest result: unknown", 0, 0, 0);
    }

    #[test]
    fn recorded_skips_are_no_passes() {
        let recorded =
            "store\ta\tno server\nstore\tb\tno server\nweb\tc\tno browser\nweb\tc\tno browser\n";
        let tally = Tally { passed: 10, ..Tally::default() }.with_skips(recorded);
        assert_eq!(tally.to_string(), "7 passed, 0 failed, 3 skipped");
        assert_eq!(tally.suites(), [("store", "no server", 2), ("web", "no browser", 1)]);
    }

    #[test]
    fn a_test_that_misses_two_things_is_one_skip() {
        let tally = Tally { passed: 1, ..Tally::default() };
        let tally = tally.with_skips("a\tt\tno server\nb\tt\tno browser\n");
        assert_eq!(tally.to_string(), "0 passed, 0 failed, 1 skipped");
    }
}

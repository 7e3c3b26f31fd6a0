//! What was run, how long it took, how it ended: one table, and one line that counts.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::tally::Tally;

/// How a step ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ran and proved what it is for.
    Passed(Tally),
    /// It ran and found something wrong.
    Failed(String, Tally),
    /// It did not run; the reason.
    Skipped(String),
}

impl Outcome {
    /// Passed, without tests to count.
    pub(crate) fn passed() -> Self {
        Self::Passed(Tally::default())
    }

    /// Failed, without tests to count.
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into(), Tally::default())
    }

    /// Passed or failed by an exit status.
    pub(crate) fn of(ok: bool) -> Self {
        if ok { Self::passed() } else { Self::failed("see its output above") }
    }
}

/// The run so far.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

impl Summary {
    /// Runs a step; an error of its own counts as a failure, and the run goes on.
    pub(crate) fn step(&mut self, name: &'static str, run: impl FnOnce() -> Result<Outcome>) {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = run().unwrap_or_else(|error| Outcome::failed(format!("{error:#}")));
        if let Outcome::Failed(why, _) | Outcome::Skipped(why) = &outcome {
            println!("{name}: {why}");
        }
        self.rows.push(Row { name, took: started.elapsed(), outcome });
    }

    /// Notes a step that is not run.
    pub(crate) fn skip(&mut self, name: &'static str, why: &str) {
        self.step(name, || Ok(Outcome::Skipped(why.to_owned())));
    }

    /// Whether the step of that name passed.
    pub(crate) fn passed(&self, name: &str) -> bool {
        let row = self.rows.iter().find(|row| row.name == name);
        row.is_some_and(|row| matches!(row.outcome, Outcome::Passed(_)))
    }

    /// Whether nothing failed.
    pub(crate) fn all_passed(&self) -> bool {
        !self.rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(..)))
    }

    /// Tests of all steps; a failed step that counted no failed test is one failure.
    fn tally(&self) -> Tally {
        self.rows.iter().fold(Tally::default(), |sum, row| match &row.outcome {
            Outcome::Failed(_, tally) if tally.failed == 0 => {
                sum + tally.clone() + Tally { failed: 1, ..Tally::default() }
            }
            Outcome::Passed(tally) | Outcome::Failed(_, tally) => sum + tally.clone(),
            Outcome::Skipped(_) => sum,
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14} {:>8}  result", "step", "seconds")?;
        for row in &self.rows {
            let seconds = row.took.as_secs_f64();
            write!(f, "{:<14} {seconds:>8.1}  ", row.name)?;
            match &row.outcome {
                Outcome::Passed(tally) if tally.is_empty() => writeln!(f, "ok")?,
                Outcome::Passed(tally) => writeln!(f, "ok: {tally}")?,
                Outcome::Failed(why, tally) if tally.is_empty() => {
                    writeln!(f, "FAILED: {}", first_line(why))?;
                }
                Outcome::Failed(_, tally) => writeln!(f, "FAILED: {tally}")?,
                Outcome::Skipped(why) => writeln!(f, "skipped: {}", first_line(why))?,
            }
        }
        let tally = self.tally();
        for (suite, reason, count) in tally.suites() {
            writeln!(f, "skipped suite: {suite} ({count} tests): {reason}")?;
        }
        write!(f, "{tally}")
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize) -> Tally {
        Tally { passed, failed, ..Tally::default() }
    }

    fn last_line(summary: &Summary) -> String {
        summary.to_string().lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_last_line_counts_tests_and_failed_checks() {
        let mut summary = Summary::default();
        summary.step("format", || Ok(Outcome::passed()));
        summary.step("tests", || Ok(Outcome::Passed(tally(40, 0))));
        summary.step("examples", || Ok(Outcome::Passed(tally(2, 0))));
        assert!(summary.all_passed());
        assert_eq!(last_line(&summary), "42 passed, 0 failed, 0 skipped");

        summary.step("lints", || anyhow::bail!("no clippy"));
        assert!(!summary.all_passed() && !summary.passed("lints"));
        assert_eq!(last_line(&summary), "42 passed, 1 failed, 0 skipped");

        summary.step("more", || Ok(Outcome::Failed("red".to_owned(), tally(1, 3))));
        assert_eq!(last_line(&summary), "43 passed, 4 failed, 0 skipped");
    }

    #[test]
    fn a_skipped_step_is_named_with_its_reason_and_fails_nothing() {
        let mut summary = Summary::default();
        summary.skip("advisories", "no cargo-deny");
        assert!(summary.all_passed());
        let text = summary.to_string();
        assert!(text.contains("skipped: no cargo-deny"), "{text}");
    }
}

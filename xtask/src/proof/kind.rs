//! What a proof is: what it shows, by which command, at which size, and how its result is read from what
//! the command says.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::bench::{self, Budget};
use super::mutants;
use super::verdict::Verdict;
use crate::test::tally::Tally;

/// What a test says for the record stands behind this word, anywhere in a line.
const MARK: &str = "evidence: ";
/// Lines of a failed run's end that are kept.
pub(super) const TAIL: usize = 30;

/// A proof at full size.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Its name on the command line and of its file.
    pub(crate) id: &'static str,
    /// What holds when it passes.
    pub(crate) promise: &'static str,
    /// Programs without which it cannot run, or that come with what it cannot run without.
    pub(crate) needs: &'static [&'static str],
    /// The size, in the variables that the tests read.
    pub(crate) size: &'static [(&'static str, &'static str)],
    /// Where a seed goes; `None` where chance is in the timing alone.
    pub(crate) seed: Option<Seed>,
    /// What cargo is told, in words that need no quoting.
    pub(crate) command: &'static str,
    /// How the result is read.
    pub(crate) reading: Reading,
    /// Minutes after which it hangs.
    pub(crate) minutes: u64,
}

/// Where a seed goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seed {
    /// Into this variable.
    Variable(&'static str),
    /// It chooses one of so many parts of all there is to try.
    Part(u64),
}

/// How a result is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Tests passed, and what they said for the record.
    Tests,
    /// A report of `mtm bench` for each of these engines, against its budgets.
    Bench(&'static [(&'static str, &'static [Budget])]),
    /// Faults put in one at a time, of which the tests notice at least so many of a hundred.
    Mutants(usize),
}

impl Proof {
    /// The command that builds without running, so that building is neither timed nor recorded.
    pub(crate) fn build(&self) -> Vec<&'static str> {
        let mut ours = self.command.split_whitespace().take_while(|word| *word != "--");
        match ours.next() {
            Some("run") => ["build"].into_iter().chain(ours).collect(),
            // Each fault is built, so that here only its tool and what it is told are tried.
            Some("mutants") => ["mutants", "--list-files"].into_iter().chain(ours).collect(),
            first => first.into_iter().chain(ours).chain(["--no-run"]).collect(),
        }
    }

    /// What cargo is told.
    pub(crate) fn arguments(&self, seed: u64) -> Vec<String> {
        let mut arguments: Vec<String> =
            self.command.split_whitespace().map(str::to_owned).collect();
        if let Some(Seed::Part(of)) = self.seed {
            arguments.extend(["--shard".to_owned(), format!("{}/{of}", seed % of)]);
        }
        arguments
    }

    /// The variables that say size and seed. A test that would skip itself fails instead.
    pub(crate) fn environment(&self, seed: u64) -> Vec<(&'static str, String)> {
        let mut variables = vec![("MTM_REQUIRE_ALL", "1".to_owned())];
        variables.extend(self.size.iter().map(|(name, value)| (*name, (*value).to_owned())));
        if let Some(Seed::Variable(name)) = self.seed {
            variables.push((name, seed.to_string()));
        }
        variables
    }

    /// Removes what an earlier run left where this one's result is read.
    pub(crate) fn clear(&self, root: &Path) -> Result<()> {
        match self.reading {
            Reading::Mutants(_) => mutants::forget(root),
            Reading::Tests | Reading::Bench(..) => Ok(()),
        }
    }

    /// When it is taken for hung.
    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs(self.minutes * 60)
    }

    /// Reads the result from how the command ended, what it said, and what it left below `root`.
    pub(crate) fn judge(&self, root: &Path, ok: bool, output: &str) -> Verdict {
        match self.reading {
            Reading::Tests => tested(ok, output),
            Reading::Bench(engines) if ok => bench::judge(engines, output),
            Reading::Mutants(least) => mutants::judge(least, root, &tail(output)),
            Reading::Bench(..) => {
                Verdict::failed("the measurement failed", Vec::new()).with(tail(output))
            }
        }
    }
}

fn tested(ok: bool, output: &str) -> Verdict {
    let said = output.lines().filter_map(|line| line.split_once(MARK));
    let mut lines: Vec<String> = said.map(|(_, text)| text.trim().to_owned()).collect();
    let tally = Tally::read(output);
    lines.push(format!("tests: {tally}"));
    if ok && tally.failed == 0 && tally.passed > 0 {
        return Verdict::passed(lines);
    }
    let why = if ok { "no test ran" } else { "see the end of its output below" };
    Verdict::failed(why, lines).with(tail(output))
}

fn tail(output: &str) -> Vec<String> {
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].iter().map(ToString::to_string).collect()
}

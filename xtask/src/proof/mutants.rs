//! Reading what cargo-mutants found: how many of the faults that were put in the tests noticed.
//!
//! Its report is read, not what it says: the report names every fault with its crate. A fault whose
//! tests did not end in time was perhaps noticed, and perhaps the machine was busy: it counts as not
//! noticed. One that does not compile is none.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::verdict::Verdict;

/// Where a run leaves its report.
const OUTPUT: &str = "target/mutants";
/// The report in it.
const REPORT: &str = "mutants.out/outcomes.json";

/// What became of the faults in one crate, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    noticed: usize,
    missed: usize,
    late: usize,
    unbuilt: usize,
}

/// Makes room for a report and removes an earlier run's, so that none is read that is not of this run.
pub(crate) fn forget(root: &Path) -> Result<()> {
    let output = root.join(OUTPUT);
    fs::create_dir_all(&output).with_context(|| format!("failed to make {}", output.display()))?;
    match fs::remove_file(output.join(REPORT)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).context("failed to remove the last run's report")
        }
        _ => Ok(()),
    }
}

/// At least `least` of a hundred faults were noticed, or the proof has failed; which were not is kept.
pub(crate) fn judge(least: usize, root: &Path, said: &[String]) -> Verdict {
    let report = fs::read_to_string(root.join(OUTPUT).join(REPORT));
    let report = report.ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    match report {
        Some(report) => read(least, &report),
        None => Verdict::failed("it left no report", Vec::new()).with(said.to_vec()),
    }
}

fn read(least: usize, report: &Value) -> Verdict {
    let mut crates: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut passed_by = Vec::new();
    for outcome in report["outcomes"].as_array().into_iter().flatten() {
        let summary = outcome["summary"].as_str().unwrap_or_default();
        let fault = &outcome["scenario"]["Mutant"];
        let (Some(package), Some(name)) = (fault["package"].as_str(), fault["name"].as_str())
        else {
            if summary != "Success" {
                return Verdict::failed("the tests fail without any fault put in", Vec::new());
            }
            continue;
        };
        let tally = crates.entry(package).or_default();
        match summary {
            "CaughtMutant" => tally.noticed += 1,
            "Unviable" => tally.unbuilt += 1,
            "Timeout" => {
                tally.late += 1;
                passed_by.push(format!("late    {name}"));
            }
            _ => {
                tally.missed += 1;
                passed_by.push(format!("missed  {name}"));
            }
        }
    }
    let all = crates.values().fold(Tally::default(), |sum, tally| sum.and(*tally));
    let lines = crates.iter().map(|(package, tally)| format!("{package}: {tally}")).collect();
    if all.reaches(least) {
        Verdict::passed(lines).with(passed_by)
    } else {
        let (noticed, tried) = (all.noticed, all.tried());
        let why = format!("{noticed} of {tried} noticed, of at least {least} of a hundred");
        Verdict::failed(why, lines).with(passed_by)
    }
}

impl Tally {
    /// Faults that were there to be noticed.
    const fn tried(self) -> usize {
        self.noticed + self.missed + self.late
    }

    /// Whether so many of a hundred were noticed, and there were any.
    const fn reaches(self, least: usize) -> bool {
        self.tried() > 0 && self.noticed * 100 >= least * self.tried()
    }

    const fn and(self, other: Self) -> Self {
        Self {
            noticed: self.noticed + other.noticed,
            missed: self.missed + other.missed,
            late: self.late + other.late,
            unbuilt: self.unbuilt + other.unbuilt,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { noticed, missed, late, unbuilt } = self;
        let tenths = (noticed * 1_000).checked_div(self.tried()).unwrap_or_default();
        write!(
            f,
            "{noticed} of {} faults noticed ({}.{} %), {missed} missed, {late} did not end in time; \
             {unbuilt} others do not compile",
            self.tried(),
            tenths / 10,
            tenths % 10
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::named;
    use super::*;

    fn outcome(package: &str, name: &str, summary: &str) -> Value {
        let fault = json!({ "package": package, "name": name });
        json!({ "scenario": { "Mutant": fault }, "summary": summary })
    }

    fn report(outcomes: Vec<Value>) -> Value {
        let sound = json!({ "scenario": "Baseline", "summary": "Success" });
        let outcomes = [vec![sound], outcomes].concat();
        json!({ "outcomes": outcomes })
    }

    fn noticed(package: &str, count: usize) -> Vec<Value> {
        vec![outcome(package, "a.rs:1:1: replace a", "CaughtMutant"); count]
    }

    #[test]
    fn nine_of_ten_are_enough_and_the_rest_is_named() {
        let mut all = noticed("mtm-store", 14);
        all.push(outcome("mtm-store", "write.rs:7:1: replace write", "MissedMutant"));
        all.push(outcome("mtm-store", "sql.rs:7:1: replace parse", "Unviable"));
        all.extend(noticed("mtm-app", 4));
        all.push(outcome("mtm-app", "book.rs:7:1: replace book", "Timeout"));
        let verdict = read(90, &report(all.clone()));
        assert_eq!(verdict.to_string(), "passed");
        assert_eq!(
            verdict.lines[1],
            "mtm-store: 14 of 15 faults noticed (93.3 %), 1 missed, 0 did not end in time; 1 others do \
             not compile"
        );
        assert_eq!(
            verdict.verbatim,
            ["missed  write.rs:7:1: replace write", "late    book.rs:7:1: replace book"]
        );
        all.push(outcome("mtm-app", "book.rs:9:1: replace book", "MissedMutant"));
        let verdict = read(90, &report(all));
        let why = "FAILED: 18 of 21 noticed, of at least 90 of a hundred";
        assert_eq!(verdict.to_string(), why);
    }

    #[test]
    fn the_seed_chooses_the_part_that_is_tried() {
        let proof = named("mutants").unwrap();
        for (seed, part) in [(0, "0/12"), (11, "11/12"), (853_778_826, "6/12")] {
            let arguments = proof.arguments(seed);
            assert_eq!(arguments[arguments.len() - 2..], ["--shard", part]);
        }
        assert_eq!(proof.build()[..3], ["mutants", "--list-files", "--package"]);
    }

    #[test]
    fn where_no_fault_was_put_in_nothing_is_proved() {
        let verdict = read(90, &report(Vec::new()));
        assert_eq!(verdict.to_string(), "FAILED: 0 of 0 noticed, of at least 90 of a hundred");
    }

    #[test]
    fn tests_that_fail_anyway_notice_nothing() {
        let broken = json!({ "scenario": "Baseline", "summary": "Failure" });
        let verdict = read(90, &json!({ "outcomes": [broken] }));
        assert_eq!(verdict.to_string(), "FAILED: the tests fail without any fault put in");
    }

    #[test]
    fn a_run_without_a_report_has_failed_also_where_an_earlier_one_left_its_own() {
        let root = tempfile::tempdir().unwrap();
        let report = root.path().join(OUTPUT).join(REPORT);
        fs::create_dir_all(report.parent().unwrap()).unwrap();
        fs::write(&report, self::report(noticed("mtm-core", 1)).to_string()).unwrap();
        assert!(judge(90, root.path(), &[]).holds());
        forget(root.path()).unwrap();
        let verdict = judge(90, root.path(), &["no such option".to_owned()]);
        assert_eq!(verdict.to_string(), "FAILED: it left no report");
        assert_eq!(verdict.verbatim, ["no such option"]);
    }
}

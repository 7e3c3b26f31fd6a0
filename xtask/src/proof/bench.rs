//! Reading the report of `mtm bench` against budgets.
//!
//! The text a person reads is read here too, so that what is recorded is what was judged.

use super::verdict::Verdict;

/// What a scenario may take, and must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// As the report names it.
    pub(crate) scenario: &'static str,
    /// 99 of 100 answers are there sooner.
    pub(crate) p99_ms: Option<u32>,
    /// At least so many requests a second.
    pub(crate) per_second: Option<u32>,
    /// Whether clients ask at planned moments, and not as fast as answers come: how long people wait
    /// at a rate says nothing of what happens beyond it.
    pub(crate) paced: bool,
}

/// Begins the report about an engine, which ends with the next or with the audit.
const ENGINE: &str = "\nengine      ";
/// Follows an engine's name where clients asked at planned moments.
const PACED: &str = ", paced";

/// Every budget of every engine is met, or the proof has failed; the reports are kept whole.
pub(crate) fn judge(engines: &[(&str, &[Budget])], output: &str) -> Verdict {
    let (mut judged, mut kept) = (Vec::new(), Vec::new());
    for (engine, budgets) in engines {
        let [closed, paced] = ["", PACED].map(|how| report(output, &format!("{engine}{how}")));
        for report in [closed, paced] {
            kept.extend(report.trim_end().lines().map(str::to_owned));
        }
        for budget in *budgets {
            let (met, line) = budget.judge(if budget.paced { paced } else { closed });
            judged.push((met, format!("{engine}, {line}")));
        }
    }
    let (all, short) = (judged.len(), judged.iter().filter(|(met, _)| !met).count());
    let lines = judged.into_iter().map(|(_, line)| line).collect();
    if short == 0 {
        Verdict::passed(lines).with(kept)
    } else {
        let why = format!("{short} of {all} budgets are not met");
        Verdict::failed(why, lines).with(kept)
    }
}

/// The report about `engine` in what a run said; empty where there is none.
fn report<'o>(output: &'o str, engine: &str) -> &'o str {
    let mark = format!("{ENGINE}{engine}\n");
    let Some(start) = output.find(&mark) else { return "" };
    let rest = &output[start + 1..];
    let audit = rest.find("\naudit  ").map(|at| at + 1);
    let audited = audit.and_then(|at| rest[at..].find('\n').map(|end| at + end));
    let end = rest.find(ENGINE).into_iter().chain(audited).min();
    &rest[..end.unwrap_or(rest.len())]
}

impl Budget {
    fn judge(&self, report: &str) -> (bool, String) {
        let name = self.scenario;
        let Some((p99, per_second)) = figures(report, name) else {
            return (false, format!("{name}: not in the report"));
        };
        let (mut met, mut parts) = (true, Vec::new());
        if let Some(most) = self.p99_ms {
            met &= p99 < f64::from(most);
            parts.push(format!("p99 {p99:.2} ms of less than {most} ms"));
        }
        if let Some(least) = self.per_second {
            met &= per_second >= f64::from(least);
            parts.push(format!("{per_second:.0}/s of at least {least}/s"));
        }
        let how = if self.paced { PACED } else { "" };
        let verdict = if met { "met" } else { "NOT met" };
        (met, format!("{name}{how}: {}: {verdict}", parts.join(", ")))
    }
}

/// The response time's p99 in milliseconds, and accepted requests a second.
fn figures(report: &str, scenario: &str) -> Option<(f64, f64)> {
    let block =
        report.split("\n\n").find(|block| block.split_whitespace().next() == Some(scenario))?;
    let line = |name: &str| block.lines().find_map(|line| line.trim().strip_prefix(name));
    let p99 = line("response")?.split_once("p99 ")?.1.split_whitespace().next()?;
    let accepted = line("requests")?.split_once("/s accepted")?.0.split_whitespace().last()?;
    Some((p99.parse().ok()?, accepted.replace(',', "").parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
    Finished `release` profile
making the plant
test reads::measured ...
engine      SQLite
measured    2026-11-28T17:00:00Z, mtm 0.1.0
data        50,000 parts, 200,004 buckets, 2,000,000 movements, 900 MiB

stock       32 clients, closed, 20.0 s, seed 1
  requests  48,040 in all, 2,402/s accepted
  response  p50 4.10 ms  p90 7.00 ms  p99 9.87 ms  p99.9 12.00 ms  max 20.00 ms
  service   p50 4.10 ms  p90 7.00 ms  p99 9.87 ms  p99.9 12.00 ms  max 20.00 ms
  answers   48,040 × 200

history     32 clients, closed, 20.0 s, seed 1
  requests  8,040 in all, 402/s accepted
  response  p50 4.10 ms  p90 7.00 ms  p99 31.50 ms  p99.9 42.00 ms  max 50.00 ms

audit       exact: every acknowledged movement is there, once
noise
ok
";

    fn budget(scenario: &'static str, p99_ms: u32, per_second: Option<u32>) -> Budget {
        Budget { scenario, p99_ms: Some(p99_ms), per_second, paced: false }
    }

    #[test]
    fn how_long_people_wait_at_a_rate_is_judged_by_itself() {
        let paced = REPORT
            .replace("engine      SQLite", "engine      SQLite, paced")
            .replace("p99 9.87", "p99 2.50");
        let both = format!("{REPORT}\n{paced}");
        let budgets = [
            Budget { p99_ms: None, ..budget("stock", 1, Some(2_000)) },
            Budget { paced: true, ..budget("stock", 3, None) },
        ];
        let verdict = judge(&[("SQLite", &budgets)], &both);
        assert!(verdict.holds());
        let lines = [
            "SQLite, stock: 2402/s of at least 2000/s: met",
            "SQLite, stock, paced: p99 2.50 ms of less than 3 ms: met",
        ];
        assert_eq!(verdict.lines, lines);
        assert!(!judge(&[("SQLite", &budgets)], REPORT).holds());
    }

    #[test]
    fn budgets_that_are_met_pass_with_the_report() {
        let verdict = judge(&[("SQLite", &[budget("stock", 10, Some(2_000))])], REPORT);
        assert!(verdict.holds());
        let line = "SQLite, stock: p99 9.87 ms of less than 10 ms, 2402/s of at least 2000/s: met";
        assert_eq!(verdict.lines, [line]);
        assert_eq!(verdict.verbatim[0], "engine      SQLite");
        assert!(verdict.verbatim.last().unwrap().starts_with("audit       exact"));
    }

    #[test]
    fn a_budget_missed_or_not_measured_fails_the_proof() {
        let budgets = [
            budget("stock", 10, Some(3_000)),
            budget("history", 20, None),
            budget("explain", 20, None),
        ];
        let verdict = judge(&[("SQLite", &budgets)], REPORT);
        assert_eq!(verdict.to_string(), "FAILED: 3 of 3 budgets are not met");
        assert!(verdict.lines[0].ends_with("2402/s of at least 3000/s: NOT met"));
        assert_eq!(verdict.lines[1], "SQLite, history: p99 31.50 ms of less than 20 ms: NOT met");
        assert_eq!(verdict.lines[2], "SQLite, explain: not in the report");
    }

    #[test]
    fn every_engine_has_to_meet_its_budgets() {
        let budgets = [budget("stock", 10, None)];
        let slow = REPORT.replace("SQLite", "MariaDB").replace("p99 9.87", "p99 19.87");
        let both = format!("{REPORT}\n{slow}");
        let verdict = judge(&[("SQLite", &budgets), ("MariaDB", &budgets)], &both);
        assert_eq!(verdict.to_string(), "FAILED: 1 of 2 budgets are not met");
        assert_eq!(verdict.lines[0], "SQLite, stock: p99 9.87 ms of less than 10 ms: met");
        assert_eq!(verdict.lines[1], "MariaDB, stock: p99 19.87 ms of less than 10 ms: NOT met");
        let missing = judge(&[("SQLite", &budgets), ("MariaDB", &budgets)], REPORT);
        assert_eq!(missing.lines[1], "MariaDB, stock: not in the report");
    }
}

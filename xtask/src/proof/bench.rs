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
    pub(crate) p99_ms: u32,
    /// At least so many requests a second.
    pub(crate) per_second: Option<u32>,
}

/// Every budget is met, or the proof has failed; the whole report is kept.
pub(crate) fn judge(budgets: &[Budget], output: &str) -> Verdict {
    // Cargo and progress speak before it.
    let start = output.find("measured    ").unwrap_or(0);
    let report: Vec<String> = output[start..].trim_end().lines().map(str::to_owned).collect();
    let judged: Vec<(bool, String)> =
        budgets.iter().map(|budget| budget.judge(&output[start..])).collect();
    let short = judged.iter().filter(|(met, _)| !met).count();
    let lines = judged.into_iter().map(|(_, line)| line).collect();
    if short == 0 {
        Verdict::passed(lines).with(report)
    } else {
        let why = format!("{short} of {} budgets are not met", budgets.len());
        Verdict::failed(why, lines).with(report)
    }
}

impl Budget {
    fn judge(&self, report: &str) -> (bool, String) {
        let name = self.scenario;
        let Some((p99, per_second)) = figures(report, name) else {
            return (false, format!("{name}: not in the report"));
        };
        let mut met = p99 < f64::from(self.p99_ms);
        let mut rate = String::new();
        if let Some(least) = self.per_second {
            met &= per_second >= f64::from(least);
            rate = format!(", {per_second:.0}/s of at least {least}/s");
        }
        let verdict = if met { "met" } else { "NOT met" };
        (met, format!("{name}: p99 {p99:.2} ms of less than {} ms{rate}: {verdict}", self.p99_ms))
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
";

    fn budget(scenario: &'static str, p99_ms: u32, per_second: Option<u32>) -> Budget {
        Budget { scenario, p99_ms, per_second }
    }

    #[test]
    fn budgets_that_are_met_pass_with_the_report() {
        let verdict = judge(&[budget("stock", 10, Some(2_000))], REPORT);
        assert!(verdict.holds());
        let line = "stock: p99 9.87 ms of less than 10 ms, 2402/s of at least 2000/s: met";
        assert_eq!(verdict.lines, [line]);
        assert!(verdict.verbatim[0].starts_with("measured    2026"), "{:?}", verdict.verbatim);
    }

    #[test]
    fn a_budget_missed_or_not_measured_fails_the_proof() {
        let budgets = [
            budget("stock", 10, Some(3_000)),
            budget("history", 20, None),
            budget("explain", 20, None),
        ];
        let verdict = judge(&budgets, REPORT);
        assert_eq!(verdict.to_string(), "FAILED: 3 of 3 budgets are not met");
        assert!(verdict.lines[0].ends_with("2402/s of at least 3000/s: NOT met"));
        assert_eq!(verdict.lines[1], "history: p99 31.50 ms of less than 20 ms: NOT met");
        assert_eq!(verdict.lines[2], "explain: not in the report");
    }
}

//! A report that can stand alone: figures, where they were measured, against what, and whether
//! the ledger agrees.

use std::fmt;

use serde::Serialize;

use super::histogram::Latency;
use super::machine::Machine;
use super::run::RunResult;

/// A bare loop that writes the same rows without a server, measured in the same run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Baseline {
    /// What was measured.
    pub name: String,
    /// Movements a second.
    pub per_second: u64,
    /// Movements of one durable commit.
    pub group: u32,
}

/// How much the database held when the runs began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DataSize {
    /// Parts.
    pub parts: u64,
    /// Buckets with stock.
    pub buckets: u64,
    /// Movements in the log.
    pub movements: u64,
    /// Size of the database on disk, where known.
    pub bytes: Option<u64>,
}

/// What was acknowledged against what the ledger holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Movements that the ledger must have gained.
    pub expected_movements: u64,
    /// Movements that it gained.
    pub read_movements: u64,
    /// Pieces that stock must have gained.
    pub expected_pieces: i64,
    /// Pieces that it gained.
    pub read_pieces: i64,
    /// What requests without any answer may have booked on top: movements, pieces in, pieces out.
    pub unresolved: (u64, i64, i64),
    /// Whether the log, the stock and the hash chain agree; `None` where that was not checked.
    pub verified: Option<bool>,
}

/// What an audit found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditVerdict {
    /// Every acknowledged movement is there, once.
    Exact,
    /// It is, as far as unanswered requests leave that open.
    Within,
    /// Movements or pieces are missing, too many, or altered.
    Wrong,
}

impl Audit {
    /// The audit of `runs`, given what the ledger gained meanwhile.
    pub fn of(
        runs: &[RunResult],
        read_movements: u64,
        read_pieces: i64,
        verified: Option<bool>,
    ) -> Self {
        let mut sum = super::Tally::default();
        for run in runs {
            sum += run.tally;
        }
        Self {
            expected_movements: sum.movements,
            read_movements,
            expected_pieces: sum.pieces,
            read_pieces,
            unresolved: (sum.unresolved_movements, sum.unresolved_in, sum.unresolved_out),
            verified,
        }
    }

    /// Whether the ledger agrees.
    pub fn verdict(&self) -> AuditVerdict {
        let (movements, pieces_in, pieces_out) = self.unresolved;
        let exact = self.read_movements == self.expected_movements
            && self.read_pieces == self.expected_pieces;
        let within = (self.expected_movements..=self.expected_movements + movements)
            .contains(&self.read_movements)
            && (self.expected_pieces - pieces_out..=self.expected_pieces + pieces_in)
                .contains(&self.read_pieces);
        match (exact, within) {
            _ if self.verified == Some(false) => AuditVerdict::Wrong,
            (true, _) => AuditVerdict::Exact,
            (false, true) => AuditVerdict::Within,
            (false, false) => AuditVerdict::Wrong,
        }
    }
}

/// Everything that `mtm bench` has to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BenchReport {
    /// When, RFC 3339.
    pub measured_at: String,
    /// Version of the program.
    pub version: String,
    /// Where.
    pub machine: Machine,
    /// What a commit survives, e.g. `synchronous=FULL`.
    pub durability: String,
    /// How much the database held.
    pub data: DataSize,
    /// The runs.
    pub runs: Vec<RunResult>,
    /// What they compare with.
    pub baselines: Vec<Baseline>,
    /// Whether the ledger agrees; `None` where nobody looked, and then the figures prove speed
    /// alone.
    pub audit: Option<Audit>,
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cores, cpu, os, architecture } = &self.machine;
        writeln!(f, "measured    {}, mtm {}", self.measured_at, self.version)?;
        writeln!(f, "machine     {cores} × {cpu} ({architecture}), {os}")?;
        writeln!(f, "durability  {}", self.durability)?;
        let DataSize { parts, buckets, movements, bytes } = self.data;
        write!(
            f,
            "data        {} parts, {} buckets, {} movements",
            grouped(parts),
            grouped(buckets),
            grouped(movements)
        )?;
        match bytes {
            Some(bytes) => writeln!(f, ", {} MiB", grouped(bytes / 1_048_576))?,
            None => writeln!(f)?,
        }
        for run in &self.runs {
            writeln!(f)?;
            write_run(f, run, &self.baselines)?;
        }
        if !self.baselines.is_empty() {
            writeln!(f)?;
        }
        for baseline in &self.baselines {
            writeln!(
                f,
                "baseline    {}: {}/s in groups of {}",
                baseline.name,
                grouped(baseline.per_second),
                baseline.group
            )?;
        }
        writeln!(f)?;
        match &self.audit {
            None => writeln!(f, "audit       none: these figures prove speed, not correctness"),
            Some(audit) => write_audit(f, audit),
        }
    }
}

fn write_run(f: &mut fmt::Formatter<'_>, run: &RunResult, baselines: &[Baseline]) -> fmt::Result {
    let seconds = run.measured_us / 1_000_000;
    let tenth = run.measured_us / 100_000 % 10;
    writeln!(
        f,
        "{:<11} {} clients, {}, {seconds}.{tenth} s, seed {}",
        run.scenario, run.clients, run.pace, run.seed
    )?;
    write!(
        f,
        "  requests  {} in all, {}/s accepted",
        grouped(run.requests),
        grouped(run.requests_per_second)
    )?;
    if run.scenario.writes() {
        write!(f, "; {} movements/s", grouped(run.movements_per_second))?;
        for baseline in baselines {
            let percent =
                u128::from(run.movements_per_second) * 100 / u128::from(baseline.per_second.max(1));
            write!(f, ", {percent} % of {} (groups of {})", baseline.name, baseline.group)?;
        }
    }
    writeln!(f)?;
    writeln!(f, "  response  {}", Row(&run.response))?;
    writeln!(f, "  service   {}", Row(&run.service))?;
    if let Some(lag) = &run.generator_lag {
        writeln!(f, "  lag       {}", Row(lag))?;
    }
    let statuses: Vec<String> = run
        .statuses
        .iter()
        .map(|(status, count)| format!("{} × {status}", grouped(*count)))
        .collect();
    writeln!(f, "  answers   {}", statuses.join(", "))?;
    if !run.refusals.is_empty() {
        let codes: Vec<String> = run
            .refusals
            .iter()
            .map(|(code, count)| format!("{} × {code}", grouped(*count)))
            .collect();
        writeln!(f, "  refused   {}", codes.join(", "))?;
    }
    let faults = run.faults;
    if faults != super::Faults::default() {
        writeln!(
            f,
            "  faults    {} cut, {} timed out, {} not connected; {} resent, {} recognised",
            faults.cut, faults.timed_out, faults.not_connected, faults.resent, faults.replayed
        )?;
    }
    if run.tally.unresolved > 0 {
        writeln!(f, "  open      {} requests were never answered", run.tally.unresolved)?;
    }
    Ok(())
}

fn write_audit(f: &mut fmt::Formatter<'_>, audit: &Audit) -> fmt::Result {
    let verdict = match audit.verdict() {
        AuditVerdict::Exact => "exact: every acknowledged movement is there, once",
        AuditVerdict::Within => "agrees, as far as unanswered requests leave that open",
        AuditVerdict::Wrong => "WRONG: the ledger and the acknowledgements differ",
    };
    writeln!(f, "audit       {verdict}")?;
    writeln!(
        f,
        "            {} movements expected, {} read; {} pieces expected, {} read",
        grouped(audit.expected_movements),
        grouped(audit.read_movements),
        audit.expected_pieces,
        audit.read_pieces
    )?;
    match audit.verified {
        Some(true) => writeln!(f, "            log, stock and chain verified"),
        Some(false) => writeln!(f, "            VERIFICATION FAILED; run mtm verify"),
        None => writeln!(f, "            log, stock and chain not verified"),
    }
}

/// One line of percentiles.
struct Row<'l>(&'l Latency);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latency { p50_us, p90_us, p99_us, p999_us, max_us, .. } = *self.0;
        write!(
            f,
            "p50 {}  p90 {}  p99 {}  p99.9 {}  max {}",
            milliseconds(p50_us),
            milliseconds(p90_us),
            milliseconds(p99_us),
            milliseconds(p999_us),
            milliseconds(max_us)
        )
    }
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10)
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234), "1,234");
        assert_eq!(grouped(12_345_678), "12,345,678");
        assert_eq!(milliseconds(12_345), "12.34 ms");
    }

    #[test]
    fn an_audit_forgives_only_what_was_never_answered() {
        let audit = |movements, pieces, unresolved| Audit {
            expected_movements: 100,
            read_movements: movements,
            expected_pieces: 1_000,
            read_pieces: pieces,
            unresolved,
            verified: None,
        };
        assert_eq!(audit(100, 1_000, (0, 0, 0)).verdict(), AuditVerdict::Exact);
        assert_eq!(audit(101, 1_005, (0, 0, 0)).verdict(), AuditVerdict::Wrong);
        assert_eq!(audit(101, 1_005, (1, 5, 0)).verdict(), AuditVerdict::Within);
        assert_eq!(audit(101, 995, (1, 5, 0)).verdict(), AuditVerdict::Wrong);
        assert_eq!(audit(99, 1_000, (5, 5, 5)).verdict(), AuditVerdict::Wrong);
        let broken = Audit { verified: Some(false), ..audit(100, 1_000, (0, 0, 0)) };
        assert_eq!(broken.verdict(), AuditVerdict::Wrong);
    }
}

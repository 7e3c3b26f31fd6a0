//! `mtm bench`: load over HTTP, a bare loop beside it, and an audit afterwards.
//!
//! Without `--against` it measures this very program: a server as a child process on a temporary
//! data directory with a generated plant, on the same disk on which the bare loop is measured
//! before it. Whatever the figures, the run fails when the ledger does not hold exactly what was
//! acknowledged.

mod books;
mod child;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use mtm_core::word::Timestamp;
use mtm_lab::bench::{
    Audit, AuditVerdict, Baseline, BenchError, BenchPlan, BenchReport, Machine, Material, Pace,
    RunResult, Scenario, Stop, Target,
};
use mtm_store::baseline::{BaselineError, bare_loop};

use super::generate::Size;
use crate::cli::Call;
use crate::config::Config;
use crate::door::Client;
use crate::failure::{Failure, Outcome, exit};
use child::Own;

const EXAMPLES: &str = "Examples:
  mtm bench
  mtm bench --scenario receive,hot,batch --duration 20s --dir /srv/mtm
  mtm bench --scenario read --scale x100 --clients 32
  mtm bench --against http://test-server:8080 --token T --scenario mixed --json

It books for real: never point it at a plant that counts. Nobody else may book meanwhile.";

/// Movements of one durable commit in the bare loops.
const GROUPS: [u32; 3] = [1, 32, 1_000];
/// Longest that one bare loop is measured.
const LONGEST_LOOP: Duration = Duration::from_secs(5);
const DURABILITY: &str = "SQLite WAL, synchronous=FULL: every acknowledged booking is on the disk";
/// A server that somebody runs keeps its ledger as it was told to.
const UNKNOWN_DURABILITY: &str = "that of the server's database (`mtm db status` there)";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What the clients do; several with commas. `read` is stock, history, suggest, explain and lot
    #[arg(long, value_enum, value_delimiter = ',', default_value = "receive")]
    scenario: Vec<Load>,
    /// How many clients, each with a connection of its own
    #[arg(long, value_name = "N", default_value_t = 32)]
    clients: usize,
    /// How long each scenario is measured, after the warm-up
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    duration: Duration,
    /// How long before that nothing is measured
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    warm_up: Duration,
    /// Requests a second at planned moments, instead of as fast as answers come
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// The same seed asks the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The plant that the own server is given
    #[arg(long, value_enum, default_value_t = Size::Plant, conflicts_with = "against")]
    scale: Size,
    /// Directory on the disk to measure, for temporary files
    #[arg(long, value_name = "DIR", conflicts_with = "against")]
    dir: Option<PathBuf>,
    /// A running server instead of an own one; needs an admin's --token
    #[arg(long, value_name = "URL")]
    against: Option<String>,
}

/// A load, as the option names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Load {
    Receive,
    Mixed,
    Hot,
    Batch,
    Read,
    Stock,
    History,
    Suggest,
    Explain,
    Lot,
}

impl Load {
    fn scenarios(self) -> &'static [Scenario] {
        match self {
            Self::Receive => &[Scenario::Receive],
            Self::Mixed => &[Scenario::Mixed],
            Self::Hot => &[Scenario::HotTake],
            Self::Batch => &[Scenario::Batch],
            Self::Read => {
                const READS: [Scenario; 5] = [
                    Scenario::Stock,
                    Scenario::History,
                    Scenario::Suggest,
                    Scenario::Explain,
                    Scenario::Lot,
                ];
                &READS
            }
            Self::Stock => &[Scenario::Stock],
            Self::History => &[Scenario::History],
            Self::Suggest => &[Scenario::Suggest],
            Self::Explain => &[Scenario::Explain],
            Self::Lot => &[Scenario::Lot],
        }
    }
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = call.globals.config()?;
    let report = match &it.against {
        Some(url) => against(call, &it, &config, url).await?,
        None => own(call, &it, &config).await?,
    };
    let mut machine = serde_json::to_value(&report)
        .map_err(|error| Failure::new("internal", exit::FAILURE, error.to_string()))?;
    let verdict = report.audit.as_ref().map(Audit::verdict);
    machine["verdict"] = serde_json::json!(verdict);
    call.console.answer(&machine, || report.to_string())?;
    match verdict {
        Some(AuditVerdict::Wrong) => Err(Failure::new(
            "audit_wrong",
            exit::FAILURE,
            "the ledger does not hold what was acknowledged",
        )
        .because("Or somebody else booked on that server meanwhile.")
        .next("Run `mtm verify` on its data directory and report the result with this output.")),
        _ => Ok(()),
    }
}

/// Measures this program on a temporary plant.
async fn own(call: &Call, it: &Arguments, config: &Config) -> Outcome<BenchReport> {
    let parent = it.dir.clone().unwrap_or_else(std::env::temp_dir);
    let directory = child::Directory::make(&parent)?;
    let baselines = baselines(call, it, directory.path()).await?;
    let own = Own::prepare(call, config, directory.path(), it.scale.into()).await?;
    let (before, data) = (own.before, own.data);
    let server = own.start(directory.path())?;
    let target = Target::new(&server.url, &own.token)?;
    let runs = load(call, it, &target).await?;
    server.stop()?;
    call.console.note("auditing");
    let (after, verified) = own.audit().await?;
    let gained = after.since(before);
    let audit = Audit::of(&runs, gained.movements, gained.pieces, Some(verified));
    Ok(BenchReport { audit: Some(audit), baselines, ..report(runs, data) })
}

/// Measures a server that somebody runs.
async fn against(call: &Call, it: &Arguments, config: &Config, url: &str) -> Outcome<BenchReport> {
    let token = config.token.as_ref().ok_or_else(|| {
        Failure::usage("--against needs a token")
            .next("Make one there with `mtm token create --name bench --scope admin`.")
    })?;
    let there = Config { server: Some(url.trim_end_matches('/').to_owned()), ..config.clone() };
    let client = Client::configured(&there)?.ok_or_else(|| Failure::usage("--against is empty"))?;
    let target = Target::new(url, token.reveal())?;
    let (before, data) = books::of_server(&client)?;
    let runs = load(call, it, &target).await?;
    let (after, _) = books::of_server(&client)?;
    let gained = after.since(before);
    let verified = books::verified_by_server(&client);
    let audit = Audit::of(&runs, gained.movements, gained.pieces, verified);
    let durability = UNKNOWN_DURABILITY.to_owned();
    Ok(BenchReport { audit: Some(audit), durability, ..report(runs, data) })
}

fn report(runs: Vec<RunResult>, data: mtm_lab::bench::DataSize) -> BenchReport {
    BenchReport {
        measured_at: Timestamp::from(jiff::Timestamp::now()).to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        machine: Machine::here(),
        durability: DURABILITY.to_owned(),
        data,
        runs,
        baselines: Vec::new(),
        audit: None,
    }
}

async fn baselines(call: &Call, it: &Arguments, directory: &Path) -> Outcome<Vec<Baseline>> {
    let mut baselines = Vec::new();
    let writes = |load: &Load| load.scenarios().iter().any(|scenario| scenario.writes());
    if !it.scenario.iter().any(writes) {
        return Ok(baselines);
    }
    for group in GROUPS {
        call.console.note(&format!("measuring the bare loop in groups of {group}"));
        let per_second = bare_loop(directory, group, it.duration.min(LONGEST_LOOP)).await?;
        baselines.push(Baseline { name: "bare loop".to_owned(), per_second, group });
    }
    Ok(baselines)
}

async fn load(call: &Call, it: &Arguments, target: &Target) -> Outcome<Vec<RunResult>> {
    let material = Material::discover(target).await?;
    let mut runs = Vec::new();
    for scenario in it.scenario.iter().flat_map(|load| load.scenarios()) {
        let clients = it.clients;
        call.console.note(&format!("{scenario}: {clients} clients, {:?}", it.duration));
        let plan = BenchPlan {
            clients,
            pace: it.rate.map_or(Pace::Closed, |per_second| Pace::Open { per_second }),
            warm_up: it.warm_up,
            stop: Stop::After(it.duration),
            seed: it.seed,
            ..BenchPlan::of(*scenario)
        };
        runs.push(mtm_lab::bench::run(target, &plan, &material).await?);
    }
    Ok(runs)
}

/// `10s`, `500ms`, `2m`, or plain seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let number: u64 = digits.parse().map_err(|_| "write it like 10s, 500ms or 2m".to_owned())?;
    let millis = match &text[digits.len()..] {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        _ => return Err("write it like 10s, 500ms or 2m".to_owned()),
    };
    let time = Duration::from_millis(number.saturating_mul(millis));
    if time > Duration::from_secs(86_400) { Err("a day is the most".to_owned()) } else { Ok(time) }
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        let (code, exit, next) = match &error {
            BenchError::Address { .. } | BenchError::Tls { .. } | BenchError::Plan { .. } => {
                ("usage", exit::USAGE, "`mtm bench --help` shows examples.")
            }
            BenchError::Token => {
                ("usage", exit::USAGE, "Give the secret that `mtm token create` printed.")
            }
            BenchError::Unreachable { .. } => (
                "unreachable",
                exit::UNAVAILABLE,
                "Check that the server runs and the URL is right.",
            ),
            BenchError::Refused { .. } | BenchError::Answer { .. } => (
                "bench_refused",
                exit::FAILURE,
                "Use a token with scope admin on a server of this version.",
            ),
            BenchError::NoMaterial { .. } => (
                "no_material",
                exit::FAILURE,
                "`mtm generate --into DIR` makes a plant to measure with.",
            ),
        };
        Self::new(code, exit, error.to_string()).next(next)
    }
}

impl From<BaselineError> for Failure {
    fn from(error: BaselineError) -> Self {
        Self::new("baseline_failed", exit::FAILURE, error.to_string())
            .next("Name a writable directory with enough space with --dir.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("7"), Ok(Duration::from_secs(7)));
        for wrong in ["", "s", "-1s", "1h", "99999999m", "1 s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}

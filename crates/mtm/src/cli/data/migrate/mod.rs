//! `mtm migrate-legacy`: the stock and the history of the legacy database, from its dump or from
//! its server.

mod follow;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use mtm_app::App;
use mtm_app::legacy::plant::LegacyPlant;
use mtm_app::legacy::report::{ReconciliationReport, reconcile};
use mtm_platform::{Access, DataDirectory, durable};
use serde_json::{Value, json};

use crate::cli::Call;
use crate::config::Config;
use crate::door::os_user;
use crate::failure::{Failure, Outcome, exit};
use source::Origin;

const EXAMPLES: &str = "Examples:
  mtm migrate-legacy --from dump.sql --dry-run
  mtm migrate-legacy --from dump.sql --report reconciliation.json --data-dir /srv/mtm
  mtm migrate-legacy --from dump.sql --time-zone America/Chicago --json
  mtm migrate-legacy --from mysql://reader@old-db/mtm_wip --password-file pw.txt --dry-run

  mtm migrate-legacy --from mysql://reader@old-db/mtm_wip --follow --every 60s --report week.json
  mtm migrate-legacy --from mysql://reader@old-db/mtm_wip --follow --once
  mtm migrate-legacy --from mysql://reader@old-db/mtm_wip --cut-over --report cut-over.json

Everything is taken over or nothing; the same data a second time changes nothing. A server is
read in one read-only transaction; its account needs SELECT and nothing else. Give its password
with --password-file or MTM_LEGACY__PASSWORD. PINs and passwords in its tables are never read.

--follow is for the weeks in which people still book in the legacy system: it takes over once, then
books here what changes there, compares both stocks at each look, and tells every difference with
its class. A lot that somebody books here meanwhile is left alone and told. It waits while a server
is away, and goes on where it was after any interruption. --cut-over looks a last time, makes sure
that nobody books there any more, verifies the ledger, and writes the cut-over report; from then on
the ledger is what counts.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a command line")]
pub(crate) struct Arguments {
    /// The legacy database: its server, mysql://user@host:port/database, or a dump of it
    #[arg(long, value_name = "URL-or-DUMP.SQL")]
    from: String,
    /// File that holds the password for that server (or: `MTM_LEGACY__PASSWORD`)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Say what would be taken over and what is wrong with it; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Keep up with a legacy server in which people still book; Ctrl-C ends it
    #[arg(long, conflicts_with = "dry_run")]
    follow: bool,
    /// How long to wait between two looks: 30s, 5m, 1h
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = follow::pause)]
    every: Duration,
    /// Look once and end, for a scheduler
    #[arg(long, requires = "follow")]
    once: bool,
    /// End following: the last look, both sides compared, the ledger verified
    #[arg(long, conflicts_with_all = ["dry_run", "follow"])]
    cut_over: bool,
    /// Cut over although the stocks differ; the report keeps what differs
    #[arg(long, requires = "cut_over")]
    accept_differences: bool,
    /// File for the report as JSON; written also when nothing is taken over
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// IANA zone of the legacy clocks; the plant's unless set
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

impl Arguments {
    fn config(&self, call: &Call) -> Outcome<Config> {
        let file = self.password_file.as_ref().map(|path| path.to_string_lossy().into_owned());
        let flag = file.map(|path| ("legacy.password_file", path, "--password-file"));
        Config::of(&call.globals.settings(flag)?)
    }
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = it.config(call)?;
    super::refuse_server(&config, "migrate-legacy")?;
    let zone = it.time_zone.as_deref().map(zone_named).transpose()?;
    let origin = Origin::parse(&it.from, &config)?;
    if it.follow || it.cut_over {
        let Origin::Server(address) = origin else {
            return Err(Failure::usage("a dump cannot be followed, only a server")
                .next("Name the legacy server: --from mysql://user@host:port/database."));
        };
        let following = follow::Following { call, it: &it, config: &config, address, zone };
        return following.run().await;
    }
    let plant = origin.read(call).await?;
    if it.dry_run {
        let zone = zone.map_or_else(|| zone_named(&config.site_time_zone), Ok)?;
        let (_, report) = reconcile(&plant, &zone)?;
        return answer(call, &it, &report, &value(&report)?, Done::Nothing);
    }
    let directory = DataDirectory::prepare(&config.data_dir)?;
    // Nobody else may make the plant meanwhile; one that is there is shared with its server.
    let lock = if directory.database().exists() { None } else { Some(directory.claim()?) };
    let ledger = crate::serve::open(&config, &directory).await?;
    let taken = take_over(&ledger, &it, &plant, zone).await;
    ledger.close().await;
    drop(lock);
    let (report, kept, repeated) = taken?;
    answer(call, &it, &report, &kept, if repeated { Done::Before } else { Done::Now })
}

/// What became of the legacy data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// It was looked at only.
    Nothing,
    /// It is taken over.
    Now,
    /// It had been taken over by an earlier run.
    Before,
}

async fn take_over(
    ledger: &mtm_store::Ledger,
    it: &Arguments,
    plant: &LegacyPlant,
    zone: Option<TimeZone>,
) -> Outcome<(ReconciliationReport, Value, bool)> {
    let app = App::new(ledger.clone()).await?;
    let who = app.local_principal(&os_user()).await?;
    let zone = zone.unwrap_or_else(|| app.site().zone.clone());
    let (plan, report) = reconcile(plant, &zone)?;
    // Before the transaction: what was found is worth as much where the ledger refuses.
    write_report(it, &value(&report)?)?;
    let taken = app.take_over(&who, &plan, &report).await?;
    Ok((report, taken.report, taken.repeated))
}

fn answer(
    call: &Call,
    it: &Arguments,
    report: &ReconciliationReport,
    kept: &Value,
    done: Done,
) -> Outcome {
    if done != Done::Now {
        write_report(it, kept)?;
    }
    let mut machine = kept.clone();
    if let Value::Object(fields) = &mut machine {
        fields.insert("dry_run".to_owned(), json!(done == Done::Nothing));
        fields.insert("repeated".to_owned(), json!(done == Done::Before));
    }
    call.console.answer(&machine, || {
        let end = match done {
            Done::Nothing => "Dry run: nothing was written.".to_owned(),
            Done::Before => {
                "This data was taken over before; nothing was changed this time.".to_owned()
            }
            Done::Now => format!(
                "Taken over: {} buckets with {} pieces, {} records of the legacy log. Stock \
                 equals the legacy stock, place by place.",
                report.creates.openings, report.creates.pieces, report.creates.legacy_records
            ),
        };
        format!("{}\n{end}", report.text())
    })
}

fn value(report: &ReconciliationReport) -> Outcome<Value> {
    serde_json::to_value(report)
        .map_err(|error| Failure::new("internal", exit::FAILURE, error.to_string()))
}

fn write_report(it: &Arguments, report: &Value) -> Outcome {
    let Some(path) = &it.report else { return Ok(()) };
    let text = format!("{report:#}\n");
    Ok(durable::replace(path, text.as_bytes(), Access::Inherited)?)
}

fn zone_named(name: &str) -> Outcome<TimeZone> {
    TimeZone::get(name).map_err(|error| {
        Failure::usage(format!("--time-zone: {error}"))
            .next("Name the zone as in `America/Chicago` or `Europe/Vienna`.")
    })
}

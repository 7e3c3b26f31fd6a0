//! `mtm print`: printers, and labels on their way to them.

use clap::{Args, Subcommand};
use mtm_app::printing::{JobBody, JobDeed, JobQuery, PrintBody};
use serde_json::Value;

use super::change::Change;
use super::{Call, look};
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const PRINTERS: &str = "/api/v1/printers";
const JOBS: &str = "/api/v1/print-jobs";

/// Jobs that are listed.
const SHOWN: u16 = 1_000;

const EXAMPLES: &str = "Examples:
  mtm print printers
  mtm print label 0000012345
  mtm print label R-E4-18 --template location --printer office
  mtm print jobs --all
  mtm print send 12 --printer office
  mtm print came-out 12

Printed is what a printer said. A label that was sent, and of which the printer did not say what became
of it, waits for somebody to look; sent again, it says that it is a copy. docs/printing.md says more.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List printers, and how they are
    Printers(Printers),
    /// Have a label printed
    Label(Label),
    /// List labels that wait for somebody
    Jobs(Jobs),
    /// Have a label printed that waits, failed, or may not have come out
    Send(Send),
    /// Say that a label came out
    CameOut(Decide),
    /// Say that a label is not wanted any more
    Cancel(Decide),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Printers {}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Label {
    /// The lot, location, part, user (by login) or count (by identity)
    #[arg(value_name = "KEY")]
    of: String,
    /// The template; the printer's own, for lots, unless it is given
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// The printer; the only one unless it is given
    #[arg(long, value_name = "NAME")]
    printer: Option<String>,
    /// Key of this request
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Jobs {
    /// All of them, the newest first
    #[arg(long)]
    all: bool,
    /// On this printer
    #[arg(long, value_name = "NAME")]
    printer: Option<String>,
    /// Of this lot, location, part, user or count
    #[arg(long, value_name = "KEY")]
    of: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Send {
    #[command(flatten)]
    which: Decide,
    /// The printer; the one it was for unless it is given
    #[arg(long, value_name = "NAME")]
    printer: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Decide {
    /// Its number
    #[arg(value_name = "JOB")]
    job: i64,
    /// Why, in words
    #[arg(long, default_value = "")]
    note: String,
    /// Key of this request
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Printers(Printers {}) => printers(call).await,
        Command::Label(it) => label(call, it).await,
        Command::Jobs(it) => jobs(call, it).await,
        Command::Send(it) => decide(call, it.which, JobDeed::Send, it.printer).await,
        Command::CameOut(it) => decide(call, it, JobDeed::CameOut, None).await,
        Command::Cancel(it) => decide(call, it, JobDeed::Cancel, None).await,
    }
}

async fn printers(call: &Call) -> Outcome {
    let config = call.globals.config()?;
    let door = Door::for_looking(&config).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(PRINTERS, &Parameters::default()),
        Door::Local(local) => {
            local.app.use_printers(config.printers.clone());
            let found = local.app.printers(&local.who).await;
            found.map_err(Failure::from).and_then(|it| look::json_of(&it))
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("PRINTER"),
            Column::text("HOW IT IS"),
            Column::text("SINCE"),
            Column::number("WAIT"),
            Column::number("FOR SOMEBODY"),
            Column::text("WHERE"),
        ]);
        for row in answer["items"].as_array().into_iter().flatten() {
            table.row([
                look::cell(row, "name"),
                look::cell(row, "words"),
                look::moment(row, "since"),
                look::cell(row, "waiting"),
                look::cell(row, "needs_somebody"),
                look::cell(row, "address"),
            ]);
        }
        if table.is_empty() {
            "No printer is configured; docs/printing.md says how one is.".to_owned()
        } else {
            call.console.table(&table)
        }
    })
}

async fn jobs(call: &Call, it: Jobs) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let is_open = !it.all && it.of.is_none();
    let answer = match &door {
        Door::Remote(client) => {
            let mut query = Parameters::default();
            query.add("printer", it.printer.as_ref());
            query.add("key", it.of.as_ref());
            query.add("needs_somebody", is_open.then_some(true));
            query.add("limit", Some(SHOWN));
            client.get(JOBS, &query)
        }
        Door::Local(local) => {
            let query = JobQuery {
                printer: it.printer,
                key: it.of,
                needs_somebody: is_open,
                limit: SHOWN,
                ..JobQuery::default()
            };
            let found = local.app.print_jobs(&local.who, query).await;
            found.map_err(Failure::from).and_then(|it| look::json_of(&it))
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("JOB"),
            Column::text("LABEL"),
            Column::text("STATE"),
            Column::text("PRINTER"),
            Column::text("ASKED FOR"),
            Column::text("BY"),
            Column::text("WHY"),
        ]);
        for row in look::items(&answer) {
            let cause = [look::cell(row, "cause"), look::cell(row, "lacking")];
            table.row([
                look::cell(row, "id"),
                format!("{} {}", look::cell(row, "subject"), look::cell(row, "key")),
                look::cell(row, "state"),
                look::cell(row, "printer"),
                look::moment(row, "asked_at"),
                look::cell(row, "asked_by"),
                cause.into_iter().find(|it| !it.is_empty()).unwrap_or_default(),
            ]);
        }
        if table.is_empty() {
            return if is_open { "Nothing waits for anybody." } else { "There is no such label." }
                .to_owned();
        }
        call.console.table(&table) + &look::more(&answer)
    })
}

async fn label(call: &Call, it: Label) -> Outcome {
    let body = PrintBody { template: it.template, of: it.of, printer: it.printer };
    let change = Change::new(JOBS.to_owned(), it.key, &body);
    let config = call.globals.config()?;
    let door = Door::for_booking(&config).await?;
    let asked = match &door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => {
            local.app.use_printers(config.printers.clone());
            let asked =
                async { local.app.print(&local.who, &body, None, change.key(local)?).await };
            asked.await.map_err(Failure::from).and_then(|it| look::json_of(&it.value))
        }
    };
    door.close().await;
    said(call, &asked?)
}

async fn decide(call: &Call, it: Decide, deed: JobDeed, printer: Option<String>) -> Outcome {
    let body = JobBody { deed, printer, note: it.note, version: None };
    let change = Change::new(format!("{JOBS}/{}/decide", it.job), it.key, &body);
    let config = call.globals.config()?;
    let door = Door::for_booking(&config).await?;
    let decided = match &door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => {
            local.app.use_printers(config.printers.clone());
            let decided = async {
                let key = change.key(local)?;
                local.app.decide_print(&local.who, it.job, &body, None, key).await
            };
            decided.await.map_err(Failure::from).and_then(|it| look::json_of(&it.value))
        }
    };
    door.close().await;
    said(call, &decided?)
}

fn said(call: &Call, job: &Value) -> Outcome {
    call.console.answer(job, || {
        let copy = if job["copy"] == true { ", as a copy" } else { "" };
        format!(
            "Label {} of {} {} on {}: {}{copy}",
            look::cell(job, "id"),
            look::cell(job, "subject"),
            look::cell(job, "key"),
            look::cell(job, "printer"),
            look::cell(job, "state"),
        )
    })
}

//! `mtm import`: a file of bookings, master data, routings or work orders, judged row by row before anything is taken.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mtm_app::import::{CommitBody, ImportKind, ImportView};
use mtm_core::code::Class;
use mtm_core::word::ImportId;
use mtm_platform::{FileError, Operation};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::Call;
use crate::cli::book::confirmed;
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome, WrongField, exit};
use crate::output::Console;

const EXAMPLES: &str = "Examples:
  mtm import parts.csv --kind parts --dry-run
  mtm import parts.csv --kind parts --skip-refused
  mtm import count.xlsx --kind movements --json
  mtm import routings.csv --kind routings
  mtm import definitions.xml --kind routings
  mtm import schedule.xml --kind work-orders

CSV (UTF-8, UTF-16 or Latin-1) or xlsx with one header row, or NDJSON. Every row is judged before
any is taken over; then they are taken over in steps between which others book. An import that was
cut off goes on where it stopped when the command is repeated. Movements are undone together with
`mtm undo --import ID`. Routings have the columns part, position, operation, location, yield and
effective_from; the rows of one part and beginning are one version, taken over whole. They also come
as OperationsDefinition of B2MML version 7 (ISA-95). Work orders have the columns code, part,
quantity, start, due, state, published, source and document, or come as OperationsSchedule; a dry run
says what they would change. docs/b2mml.md says how both are read.";

const ROUTE: &str = "/api/v1/imports";
/// Rows taken over until one hears how far it is.
const AT_ONCE: u32 = 5_000;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file
    file: PathBuf,
    /// What its rows are
    #[arg(long, value_enum)]
    kind: Kind,
    /// Say what is wrong with which row; take nothing over
    #[arg(long)]
    dry_run: bool,
    /// Leave refused rows out; otherwise one refused row keeps all others out
    #[arg(long)]
    skip_refused: bool,
    /// Confirm that a file is meant although its movements are in the ledger already
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Movements,
    Parts,
    Locations,
    Operations,
    ItemTypes,
    ColorCodes,
    Routings,
    WorkOrders,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Movements => "movements",
            Self::Parts => "parts",
            Self::Locations => "locations",
            Self::Operations => "operations",
            Self::ItemTypes => "item_types",
            Self::ColorCodes => "color_codes",
            Self::Routings => "routings",
            Self::WorkOrders => "work_orders",
        }
    }
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = call.globals.config()?;
    let bytes = read(&it.file, config.max_upload)?;
    let door = Door::for_booking(&config).await?;
    let imported = import(call.console, &door, &it, bytes).await;
    door.close().await;
    let view = imported?;
    let (rows, refused) = (view["rows"].as_u64(), view["refused"].as_u64());
    let (rows, refused) = (rows.unwrap_or(0), refused.unwrap_or(0));
    call.console.answer(&view, || {
        let accepted = rows.saturating_sub(refused);
        match it.dry_run {
            true if is_begun(&view) => format!(
                "Import {} of this file took over {} of {} rows and was cut off. Repeat the \
                 command without --dry-run to go on, or undo it with `mtm undo --import`.",
                text(&view, "id"),
                view["rows_done"],
                view["rows_total"],
            ),
            true => format!(
                "{rows} rows, all of them in order. Dry run: nothing was taken over.{}",
                effects(&view)
            ),
            false if refused > 0 => format!(
                "Took over {accepted} of {rows} rows as import {}; left out:\n{}",
                text(&view, "id"),
                wrong_rows(&view)
                    .iter()
                    .map(|wrong| format!("  {}: {}", wrong.field, wrong.message))
                    .collect::<Vec<_>>()
                    .join("\n")
            ),
            false => format!("Took over {accepted} rows as import {}.", text(&view, "id")),
        }
    })
}

/// What rows would change, where they say so.
fn effects(view: &Value) -> String {
    let verdicts = view["verdicts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let line = |verdict: &Value| {
        let effect = verdict["effect"].as_str().filter(|effect| !effect.is_empty())?;
        Some(format!("\n  line {}: {effect}", verdict["line"]))
    };
    verdicts.iter().filter_map(line).collect()
}

/// Looks at the file and, unless something speaks against it, takes it over.
async fn import(console: Console, door: &Door, it: &Arguments, bytes: Vec<u8>) -> Outcome<Value> {
    let name = it.file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let view = look(door, it.kind.name(), &name, bytes).await?;
    let refused = view["refused"].as_u64().unwrap_or(0);
    if refused > 0 && (it.dry_run || !it.skip_refused) {
        let rows = view["rows"].as_u64().unwrap_or(0);
        let message = format!("{refused} of {rows} rows are refused; nothing was taken over");
        let mut failure = Failure::new("rows_refused", Class::RuleBroken.exit(), message)
            .next("Correct them, or take over the others with --skip-refused.");
        failure.errors = wrong_rows(&view);
        return Err(failure);
    }
    if it.dry_run { Ok(view) } else { take_over(console, door, view, it).await }
}

/// Takes the rows over, some at a time, until all are.
async fn take_over(
    console: Console,
    door: &Door,
    mut view: Value,
    it: &Arguments,
) -> Outcome<Value> {
    if is_begun(&view) {
        console.note(&format!(
            "Import {} of this file was cut off after {} of {} rows; it goes on there.",
            text(&view, "id"),
            view["rows_done"],
            view["rows_total"],
        ));
    }
    let progress = console.progress("taking over", view["rows_total"].as_u64());
    loop {
        view = commit(door, &view, it).await?;
        progress.set(view["rows_done"].as_u64().unwrap_or(0));
        if !is_begun(&view) {
            return Ok(view);
        }
    }
}

/// Whether some of its rows are taken over and others not yet.
fn is_begun(view: &Value) -> bool {
    view["state"] == "committing"
}

async fn look(door: &Door, kind: &str, name: &str, bytes: Vec<u8>) -> Outcome<Value> {
    match door {
        Door::Remote(client) => {
            let mut query = Parameters::default();
            query.add("kind", Some(kind));
            query.add("file_name", Some(name));
            client.upload(ROUTE, &query, &bytes)
        }
        Door::Local(local) => {
            let kind = ImportKind::from_name(kind).unwrap_or(ImportKind::Movements);
            let view = local.app.preview_import(&local.who, kind, name, bytes).await?;
            json_of(&view)
        }
    }
}

async fn commit(door: &Door, view: &Value, it: &Arguments) -> Outcome<Value> {
    let id = text(view, "id");
    let (confirm, at_most) = (confirmed(it.yes), Some(AT_ONCE));
    let how = CommitBody { skip_refused: it.skip_refused, confirm, at_most };
    match door {
        // Committing twice is committing once, whatever the key.
        Door::Remote(client) => {
            let (path, key) = (format!("{ROUTE}/{id}/commit"), format!("import:{id}"));
            let answer = client.post(&path, &key, &json!(how)).map_err(|failure| {
                if failure.passes() {
                    failure.next("Repeat the command: it goes on where it stopped.")
                } else {
                    failure
                }
            });
            Ok(answer?.value)
        }
        Door::Local(local) => {
            let id = ImportId(id.parse::<Uuid>().unwrap_or_default());
            let view = local.app.commit_import(&local.who, id, &how).await?;
            json_of(&view)
        }
    }
}

fn text<'v>(view: &'v Value, name: &str) -> &'v str {
    view[name].as_str().unwrap_or_default()
}

/// Everything wrong with every refused row, by the line of the file.
fn wrong_rows(view: &Value) -> Vec<WrongField> {
    let verdicts = view["verdicts"].as_array().into_iter().flatten();
    verdicts
        .filter(|verdict| verdict["accepted"] == false)
        .flat_map(|verdict| {
            let line = verdict["line"].as_u64().unwrap_or(0);
            let errors = verdict["errors"].as_array().into_iter().flatten();
            errors.map(move |error| {
                let field = match text(error, "field") {
                    "" => format!("line {line}"),
                    column => format!("line {line}, {column}"),
                };
                WrongField { field, message: text(error, "message").to_owned() }
            })
        })
        .collect()
}

fn read(path: &Path, most: usize) -> Outcome<Vec<u8>> {
    let failed = |error| FileError::new(Operation::Read, path, error);
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if usize::try_from(size).map_or(true, |size| size > most) {
        return Err(Failure::usage(format!(
            "{} has {size} bytes, more than the {most} of server.max_upload_mib",
            path.display()
        ))
        .next("Cut the file into smaller ones, or raise server.max_upload_mib."));
    }
    Ok(std::fs::read(path).map_err(failed)?)
}

fn json_of(view: &ImportView) -> Outcome<Value> {
    serde_json::to_value(view)
        .map_err(|error| Failure::new("internal", exit::FAILURE, error.to_string()))
}

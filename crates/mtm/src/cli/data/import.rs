//! `mtm import`: a file of bookings or master data, judged row by row before anything is taken.

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

const EXAMPLES: &str = "Examples:
  mtm import parts.csv --kind parts --dry-run
  mtm import parts.csv --kind parts --skip-refused
  mtm import count.xlsx --kind movements --json

CSV (UTF-8, UTF-16 or Latin-1) or xlsx with one header row. All accepted rows are taken over in
one step or none; movements are undone together with `mtm undo --import ID`.";

const ROUTE: &str = "/api/v1/imports";

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
        }
    }
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = call.globals.config()?;
    let bytes = read(&it.file, config.max_upload)?;
    let door = Door::for_booking(&config).await?;
    let imported = import(&door, &it, &bytes).await;
    door.close().await;
    let view = imported?;
    let (rows, refused) = (view["rows"].as_u64(), view["refused"].as_u64());
    let (rows, refused) = (rows.unwrap_or(0), refused.unwrap_or(0));
    call.console.answer(&view, || {
        let accepted = rows.saturating_sub(refused);
        match it.dry_run {
            true => format!("{rows} rows, all of them in order. Dry run: nothing was taken over."),
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

/// Looks at the file and, unless something speaks against it, takes it over.
async fn import(door: &Door, it: &Arguments, bytes: &[u8]) -> Outcome<Value> {
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
    if it.dry_run { Ok(view) } else { commit(door, &view, it).await }
}

async fn look(door: &Door, kind: &str, name: &str, bytes: &[u8]) -> Outcome<Value> {
    match door {
        Door::Remote(client) => {
            let mut query = Parameters::default();
            query.add("kind", Some(kind));
            query.add("file_name", Some(name));
            client.upload(ROUTE, &query, bytes)
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
    let how = CommitBody { skip_refused: it.skip_refused, confirm: confirmed(it.yes) };
    match door {
        // Committing twice is committing once, whatever the key.
        Door::Remote(client) => {
            let body = json!(how);
            Ok(client.post(&format!("{ROUTE}/{id}/commit"), &format!("import:{id}"), &body)?.value)
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

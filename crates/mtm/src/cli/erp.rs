//! `mtm erp status`, `check`, `read`, `generate`: an ERP whose books are read; and its parts.

mod parts;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use mtm_app::App;
use mtm_app::erp::{ErpSettings, Reader, ReadingError, What};
use mtm_app::integration::IntegrationKind;
use mtm_lab::erp::{self, ErpSpec};
use serde_json::json;

use super::admin::locally;
use super::{Call, look};
use crate::door::Local;
use crate::failure::{Failure, Outcome, exit};
use crate::output::{Column, Table};
use crate::serve::erp_settings;

const EXAMPLES: &str = "Examples:
  mtm erp status
  mtm erp check erp
  mtm erp read erp --all

The ERP is named by `erp.name` of the configuration. Its books are read and never written, and no
stock of ours follows from them. `check` reads nothing and keeps nothing; `read` reads now what a
server reads from time to time. docs/erp.md says what is read, and what a failure means.";

const GENERATE_EXAMPLES: &str = "Examples:
  mtm erp generate --out erp.sql --dialect sqlite
  mtm erp generate --out erp.sql --dialect sqlserver --rows 3500000 --parts 20000 --seed 7

The tables are those of docs/erp.md; what the ledger adds up to is what is on hand. The same seed
writes the same database.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show how far every ERP was read
    #[command(after_help = EXAMPLES)]
    Status,
    /// Look whether an ERP can be read, and that its login may not write
    #[command(after_help = EXAMPLES)]
    Check(Named),
    /// Read an ERP's ledger and tables now
    Read(Read),
    /// List parts that are not here what they are in the ERP
    Parts(parts::Parts),
    /// Decide who takes over what differs
    Mode(parts::ModeOf),
    /// Decide what becomes of parts that differ
    Decide(parts::Decide),
    /// Write an ERP's database out of a seed, as SQL, to try things with
    Generate(Generate),
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// Its name
    name: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Read {
    /// Its name
    name: String,
    /// Compare every block of its ledger, too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = GENERATE_EXAMPLES)]
pub(super) struct Generate {
    /// The file to make, which must not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// For which database
    #[arg(long, value_enum)]
    dialect: Dialect,
    /// What everything follows from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rows of the ledger
    #[arg(long, default_value_t = 1_000)]
    rows: u32,
    /// Parts
    #[arg(long, default_value_t = 50)]
    parts: u32,
}

/// A database. The variants carry no help: it would stretch `--help` to more than a screen.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Dialect {
    Sqlite,
    Mariadb,
    Sqlserver,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Status => status(call).await,
        Command::Check(it) => check(call, it.name).await,
        Command::Read(it) => read(call, it).await,
        Command::Parts(it) => parts::list(call, &it).await,
        Command::Mode(it) => parts::mode(call, &it).await,
        Command::Decide(it) => parts::decide(call, &it).await,
        Command::Generate(it) => generate(call, &it),
    }
}

async fn status(call: &Call) -> Outcome {
    let all = locally(call, async |local| Ok(local.app.integrations().await?)).await?;
    let erps: Vec<_> = all.into_iter().filter(|it| it.kind == IntegrationKind::Erp).collect();
    let answer = look::json_of(&json!({ "items": erps }))?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("ERP"),
            Column::text("STATE"),
            Column::number("POSITION"),
            Column::text("LAST READ"),
            Column::text("SUMS OF"),
            Column::text("ON HAND OF"),
            Column::text("GAPS LOOKED FOR"),
            Column::number("ROWS"),
            Column::number("LATE"),
            Column::number("CHANGED"),
            Column::number("GONE"),
            Column::number("FLAGGED"),
            Column::text("LAST ERROR"),
        ]);
        for row in answer["items"].as_array().into_iter().flatten() {
            let erp = &row["erp"];
            table.row([
                look::cell(row, "name"),
                look::cell(erp, "state"),
                look::cell(row, "position"),
                look::moment(row, "last_taken"),
                look::moment(erp, "ledger_at"),
                look::moment(erp, "on_hand_at"),
                look::moment(erp, "scanned_at"),
                look::cell(erp, "rows"),
                look::cell(erp, "late"),
                look::cell(erp, "changed"),
                look::cell(erp, "gone"),
                look::cell(erp, "flagged"),
                look::cell(row, "last_error"),
            ]);
        }
        if table.is_empty() {
            "No ERP was ever read.".to_owned()
        } else {
            call.console.table(&table)
        }
    })
}

async fn check(call: &Call, name: String) -> Outcome {
    let checked = locally(call, async |local| {
        let reader = reader(call, local, &name)?;
        Ok(reader.check().await?)
    })
    .await?;
    if checked.login.writes != Some(false) {
        return Err(ReadingError::MayWrite(checked.login).into());
    }
    let answer = json!({
        "name": name,
        "opened": checked.opened,
        "login": checked.login,
        "newest": checked.newest,
    });
    call.console.answer(&answer, || {
        let opened = &checked.opened;
        let last = match checked.newest {
            Some(newest) => format!("The newest id of its ledger is {newest}."),
            None => "Each list of its mapping was read from.".to_owned(),
        };
        format!(
            "{name} can be read, and only read.\n  {} ({}), read as {}.\n  {}.\n  {last}",
            opened.product, opened.database, opened.isolation, checked.login.evidence,
        )
    })
}

async fn read(call: &Call, it: Read) -> Outcome {
    let state = locally(call, async |local| {
        let mut reader = reader(call, local, &it.name)?;
        let read = reader.round(if it.all { What::Everything } else { What::All }).await;
        reader.leave().await?;
        read?;
        Ok(local.app.ledger().erp_state(it.name.clone()).await?)
    })
    .await?;
    let answer = look::json_of(&state)?;
    call.console.answer(&answer, || match &state {
        Some(state) if state.ledger_at.is_none() => {
            format!("{} was read: what it says is on hand, and no ledger.", it.name)
        }
        Some(state) => format!(
            "{} was read up to id {}: {} rows, {} of them late, {} with something odd.",
            it.name, state.position, state.rows, state.late, state.flagged
        ),
        None => format!("{} was read.", it.name),
    })
}

fn generate(call: &Call, it: &Generate) -> Outcome {
    let spec = ErpSpec { seed: it.seed, rows: it.rows, parts: it.parts, ..ErpSpec::default() };
    let dialect = match it.dialect {
        Dialect::Sqlite => erp::Dialect::Sqlite,
        Dialect::Mariadb => erp::Dialect::MariaDb,
        Dialect::Sqlserver => erp::Dialect::SqlServer,
    };
    let failed = |error: std::io::Error| {
        let message = format!("failed to write {}: {error}", it.out.display());
        Failure::new("erp_not_written", exit::FAILURE, message)
            .next("Name a file that does not exist, in a folder that can be written.")
    };
    let file = File::create_new(&it.out).map_err(failed)?;
    let mut out = BufWriter::new(file);
    let made = erp::write(&spec, dialect, &mut out).map_err(failed)?;
    out.flush().map_err(failed)?;
    let facts = json!({ "file": it.out, "rows": made.rows, "newest": made.newest });
    call.console.answer(&facts, || {
        format!(
            "{}: {} rows of a ledger, the newest id is {}.",
            it.out.display(),
            made.rows,
            made.newest
        )
    })
}

fn reader(call: &Call, local: &Local, name: &str) -> Outcome<Reader> {
    let settings = configured(call, &local.app, name)?;
    Ok(Reader::new(local.app.clone(), settings))
}

fn configured(call: &Call, app: &App, name: &str) -> Outcome<ErpSettings> {
    let config = call.globals.config()?;
    app.use_peers(config.peers.clone());
    let settings = erp_settings(app, &config)?;
    settings.filter(|it| it.name == name).ok_or_else(|| {
        let message = format!("no ERP {name} is in the configuration");
        Failure::new("erp_not_configured", exit::NOT_FOUND, message)
            .next("Set `erp.name`, and `erp.connection_file` or `erp.peer`; docs/erp.md shows how.")
    })
}

impl From<ReadingError> for Failure {
    fn from(error: ReadingError) -> Self {
        let code = error.cause();
        let exit = match &error {
            ReadingError::MayWrite(_) | ReadingError::Elsewhere => exit::CONFLICT,
            ReadingError::Fault(_) => exit::UNAVAILABLE,
            _ if code == "erp_unreachable" => exit::UNAVAILABLE,
            _ => exit::FAILURE,
        };
        Self::new(code, exit, error.to_string()).next(error.next_step())
    }
}

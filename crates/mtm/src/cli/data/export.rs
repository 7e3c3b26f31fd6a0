//! `mtm export`: movements or stock as a file, whole or not at all.

mod b2mml;
pub(in crate::cli) mod sink;
mod stock;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mtm_app::export::ExportFormat;
use tokio::sync::mpsc;

use crate::cli::Call;
use crate::cli::look::history::Filter;
use crate::door::Local;
use crate::failure::{Failure, Outcome};
use sink::Sink;

/// Pieces of the file that may wait for the disk.
const PIECES_WAITING: usize = 4;

const MOVEMENTS: &str = "Examples:
  mtm export movements --out movements.csv
  mtm export movements --from 2026-11-01T00:00:00Z --format xlsx --out november.xlsx
  mtm export movements --part 11058-1779 --format ndjson | jq .quantity";

const STOCK: &str = "Examples:
  mtm export stock --out stock.csv
  mtm export stock --location 'R-E4%' --format ndjson
  mtm export stock --as-of 2026-11-01T06:00:00Z --out november.csv";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The movement log
    #[command(after_help = MOVEMENTS)]
    Movements {
        #[command(flatten)]
        filter: Box<Filter>,
        /// csv, xlsx or ndjson
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
        #[command(flatten)]
        target: Target,
    },
    /// What stands where
    #[command(after_help = STOCK)]
    Stock(stock::Arguments),
    /// Either as a document of ISA-95 (B2MML version 7), for other systems
    #[command(subcommand, after_help = b2mml::EXAMPLES)]
    B2mml(b2mml::Command),
}

/// Where the file goes.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The file, replaced when it is complete; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Xlsx,
    Ndjson,
}

impl From<Format> for ExportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Xlsx => Self::Xlsx,
            Format::Ndjson => Self::Ndjson,
        }
    }
}

pub(crate) async fn run(call: &Call, command: Command) -> Outcome {
    let config = call.globals.config()?;
    super::refuse_server(&config, "export")?;
    let (target, is_binary) = match &command {
        Command::Movements { target, format, .. } => (target, matches!(format, Format::Xlsx)),
        Command::Stock(it) => (&it.target, false),
        Command::B2mml(it) => (it.target(), false),
    };
    let mut sink = Sink::open(&target.out, is_binary)?;
    let local = Local::open(&config).await?;
    let (pieces, received) = mpsc::channel(PIECES_WAITING);
    let (sent, written) =
        tokio::join!(produce(call, &local, &command, pieces), sink.take(received));
    local.close().await;
    // A file that cannot be written ends the reading; it is the cause then.
    written?;
    sent?;
    sink.finish()?;
    if !target.is_standard_output() {
        call.console.note(&format!("Wrote {}.", target.out.display()));
    }
    Ok(())
}

impl Target {
    fn is_standard_output(&self) -> bool {
        self.out.as_os_str() == "-"
    }
}

async fn produce(
    call: &Call,
    local: &Local,
    command: &Command,
    pieces: mpsc::Sender<Vec<u8>>,
) -> Outcome {
    match command {
        Command::Movements { filter, format, .. } => {
            let query = filter.query()?;
            Ok(local.app.export_movements(&local.who, query, (*format).into(), pieces).await?)
        }
        Command::Stock(it) => stock::send(call, local, it, pieces).await,
        Command::B2mml(it) => it.send(local, pieces).await,
    }
}

/// The query cannot be carried out as the options say it.
fn wrong(option: &str, error: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{option}: {error}"))
}

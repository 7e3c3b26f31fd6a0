//! `mtm archive`: the sealed log as files that prove themselves.

mod redact;
mod verify;
mod write;

use clap::Subcommand;
use mtm_app::archive::{ArchiveError, ArchiveReport, BadRow};
use serde_json::{Value, json};

use super::Call;
use super::checkpoint::{refused, vouched_for};
use crate::failure::{Failure, Outcome, exit};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write the log up to a day, a closed period or an entry into a file
    Write(write::Arguments),
    /// Prove archives, that they follow each other, and that the ledger goes on from them
    Verify(verify::Arguments),
    /// Copy an archive without the notes of people; the rest stays proved
    Redact(redact::Arguments),
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Write(it) => write::run(call, it).await,
        Command::Verify(it) => verify::run(call, it).await,
        Command::Redact(it) => redact::run(call, &it),
    }
}

/// What an archive holds, for machines.
fn facts(report: &ArchiveReport) -> Value {
    let mut facts = json!(report);
    facts["signature"] = vouched_for(report.signature);
    facts
}

/// What an archive holds, in words.
fn told(report: &ArchiveReport) -> String {
    let notes = match (report.notes, report.notes_removed) {
        (0, _) => "no notes".to_owned(),
        (notes, 0) => format!("{notes} with notes"),
        (notes, removed) => format!("{notes} with notes, {removed} of which are not told"),
    };
    format!(
        "{}: audit entries {} to {}, recorded until {}.\n  {} movements, {notes}; {} pieces of {} parts then.",
        report.path.display(),
        report.from,
        report.to,
        crate::output::moment(report.recorded_at),
        report.movements,
        report.pieces,
        report.parts,
    )
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        let message = error.to_string();
        match error {
            ArchiveError::File(error) => error.into(),
            ArchiveError::Key(error) => error.into(),
            ArchiveError::Ledger(error) => error.into(),
            ArchiveError::NotVouchedFor { flaw, .. } | ArchiveError::DoesNotFit { flaw, .. } => {
                Self { message: message.into(), ..refused(&[flaw]) }
            }
            ArchiveError::Nothing { .. } => Self::of(mtm_core::code::Code::NotFound, message).next(
                "Name a later day or entry, or the archive that ends before it with --after.",
            ),
            ArchiveError::NoNotes { .. } => Self::of(mtm_core::code::Code::NotFound, message)
                .next("Name audit entries of movements that have notes; the archive shows them."),
            ArchiveError::NotOne { .. } => Self::usage(message).next(
                "Name a file that `mtm archive write` wrote; if it is one, use another copy of it.",
            ),
            ArchiveError::NotJoined { .. } => {
                Self::new("archive_not_joined", exit::FAILURE, message).next(
                    "Name every archive between them, each once; one of another chain has no place \
                     among them.",
                )
            }
            ArchiveError::Altered { bad, .. } => {
                let failure = Self::new("archive_altered", exit::FAILURE, message);
                let next =
                    "Use another copy of it; the ledger itself holds everything that is in it.";
                with(failure.next(next), &bad)
            }
            ArchiveError::Broken { bad } => {
                let failure = Self::new("ledger_altered", exit::FAILURE, message);
                let next =
                    "Keep a copy of the directory as it is; `mtm verify` tells more about the row.";
                with(failure.next(next), &bad)
            }
        }
    }
}

/// The failure with the row that it is about.
fn with(mut failure: Failure, bad: &BadRow) -> Failure {
    let facts = json!(bad);
    let names =
        [("line", "line"), ("audit entry", "sequence"), ("movement", "movement"), ("lot", "lot")];
    let named =
        names.into_iter().filter(|(_, name)| !facts[*name].is_null()).map(|(word, name)| {
            let value = facts[name].as_str().map_or_else(|| facts[name].to_string(), str::to_owned);
            format!("{word} {value}")
        });
    let row = named.collect::<Vec<_>>().join(", ");
    if !row.is_empty() {
        failure = failure.because(format!("The first bad row: {row}."));
    }
    *failure.details = json!({ "first_bad": facts });
    failure
}

//! `mtm archive redact`: a copy without words that must not be kept any longer.

use std::path::PathBuf;

use clap::Args;
use mtm_app::archive::{self, Redaction};
use mtm_app::checkpoint::PublicKey;

use super::{facts, told};
use crate::cli::Call;
use crate::cli::checkpoint::Trusted;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm archive redact mtm-2026.ndjson.gz mtm-2026-redacted.ndjson.gz --entry 4711 --entry 4720
  mtm archive redact mtm-2026.ndjson.gz mtm-2026-without-notes.ndjson.gz --all

An entry of the audit chain holds only the salted hash of a movement's notes. So the copy is proved
as before, by the same signature, and the words cannot be found out from it. Only an archive that is
proved is copied; the one that it is copied from stays as it is, and is for you to remove.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The archive
    from: PathBuf,
    /// The file to make, which must not exist
    to: PathBuf,
    /// An audit entry whose movement's notes are taken out (may be repeated)
    #[arg(long = "entry", value_name = "SEQUENCE", required_unless_present = "all")]
    entries: Vec<u64>,
    /// All notes are taken out
    #[arg(long, conflicts_with = "entries")]
    all: bool,
    /// A public key to trust (may be repeated); otherwise that of the data directory is
    #[arg(long = "key", value_name = "PUBLIC")]
    keys: Vec<PublicKey>,
}

pub(super) fn run(call: &Call, it: &Arguments) -> Outcome {
    let trusted = Trusted::of(&call.globals.config()?, &it.keys)?;
    let entries = || it.entries.iter().copied().collect();
    let redaction = if it.all { Redaction::All } else { Redaction::Of(entries()) };
    let report = archive::redact(&it.from, &it.to, trusted.keys(), &redaction)?;
    call.console.answer(&facts(&report), || told(&report))
}

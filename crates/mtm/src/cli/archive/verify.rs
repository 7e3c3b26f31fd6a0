//! `mtm archive verify`: are they what was written, and of the ledger's chain?

use std::path::PathBuf;

use clap::Args;
use mtm_app::archive::{self, ArchiveReport};
use mtm_app::checkpoint::PublicKey;
use serde_json::json;

use super::{facts, told};
use crate::cli::Call;
use crate::cli::admin::locally;
use crate::cli::checkpoint::{Trusted, vouched};
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm archive verify mtm-2026.ndjson.gz
  mtm archive verify /mnt/archive/mtm-*.ndjson.gz
  mtm archive verify mtm-2026.ndjson.gz --alone --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=

Computes every hash anew, adds up the pieces of every part, and looks at the signatures; the first bad
row is named. Several archives, in any order, must follow each other without a gap. Where they begin
and end is compared with the ledger's chain; --alone does without a ledger, on any machine. Exit 0:
everything is as it was written.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The archives
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A public key to trust (may be repeated); otherwise that of the data directory is
    #[arg(long = "key", value_name = "PUBLIC")]
    keys: Vec<PublicKey>,
    /// Compare them with no ledger
    #[arg(long)]
    alone: bool,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let trusted = Trusted::of(&call.globals.config()?, &it.keys)?;
    let progress = call.console.progress("reading", None);
    let mut reports = Vec::new();
    let mut before = 0;
    for file in &it.files {
        let report = archive::check(file, trusted.keys(), |done| progress.set(before + done))?;
        before += report.entries;
        reports.push(report);
    }
    progress.finish();
    archive::joined(&mut reports)?;
    let since = if it.alone {
        None
    } else {
        Some(
            locally(call, async |local| Ok(archive::compare(&reports, local.app.ledger()).await?))
                .await?,
        )
    };
    let left_open = left_open(&reports, since);
    let answer = json!({
        "ok": true,
        "archives": reports.iter().map(facts).collect::<Vec<_>>(),
        "ledger": since.map(|since| json!({ "entries_since": since })),
        "not_excluded": left_open,
    });
    call.console.answer(&answer, || {
        let each = |report: &ArchiveReport| {
            format!("{}\n  It is {}.", told(report), vouched(report.signature))
        };
        let archives = reports.iter().map(each).collect::<Vec<_>>().join("\n");
        let ledger = match since {
            Some(0) => "The ledger's chain goes through them, and ends where they do.".to_owned(),
            Some(since) => {
                format!("The ledger's chain goes through them, and on for {since} entries.")
            }
            None => "They were compared with no ledger.".to_owned(),
        };
        format!("{archives}\nEverything is as it was written. {ledger}\nNot excluded: {left_open}.")
    })
}

/// What this does not prove, in words.
fn left_open(reports: &[ArchiveReport], since: Option<u64>) -> String {
    let from = reports.first().map_or(1, |report| report.from);
    let to = reports.last().map_or(0, |report| report.to);
    let mut open = Vec::new();
    if from > 1 {
        open.push(format!("anything before entry {from}: name the archives before"));
    }
    open.push(match since {
        Some(_) => format!(
            "what was done to entries after {to}, or to movements and stock beside the chain: `mtm verify`"
        ),
        None => format!("what was done after entry {to}, or by somebody who has the key"),
    });
    open.join("; ")
}

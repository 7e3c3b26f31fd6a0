//! `mtm verify`: prove the ledger from its file.

use std::path::PathBuf;

use clap::Args;
use mtm_store::integrity::{FirstBad, VerifyRange, VerifyReport};

use super::locally;
use crate::checkpoint::Checkpoint;
use crate::cli::Call;
use crate::door::directory_of;
use crate::failure::{Failure, Outcome, exit};

const EXAMPLES: &str = "Examples:
  mtm verify
  mtm verify --data-dir /srv/mtm --json
  mtm verify --since /mnt/elsewhere/000000004711.json

The newest checkpoint of the data directory is compared with too. Nothing is changed, and a running
server is not disturbed. Exit 0: everything is as it was told.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A checkpoint kept elsewhere: what came before it was verified then
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let since = it.since.as_deref().map(Checkpoint::read).transpose()?;
    let directory = directory_of(&call.globals.config()?)?;
    let report = locally(call, async |local| {
        let ledger = local.app.ledger();
        let known = match &since {
            Some(checkpoint) => Some(checkpoint.clone()),
            None => match &directory {
                Some(directory) => Checkpoint::newest(directory)?,
                None => None,
            },
        };
        if let Some(checkpoint) = known {
            checkpoint.compare(ledger).await?;
        }
        let range = match &since {
            Some(checkpoint) => VerifyRange::From(checkpoint.sequence + 1),
            None => VerifyRange::Full,
        };
        let counts = ledger.counts().await?;
        let progress = call.console.progress("verifying", Some(counts.audit_entries + counts.lots));
        let report = ledger.verify(range, |it| {
            progress.expect(it.total);
            progress.set(it.done);
        });
        let report = report.await?;
        progress.finish();
        Ok(report)
    })
    .await?;
    call.console.answer(&report, || tell(&report))?;
    match &report.first_bad {
        None => Ok(()),
        Some(bad) => Err(altered(bad)),
    }
}

fn tell(report: &VerifyReport) -> String {
    if !report.ok {
        return "The ledger is not what it was told.".to_owned();
    }
    format!(
        "Everything is as it was told: {} audit entries ({} to {}) and the stock of {} lots.\n\
         Newest entry: {} {}\n\
         Not excluded by the file alone: {}.",
        report.checked,
        report.from,
        report.to,
        report.lots,
        report.head.sequence,
        report.head.hash,
        report.not_excluded,
    )
}

/// The first row that is not what it was, as a failure.
fn altered(bad: &FirstBad) -> Failure {
    let facts = serde_json::to_value(bad).unwrap_or_default();
    let names = ["sequence", "audit_sequence", "movement_id", "lot"];
    let named = names.into_iter().filter(|name| !facts[*name].is_null()).map(|name| {
        let value = facts[name].as_str().map_or_else(|| facts[name].to_string(), str::to_owned);
        format!("{} {value}", name.replace('_', " "))
    });
    let row = named.collect::<Vec<_>>().join(", ");
    let mut failure = Failure::new("ledger_altered", exit::FAILURE, bad.message.clone())
        .because(format!("The first bad row: {row}."))
        .next("Keep a copy of the directory as it is, then compare with a backup or restore one.");
    *failure.details = serde_json::json!({ "first_bad": facts });
    failure
}

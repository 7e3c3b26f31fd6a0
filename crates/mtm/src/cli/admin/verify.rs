//! `mtm verify`: prove the ledger from its file.

use std::path::PathBuf;

use clap::Args;
use mtm_app::checkpoint::{self, Checkpoint, PublicKey, Signature};
use mtm_store::integrity::{FirstBad, VerifyRange, VerifyReport};
use serde_json::json;

use super::locally;
use crate::cli::Call;
use crate::cli::checkpoint::{Trusted, not_excluded, refused, vouched, vouched_for};
use crate::door::directory_of;
use crate::failure::{Failure, Outcome, exit};

const EXAMPLES: &str = "Examples:
  mtm verify
  mtm verify --data-dir /srv/mtm --json
  mtm verify --since /mnt/elsewhere/000000004711-9f86d081.json
  mtm verify --from 120000 --to 130000

The newest checkpoint of the data directory is compared with too. Nothing is changed, and a running
server is not disturbed. Exit 0: everything is as it was told; what that leaves open is said.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A checkpoint kept elsewhere: what came before it was verified then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to"])]
    since: Option<PathBuf>,
    /// A public key that must have signed it (may be repeated); otherwise that of the data directory
    /// counts, where it is signed
    #[arg(long = "key", value_name = "PUBLIC", requires = "since")]
    keys: Vec<PublicKey>,
    /// Only audit entries from this one on, and the lots that they touched
    #[arg(long, value_name = "SEQUENCE", value_parser = clap::value_parser!(u64).range(1..))]
    from: Option<u64>,
    /// Only audit entries up to this one
    #[arg(long, value_name = "SEQUENCE", value_parser = clap::value_parser!(u64).range(1..))]
    to: Option<u64>,
}

/// What the chain was compared with.
struct Compared {
    checkpoint: Checkpoint,
    signature: Signature,
    is_elsewhere: bool,
}

impl Arguments {
    fn range(&self, since: Option<&Checkpoint>) -> Outcome<VerifyRange> {
        match (since, self.from, self.to) {
            (Some(since), _, _) => Ok(VerifyRange::From(since.sequence + 1)),
            (None, from, Some(to)) if from.unwrap_or(1) > to => {
                Err(Failure::usage("--from is after --to")
                    .next("Name the earlier entry with --from."))
            }
            (None, from, Some(to)) => Ok(VerifyRange::Between(from.unwrap_or(1), to)),
            (None, Some(from), None) => Ok(VerifyRange::From(from)),
            (None, None, None) => Ok(VerifyRange::Full),
        }
    }

    /// The checkpoint to compare with: the one that is named, or the newest of the data directory.
    fn compared(&self, call: &Call) -> Outcome<Option<Compared>> {
        let config = call.globals.config()?;
        let is_elsewhere = self.since.is_some();
        let checkpoint = match (&self.since, directory_of(&config)?) {
            (Some(path), _) => Some(Checkpoint::read(path)?),
            (None, Some(directory)) => checkpoint::newest(&directory.checkpoints())?,
            (None, None) => None,
        };
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let signature = Trusted::of(&config, &self.keys)?.check(&checkpoint)?;
        Ok(Some(Compared { checkpoint, signature, is_elsewhere }))
    }
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let compared = it.compared(call)?;
    let since = compared.as_ref().filter(|it| it.is_elsewhere).map(|it| &it.checkpoint);
    let range = it.range(since)?;
    let report = locally(call, async |local| {
        let ledger = local.app.ledger();
        if let Some(Compared { checkpoint, .. }) = &compared
            && let Some(flaw) = checkpoint.chain_flaw(ledger).await?
        {
            return Err(refused(&[flaw]));
        }
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
    let report =
        VerifyReport { not_excluded: left_open(&report, range, compared.as_ref()), ..report };
    let mut answer = serde_json::to_value(&report).unwrap_or_default();
    answer["checkpoint"] = json!(compared.as_ref().map(|it| {
        json!({
            "sequence": it.checkpoint.sequence,
            "elsewhere": it.is_elsewhere,
            "signature": vouched_for(it.signature),
        })
    }));
    call.console.answer(&answer, || tell(&report, compared.as_ref()))?;
    match &report.first_bad {
        None => Ok(()),
        Some(bad) => Err(altered(bad)),
    }
}

/// What the ledger, and the checkpoint that it was compared with, cannot prove.
fn left_open(report: &VerifyReport, range: VerifyRange, compared: Option<&Compared>) -> String {
    let open = match compared {
        Some(it) => not_excluded(it.checkpoint.sequence, it.is_elsewhere),
        None => report.not_excluded.clone(),
    };
    match range {
        VerifyRange::Full => open,
        VerifyRange::From(from) => format!("{open}; entries before {from} were not read"),
        VerifyRange::Between(from, _) => {
            format!("{open}; entries before {from} and after {} were not read", report.to)
        }
    }
}

fn tell(report: &VerifyReport, compared: Option<&Compared>) -> String {
    if !report.ok {
        return "The ledger is not what it was told.".to_owned();
    }
    let checkpoint = compared.map_or_else(
        || "There is no checkpoint to compare with.".to_owned(),
        |it| {
            let (sequence, vouched) = (it.checkpoint.sequence, vouched(it.signature));
            format!("The chain goes through the checkpoint at entry {sequence}, {vouched}.")
        },
    );
    format!(
        "Everything is as it was told: {} audit entries ({} to {}) and the stock of {} lots.\n\
         Newest entry: {} {}\n{checkpoint}\nNot excluded: {}.",
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

//! `mtm backup`: copies that are proved before they count, and drills.

use std::path::{Path, PathBuf};

use clap::Args;
use mtm_store::backup::{self, BackupError, BackupProgress, BackupReport, Drill, DrillPlace};
use mtm_store::copy::CopyError;
use serde_json::{Value, json};

use super::locally;
use super::scratch::Scratch;
use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};
use crate::output::Console;

const EXAMPLES: &str = "Examples:
  mtm backup /mnt/backup/mtm-2026-11-23.db
  mtm backup /mnt/backup/mtm.db --data-dir /srv/mtm --json
  mtm backup --drill
  mtm backup --drill /mnt/backup/mtm-2026-11-23.db

The server keeps running; the copy is of one moment and is verified before it gets its name. A
ledger on a database server is backed up into a file as well: its login needs the role mtm_app.

--drill makes a backup (or takes the one named), restores it in a place of its own, compares chain,
sums and rows, and removes what it made. On a database server that place is a database called like
the ledger's with _drill at its end; a login that may not make one gets a file, and is told so.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file to make, which must not exist; with --drill, the backup to try
    #[arg(required_unless_present = "drill")]
    file: Option<PathBuf>,
    /// Restore a backup for once, beside the ledger, and compare both
    #[arg(long)]
    drill: bool,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    match it.file {
        Some(file) if !it.drill => make(call, &file).await,
        file => drill(call, file).await,
    }
}

async fn make(call: &Call, file: &Path) -> Outcome {
    let shown = Shown::start(call.console);
    let report = locally(call, async |local| {
        let made = local.app.ledger().backup(file, |step| shown.set(step)).await;
        Ok(made?)
    })
    .await?;
    call.console.answer(&facts(&report, None), || {
        format!(
            "Made {} ({} bytes): {} audit entries and the stock of {} lots verified.",
            report.path.display(),
            report.bytes,
            report.verified.checked,
            report.verified.lots,
        )
    })
}

async fn drill(call: &Call, backup: Option<PathBuf>) -> Outcome {
    let scratch = Scratch::make()?;
    let url = call.globals.config()?.database;
    let url = url.map(|url| url.reveal().to_owned()).filter(|url| !url.starts_with("sqlite:"));
    let asked = Drill { backup, url, scratch: scratch.path().to_owned() };
    let shown = Shown::start(call.console);
    let report = locally(call, async |local| {
        Ok(backup::drill(local.app.ledger(), &asked, |step| shown.set(step)).await?)
    })
    .await?;
    let mut answer = serde_json::to_value(&report).unwrap_or_default();
    answer["ok"] = json!(true);
    answer["backup"] = json!(asked.backup);
    call.console.answer(&answer, || {
        let place = match &report.place {
            DrillPlace::Database { name } => format!("the database {name}"),
            DrillPlace::File { instead: None } => "a file".to_owned(),
            DrillPlace::File { instead: Some(reason) } => {
                format!("a file, because this login may not make a database ({reason})")
            }
        };
        let totals = report.totals;
        format!(
            "The drill succeeded: restored into {place}, compared, and removed.\n\
             {} movements, {} audit entries, {} lots, {} buckets and the sums of {} parts agree.\n\
             Newest entry: {} {}",
            totals.movements,
            totals.entries,
            totals.lots,
            totals.buckets,
            report.parts,
            report.head.sequence,
            report.head.hash,
        )
    })
}

pub(super) fn facts(report: &BackupReport, aside: Option<&Path>) -> Value {
    json!({
        "path": report.path, "bytes": report.bytes, "verified": report.verified,
        "set_aside": aside,
    })
}

/// Copying, comparing and verifying, one after the other, perhaps more than once.
pub(super) struct Shown {
    copying: crate::output::Progress,
    comparing: crate::output::Progress,
    verifying: crate::output::Progress,
}

impl Shown {
    pub(super) fn start(console: Console) -> Self {
        Self {
            copying: console.progress("copying", None),
            comparing: console.progress("comparing", None),
            verifying: console.progress("verifying", None),
        }
    }

    pub(super) fn set(&self, step: BackupProgress) {
        let (shown, done, total) = match step {
            BackupProgress::Copying(done, total) => (&self.copying, done, total),
            BackupProgress::Comparing(done, total) => {
                self.copying.finish();
                (&self.comparing, done, total)
            }
            BackupProgress::Verifying(done, total) => {
                self.copying.finish();
                self.comparing.finish();
                (&self.verifying, done, total)
            }
        };
        shown.expect(total);
        shown.set(done);
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let message = error.to_string();
        match error {
            BackupError::Exists { .. } => Self::new("file_exists", exit::CONFLICT, message)
                .next("Name a file that does not exist; backups are never overwritten."),
            BackupError::File { .. } => Self::new("file_error", exit::FAILURE, message)
                .next("Check the path, its rights and the space on its disk."),
            BackupError::Open(error) => error.into(),
            BackupError::Damaged { first_bad, .. } => {
                let mut failure = Self::new("backup_damaged", exit::FAILURE, message)
                    .next("Use an older backup; `mtm verify` looks at the ledger itself.");
                *failure.details = json!({ "first_bad": *first_bad });
                failure
            }
            BackupError::Copy(CopyError::NotEmpty) => {
                Self::new("not_empty", exit::CONFLICT, message)
                    .next("Name an empty database; one that holds something is left alone.")
            }
            BackupError::Copy(error) => error.into(),
            BackupError::Differs { .. } => Self::new("backup_differs", exit::FAILURE, message)
                .next("Keep the backup as it is, make another one, and try that."),
            BackupError::Fault(fault) => fault.into(),
        }
    }
}

//! `mtm backup` and `mtm restore`: copies that are proved before they count.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use mtm_platform::{DataDirectory, FileError, Operation, durable};
use mtm_store::backup::{BackupError, BackupProgress, BackupReport};
use mtm_store::{Ledger, OpenOptions};
use serde_json::{Value, json};

use super::locally;
use crate::checkpoint::Checkpoint;
use crate::cli::Call;
use crate::door::open_ledger;
use crate::failure::{Failure, Outcome, exit};
use crate::output::Console;

const BACKUP_EXAMPLES: &str = "Examples:
  mtm backup /mnt/backup/mtm-2026-11-23.db
  mtm backup /mnt/backup/mtm.db --data-dir /srv/mtm --json

The server keeps running; the copy is of one moment and is verified before it gets its name.";

const RESTORE_EXAMPLES: &str = "Examples:
  mtm restore /mnt/backup/mtm-2026-11-23.db --data-dir /srv/new
  mtm restore /mnt/backup/mtm-2026-11-23.db --data-dir /srv/mtm --replace

The backup is verified by recomputing every balance before anything is touched.";

#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct BackupArguments {
    /// The file to make; it must not exist
    file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct RestoreArguments {
    /// The backup
    file: PathBuf,
    /// Set a ledger that is there aside, under another name, and take its place
    #[arg(long)]
    replace: bool,
}

pub(crate) async fn backup(call: &Call, it: BackupArguments) -> Outcome {
    let shown = Shown::start(call.console);
    let report = locally(call, async |local| {
        let made = local.app.ledger().backup(&it.file, |step| shown.set(step)).await;
        Ok(made?)
    })
    .await?;
    keep_private(&report.path)?;
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

pub(crate) async fn restore(call: &Call, it: RestoreArguments) -> Outcome {
    let config = call.globals.config()?;
    if config.database.is_some() {
        return Err(Failure::usage("a backup is put into a data directory, not into a database")
            .next("Restore without --database, then move it with `mtm db copy`."));
    }
    let directory = DataDirectory::prepare(&config.data_dir)?;
    let lock = directory.claim()?;
    let target = directory.database();
    let occupied = target.exists();
    if occupied && !it.replace {
        let place = directory.path().display();
        return Err(Failure::new(
            "not_empty",
            exit::CONFLICT,
            format!("{place} holds a ledger already and was left alone"),
        )
        .next("Name an empty directory with --data-dir, or set the ledger aside with --replace."));
    }
    let shown = Shown::start(call.console);
    // Proved under another name first: nothing that is there moves before that.
    let proved = target.with_extension("db.restored");
    let report = Ledger::restore(&it.file, &proved, |step| shown.set(step)).await?;
    keep_private(&proved)?;
    let aside = if occupied { Some(set_aside(&directory).await?) } else { None };
    Checkpoint::set_aside(&directory)?;
    rename(&proved, &target)?;
    durable::sync_directory(directory.path())?;
    drop(lock);
    let report = BackupReport { path: target, ..report };
    call.console.answer(&facts(&report, aside.as_deref()), || {
        let mut text = format!(
            "Restored {}: {} audit entries and the stock of {} lots verified.",
            report.path.display(),
            report.verified.checked,
            report.verified.lots,
        );
        if let Some(aside) = &aside {
            // Writing into a string cannot fail.
            let _ = write!(text, "\nThe ledger that was there is {}.", aside.display());
        }
        text
    })
}

/// Gives the present ledger another name, with what the engine keeps beside it.
async fn set_aside(directory: &DataDirectory) -> Outcome<PathBuf> {
    let database = directory.database();
    // Opening and closing carries its log over. One that cannot be opened is kept as it is.
    if let Ok(ledger) = open_ledger(&database, OpenOptions::default()).await {
        ledger.close().await;
    }
    let moment = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let aside = directory.path().join(format!("mtm-until-{moment}.db"));
    for end in ["-wal", "-shm"] {
        let beside = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        if beside(&database).exists() {
            rename(&beside(&database), &beside(&aside))?;
        }
    }
    rename(&database, &aside)?;
    Ok(aside)
}

fn rename(from: &Path, to: &Path) -> Outcome {
    fs::rename(from, to).map_err(|error| FileError::new(Operation::Publish, to, error).into())
}

/// A ledger holds password hashes: its copies are for this account only.
fn keep_private(path: &Path) -> Outcome {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
            .map_err(|error| FileError::new(Operation::Write, path, error))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn facts(report: &BackupReport, aside: Option<&Path>) -> Value {
    json!({
        "path": report.path, "bytes": report.bytes, "verified": report.verified,
        "set_aside": aside,
    })
}

/// Copying and verifying, one after the other.
struct Shown {
    copying: crate::output::Progress,
    verifying: crate::output::Progress,
}

impl Shown {
    fn start(console: Console) -> Self {
        Self {
            copying: console.progress("copying", None),
            verifying: console.progress("verifying", None),
        }
    }

    fn set(&self, step: BackupProgress) {
        let (shown, done, total) = match step {
            BackupProgress::Copying(done, total) => (&self.copying, done, total),
            BackupProgress::Verifying(done, total) => {
                self.copying.finish();
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
            BackupError::Server => Self::new("backup_elsewhere", exit::FAILURE, message)
                .next("Use mariadb-backup or mariadb-dump; `mtm verify` proves what was restored."),
            BackupError::Open(error) => error.into(),
            BackupError::Damaged { first_bad, .. } => {
                let mut failure = Self::new("backup_damaged", exit::FAILURE, message)
                    .next("Use an older backup; `mtm verify` looks at the ledger itself.");
                *failure.details = json!({ "first_bad": *first_bad });
                failure
            }
            BackupError::Fault(fault) => fault.into(),
        }
    }
}

//! `mtm restore`: a backup put into a data directory, or into a server's database.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use mtm_app::checkpoint;
use mtm_platform::{DataDirectory, FileError, Operation, durable};
use mtm_store::backup::{self, BackupError, BackupReport};
use mtm_store::{Ledger, OpenError, OpenOptions, database};
use serde_json::json;

use super::backup::{Shown, facts};
use super::scratch::Scratch;
use crate::cli::Call;
use crate::config::Config;
use crate::door::open_ledger;
use crate::failure::{Failure, Outcome, exit};

const EXAMPLES: &str = "Examples:
  mtm restore /mnt/backup/mtm-2026-11-23.db --data-dir /srv/new
  mtm restore /mnt/backup/mtm-2026-11-23.db --data-dir /srv/mtm --replace
  MTM_DATABASE__URL=mysql://admin@db.plant/mtm mtm restore /mnt/backup/mtm-2026-11-23.db

The backup is verified by recomputing every balance before anything is touched. It restores on
either engine, wherever it was made: into a data directory, or into an empty database of a server
(with the login of an administrator, or one with the role mtm_migrate). A restore that was cut off
leaves nothing that a program takes for a ledger; start it again.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The backup
    file: PathBuf,
    /// Set a ledger that is there aside, under another name, and take its place
    #[arg(long)]
    replace: bool,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = call.globals.config()?;
    match &config.database {
        None => into_directory(call, &it, &config).await,
        Some(url) if url.reveal().starts_with("sqlite:") => Err(Failure::usage(
            "a backup is put into a data directory, or into a server's database",
        )
        .next("Name the directory with --data-dir instead of the file in it.")),
        Some(url) => into_database(call, &it, &config, url.reveal()).await,
    }
}

/// Fills an empty database on a server.
async fn into_database(call: &Call, it: &Arguments, config: &Config, url: &str) -> Outcome {
    if it.replace {
        return Err(Failure::usage("--replace sets a file aside; a database is for its server")
            .next("Name an empty database; the program then goes on with that one."));
    }
    let scratch = Scratch::make()?;
    let shown = Shown::start(call.console);
    let file = scratch.path().join("restore.db");
    let restored = backup::restore_to_server(&it.file, url, &file, |step| shown.set(step)).await;
    let report = restored.map_err(with_login)?;
    let aside = checkpoints_aside(config)?;
    let shown = database::without_password(url);
    let mut answer = serde_json::to_value(&report).unwrap_or_default();
    answer["path"] = json!(it.file);
    answer["url"] = json!(shown);
    answer["checkpoints_set_aside"] = json!(aside);
    call.console.answer(&answer, || {
        format!(
            "Restored {} into {shown}: {} rows compared, {} audit entries and the stock of {} lots \
             verified.\nNewest entry: {} {}\n\
             Run `mtm db accounts` on it with an administrator's URL before others work in it.",
            it.file.display(),
            report.rows,
            report.entries,
            report.lots,
            report.head.sequence,
            report.head.hash,
        )
    })
}

/// What the data directory remembers of the ledger that was in the database tells nothing about
/// this one. Where a server runs on the directory, it works with another database.
fn checkpoints_aside(config: &Config) -> Outcome<Option<PathBuf>> {
    let Ok(directory) = DataDirectory::existing(&config.data_dir) else { return Ok(None) };
    let Ok(lock) = directory.claim() else { return Ok(None) };
    let aside = checkpoint::set_aside(&directory)?;
    drop(lock);
    Ok(aside)
}

/// Whoever may not make tables is told who may.
fn with_login(error: BackupError) -> Failure {
    let denied = matches!(error, BackupError::Open(OpenError::NotPermitted { .. }));
    let failure = Failure::from(error);
    if !denied {
        return failure;
    }
    Failure { code: "not_permitted", ..failure }.next(
        "Restore with the URL of an administrator, or of a login with the role mtm_migrate \
         (`mtm db accounts --migrate NAME` makes one).",
    )
}

/// Puts the backup in the place of a data directory's file.
async fn into_directory(call: &Call, it: &Arguments, config: &Config) -> Outcome {
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
    remove_unfinished(&proved)?;
    let report = Ledger::restore(&it.file, &proved, |step| shown.set(step)).await?;
    let aside = if occupied { Some(set_aside(&directory).await?) } else { None };
    checkpoint::set_aside(&directory)?;
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

/// Removes what a restore that was cut off before its last step left: the backup is still there. Under
/// the lock of the directory.
fn remove_unfinished(proved: &Path) -> Outcome {
    match fs::remove_file(proved) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError::new(Operation::Remove, proved, error).into())
        }
        _ => Ok(()),
    }
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

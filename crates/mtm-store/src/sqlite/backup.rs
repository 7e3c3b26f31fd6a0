//! Copying a ledger while it is in use, and putting a copy in its place.
//!
//! A backup is written under another name, opened and verified like any ledger, brought to the
//! disk, and only then given its name: a file that carries the name of a backup is one. A restore
//! verifies before it writes and never overwrites.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};

use super::connection;
use crate::backup::{self, BackupError, BackupProgress, BackupReport};
use crate::integrity::{VerifyProgress, VerifyRange, VerifyReport};
use crate::ledger::{Ledger, OpenOptions};

/// Pages copied between two reports of progress: 4 MiB.
const PAGES: i32 = 1024;
/// How long to wait when the writer has the file locked this very moment.
const PAUSE: Duration = Duration::from_millis(20);

impl Ledger {
    /// Copies the ledger to `target`, a file, as of one moment, while bookings go on, and proves
    /// the copy by recomputing every balance of it.
    pub async fn backup(
        &self,
        target: &Path,
        mut progress: impl FnMut(BackupProgress) + Send,
    ) -> Result<BackupReport, BackupError> {
        refuse_existing(target)?;
        let Some(source) = self.path().map(Path::to_owned) else {
            return backup::of_server(self, target, &mut progress).await;
        };
        let part = with_end(target, ".part");
        let copy = part.clone();
        let (report, mut reports) = tokio::sync::mpsc::unbounded_channel();
        let copying = tokio::task::spawn_blocking(move || copy_pages(&source, &copy, &report));
        while let Some((done, total)) = reports.recv().await {
            progress(BackupProgress::Copying(done, total));
        }
        let copied = copying.await.unwrap_or_else(|error| Err(file(&part, &error)));
        let proved = match copied {
            Ok(()) => prove(&part, &mut progress).await,
            Err(error) => Err(error),
        };
        finish(&part, target, proved)
    }

    /// Verifies the backup `source` and puts a copy of it at `target`, where no file is.
    pub async fn restore(
        source: &Path,
        target: &Path,
        mut progress: impl FnMut(BackupProgress) + Send,
    ) -> Result<BackupReport, BackupError> {
        refuse_existing(target)?;
        if !source.exists() {
            return Err(crate::ledger::OpenError::Missing { path: source.to_owned() }.into());
        }
        // The copy is verified, not the source: opening a ledger may write to it.
        let part = with_end(target, ".part");
        let copied = {
            let (source, part) = (source.to_owned(), part.clone());
            tokio::task::spawn_blocking(move || {
                fs::copy(&source, &part).map_err(|error| file(&source, &error))?;
                keep_private(&part).map_err(|error| file(&part, &error))
            })
            .await
            .unwrap_or_else(|error| Err(file(target, &error)))
        };
        let proved = match copied {
            Ok(()) => prove(&part, &mut progress).await,
            Err(error) => Err(error),
        };
        finish(&part, target, proved).map_err(|error| match error {
            BackupError::Damaged { first_bad, .. } => {
                BackupError::Damaged { path: source.to_owned(), first_bad }
            }
            other => other,
        })
    }
}

fn file(path: &Path, error: &dyn std::fmt::Display) -> BackupError {
    BackupError::File { path: path.to_owned(), message: error.to_string() }
}

fn refuse_existing(target: &Path) -> Result<(), BackupError> {
    if target.exists() {
        return Err(BackupError::Exists { path: target.to_owned() });
    }
    Ok(())
}

fn copy_pages(
    source: &Path,
    target: &Path,
    report: &tokio::sync::mpsc::UnboundedSender<(u64, u64)>,
) -> Result<(), BackupError> {
    // What an earlier, interrupted backup left under this name is no backup.
    discard(target);
    let failed = |error: rusqlite::Error| file(target, &error);
    let from = connection::open_reader(source, 1).map_err(failed)?;
    let mut to = rusqlite::Connection::open(target).map_err(failed)?;
    keep_private(target).map_err(|error| file(target, &error))?;
    let backup = Backup::new(&from, &mut to).map_err(failed)?;
    loop {
        let step = backup.step(PAGES).map_err(failed)?;
        let state = backup.progress();
        let total = u64::try_from(state.pagecount).unwrap_or(0);
        let left = u64::try_from(state.remaining).unwrap_or(0);
        // Nobody listening is no reason to stop.
        let _ = report.send((total.saturating_sub(left), total));
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => std::thread::sleep(PAUSE),
        }
    }
}

async fn prove(
    copy: &Path,
    progress: &mut (impl FnMut(BackupProgress) + Send),
) -> Result<VerifyReport, BackupError> {
    let ledger = Ledger::open(copy, OpenOptions::default()).await?;
    let verified = ledger
        .verify(VerifyRange::Full, |VerifyProgress { done, total }| {
            progress(BackupProgress::Verifying(done, total));
        })
        .await;
    ledger.close().await;
    let verified = verified?;
    match &verified.first_bad {
        None => Ok(verified),
        Some(bad) => {
            Err(BackupError::Damaged { path: copy.to_owned(), first_bad: Box::new(bad.clone()) })
        }
    }
}

/// Gives a proved copy its name, or removes it.
fn finish(
    part: &Path,
    target: &Path,
    proved: Result<VerifyReport, BackupError>,
) -> Result<BackupReport, BackupError> {
    let settled = proved.and_then(|verified| {
        let bytes = settle(part, target)?;
        Ok(BackupReport { path: target.to_owned(), bytes, verified })
    });
    if settled.is_err() {
        discard(part);
    }
    settled
}

/// Brings `part` to the disk and gives it its name. Gives its size.
pub(super) fn settle(part: &Path, target: &Path) -> Result<u64, BackupError> {
    let failed = |error: std::io::Error| file(target, &error);
    let copy = File::open(part).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    let bytes = copy.metadata().map_err(failed)?.len();
    refuse_existing(target)?;
    fs::rename(part, target).map_err(failed)?;
    if let Some(directory) = target.parent().filter(|path| !path.as_os_str().is_empty()) {
        // A directory cannot be opened for syncing on every platform; the rename stands anyway.
        if let Ok(directory) = File::open(directory) {
            directory.sync_all().map_err(failed)?;
        }
    }
    Ok(bytes)
}

/// Removes a file that is no backup, with what the engine keeps beside it.
pub(crate) fn discard(part: &Path) {
    for path in [part.to_owned(), with_end(part, "-wal"), with_end(part, "-shm")] {
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %path.display(), "an unfinished copy could not be removed");
        }
    }
}

/// A ledger holds password hashes: it is for this account only, what the engine keeps beside it
/// included.
pub(super) fn keep_private(part: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(part, fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    {
        let _ = part;
        Ok(())
    }
}

pub(super) fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

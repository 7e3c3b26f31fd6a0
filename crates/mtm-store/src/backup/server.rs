//! Backups of a ledger on a server, and restores into one.

use std::fs;
use std::path::Path;

use super::{BackupError, BackupProgress, BackupReport};
use crate::clock::SystemClock;
use crate::copy::{self, CopyError, CopyProgress, CopyReport, Target};
use crate::database;
use crate::integrity::{NOT_EXCLUDED, VerifyReport};
use crate::ledger::{Ledger, OpenOptions};

/// Copies a server's ledger to the file `target`, in one snapshot while bookings go on.
pub(crate) async fn of_server(
    ledger: &Ledger,
    target: &Path,
    progress: &mut (impl FnMut(BackupProgress) + Send),
) -> Result<BackupReport, BackupError> {
    let named = |error| of_copy(error, target);
    let file = Target::in_file(target).await.map_err(named)?;
    let copied = copy::into(ledger, file, &mut |step| progress(step.into())).await;
    let CopyReport { head, entries, lots, .. } = copied.map_err(named)?;
    let size = fs::metadata(target).map_err(|error| BackupError::File {
        path: target.to_owned(),
        message: error.to_string(),
    })?;
    let verified = VerifyReport {
        ok: true,
        checked: entries,
        from: entries.min(1),
        to: head.sequence,
        lots,
        verified_at: ledger.clock().now(),
        head,
        first_bad: None,
        remade: Vec::new(),
        not_excluded: NOT_EXCLUDED.to_owned(),
    };
    Ok(BackupReport { path: target.to_owned(), bytes: size.len(), verified })
}

/// Verifies the backup `source` and puts it into the empty server database at `url`. `scratch` is
/// a file that does not exist: the backup is brought to this version's schema there, and not where
/// it lies; it is gone afterwards.
///
/// # Errors
/// [`BackupError`]; what was written by then carries a mark, so that nobody takes it for a ledger,
/// and the restore may be started again.
pub async fn restore_to_server(
    source: &Path,
    url: &str,
    scratch: &Path,
    mut progress: impl FnMut(BackupProgress) + Send,
) -> Result<CopyReport, BackupError> {
    refuse_occupied(url).await?;
    let done = match Ledger::restore(source, scratch, &mut progress).await {
        Ok(_) => match prepare(url).await {
            Ok(target) => fill(scratch, target, &mut progress).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    crate::sqlite::discard(scratch);
    done
}

/// Says so before the backup is read for long, rather than after it.
async fn refuse_occupied(url: &str) -> Result<(), BackupError> {
    let status = database::status(url).await?;
    if status.schema > 0 && !status.incomplete {
        return Err(BackupError::Copy(CopyError::NotEmpty));
    }
    Ok(())
}

/// Makes the tables in the empty database at `url`.
pub(super) async fn prepare(url: &str) -> Result<Target, BackupError> {
    Target::on_server(url, &SystemClock).await.map_err(|error| match error {
        CopyError::Target(error) => BackupError::Open(error),
        other => BackupError::Copy(other),
    })
}

/// Copies the proved ledger in `file` to `target`.
pub(super) async fn fill(
    file: &Path,
    target: Target,
    progress: &mut (impl FnMut(BackupProgress) + Send),
) -> Result<CopyReport, BackupError> {
    let options = OpenOptions { readers: 1, ..OpenOptions::default() };
    let ledger = Ledger::open(file, options).await?;
    let copied = copy::into(&ledger, target, &mut |step| progress(step.into())).await;
    ledger.close().await;
    copied.map_err(|error| of_copy(error, file))
}

/// What a copy's failure is for a backup in the file at `path`.
fn of_copy(error: CopyError, path: &Path) -> BackupError {
    match error {
        CopyError::Target(error) | CopyError::Source(error) => BackupError::Open(error),
        CopyError::Damaged(first_bad) => BackupError::Damaged { path: path.to_owned(), first_bad },
        CopyError::File { path, message } => BackupError::File { path, message },
        CopyError::Fault(fault) => BackupError::Fault(fault),
        other => BackupError::Copy(other),
    }
}

impl From<CopyProgress> for BackupProgress {
    fn from(step: CopyProgress) -> Self {
        match step {
            CopyProgress::Copying(done, total) => Self::Copying(done, total),
            CopyProgress::Comparing(done, total) => Self::Comparing(done, total),
            CopyProgress::Verifying(done, total) => Self::Verifying(done, total),
        }
    }
}

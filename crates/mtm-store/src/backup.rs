//! Backups that are proved before they count, and restores that never overwrite.

use std::path::PathBuf;

use crate::fault::Fault;
use crate::integrity::{FirstBad, VerifyReport};
use crate::ledger::OpenError;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The ledger is on a database server.
    #[error("a ledger on a database server is backed up by the server's own tools")]
    Server,
    /// There is a file of that name; it was left alone.
    #[error("{} exists already; choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The copy could not be written or read.
    #[error("{}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        message: String,
    },
    /// The copy is no ledger that can be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy was made, but it does not add up; it was removed (a backup) or left alone (a file
    /// to restore).
    #[error("{} does not verify: {}", path.display(), first_bad.message)]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first row that is wrong.
        first_bad: Box<FirstBad>,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A proved copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What verifying it found: nothing bad.
    pub verified: VerifyReport,
}

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupProgress {
    /// Pages copied so far, of about so many.
    Copying(u64, u64),
    /// Rows verified so far, of about so many.
    Verifying(u64, u64),
}

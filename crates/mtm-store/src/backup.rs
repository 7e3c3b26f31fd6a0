//! Backups that are proved before they count, and restores that never overwrite.
//!
//! A backup is a ledger in a file, whichever engine it was taken from: it can be opened, asked and
//! verified as it is, and restores to a file as well as to a server. Of a file the engine copies
//! pages; of a server every row is copied in one snapshot and compared ([`crate::copy`]).

mod drill;
mod server;

use std::path::PathBuf;

use crate::copy::CopyError;
use crate::fault::Fault;
use crate::integrity::{FirstBad, VerifyReport};
use crate::ledger::OpenError;

pub use drill::{Drill, DrillPlace, DrillReport, Totals, drill};
pub(crate) use server::of_server;
pub use server::restore_to_server;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
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
    /// Between a file and a server's database.
    #[error(transparent)]
    Copy(CopyError),
    /// What was restored is not what the backup holds.
    #[error("the restored ledger is not the one of the backup: {what} differs")]
    Differs {
        /// What differs.
        what: String,
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
    /// Pages or rows copied so far, of about so many.
    Copying(u64, u64),
    /// Rows read back and compared so far, of so many.
    Comparing(u64, u64),
    /// Rows verified so far, of about so many.
    Verifying(u64, u64),
}

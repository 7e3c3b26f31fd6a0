//! From the engine's result codes to what a caller can do about them.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::fault::Fault;
use crate::ledger::OpenError;
use crate::query::ReadError;
use crate::submission::PostError;

/// What kind of trouble an engine error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Another process holds the file, the disk is full, memory is short: it passes.
    Passing,
    /// The disk did not do as told. The connection is not to be trusted any more.
    Disk,
    /// The file cannot be written by this process.
    ReadOnly,
    /// The file is damaged or is not a database.
    Damaged,
    /// A statement broke a rule of the schema, or is wrong: a defect of ours, or a collision of
    /// identities. The rest of the group is innocent.
    Statement,
}

/// Classifies an engine error.
pub(crate) fn trouble(error: &rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::OperationAborted,
        ) => Trouble::Passing,
        Some(
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::NoLargeFileSupport,
        ) => Trouble::Disk,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Trouble::ReadOnly,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Damaged,
        _ => Trouble::Statement,
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match trouble(&error) {
            Trouble::Passing | Trouble::Disk => Self::Transient(text),
            Trouble::ReadOnly | Trouble::Statement => Self::Permanent(text),
            Trouble::Damaged => Self::Unusable(format!("the database file is damaged: {text}")),
        }
    }
}

impl From<rusqlite::Error> for PostError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

/// Why the file at `path` could not be opened.
pub(crate) fn open_error(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { path },
        Some(ErrorCode::DiskFull) => OpenError::DiskFull { path },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenError::ReadOnly { path },
        Some(ErrorCode::CannotOpen) if cannot_write(&path) => OpenError::ReadOnly { path },
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt { path, message: error.to_string() },
        _ => OpenError::Failed { path, message: error.to_string() },
    }
}

/// The engine says only that it cannot open the file. Whether that is for want of the right to
/// write is found out by trying.
fn cannot_write(path: &Path) -> bool {
    let tried = std::fs::OpenOptions::new().append(true).open(path);
    let tried = match tried {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            File::create_new(path).and_then(|_| std::fs::remove_file(path))
        }
        tried => tried.map(|_| ()),
    };
    tried.is_err_and(|error| {
        matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    })
}

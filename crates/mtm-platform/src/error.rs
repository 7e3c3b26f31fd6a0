//! The one error of file work: what was attempted, where, why it failed, what to do next.
//!
//! The operating system's codes are folded into the few causes a person can act on. Whatever
//! is not one of them stays [`Cause::Other`] with the system's own words as the source; it is
//! never guessed into a friendlier cause.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What was attempted; reads well after "failed to".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Make a directory and its parents.
    CreateDirectory,
    /// Look at a path: does it exist, what is it.
    Inspect,
    /// Open or make a file.
    Open,
    /// Read from a file.
    Read,
    /// Write into a file.
    Write,
    /// Force what was written onto the disk.
    Sync,
    /// Put a finished file into its place.
    Publish,
    /// Take, look at or release the lock of a data directory.
    Lock,
    /// Delete a file.
    Remove,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateDirectory => "create the directory",
            Self::Inspect => "look at",
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::Sync => "flush to disk",
            Self::Publish => "put in place",
            Self::Lock => "lock",
            Self::Remove => "remove",
        })
    }
}

/// Why a file operation failed, as far as a person can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The file, or a directory above it, does not exist.
    Missing,
    /// Something with that name exists already and was left alone.
    AlreadyExists,
    /// The account that runs the program may not do this.
    Permission,
    /// The file system is mounted read-only.
    ReadOnly,
    /// No space, or no quota, is left.
    DiskFull,
    /// A part of the path that must be a directory is not one.
    NotADirectory,
    /// A directory stands where a file must be.
    IsADirectory,
    /// Anything else; the source carries the system's own words.
    Other,
}

impl Cause {
    /// Stable machine-readable name, for logs and `--json`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "file_missing",
            Self::AlreadyExists => "file_exists",
            Self::Permission => "file_permission",
            Self::ReadOnly => "file_read_only",
            Self::DiskFull => "disk_full",
            Self::NotADirectory => "not_a_directory",
            Self::IsADirectory => "is_a_directory",
            Self::Other => "file_error",
        }
    }

    /// What a person can do about it, as one imperative sentence.
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Missing => "Check the spelling of the path, or create the directory first.",
            Self::AlreadyExists => "Choose another name, or move the existing file away.",
            Self::Permission => {
                "Give the account that runs the program access to the path, or choose another place."
            }
            Self::ReadOnly => {
                "Choose a place on a writable disk, or have the file system mounted for writing."
            }
            Self::DiskFull => "Free space or quota on that disk, then try again.",
            Self::NotADirectory => {
                "A part of the path is a file, not a directory: choose another path."
            }
            Self::IsADirectory => "The path is a directory: name a file instead.",
            Self::Other => "Read the system's message above; the disk may need attention.",
        }
    }

    /// Folds the operating system's error into a cause.
    pub fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::AlreadyExists => Self::AlreadyExists,
            io::ErrorKind::PermissionDenied => Self::Permission,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::DiskFull,
            io::ErrorKind::NotADirectory => Self::NotADirectory,
            io::ErrorKind::IsADirectory => Self::IsADirectory,
            _ => Self::Other,
        }
    }
}

/// A file operation that did not happen.
#[derive(Debug, thiserror::Error)]
#[error("failed to {operation} {}: {source}", path.display())]
pub struct FileError {
    operation: Operation,
    path: PathBuf,
    cause: Cause,
    source: io::Error,
}

impl FileError {
    /// Wraps the system's error with what was attempted and where.
    pub fn new(operation: Operation, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self { operation, path: path.into(), cause: Cause::of(&source), source }
    }

    /// For `map_err`: the path is cloned only when there is an error.
    pub fn at(operation: Operation, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::new(operation, path, source)
    }

    /// The same failure, told about the path the person named.
    pub(crate) fn relocated(self, path: &Path) -> Self {
        Self { path: path.to_path_buf(), ..self }
    }

    /// What was attempted.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The path it was attempted on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why it failed.
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Stable machine-readable name of the cause.
    pub const fn code(&self) -> &'static str {
        self.cause.code()
    }

    /// What a person can do about it.
    pub const fn next_step(&self) -> &'static str {
        self.cause.next_step()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_the_system_error() {
        let check = |kind: io::ErrorKind, cause: Cause| {
            assert_eq!(Cause::of(&io::Error::from(kind)), cause, "{kind:?}");
        };
        check(io::ErrorKind::StorageFull, Cause::DiskFull);
        check(io::ErrorKind::QuotaExceeded, Cause::DiskFull);
        check(io::ErrorKind::ReadOnlyFilesystem, Cause::ReadOnly);
        check(io::ErrorKind::PermissionDenied, Cause::Permission);
        check(io::ErrorKind::NotFound, Cause::Missing);
        check(io::ErrorKind::NotADirectory, Cause::NotADirectory);
        check(io::ErrorKind::IsADirectory, Cause::IsADirectory);
        check(io::ErrorKind::Interrupted, Cause::Other);
    }

    #[test]
    fn the_message_names_operation_path_and_the_systems_words() {
        let error = FileError::new(
            Operation::Write,
            "/plant/mtm.db",
            io::Error::from(io::ErrorKind::StorageFull),
        );
        assert_eq!(error.to_string(), "failed to write /plant/mtm.db: no storage space");
        assert_eq!(error.code(), "disk_full");
        assert!(error.next_step().starts_with("Free space"));
    }
}

//! The one directory that holds everything a server must not lose, and its checks.
//!
//! Whoever opens it says what he wants: [`DataDirectory::prepare`] for the server, which makes a
//! missing directory and proves that it can be written, [`DataDirectory::existing`] for readers
//! (`mtm verify` on a read-only backup is legitimate). Owning it is a third, separate step:
//! [`DataDirectory::claim`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::durable::{self, Access, Draft};
use crate::error::{FileError, Operation};
use crate::lock::{self, LockError, OwnerLock, Ownership};

/// A directory known to exist, holding one plant's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDirectory {
    path: PathBuf,
}

impl DataDirectory {
    /// Makes the directory when it is missing (readable by its owner only, where the system
    /// knows that) and proves by writing a file that bookings can be stored in it: a read-only
    /// or full disk is told at the start, not at the first booking.
    pub fn prepare(path: &Path) -> Result<Self, FileError> {
        let directory = match inspect(path) {
            Ok(()) => Self { path: absolute(path)? },
            Err(error) if error.cause() == crate::Cause::Missing => {
                make(path)?;
                Self { path: absolute(path)? }
            }
            Err(error) => return Err(error),
        };
        directory.prove_writable()?;
        Ok(directory)
    }

    /// The directory as it is; a missing one is an error and nothing is written.
    pub fn existing(path: &Path) -> Result<Self, FileError> {
        inspect(path)?;
        Ok(Self { path: absolute(path)? })
    }

    /// The directory itself, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The embedded database.
    pub fn database(&self) -> PathBuf {
        self.path.join("mtm.db")
    }

    /// Where exported checkpoints of the audit chain are kept.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// The key that checkpoints are signed with.
    pub fn checkpoint_key(&self) -> PathBuf {
        self.path.join("checkpoint.key")
    }

    /// The key under which secrets of other systems are kept in the database.
    pub fn secrets_key(&self) -> PathBuf {
        self.path.join("secrets.key")
    }

    /// Becomes the one owner of the directory, and clears what a crashed owner left unfinished.
    pub fn claim(&self) -> Result<OwnerLock, LockError> {
        let lock = OwnerLock::acquire(&self.path)?;
        durable::remove_leftovers(&self.path)?;
        Ok(lock)
    }

    /// Who owns the directory at this moment.
    pub fn ownership(&self) -> Result<Ownership, FileError> {
        lock::ownership(&self.path)
    }

    fn prove_writable(&self) -> Result<(), FileError> {
        let mut draft = Draft::begin(&self.path.join("writable"), Access::Private)
            .map_err(|error| self.blame(error))?;
        draft.write_all(b"proof").map_err(|error| self.blame(error))
    }

    /// The person named the directory, not the probe inside it.
    fn blame(&self, error: FileError) -> FileError {
        error.relocated(&self.path)
    }
}

fn inspect(path: &Path) -> Result<(), FileError> {
    let metadata = fs::metadata(path).map_err(FileError::at(Operation::Inspect, path))?;
    if metadata.is_dir() {
        Ok(())
    } else {
        let error = io::Error::from(io::ErrorKind::NotADirectory);
        Err(FileError::new(Operation::Inspect, path, error))
    }
}

fn absolute(path: &Path) -> Result<PathBuf, FileError> {
    std::path::absolute(path).map_err(FileError::at(Operation::Inspect, path))
}

fn make(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(FileError::at(Operation::CreateDirectory, path))?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => durable::sync_directory(parent),
        _ => durable::sync_directory(Path::new(".")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;

    #[test]
    fn a_missing_directory_is_made_with_its_parents() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("plant/7");
        let directory = DataDirectory::prepare(&path).unwrap();
        assert_eq!(directory.path(), path);
        assert_eq!(directory.database(), path.join("mtm.db"));
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0, "the probe is gone");
        DataDirectory::prepare(&path).expect("an existing directory is fine");
    }

    #[cfg(unix)]
    #[test]
    fn a_made_directory_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("plant");
        DataDirectory::prepare(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn reading_never_makes_a_directory() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("plant");
        let error = DataDirectory::existing(&path).unwrap_err();
        assert_eq!(error.cause(), Cause::Missing);
        assert_eq!(error.path(), path);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("plant");
        fs::write(&file, b"").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = DataDirectory::prepare(&path).unwrap_err();
            assert_eq!(error.cause(), Cause::NotADirectory, "{error}");
            assert_eq!(error.path(), path);
        }
    }

    #[test]
    fn claiming_clears_what_a_crash_left() {
        let temp = tempfile::tempdir().unwrap();
        let directory = DataDirectory::prepare(temp.path()).unwrap();
        std::mem::forget(Draft::begin(&directory.database(), Access::Private).unwrap());
        let lock = directory.claim().unwrap();
        let names: Vec<_> = fs::read_dir(temp.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with("mtm.lock"))
            .collect();
        assert_eq!(names, [] as [String; 0]);
        drop(lock);
    }
}

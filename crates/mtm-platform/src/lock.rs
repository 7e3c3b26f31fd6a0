//! One owner per data directory.
//!
//! The owner holds an advisory lock of the operating system on `mtm.lock` in the directory and
//! writes its process number and listen address into the same file, so that another process can
//! say who is in the way and where to send its bookings. The lock, not the file's contents, is
//! the truth: it vanishes with the process however that ends, so a crash leaves nothing to clean
//! up and a stale number in the file deceives nobody.
//!
//! The file is never deleted: deleting it would let two processes hold locks on two files of the
//! same name. Absent on purpose: stealing a lock, and waiting for one. Network file systems that
//! do not honour locks are no place for a data directory.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{FileError, Operation};

/// Name of the file that tells who owns the directory.
pub const FILE_NAME: &str = "mtm.lock";

/// Where the system's lock is taken. Windows forbids reading a locked file, so there the lock
/// sits on a neighbour of the file that others must read.
const LOCKED_FILE: &str = if cfg!(windows) { "mtm.lock.held" } else { FILE_NAME };

/// Last line of the file: what lacks it was read in the middle of a write.
const END: &str = "end";

/// [`ownership`] takes the lock for an instant; an owner-to-be outlasts that many times over.
const PATIENCE: Duration = Duration::from_millis(300);

/// Who holds a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Process number of the owner.
    pub pid: u32,
    /// Base URL the owner answers on, once it listens.
    pub address: Option<String>,
}

/// Whether somebody owns a data directory at the moment of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// Nobody does.
    Free,
    /// A living process does; `None` in the instant before it has said who it is.
    Held(Option<Owner>),
}

/// The data directory could not be claimed.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A living process owns it.
    #[error("failed to claim {}: {}", directory.display(), describe(owner.as_ref()))]
    Held {
        /// The directory that was to be claimed.
        directory: PathBuf,
        /// Who owns it, as far as it has said.
        owner: Option<Owner>,
    },
    /// The lock file could not be used.
    #[error(transparent)]
    File(#[from] FileError),
}

impl LockError {
    /// Stable machine-readable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "data_directory_in_use",
            Self::File(error) => error.code(),
        }
    }

    /// What a person can do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Held { .. } => {
                "Use the server that is already running, stop it first, or choose another directory with --data-dir."
            }
            Self::File(error) => error.next_step(),
        }
    }
}

fn describe(owner: Option<&Owner>) -> String {
    let mut text = "another mtm process owns it".to_owned();
    if let Some(owner) = owner {
        // Writing into a string cannot fail.
        let _ = write!(text, " (process {}", owner.pid);
        if let Some(address) = &owner.address {
            let _ = write!(text, ", {address}");
        }
        text.push(')');
    }
    text
}

/// Proof of being the one owner of a data directory; dropping it gives the directory free.
#[derive(Debug)]
pub struct OwnerLock {
    directory: PathBuf,
    /// Holds the system's lock for as long as it is open.
    held: File,
}

impl OwnerLock {
    /// Becomes the owner of `directory`, which must exist.
    pub fn acquire(directory: &Path) -> Result<Self, LockError> {
        let path = directory.join(LOCKED_FILE);
        let held = open(&path)?;
        let give_up = Instant::now() + PATIENCE;
        loop {
            match held.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => {
                    let owner = read_owner(directory)?;
                    return Err(LockError::Held { directory: directory.to_path_buf(), owner });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(FileError::new(Operation::Lock, path, error).into());
                }
            }
        }
        let lock = Self { directory: directory.to_path_buf(), held };
        lock.publish(None)?;
        Ok(lock)
    }

    /// Tells everybody where this owner answers; call it once the listener is bound.
    pub fn announce(&self, address: &str) -> Result<(), FileError> {
        self.publish(Some(address))
    }

    /// The directory that is owned.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn publish(&self, address: Option<&str>) -> Result<(), FileError> {
        // A line break inside the address would end its line early.
        let address = address.unwrap_or_default().replace(['\r', '\n'], "");
        let text = format!("pid={}\naddress={address}\n{END}\n", std::process::id());
        self.rewrite(text.as_bytes())
    }

    /// Rewrites in place: a renamed file would carry no lock.
    fn rewrite(&self, contents: &[u8]) -> Result<(), FileError> {
        let path = self.directory.join(FILE_NAME);
        let write = |mut file: &File| -> io::Result<()> {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(contents)?;
            file.set_len(contents.len() as u64)
        };
        let outcome =
            if cfg!(windows) { open(&path).map(|file| write(&file))? } else { write(&self.held) };
        outcome.map_err(FileError::at(Operation::Write, &path))
    }
}

impl Drop for OwnerLock {
    fn drop(&mut self) {
        // Courtesy only: once the lock is gone, nobody believes the contents anyway.
        let _ = self.rewrite(b"");
    }
}

/// Who owns `directory` at this moment. Needs no write access to it.
pub fn ownership(directory: &Path) -> Result<Ownership, FileError> {
    let path = directory.join(LOCKED_FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ownership::Free),
        Err(error) => return Err(FileError::new(Operation::Open, path, error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Ownership::Free),
        Err(TryLockError::WouldBlock) => Ok(Ownership::Held(read_owner(directory)?)),
        Err(TryLockError::Error(error)) => Err(FileError::new(Operation::Lock, path, error)),
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(FileError::at(Operation::Open, path))
}

fn read_owner(directory: &Path) -> Result<Option<Owner>, FileError> {
    let path = directory.join(FILE_NAME);
    match fs::read(&path) {
        Ok(contents) => Ok(parse(&String::from_utf8_lossy(&contents))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new(Operation::Read, path, error)),
    }
}

/// What an owner wrote, or `None` when it is not (yet) complete.
fn parse(contents: &str) -> Option<Owner> {
    let mut lines = contents.lines();
    let pid = lines.next()?.strip_prefix("pid=")?.parse().ok()?;
    let address = lines.next()?.strip_prefix("address=")?;
    (lines.next()? == END)
        .then(|| Owner { pid, address: (!address.is_empty()).then(|| address.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_claim_is_refused_with_the_owner_named() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(ownership(directory.path()).unwrap(), Ownership::Free);
        let lock = OwnerLock::acquire(directory.path()).unwrap();
        let pid = std::process::id();
        assert_eq!(
            ownership(directory.path()).unwrap(),
            Ownership::Held(Some(Owner { pid, address: None }))
        );

        lock.announce("http://127.0.0.1:8080").unwrap();
        let error = OwnerLock::acquire(directory.path()).unwrap_err();
        assert_eq!(error.code(), "data_directory_in_use");
        let message = error.to_string();
        assert!(message.contains(&format!("process {pid}, http://127.0.0.1:8080")), "{message}");

        // A shorter announcement leaves no tail of the longer one.
        lock.announce("http://x").unwrap();
        let owner = Owner { pid, address: Some("http://x".to_owned()) };
        assert_eq!(ownership(directory.path()).unwrap(), Ownership::Held(Some(owner)));
    }

    #[test]
    fn a_released_directory_is_free_and_can_be_claimed_again() {
        let directory = tempfile::tempdir().unwrap();
        drop(OwnerLock::acquire(directory.path()).unwrap());
        assert_eq!(ownership(directory.path()).unwrap(), Ownership::Free);
        OwnerLock::acquire(directory.path()).unwrap();
    }

    #[test]
    fn contents_without_a_lock_mean_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let stale = format!("pid=1\naddress=http://127.0.0.1:1\n{END}\n");
        fs::write(directory.path().join(FILE_NAME), stale).unwrap();
        assert_eq!(ownership(directory.path()).unwrap(), Ownership::Free);
        OwnerLock::acquire(directory.path()).unwrap();
    }

    #[test]
    fn half_written_contents_are_no_owner() {
        for contents in ["", "pid=", "pid=12\naddr", "pid=12\naddress=http://127.0", "pid=x\n"] {
            assert_eq!(parse(contents), None, "{contents:?}");
        }
        let whole = format!("pid=12\naddress=\n{END}\nold tail");
        assert_eq!(parse(&whole), Some(Owner { pid: 12, address: None }));
    }

    #[test]
    fn asking_who_owns_it_never_makes_a_claim_fail() {
        let directory = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            let asking = scope.spawn(|| {
                for _ in 0..2_000 {
                    ownership(directory.path()).unwrap();
                }
            });
            while !asking.is_finished() {
                drop(OwnerLock::acquire(directory.path()).unwrap());
            }
        });
    }

    #[test]
    fn a_missing_directory_is_a_file_error() {
        let directory = tempfile::tempdir().unwrap();
        let error = OwnerLock::acquire(&directory.path().join("gone")).unwrap_err();
        assert_eq!(error.code(), "file_missing");
    }
}

//! The operating system, as far as the program needs it: where files belong, how a file is
//! replaced so that a power cut leaves the old or the new one, a journal that only grows, and who owns a
//! data directory.
//!
//! Everything here is synchronous and small; callers on an async runtime use a blocking thread.
//! Absent on purpose: configuration formats, logging and the database (other rooms), and any
//! fallback that would hide a failing disk. A file operation either did what it says, durably,
//! or returns a [`FileError`] that names the path, the cause and what a person can do next.

mod data_directory;
mod directories;
pub mod disk;
pub mod durable;
mod error;
pub mod journal;
pub mod lock;

pub use data_directory::DataDirectory;
pub use directories::{Directories, DirectoriesError};
pub use durable::Access;
pub use error::{Cause, FileError, Operation};
pub use journal::{Journal, JournalError};
pub use lock::{LockError, Owner, OwnerLock, Ownership};

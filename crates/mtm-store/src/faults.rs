//! Faults of the database on purpose, around the one statement that decides what becomes of a
//! booking.
//!
//! A disk that fills up in a COMMIT, one that fails while it syncs, and a program that ends just
//! before or after, cannot be waited for. So a script may be asked around every COMMIT of the
//! embedded writer, and everything behind it is the real thing: the error is met where the engine's
//! own would be. Compiled with the feature `faults` only, which no program that ships has.

use std::fmt;
use std::sync::Arc;

use rusqlite::{Error, ffi};

/// Which side of a COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Nothing of the transaction is durable.
    Before,
    /// All of it is, and nobody was answered.
    After,
}

/// What goes wrong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The disk is full: the engine says that it did not commit.
    DiskFull,
    /// The disk fails: nobody can tell whether the transaction is on it.
    DiskFailed,
}

type Script = dyn Fn(Side) -> Option<Mishap> + Send + Sync;

/// What goes wrong at commits, as a script says.
#[derive(Clone)]
pub struct Faults(Arc<Script>);

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

impl Faults {
    /// `script` is asked on the writer's thread, before and after every COMMIT.
    pub fn scripted(script: impl Fn(Side) -> Option<Mishap> + Send + Sync + 'static) -> Self {
        Self(Arc::new(script))
    }

    fn strike(&self, side: Side) -> Result<(), Error> {
        let code = match (self.0)(side) {
            None => return Ok(()),
            Some(Mishap::DiskFull) => ffi::SQLITE_FULL,
            Some(Mishap::DiskFailed) => ffi::SQLITE_IOERR,
        };
        Err(Error::SqliteFailure(ffi::Error::new(code), Some("on purpose".to_owned())))
    }
}

/// Commits by `commit`, unless something goes wrong around it.
pub(crate) fn around(
    faults: Option<&Faults>,
    commit: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(faults) = faults else { return commit() };
    faults.strike(Side::Before)?;
    commit()?;
    faults.strike(Side::After)
}

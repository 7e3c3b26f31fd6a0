//! A file as the target of a copy.
//!
//! It is filled under another name and gets its own when the copy is proved and on the disk: a
//! file that carries the name of a ledger is one.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::backup::{discard, keep_private, settle, with_end};
use super::connection::open_writer;
use super::fault::open_error;
use super::schema;
use crate::backup::BackupError;
use crate::ledger::OpenError;

/// A ledger to be filled.
pub(crate) struct Target {
    connection: Connection,
    part: PathBuf,
    path: PathBuf,
}

impl Target {
    /// Makes the tables of a ledger without any row, for a file at `path`. `None` where there is
    /// one.
    pub(crate) fn prepare(path: &Path) -> Result<Option<Self>, OpenError> {
        if path.exists() {
            return Ok(None);
        }
        let part = with_end(path, ".part");
        // What an earlier, interrupted copy left under this name is no ledger.
        discard(&part);
        let connection = open_writer(&part, true)?;
        keep_private(&part).map_err(|error| OpenError::Failed {
            path: part.clone(),
            message: error.to_string(),
        })?;
        lay_out(&connection).map_err(|error| open_error(&part, &error))?;
        Ok(Some(Self { connection, part, path: path.to_owned() }))
    }

    /// Does `work` on the connection.
    pub(crate) fn fill<T>(self, work: impl FnOnce(&Connection) -> T) -> (Self, T) {
        let done = work(&self.connection);
        (self, done)
    }

    /// From here on it is a ledger.
    pub(crate) fn finish(self) -> Result<(), BackupError> {
        let Self { connection, part, path } = self;
        // Carries the log over: the file is alone the whole ledger.
        if let Err((_, error)) = connection.close() {
            return Err(BackupError::File { path: part, message: error.to_string() });
        }
        settle(&part, &path).map(drop)
    }

    /// Removes what was written.
    pub(crate) fn abandon(self) {
        drop(self.connection);
        discard(&self.part);
    }
}

fn lay_out(connection: &Connection) -> rusqlite::Result<()> {
    schema::lay_bare(connection)?;
    // Verified as a whole at the end, and brought to the disk then: until it has its name nobody
    // relies on it.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4096)
}

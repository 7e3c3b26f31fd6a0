//! Opening the file, and what every connection is set to.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault::open_error;
use crate::ledger::OpenError;

/// Marks the file as ours (`MTMW`).
pub(crate) const APPLICATION_ID: i32 = 0x4d54_4d57;

/// How long a statement waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Page cache of the writer, in KiB. With the readers' it stays below 64 MiB in all.
const WRITER_CACHE_KIB: i64 = 24 * 1024;

/// Page cache of all readers together, in KiB.
pub(crate) const READERS_CACHE_KIB: i64 = 32 * 1024;

/// Page cache of all streams together, in KiB: they read along, and hardly anything twice.
pub(crate) const STREAMS_CACHE_KIB: i64 = 4 * 1024;

/// Statements kept prepared on a connection.
const STATEMENTS: usize = 160;

/// Opens the connection that writes. Creates the file only where `create` says so.
pub(crate) fn open_writer(path: &Path, create: bool) -> Result<Connection, OpenError> {
    if !create && !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| open_error(path, &error))?;
    configure_writer(&connection).map_err(|error| open_error(path, &error))?;
    Ok(connection)
}

fn configure_writer(connection: &Connection) -> rusqlite::Result<()> {
    configure(connection, WRITER_CACHE_KIB)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| {
        row.get::<_, String>(0).map(|_| ())
    })?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The writer sees to it, beside its commits.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    Ok(())
}

/// Opens a connection that does nothing but carry the log over into the database.
pub(crate) fn open_carrier(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cache_size", 16)?;
    Ok(connection)
}

/// Opens a connection that cannot write, with a page cache of `cache_kib`.
pub(crate) fn open_reader(path: &Path, cache_kib: i64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection, cache_kib)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

pub(crate) fn configure(connection: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // One plan per statement, whatever is bound to it: without this guarantee the engine plans
    // many statements anew at every use, which costs more than running them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    Ok(())
}

//! Migrations: numbered, each in a transaction of its own, counted in `user_version`.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::connection::APPLICATION_ID;
use super::fault::open_error;
use super::seed;
use crate::clock::Clock;
use crate::ledger::OpenError;

const MIGRATIONS: &[&str] = &[
    include_str!("migration/0001_ledger.sql"),
    include_str!("migration/0002_plant_login.sql"),
    include_str!("migration/0003_throughput.sql"),
    include_str!("migration/0004_import_block.sql"),
    include_str!("migration/0005_legacy_follow.sql"),
];

/// How many steps this program knows.
pub(crate) const fn known() -> usize {
    MIGRATIONS.len()
}

/// Brings the file to the newest schema. A file of a newer program, and a database that is not
/// ours, are refused untouched.
pub(crate) fn migrate(
    connection: &mut Connection,
    path: &Path,
    clock: &dyn Clock,
) -> Result<(), OpenError> {
    let failed = |error: &rusqlite::Error| open_error(path, error);
    let known = MIGRATIONS.len();
    loop {
        // Taken before looking, so that two programs starting at once migrate only once.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| failed(&error))?;
        let found = version(&transaction).map_err(|error| failed(&error))?;
        if found == 0 {
            refuse_foreign(&transaction, path)?;
        } else if application_id(&transaction).map_err(|error| failed(&error))? != APPLICATION_ID {
            return Err(OpenError::Foreign { path: path.to_owned() });
        }
        if found > known {
            return Err(OpenError::Newer { path: path.to_owned(), found, known });
        }
        let Some(step) = MIGRATIONS.get(found) else { return Ok(()) };
        apply(&transaction, found, step, clock).map_err(|error| failed(&error))?;
        transaction.commit().map_err(|error| failed(&error))?;
    }
}

fn apply(
    connection: &Connection,
    found: usize,
    step: &str,
    clock: &dyn Clock,
) -> rusqlite::Result<()> {
    connection.execute_batch(step)?;
    if found == 0 {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        seed::plant(connection, clock)?;
    }
    connection.pragma_update(None, "user_version", i64::try_from(found + 1).unwrap_or(i64::MAX))
}

/// Makes the tables of the newest schema without any row in them.
pub(crate) fn lay_bare(connection: &Connection) -> rusqlite::Result<()> {
    for step in MIGRATIONS {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", i64::try_from(known()).unwrap_or(i64::MAX))
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // A negative version is nobody's of ours: newer than anything.
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

fn application_id(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}

/// A file with tables but without our version belongs to another program.
fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| open_error(path, &error))?;
    if tables > 0 {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    Ok(())
}

//! The connection, whichever engine it leads to.

use super::bind::Value;
use super::error::Error;
use super::statement::{Row, Statement};
use super::wire::Wire;

/// A connection inside a transaction that somebody else began and ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Connection<'c> {
    /// The embedded engine.
    Sqlite(&'c rusqlite::Connection),
    /// A server.
    MariaDb(&'c Wire),
}

impl<'c> From<&'c rusqlite::Connection> for Connection<'c> {
    fn from(connection: &'c rusqlite::Connection) -> Self {
        Self::Sqlite(connection)
    }
}

impl<'c> Connection<'c> {
    /// The text for this engine, where one text does not do for both.
    pub(crate) const fn pick<'t>(&self, sqlite: &'t str, mariadb: &'t str) -> &'t str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::MariaDb(_) => mariadb,
        }
    }

    /// Prepares a statement, or takes the one prepared before.
    pub(crate) fn prepare_cached(&self, sql: &str) -> Result<Statement<'c>, Error> {
        Ok(match self {
            Self::Sqlite(connection) => {
                Statement::Sqlite { prepared: connection.prepare_cached(sql)?, sql: sql.to_owned() }
            }
            Self::MariaDb(wire) => Statement::MariaDb { wire, sql: sql.to_owned() },
        })
    }

    /// Runs a statement that changes rows; how many it changed.
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, Error> {
        self.prepare_cached(sql)?.execute(values)
    }

    /// Reads the one row of a statement.
    pub(crate) fn query_row<T, E: From<Error>>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.prepare_cached(sql)?.query_row(values, read)
    }

    /// The identity that the last insert was given.
    pub(crate) fn last_insert_rowid(&self) -> i64 {
        match self {
            Self::Sqlite(connection) => connection.last_insert_rowid(),
            Self::MariaDb(wire) => wire.last_id(),
        }
    }
}

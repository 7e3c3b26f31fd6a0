//! Statements, their rows, and the rows' columns.

use rusqlite::types::ValueRef;

use super::bind::Value;
use super::cell::{Cell, Column};
use super::error::Error;
use super::wire::Wire;
use crate::slow::Watch;

/// A statement ready to be run, any number of times.
pub(crate) enum Statement<'c> {
    /// Prepared by the embedded engine.
    Sqlite {
        /// The statement.
        prepared: rusqlite::CachedStatement<'c>,
        /// Its text.
        sql: String,
    },
    /// To be run by the server, which keeps it prepared.
    MariaDb {
        /// The way there.
        wire: &'c Wire,
        /// The statement, with numbered parameters.
        sql: String,
    },
}

impl Statement<'_> {
    /// Runs it and gives its rows.
    pub(crate) fn query(&mut self, values: &[Value<'_>]) -> Result<Rows<'_>, Error> {
        Ok(match self {
            Self::Sqlite { prepared, sql } => {
                let watch = Watch::of("sqlite", sql.clone());
                Rows::Sqlite(prepared.query(rusqlite::params_from_iter(values))?, watch)
            }
            Self::MariaDb { wire, sql } => Rows::MariaDb(wire.run(sql, values)?.rows.into_iter()),
        })
    }

    /// Runs it and reads its one row; [`Error::NoRow`] where there is none.
    pub(crate) fn query_row<T, E: From<Error>>(
        &mut self,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut rows = self.query(values)?;
        let row = rows.next()?.ok_or(Error::NoRow)?;
        read(&row)
    }

    /// Runs it and reads every row.
    pub(crate) fn query_all<T, E: From<Error>>(
        &mut self,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut rows = self.query(values)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&row)?);
        }
        Ok(all)
    }

    /// Runs it; how many rows it changed.
    pub(crate) fn execute(&mut self, values: &[Value<'_>]) -> Result<usize, Error> {
        Ok(match self {
            Self::Sqlite { prepared, sql } => {
                let mut watch = Watch::of("sqlite", sql.clone());
                let changed =
                    watch.work(|| prepared.execute(rusqlite::params_from_iter(values)))?;
                watch.add_rows(changed as u64);
                changed
            }
            Self::MariaDb { wire, sql } => {
                usize::try_from(wire.run(sql, values)?.affected).unwrap_or(usize::MAX)
            }
        })
    }
}

/// The rows of a result, one after the other.
pub(crate) enum Rows<'s> {
    /// Stepped through as they are found.
    Sqlite(rusqlite::Rows<'s>, Watch),
    /// Here already.
    MariaDb(std::vec::IntoIter<mysql_async::Row>),
}

impl Rows<'_> {
    /// The next row.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, Error> {
        Ok(match self {
            Self::Sqlite(rows, watch) => {
                let row = watch.work(|| rows.next())?;
                watch.add_rows(u64::from(row.is_some()));
                row.map(Row::Sqlite)
            }
            Self::MariaDb(rows) => rows.next().map(Row::MariaDb),
        })
    }
}

/// One row.
#[derive(Debug)]
pub(crate) enum Row<'r> {
    /// Of the statement under way.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Received.
    MariaDb(mysql_async::Row),
}

impl Row<'_> {
    /// What stands in column `column`, counted from 0.
    pub(crate) fn cell(&self, column: usize) -> Result<Cell<'_>, Error> {
        Ok(match self {
            Self::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Int(number),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Cell::Bytes(bytes),
                ValueRef::Real(_) => Cell::Strange,
            },
            Self::MariaDb(row) => match row.as_ref(column) {
                Some(mysql_async::Value::NULL) => Cell::Null,
                Some(mysql_async::Value::Int(number)) => Cell::Int(*number),
                Some(mysql_async::Value::UInt(number)) => {
                    i64::try_from(*number).map_or(Cell::Strange, Cell::Int)
                }
                Some(mysql_async::Value::Bytes(bytes)) => Cell::Bytes(bytes),
                Some(_) => Cell::Strange,
                None => return Err(Error::shape(column, "nothing: the row is shorter")),
            },
        })
    }

    /// Reads column `column`.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T, Error> {
        T::read(self.cell(column)?, column)
    }

    /// The text in column `column`, without a copy.
    pub(crate) fn text(&self, column: usize) -> Result<&str, Error> {
        self.cell(column)?.text(column)
    }

    /// The text in column `column`, if there is any.
    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            cell => cell.text(column).map(Some),
        }
    }

    /// Whether column `column` holds nothing.
    pub(crate) fn is_null(&self, column: usize) -> Result<bool, Error> {
        Ok(self.cell(column)? == Cell::Null)
    }
}

//! Why a statement gave no rows, or rows of another shape.

use crate::fault::Fault;
use crate::query::ReadError;
use crate::submission::PostError;
use crate::write::Failure;

/// What an engine, or reading its rows, came back with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The embedded engine.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The server, or the way to it.
    #[error(transparent)]
    MariaDb(#[from] mysql_async::Error),
    /// A column holds what no writer of ours can have put there.
    #[error("column {column} holds {what}")]
    Shape {
        /// Counted from 0.
        column: usize,
        /// What it holds.
        what: String,
    },
    /// A row was expected, and there is none.
    #[error("there is no such row")]
    NoRow,
}

impl Error {
    /// A column that holds `what`.
    pub(crate) fn shape(column: usize, what: impl Into<String>) -> Self {
        Self::Shape { column, what: what.into() }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Sqlite(error) => error.into(),
            Error::MariaDb(error) => crate::mariadb::fault(error),
            Error::Shape { .. } | Error::NoRow => {
                Self::Unusable(format!("the database is not as it must be: {error}"))
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Sqlite(error) => Self::Engine(error),
            Error::MariaDb(error) => Self::Server(error),
            Error::Shape { .. } | Error::NoRow => Self::Broken(error.to_string()),
        }
    }
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Error> for PostError {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

/// A row that need not be there.
pub(crate) trait OptionalExtension<T> {
    /// `None` where there was no row.
    fn optional(self) -> Result<Option<T>, Error>;
}

impl<T> OptionalExtension<T> for Result<T, Error> {
    fn optional(self) -> Result<Option<T>, Error> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow | Error::Sqlite(rusqlite::Error::QueryReturnedNoRows)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

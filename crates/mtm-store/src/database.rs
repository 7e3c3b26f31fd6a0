//! What an administrator asks about the database itself, before or without opening a ledger.
//!
//! Nothing here changes anything: opening a [`Ledger`] is what brings schema and procedures to
//! this program's version. Deliberately absent: repairing. What drifted is replaced by the next
//! start of a program, or by `mtm db migrate`.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::fault::Fault;
use crate::ledger::{Ledger, OpenError};
use crate::{mariadb, sqlite};

/// Something of the database's own code that is not as this program leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What it is about: `procedure mtm_post`, `trigger movement_is_never_removed`.
    pub object: String,
    /// What is not as it must be.
    #[serde(flatten)]
    pub what: Deviation,
}

/// What is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "deviation", rename_all = "snake_case")]
pub enum Deviation {
    /// It is not there.
    Missing,
    /// It has our prefix, and this program does not know it.
    Unknown,
    /// A parameter is gone.
    ParameterMissing {
        /// Its name.
        parameter: String,
    },
    /// There is a parameter more.
    ParameterAdded {
        /// Its name.
        parameter: String,
    },
    /// A parameter has another name.
    ParameterRenamed {
        /// The name it must have.
        expected: String,
        /// The name it has.
        found: String,
    },
    /// A parameter stands at another place.
    ParameterMoved {
        /// Its name.
        parameter: String,
        /// Its place, counted from 1.
        expected: usize,
        /// Where it stands.
        found: usize,
    },
    /// A parameter has another direction or type.
    ParameterChanged {
        /// Its name.
        parameter: String,
        /// Direction and type it must have.
        expected: String,
        /// Those it has.
        found: String,
    },
    /// Its text is another one.
    BodyChanged,
    /// This account is not shown the text.
    BodyHidden,
    /// It runs under other rules for SQL.
    SqlMode {
        /// The modes it must have.
        expected: String,
        /// Those it has.
        found: String,
    },
    /// It does not run with its owner's rights.
    NotDefiner {
        /// How it runs.
        found: String,
    },
    /// Its owner is another account than that of the others.
    Definer {
        /// The account of the others.
        expected: String,
        /// Its own.
        found: String,
    },
    /// What it declares to do with data is something else.
    DataAccess {
        /// What it must declare.
        expected: String,
        /// What it declares.
        found: String,
    },
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Unknown => f.write_str("is not known to this program"),
            Self::ParameterMissing { parameter } => write!(f, "lacks parameter {parameter}"),
            Self::ParameterAdded { parameter } => write!(f, "has a parameter more: {parameter}"),
            Self::ParameterRenamed { expected, found } => {
                write!(f, "has parameter {found} instead of {expected}")
            }
            Self::ParameterMoved { parameter, expected, found } => {
                write!(f, "has {parameter} as parameter {found} instead of {expected}")
            }
            Self::ParameterChanged { parameter, expected, found } => {
                write!(f, "has {parameter} as {found} instead of {expected}")
            }
            Self::BodyChanged => f.write_str("has another text"),
            Self::BodyHidden => f.write_str("does not show its text to this account"),
            Self::SqlMode { expected, found } => {
                write!(f, "runs under sql_mode {found:?} instead of {expected:?}")
            }
            Self::NotDefiner { found } => {
                write!(f, "runs as {found} instead of with its owner's rights (DEFINER)")
            }
            Self::Definer { expected, found } => {
                write!(f, "belongs to {found} instead of {expected}, like the others")
            }
            Self::DataAccess { expected, found } => {
                write!(f, "declares {found} instead of {expected}")
            }
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.object, self.what)
    }
}

/// What a database is and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseStatus {
    /// `sqlite` or `mariadb`.
    pub engine: &'static str,
    /// Version of the engine, or of the server.
    pub version: String,
    /// Steps of the schema that the database has behind it; zero where it holds no ledger.
    pub schema: usize,
    /// Steps that this program knows.
    pub schema_known: usize,
    /// A copy into it was begun and did not end: it is no ledger.
    pub incomplete: bool,
    /// Size on disk, tables and indexes.
    pub bytes: u64,
    /// The tables, largest first.
    pub tables: Vec<TableSize>,
    /// How the log is given its places; only on a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealing: Option<Sealing>,
}

/// The size of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableSize {
    /// Its name.
    pub table: String,
    /// Its size, indexes included.
    pub bytes: u64,
}

/// Who gives the log its places, and what waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sealing {
    /// The server that holds the lease now, where one does.
    pub holder: Option<String>,
    /// How often the lease changed hands.
    pub fence: u64,
    /// Rows that have no place yet.
    pub waiting: u64,
    /// How long the oldest of them waits, in microseconds.
    pub oldest_age_micros: Option<i64>,
}

/// Looks at the database at `url` (`sqlite:PATH` or `mysql://…`) and changes nothing.
///
/// # Errors
/// [`OpenError`] where it cannot be reached or belongs to another program.
pub async fn status(url: &str) -> Result<DatabaseStatus, OpenError> {
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let path = Path::new(path).to_owned();
            let failed = path.clone();
            tokio::task::spawn_blocking(move || sqlite::status::read(&path)).await.unwrap_or_else(
                |error| Err(OpenError::Failed { path: failed, message: error.to_string() }),
            )
        }
        None => mariadb::status(url).await,
    }
}

/// Compares the procedures and triggers of the database at `url` with this program's, without
/// opening the ledger (which would replace them). An embedded database has none.
///
/// # Errors
/// [`OpenError`] where it cannot be reached or holds no ledger.
pub async fn check(url: &str) -> Result<Vec<Drift>, OpenError> {
    if url.starts_with("sqlite:") { Ok(Vec::new()) } else { mariadb::check(url).await }
}

/// `url` without its password, fit to be shown.
pub fn without_password(url: &str) -> Cow<'_, str> {
    let Some(start) = url.find("://").map(|at| at + 3) else { return Cow::Borrowed(url) };
    let end = url[start..].find('?').map_or(url.len(), |at| start + at);
    // A password may hold an `@` or a `/` of its own: the last `@` ends it.
    let Some(at) = url[start..end].rfind('@').map(|at| start + at) else {
        return Cow::Borrowed(url);
    };
    let Some(colon) = url[start..at].find(':').map(|colon| start + colon) else {
        return Cow::Borrowed(url);
    };
    Cow::Owned(format!("{}{}", &url[..colon], &url[at..]))
}

impl Ledger {
    /// Compares the procedures and triggers of the database with this program's. An embedded
    /// database has none and gives nothing to complain about.
    ///
    /// # Errors
    /// [`Fault`] where the database does not answer.
    pub async fn check_database(&self) -> Result<Vec<Drift>, Fault> {
        match self.server() {
            Some(engine) => engine.check_procedures().await,
            None => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let shown = [
            ("mysql://mtm:secret@db.plant:3306/mtm", "mysql://mtm@db.plant:3306/mtm"),
            ("mysql://mtm:s3:c@ret@db/mtm?x=1", "mysql://mtm@db/mtm?x=1"),
            ("mysql://mtm:s/cret@db/mtm", "mysql://mtm@db/mtm"),
            ("mysql://mtm@db:3306/mtm", "mysql://mtm@db:3306/mtm"),
            ("mysql://db:3306/mtm", "mysql://db:3306/mtm"),
            ("mysql://mtm:secret@db", "mysql://mtm@db"),
            ("sqlite:/srv/mtm/mtm.db", "sqlite:/srv/mtm/mtm.db"),
        ];
        for (url, expected) in shown {
            assert_eq!(without_password(url), expected);
        }
    }
}

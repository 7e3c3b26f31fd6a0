//! What an administrator asks about the database itself, before or without opening a ledger.
//!
//! Nothing here changes anything: opening a [`Ledger`] is what brings schema and procedures to
//! this program's version. Deliberately absent: repairing. What drifted is replaced by the next
//! start of a program, or by `mtm db migrate`.

mod drift;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::Serialize;

pub use drift::{Deviation, Drift};

use crate::clock::SystemClock;
use crate::fault::Fault;
use crate::ledger::{Ledger, OpenError};
use crate::sql::Connection;
use crate::{mariadb, sqlite};

/// The accounts of a ledger on a server.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// How the names of owner and roles begin: `mtm` gives `mtm_owner`, `mtm_app`, … Two ledgers
    /// on one server need different ones.
    pub prefix: String,
    /// Accounts for people and programs that sign in.
    pub logins: Vec<Login>,
}

/// An account that signs in.
#[derive(Clone)]
pub struct Login {
    /// What it may do.
    pub role: LoginRole,
    /// Its name.
    pub name: String,
    /// Where it may come from; `%` is anywhere.
    pub host: String,
    /// Its password; `None` leaves an account as it is.
    pub password: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({:?} {}@{})", self.role, self.name, self.host)
    }
}

/// What a login may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRole {
    /// What this program needs.
    App,
    /// See the views and call the plant's procedures.
    Plant,
    /// Read what is no secret.
    Read,
    /// Change the schema, take a legacy database over.
    Migrate,
}

/// Why accounts were not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database, or the way to it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The names cannot begin so.
    #[error("{prefix:?} begins no name: up to 40 of a–z, 0–9 and _")]
    Prefix {
        /// What was asked for.
        prefix: String,
    },
    /// The URL names no database.
    #[error("the database URL names no database")]
    NoDatabase,
    /// A file has no accounts.
    #[error("a ledger in a file has no accounts; who may read the file may read the ledger")]
    NoServer,
    /// A new account without a password would be open to everybody.
    #[error("there is no account {login} yet, and no password was given for it")]
    NoPassword {
        /// Its name.
        login: String,
    },
    /// The server refused a statement.
    #[error("the server refused {statement}: {message}")]
    Refused {
        /// The statement, without passwords.
        statement: String,
        /// What it said.
        message: String,
    },
}

/// Makes owner, roles and logins of the ledger at `url`, an administrator's, and hands procedures,
/// triggers and views to the owner. May be repeated. With `look`, nothing is changed. Gives the
/// statements, without passwords.
///
/// # Errors
/// [`AccountError`]; what was done before it stays, and the next call goes on.
pub async fn accounts(
    url: &str,
    asked: &Accounts,
    look: bool,
) -> Result<Vec<String>, AccountError> {
    if url.starts_with("sqlite:") {
        return Err(AccountError::NoServer);
    }
    mariadb::accounts(url, asked, &SystemClock, look).await
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
    /// Who may do what; only on a server that holds a ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Each server, where the URL names several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerState>,
}

/// Who may do what in a database on a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// The account that asked.
    pub account: String,
    /// The role it has now.
    pub role: Option<String>,
    /// Who owns procedures, triggers and views.
    pub owner: Option<String>,
    /// Whether nobody can sign in as the owner; nothing where this account is not told.
    pub owner_locked: Option<bool>,
    /// What stands for the texts of procedures, triggers and views of this program's version.
    pub contract: String,
    /// What owner and roles may do too little or too much, as far as this account is told.
    pub rights: Vec<Drift>,
}

/// What a server of the URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerRole {
    /// It may be written to; the first that can is.
    Writer,
    /// It follows, for reading.
    Replica,
}

/// How a server of the URL is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerState {
    /// Host and port.
    pub host: String,
    /// What it is for.
    pub role: ServerRole,
    /// Whether it would be used now.
    pub usable: bool,
    /// How it is, in words.
    pub state: String,
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
    /// database has only triggers.
    ///
    /// # Errors
    /// [`Fault`] where the database does not answer.
    pub async fn check_database(&self) -> Result<Vec<Drift>, Fault> {
        match self.server() {
            Some(engine) => engine.check_procedures().await,
            None => {
                self.query(|connection| match connection {
                    Connection::Sqlite(file) => Ok::<_, Fault>(sqlite::drift::check(file)?),
                    Connection::MariaDb(_) => Ok(Vec::new()),
                })
                .await
            }
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

//! The database that is filled, whichever engine it is.

use std::path::Path;

use super::CopyError;
use super::layout::Table;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::sql::{Connection, Error, params};
use crate::{mariadb, sqlite, verify};

/// Rows that a server takes in one statement; it answers each over the network.
const SERVER_ROWS: usize = 250;

/// A ledger to be filled. It may be sent to another thread.
pub(crate) enum Target {
    Sqlite(sqlite::copy::Target),
    MariaDb(mariadb::copy::Target),
}

impl Target {
    /// Makes the tables in the database at `url`, which must be empty.
    pub(super) async fn prepare(url: &str, clock: &dyn Clock) -> Result<Self, CopyError> {
        match url.strip_prefix("sqlite:") {
            Some(path) => Self::in_file(Path::new(path)).await,
            None => Self::on_server(url, clock).await,
        }
    }

    /// Makes the tables in a file, which must not exist.
    pub(crate) async fn in_file(path: &Path) -> Result<Self, CopyError> {
        let path = path.to_owned();
        let preparing = tokio::task::spawn_blocking(move || sqlite::copy::Target::prepare(&path));
        let prepared =
            preparing.await.map_err(|failure| Fault::Permanent(format!("the file: {failure}")))?;
        let target = prepared.map_err(CopyError::Target)?.ok_or(CopyError::NotEmpty)?;
        Ok(Self::Sqlite(target))
    }

    /// Makes the tables in a server's database, which must be empty.
    pub(crate) async fn on_server(url: &str, clock: &dyn Clock) -> Result<Self, CopyError> {
        let prepared = mariadb::copy::Target::prepare(url, clock).await;
        let target = prepared.map_err(CopyError::Target)?.ok_or(CopyError::NotEmpty)?;
        Ok(Self::MariaDb(target))
    }

    /// Does `work` on the connection to it. Blocks.
    pub(super) fn fill<T, E: From<Fault>>(
        self,
        work: impl FnOnce(Connection<'_>) -> Result<T, E>,
    ) -> (Self, Result<T, E>) {
        match self {
            Self::Sqlite(target) => {
                let (target, done) = target.fill(|file| work(Connection::Sqlite(file)));
                (Self::Sqlite(target), done)
            }
            Self::MariaDb(target) => {
                let (target, done) = target.fill(|wire| work(Connection::MariaDb(wire)));
                (Self::MariaDb(target), done)
            }
        }
    }

    /// From here on it is a ledger.
    pub(super) async fn finish(self) -> Result<(), CopyError> {
        match self {
            Self::Sqlite(target) => tokio::task::spawn_blocking(move || target.finish())
                .await
                .map_err(|failure| Fault::Permanent(format!("the file: {failure}")))?
                .map_err(CopyError::from),
            Self::MariaDb(target) => target.finish().await.map_err(CopyError::Target),
        }
    }

    /// It does not become one.
    pub(super) async fn abandon(self) {
        match self {
            Self::Sqlite(target) => target.abandon(),
            Self::MariaDb(target) => target.abandon().await,
        }
    }
}

/// Begins a transaction.
pub(super) fn begin(to: Connection<'_>) -> Result<(), Error> {
    match to {
        Connection::Sqlite(_) => to.execute("BEGIN IMMEDIATE", params![]).map(drop),
        Connection::MariaDb(wire) => wire.command("START TRANSACTION"),
    }
}

/// Ends it.
pub(super) fn commit(to: Connection<'_>) -> Result<(), Error> {
    match to {
        Connection::Sqlite(_) => to.execute("COMMIT", params![]).map(drop),
        Connection::MariaDb(wire) => wire.command("COMMIT"),
    }
}

/// How many rows one statement writes.
pub(super) const fn rows_at_once(to: Connection<'_>) -> usize {
    match to {
        Connection::Sqlite(_) => 1,
        Connection::MariaDb(_) => SERVER_ROWS,
    }
}

/// Removes what a new ledger starts with, and lets rows name rows that come later: a lot its
/// parent. What was let pass is checked at the end ([`refuse_dangling`], and verification of a
/// file).
pub(super) fn clear(to: Connection<'_>, tables: &[Table]) -> Result<(), Error> {
    if let Connection::MariaDb(wire) = to {
        wire.command("SET SESSION foreign_key_checks = 0")?;
    }
    for table in tables {
        to.execute(&format!("DELETE FROM \"{}\"", table.name), params![])?;
    }
    Ok(())
}

/// Refuses a server's copy in which a row names another that is not there. A file is asked by
/// its verification.
pub(super) fn refuse_dangling(to: Connection<'_>, tables: &[Table]) -> Result<(), CopyError> {
    let Connection::MariaDb(wire) = to else { return Ok(()) };
    for table in tables {
        let references: Vec<_> = table.references.iter().collect();
        verify::refuse_dangling(to, &table.name, &references)?;
    }
    Ok(wire.command("SET SESSION foreign_key_checks = 1")?)
}

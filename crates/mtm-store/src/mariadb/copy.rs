//! A database on a server as the target of a copy.
//!
//! While a copy is under way a table of its own stands in the database ([`COPY_MARK`]): whatever
//! kills the copy, the database is not taken for a ledger, and the next copy may clear it. The
//! mark goes last, when the copy is proved.

use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use tokio::runtime::Handle;

use super::connect::{Connections, Held};
use super::fault::{fault, fault_before_writing};
use super::schema::{self, COPY_MARK, server};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::ledger::OpenError;
use crate::sql::Wire;

/// How long a statement of a copy may take: a chunk of rows, or a sum over all.
const STATEMENT: Duration = Duration::from_secs(600);

/// A ledger to be filled, and the one connection to it.
pub(crate) struct Target {
    /// `None` once it did not answer.
    connection: Option<Conn>,
    _held: Held,
    connections: Connections,
    runtime: Handle,
}

impl Target {
    /// Makes the tables of a new ledger in the database at `url`. `None` where something else
    /// than a cut-off copy is there.
    pub(crate) async fn prepare(url: &str, clock: &dyn Clock) -> Result<Option<Self>, OpenError> {
        let connections = Connections::new(url, 1).map_err(server)?;
        let mut connection = connections.acquire().await.map_err(server)?;
        // Held until the connection closes: no server takes the database for its own meanwhile.
        schema::lock(&mut connection).await?;
        let state = schema::found(&mut connection).await?;
        if !state.incomplete && !state.tables.is_empty() {
            drop(connection);
            connections.close().await;
            return Ok(None);
        }
        clear(&mut connection, &state.tables).await.map_err(schema::refused)?;
        schema::bring(&mut connection, clock, true, 0).await?;
        let (connection, held) = connection.apart();
        let connection = Some(connection);
        Ok(Some(Self { connection, _held: held, connections, runtime: Handle::current() }))
    }

    /// Does `work` on the connection. Blocks.
    pub(crate) fn fill<T, E: From<Fault>>(
        mut self,
        work: impl FnOnce(&Wire) -> Result<T, E>,
    ) -> (Self, Result<T, E>) {
        let Some(connection) = self.connection.take() else {
            return (self, Err(unanswered().into()));
        };
        let wire = Wire::new(connection, self.runtime.clone());
        wire.answer_within(STATEMENT);
        let done = work(&wire);
        self.connection = wire.into_inner();
        (self, done)
    }

    /// From here on it is a ledger.
    pub(crate) async fn finish(mut self) -> Result<(), OpenError> {
        let mut connection = self.connection.take().ok_or_else(|| server(unanswered()))?;
        let dropped = connection.query_drop(format!("DROP TABLE {COPY_MARK}")).await;
        dropped.map_err(|error| server(fault(error)))?;
        let closed = connection.disconnect().await;
        self.connections.close().await;
        closed.map_err(|error| server(fault_before_writing(error)))
    }

    /// Leaves what is there as it is, for the next copy to clear.
    pub(crate) async fn abandon(self) {
        if let Some(connection) = self.connection
            && let Err(error) = connection.disconnect().await
        {
            tracing::debug!(error = %fault(error), "a failed connection was not closed in order");
        }
        self.connections.close().await;
    }
}

fn unanswered() -> Fault {
    Fault::Transient("the server did not answer any more".to_owned())
}

/// Sets the mark, and removes what a copy before left.
async fn clear(connection: &mut Conn, tables: &[String]) -> Result<(), mysql_async::Error> {
    let mark = format!(
        "CREATE TABLE IF NOT EXISTS {COPY_MARK} (begun_at DATETIME NOT NULL DEFAULT now())"
    );
    connection.query_drop(mark).await?;
    connection.query_drop("SET SESSION foreign_key_checks = 0").await?;
    for table in tables.iter().filter(|table| *table != COPY_MARK) {
        connection.query_drop(format!("DROP TABLE IF EXISTS \"{table}\"")).await?;
    }
    connection.query_drop("SET SESSION foreign_key_checks = 1").await
}

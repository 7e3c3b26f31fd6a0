//! What an auditor asks besides the books themselves: how clocks, sealing and servers are.

use mtm_core::event::EventType;
use mtm_core::word::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::database::ServerState;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Error, params};

/// What waits for its place in the log of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsealed {
    /// How much waits.
    pub waiting: u64,
    /// What of it came first: while this stays the same, nothing is sealed.
    pub first: Option<i64>,
    /// Whether a server holds the lease to seal.
    pub held: bool,
}

/// Moments to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// This program's clock, when it had its answer.
    pub here: Timestamp,
    /// The database server's clock; nothing for a file.
    pub database: Option<Timestamp>,
    /// How long the answer took, in microseconds: so much the two cannot be told apart.
    pub within: i64,
    /// The newest moment in the audit log.
    pub recorded: Option<Timestamp>,
}

impl Ledger {
    /// What waits to be sealed; `None` for a file, where everything has its place at once.
    pub async fn unsealed(&self) -> Result<Option<Unsealed>, Fault> {
        let Some(engine) = self.server() else { return Ok(None) };
        // Not by the way of questions, which wait for the sealer.
        let asked = engine.ask_at_once(|connection| {
            connection.query_row(
                "SELECT count(*), min(id),
                        EXISTS (SELECT 1 FROM lease
                                WHERE name = 'sealer' AND expires_at > now(6))
                 FROM seal_queue",
                params![],
                |row| {
                    let (waiting, held): (i64, i64) = (row.get(0)?, row.get(2)?);
                    let waiting = waiting.cast_unsigned();
                    Ok::<_, Error>(Unsealed { waiting, first: row.get(1)?, held: held != 0 })
                },
            )
        });
        asked.await.map(Some)
    }

    /// Clocks, and the newest moment recorded.
    pub async fn moments(&self) -> Result<Moments, Fault> {
        let clock = std::sync::Arc::clone(self.clock());
        self.query(move |connection| {
            let recorded = connection
                .prepare_cached("SELECT at FROM audit ORDER BY sequence DESC LIMIT 1")?
                .query_all(params![], |row| row.get::<i64>(0))?;
            let recorded = recorded.first().copied().map(Timestamp::from_micros);
            let asked = clock.now();
            let database = match connection {
                crate::sql::Connection::Sqlite(_) => None,
                crate::sql::Connection::MariaDb(_) => Some(connection.query_row(
                    "SELECT CAST(UNIX_TIMESTAMP(now(6)) * 1000000 AS SIGNED)",
                    params![],
                    |row| row.get::<i64>(0).map(Timestamp::from_micros),
                )?),
            };
            let here = clock.now();
            let within = here.micros() - asked.micros();
            Ok::<_, Fault>(Moments { here, database, within, recorded })
        })
        .await
    }

    /// How each server of the URL is, asked on connections of its own; nothing where only one is
    /// named.
    pub async fn server_states(&self) -> Vec<ServerState> {
        match self.server() {
            Some(engine) => engine.server_states().await,
            None => Vec::new(),
        }
    }

    /// This program among those that share a database; `None` for a file, which has one.
    pub fn server_id(&self) -> Option<Uuid> {
        self.server().map(crate::mariadb::Engine::server)
    }

    /// Tells the world something that no booking caused.
    pub async fn tell(&self, kind: EventType, subject: String, data: Value) -> Result<(), Fault> {
        self.write(move |context| {
            let at = context.now();
            Ok::<_, Fault>(context.emit(kind, &subject, at, &data, None)?)
        })
        .await
    }
}

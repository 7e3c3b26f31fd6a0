//! Long questions on a server that follows.
//!
//! Whoever asks must see what they, or this program, did before. So the server in use says where
//! the ledger ends at this moment, and the replica answers only if the snapshot that it reads in
//! reaches as far and holds the same ledger. Anything else (late, stopped, away, another ledger)
//! sends the question to the server in use: a replica saves work, and nothing stands on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time;

use super::connect::Connections;
use super::engine::{Engine, Shared};
use super::route::{REACH, Route};
use super::way::Way;
use crate::fault::Fault;
use crate::pool::{PoolReport, ReplicaReport};
use crate::sql::{Connection, params};
use crate::write::Failure;

/// How long a replica that was away is left alone.
const AWAY: Duration = Duration::from_secs(5);

/// Where a ledger ends: the newest entry of the chain with its hash, and the newest event.
type End = (Option<i64>, Option<Vec<u8>>, Option<i64>);

/// The server that follows.
#[derive(Debug)]
pub(super) struct Replica {
    name: String,
    way: Way,
    connections: Connections,
    away: Mutex<Option<Instant>>,
    served: AtomicU64,
    late: AtomicU64,
    missed: AtomicU64,
}

/// What became of a question.
pub(super) enum Asked<T, Q> {
    /// It was asked.
    Answered(T),
    /// It must be asked elsewhere.
    Elsewhere(Q),
}

impl Replica {
    pub(super) fn at(way: Way, most: usize) -> Result<Self, Fault> {
        let name = way.name.clone();
        let route = Route::along(vec![way.clone()]);
        Ok(Self {
            name,
            way,
            connections: Connections::along(&route, "replica", most)?,
            away: Mutex::default(),
            served: AtomicU64::new(0),
            late: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        })
    }

    /// Asks `question`, or gives it back.
    pub(super) async fn answer<T, E, F>(
        &self,
        shared: &Arc<Shared>,
        question: F,
    ) -> Asked<Result<T, E>, F>
    where
        F: FnOnce(Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        if self.is_away() {
            self.missed.fetch_add(1, Ordering::Relaxed);
            return Asked::Elsewhere(question);
        }
        // Asked first: what is committed from now on nobody was told of yet.
        let Ok(needed) = shared.end().await else { return Asked::Elsewhere(question) };
        let Ok(Ok(checkout)) = time::timeout(REACH, self.connections.acquire()).await else {
            self.was_away();
            return Asked::Elsewhere(question);
        };
        let answer = Engine::on_checkout(shared, checkout, move |_, wire| {
            wire.command("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")?;
            let connection = Connection::MariaDb(wire);
            let asked = match reaches(connection, &needed) {
                Ok(true) => Asked::Answered(question(connection)),
                // Another ledger, or none: no better than late.
                Ok(false) | Err(_) => Asked::Elsewhere(question),
            };
            wire.command("ROLLBACK")?;
            Ok(asked)
        });
        match answer.await {
            Ok(Asked::Answered(answer)) => {
                self.served.fetch_add(1, Ordering::Relaxed);
                Asked::Answered(answer)
            }
            Ok(Asked::Elsewhere(question)) => {
                let late = self.late.fetch_add(1, Ordering::Relaxed);
                if late == 0 {
                    tracing::warn!(replica = self.name, "the replica is late and not asked");
                }
                Asked::Elsewhere(question)
            }
            // Nothing was written, and whoever asks again is sent to the server in use.
            Err(failure) => {
                self.was_away();
                let fault = Fault::Transient(Fault::from(failure).to_string());
                Asked::Answered(Err(fault.into()))
            }
        }
    }

    /// How to get there.
    pub(super) const fn way(&self) -> &Way {
        &self.way
    }

    fn is_away(&self) -> bool {
        let away = *self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.is_some_and(|since| since.elapsed() < AWAY)
    }

    fn was_away(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        tracing::warn!(replica = self.name, "the replica does not answer");
    }

    pub(super) fn pool(&self) -> PoolReport {
        self.connections.report()
    }

    pub(super) fn report(&self) -> ReplicaReport {
        ReplicaReport {
            host: self.name.clone(),
            served: self.served.load(Ordering::Relaxed),
            late: self.late.load(Ordering::Relaxed),
            away: self.missed.load(Ordering::Relaxed),
        }
    }

    pub(super) async fn close(&self) {
        self.connections.close().await;
    }
}

impl Shared {
    /// Where the ledger ends on the server in use.
    async fn end(self: &Arc<Self>) -> Result<End, Failure> {
        Engine::on_wire(self, &self.reports, |_, wire| {
            let end = Connection::MariaDb(wire).query_row(
                "SELECT (SELECT max(sequence) FROM audit),
                        (SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1),
                        (SELECT max(position) FROM outbox)",
                params![],
                |row| Ok::<_, Failure>((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            wire.command("ROLLBACK")?;
            Ok(end)
        })
        .await
    }
}

/// Whether what `connection` reads reaches to `needed`.
fn reaches(connection: Connection<'_>, needed: &End) -> Result<bool, Failure> {
    let (sequence, hash, position) = needed;
    let found: (Option<Vec<u8>>, Option<i64>) = connection.query_row(
        "SELECT (SELECT hash FROM audit WHERE sequence = ?1), (SELECT max(position) FROM outbox)",
        params![*sequence],
        |row| Ok::<_, Failure>((row.get(0)?, row.get(1)?)),
    )?;
    Ok(found.0 == *hash && found.1 >= *position)
}

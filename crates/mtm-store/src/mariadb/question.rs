//! Questions: each in a read transaction on a connection of a pool, with this server's own writes
//! in it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time;

use super::connect::Connections;
use super::engine::{Engine, before_writing};
use super::replica::Asked;
use crate::fault::Fault;
use crate::sql::{self, Connection};

/// How long a question waits for this server's own writes to get their place in the log.
const SEALING: Duration = Duration::from_millis(500);

impl Engine {
    /// Asks `question` in a read transaction: everything it reads is of one moment, and what this
    /// server wrote before is in it.
    pub(crate) async fn query<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.settle().await;
        self.ask(&self.shared.readers, question).await
    }

    /// Asks as [`Engine::query`] does, on one of the few connections for reading that takes as
    /// long as somebody else takes it in: of the replica, where there is one that has everything.
    pub(crate) async fn query_along<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let settled = self.settle().await;
        let question = match &self.shared.replica {
            Some(replica) if settled => match replica.answer(&self.shared, question).await {
                Asked::Answered(answer) => return answer,
                Asked::Elsewhere(question) => question,
            },
            _ => question,
        };
        self.ask(&self.shared.reports, question).await
    }

    async fn ask<T, E, F>(&self, pool: &Connections, question: F) -> Result<T, E>
    where
        F: FnOnce(Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let answer = Self::on_wire(&self.shared, pool, |_, wire| {
            // Its first statement begins the transaction: the pool's connections are set to that.
            let answer = question(Connection::MariaDb(wire));
            // Nothing was written: ending the transaction cannot lose anything.
            wire.command("ROLLBACK")?;
            Ok(answer)
        });
        answer.await.map_err(|failure| before_writing(failure.into()))?
    }

    /// Asks `question` without waiting for the places of what this server committed.
    pub(crate) async fn ask_at_once<T, F>(&self, question: F) -> Result<T, Fault>
    where
        F: FnOnce(Connection<'_>) -> Result<T, sql::Error> + Send + 'static,
        T: Send + 'static,
    {
        let question = |connection: Connection<'_>| question(connection).map_err(Fault::from);
        self.ask(&self.shared.readers, question).await
    }

    /// Waits until what this server committed so far has its place in the log, but not for long:
    /// whoever gives the places may be away.
    /// Whether it has.
    pub(crate) async fn settle(&self) -> bool {
        let commits = self.shared.commits.load(Ordering::SeqCst);
        let mut sealed = self.shared.sealed.subscribe();
        if *sealed.borrow_and_update() < commits {
            self.shared.awaited.store(true, Ordering::SeqCst);
            self.follower.poke();
            let settled = time::timeout(SEALING, sealed.wait_for(|sealed| *sealed >= commits));
            // Late is late: the log then shows what it has.
            return matches!(settled.await, Ok(Ok(_)));
        }
        true
    }
}

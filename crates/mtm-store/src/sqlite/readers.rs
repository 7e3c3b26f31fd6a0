//! Connections that only read, each used by one query at a time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection;
use crate::fault::Fault;

/// A bounded pool of read-only connections. Queries run off the async runtime's own threads.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    size: usize,
    share: i64,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// A pool of at most `size` connections to the file at `path`, opened when first needed, with
    /// page caches of `cache_kib` together.
    pub(crate) fn new(path: PathBuf, size: usize, cache_kib: i64) -> Self {
        let size = size.max(1);
        let share = cache_kib / i64::try_from(size).unwrap_or(i64::MAX);
        let permits = Arc::new(Semaphore::new(size));
        let idle = Mutex::new(Vec::with_capacity(size));
        Self { shared: Arc::new(Shared { path, size, share, permits, idle }) }
    }

    /// Runs `query` in a read transaction: everything it reads is of one moment.
    pub(crate) async fn run<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let Ok(permit) = Arc::clone(&self.shared.permits).acquire_owned().await else {
            return Err(closed().into());
        };
        let shared = Arc::clone(&self.shared);
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = shared.take()?;
            let answer = {
                let moment = connection.unchecked_transaction().map_err(Fault::from)?;
                let answer = query(&moment);
                // Nothing was written: ending the transaction cannot lose anything.
                drop(moment);
                answer
            };
            shared.give_back(connection);
            answer
        });
        answer.await.unwrap_or_else(|failure| {
            Err(Fault::Permanent(format!("a query did not end: {failure}")).into())
        })
    }

    /// Waits for the queries under way and closes every connection; queries that come later are
    /// refused.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.shared.size).unwrap_or(u32::MAX);
        // An error means that they were closed before.
        let _all = self.shared.permits.acquire_many(all).await;
        self.shared.permits.close();
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Shared {
    fn take(&self) -> Result<Connection, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Ok(connection::open_reader(&self.path, self.share)?),
        }
    }

    fn give_back(&self, connection: Connection) {
        if !self.permits.is_closed() && connection.is_autocommit() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

fn closed() -> Fault {
    Fault::Transient("the ledger is closed".to_owned())
}

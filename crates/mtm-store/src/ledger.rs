//! The façade: opening a ledger, and the way to its writer and readers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use mtm_core::catalogue::Catalogue;
use mtm_core::view::Limits;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::clock::{Clock, SystemClock};
use crate::fault::Fault;
use crate::sqlite::connection;
use crate::sqlite::readers::Readers;
use crate::sqlite::schema;
use crate::sqlite::writer::{Shared, WriteContext, Writer};
use crate::submission::{Answer, PostError, Submission};

/// Why a ledger could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file.
    #[error("there is no ledger at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file or its directory cannot be written.
    #[error("the ledger at {} cannot be written; check the rights of the file and its directory", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a database at all.
    #[error("{} is not a database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program; it was left alone.
    #[error("{} belongs to another program and was left alone", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program wrote the file; it was left alone.
    #[error("the ledger at {} has schema {found}, this program knows up to {known}; use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Schema of the file.
        found: usize,
        /// Newest schema known here.
        known: usize,
    },
    /// Another process keeps the file to itself.
    #[error("the ledger at {} is locked by another process", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("the disk of {} is full", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("the ledger at {} is damaged ({message}); restore a backup", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        message: String,
    },
    /// Anything else.
    #[error("the ledger at {} could not be opened: {message}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        message: String,
    },
}

/// How many exports are read at once; more wait for one to end.
const STREAMS: usize = 2;

/// How to open a ledger.
#[derive(Clone)]
pub struct OpenOptions {
    /// Whether to make the file where there is none.
    pub create: bool,
    /// Where moments and identities come from.
    pub clock: Arc<dyn Clock>,
    /// The site's bounds.
    pub limits: Limits,
    /// How many queries may run at once.
    pub readers: usize,
}

impl Default for OpenOptions {
    /// An existing ledger, the computer's clock, the default bounds, four readers.
    fn default() -> Self {
        Self { create: false, clock: Arc::new(SystemClock), limits: Limits::default(), readers: 4 }
    }
}

/// A ledger. Cheap to clone: clones share the writer and the readers.
#[derive(Clone)]
pub struct Ledger {
    shared: Shared,
    readers: Readers,
    streams: Readers,
    writer: Writer,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger at `path`, making and migrating it as needed.
    pub async fn open(path: &Path, options: OpenOptions) -> Result<Self, OpenError> {
        let path = path.to_owned();
        let failed = path.clone();
        tokio::task::spawn_blocking(move || Self::open_blocking(&path, options))
            .await
            .unwrap_or_else(|error| {
                Err(OpenError::Failed { path: failed, message: error.to_string() })
            })
    }

    fn open_blocking(path: &Path, options: OpenOptions) -> Result<Self, OpenError> {
        let mut connection = connection::open_writer(path, options.create)?;
        schema::migrate(&mut connection, path, &*options.clock)?;
        let shared = Shared {
            path: path.to_owned(),
            clock: options.clock,
            limits: Arc::new(ArcSwap::from_pointee(options.limits)),
            catalogue: Arc::new(ArcSwap::from_pointee(Catalogue::default())),
            newest: watch::Sender::new(0),
        };
        let writer = Writer::start(connection, shared.clone()).map_err(|failure| {
            OpenError::Corrupt { path: path.to_owned(), message: Fault::from(failure).to_string() }
        })?;
        let readers = Readers::new(path.to_owned(), options.readers, connection::READERS_CACHE_KIB);
        let streams = Readers::new(path.to_owned(), STREAMS, connection::STREAMS_CACHE_KIB);
        Ok(Self { shared, readers, streams, writer })
    }

    /// Ends the ledger: everything that waits is done first, then the file alone is the whole
    /// ledger. Whatever comes later, also through clones, is refused.
    pub async fn close(&self) {
        // The writer last: only it may carry the log over and remove it.
        self.readers.close().await;
        self.streams.close().await;
        self.writer.stop().await;
    }

    /// Posts a submission: all that waits with it is written in one transaction, and nobody is
    /// answered before it reached the disk. A refusal never touches its neighbours.
    pub async fn post(&self, submission: Submission) -> Result<Answer, PostError> {
        self.writer.post(submission).await
    }

    /// Where the ledger's file is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Where moments and identities come from.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// Master data and holds as of the last commit.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.shared.catalogue.load_full()
    }

    /// The site's bounds.
    pub fn limits(&self) -> Limits {
        **self.shared.limits.load()
    }

    /// Sets the site's bounds for everything decided from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.limits.store(Arc::new(limits));
    }

    /// The newest outbox position, after its commit; wakes at every change.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.newest.subscribe()
    }

    /// What a writer of this ledger is made of.
    #[cfg(test)]
    pub(crate) fn shared_with_writer(&self) -> Shared {
        self.shared.clone()
    }

    /// Runs `query` on a read-only connection in a read transaction.
    pub(crate) async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.readers.run(query).await
    }

    /// Asks `question` on a connection that only reads, in a read transaction.
    pub(crate) async fn query<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(crate::sql::Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.readers.run(|connection| question(connection.into())).await
    }

    /// Asks `question` as [`Ledger::query`] does, on one of the few connections for reading that
    /// takes as long as somebody else takes it in: an export to a slow client keeps no screen
    /// waiting.
    pub(crate) async fn query_along<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(crate::sql::Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.streams.run(|connection| question(connection.into())).await
    }

    /// Runs `query` as [`Ledger::read`] does, on one of the few connections for reading that takes
    /// as long as somebody else takes it in: an export to a slow client keeps no screen waiting.
    pub(crate) async fn read_along<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.streams.run(query).await
    }

    /// Runs `work` in a write transaction of its own; answers after it was committed. Where
    /// `work` gives an error, everything it wrote is undone.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut WriteContext<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.writer.write(work).await
    }
}

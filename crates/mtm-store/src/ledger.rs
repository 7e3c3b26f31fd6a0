//! The façade: opening a ledger, and the way to its writer and readers.

mod opening;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use mtm_core::catalogue::Catalogue;
use mtm_core::trace::SPANS;
use mtm_core::view::Limits;
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::clock::Clock;
use crate::database::Deviation;
use crate::fault::Fault;
use crate::pool::{PoolReport, ServersReport};
use crate::read::UserNames;
use crate::submission::{Answer, Mode, PostError, Submission};
use crate::texts::Index;
use crate::write::WriteContext;
use crate::{mariadb, sql, sqlite};

pub use opening::{OpenError, OpenOptions};

/// A ledger. Cheap to clone: clones share its connections.
#[derive(Clone)]
pub struct Ledger {
    common: Common,
    engine: Engine,
}

/// What every engine keeps up to date.
#[derive(Clone)]
struct Common {
    clock: Arc<dyn Clock>,
    limits: Arc<ArcSwap<Limits>>,
    /// Published after the commit that changed it.
    catalogue: Arc<ArcSwap<Catalogue>>,
    /// Newest outbox position, after its commit.
    newest: watch::Sender<u64>,
    /// Free text, behind the bookings.
    index: Arc<Index>,
    /// Whom questions named already.
    users: Arc<UserNames>,
    posted: Arc<AtomicU64>,
}

/// The database under the ledger.
#[derive(Debug, Clone)]
enum Engine {
    /// A file, embedded.
    Sqlite(sqlite::Engine),
    /// A server.
    MariaDb(mariadb::Engine),
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl Common {
    fn new(options: &OpenOptions) -> Self {
        crate::slow::tell_from(options.slow_statement);
        Self {
            clock: Arc::clone(&options.clock),
            limits: Arc::new(ArcSwap::from_pointee(options.limits)),
            catalogue: Arc::new(ArcSwap::from_pointee(Catalogue::default())),
            newest: watch::Sender::new(0),
            index: Arc::default(),
            users: Arc::default(),
            posted: Arc::default(),
        }
    }
}

impl Ledger {
    /// Opens the ledger in the file at `path`, making and migrating it as needed.
    pub async fn open(path: &Path, options: OpenOptions) -> Result<Self, OpenError> {
        let common = Common::new(&options);
        let shared = sqlite::writer::Shared {
            path: path.to_owned(),
            clock: Arc::clone(&common.clock),
            limits: Arc::clone(&common.limits),
            catalogue: Arc::clone(&common.catalogue),
            newest: common.newest.clone(),
            #[cfg(feature = "faults")]
            faults: options.faults.clone(),
        };
        let failed = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || sqlite::Engine::open(shared, &options));
        let engine = opened.await.unwrap_or_else(|error| {
            Err(OpenError::Failed { path: failed, message: error.to_string() })
        })?;
        Ok(Self { common, engine: Engine::Sqlite(engine) })
    }

    /// Opens the ledger in the database at `url`: `sqlite:PATH`, or
    /// `mysql://user@host:port/database` for a MariaDB server (10.6 or later). Of a cluster, several
    /// hosts may be named (`one:3306,two:3306`), the preferred one first; `?replica=three:3306` names
    /// a server that follows them, for what is long to read.
    pub async fn connect(url: &str, options: OpenOptions) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Self::open(Path::new(path), options).await;
        }
        let common = Common::new(&options);
        let engine = mariadb::Engine::open(
            url,
            options,
            Arc::clone(&common.limits),
            Arc::clone(&common.catalogue),
            common.newest.clone(),
        )
        .await?;
        let ledger = Self { common, engine: Engine::MariaDb(engine) };
        ledger.warn_of_drift().await;
        Ok(ledger)
    }

    /// What is odd about the database's own code keeps nobody from working: it is told.
    async fn warn_of_drift(&self) {
        match self.check_database().await {
            Ok(drifts) => {
                // What an account is not shown is nothing to warn of at every start.
                for drift in drifts.iter().filter(|it| it.what != Deviation::BodyHidden) {
                    tracing::warn!("{drift}; `mtm db check-procedures` tells more");
                }
            }
            Err(error) => tracing::warn!(%error, "the procedures could not be checked"),
        }
    }

    /// The engine of a database server, where this is one.
    pub(crate) const fn server(&self) -> Option<&mariadb::Engine> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::MariaDb(engine) => Some(engine),
        }
    }

    /// Ends the ledger: everything that waits is done first; a file is then alone the whole
    /// ledger. Whatever comes later, also through clones, is refused.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(engine) => engine.close().await,
            Engine::MariaDb(engine) => engine.close().await,
        }
    }

    /// Posts a submission, and answers nobody before it is durable. A refusal never touches its
    /// neighbours.
    pub async fn post(&self, submission: Submission) -> Result<Answer, PostError> {
        let is_kept = submission.mode == Mode::Commit;
        let span =
            tracing::trace_span!(target: SPANS, "post", commands = submission.commands.len());
        let posted = async {
            match &self.engine {
                Engine::Sqlite(engine) => engine.writer.post(submission).await,
                Engine::MariaDb(engine) => engine.post(submission).await,
            }
        };
        let answer = posted.instrument(span).await?;
        if is_kept && !answer.replayed {
            self.common.posted.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answer)
    }

    /// How many submissions this program has posted so far. On a server it knows at once what comes
    /// into the outbox later.
    pub fn posted(&self) -> u64 {
        self.common.posted.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Fault> {
        match &self.engine {
            // A file that is open answers.
            Engine::Sqlite(_) => Ok(()),
            Engine::MariaDb(engine) => engine.ping().await,
        }
    }

    /// How the connections to the database server are; nothing for a file.
    pub fn pools(&self) -> Vec<PoolReport> {
        self.server().map(mariadb::Engine::pools).unwrap_or_default()
    }

    /// Which servers the ledger's database is on; `None` for a file.
    pub fn servers(&self) -> Option<ServersReport> {
        self.server().map(mariadb::Engine::servers)
    }

    /// The embedded engine's file; `None` on a server.
    pub fn path(&self) -> Option<&Path> {
        match &self.engine {
            Engine::Sqlite(engine) => Some(&engine.path),
            Engine::MariaDb(_) => None,
        }
    }

    /// Where moments and identities come from.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.common.clock
    }

    /// Master data and holds as of the last commit.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.common.catalogue.load_full()
    }

    /// The site's bounds.
    pub fn limits(&self) -> Limits {
        **self.common.limits.load()
    }

    /// Sets the site's bounds for everything decided from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.common.limits.store(Arc::new(limits));
    }

    /// The newest outbox position, after its commit; wakes at every change.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.common.newest.subscribe()
    }

    /// Free text, indexed behind the bookings.
    pub(crate) const fn index(&self) -> &Arc<Index> {
        &self.common.index
    }

    /// Whom questions named already.
    pub(crate) const fn user_names(&self) -> &Arc<UserNames> {
        &self.common.users
    }

    /// What a writer of this ledger is made of.
    #[cfg(test)]
    pub(crate) fn shared_with_writer(&self) -> sqlite::writer::Shared {
        match &self.engine {
            Engine::Sqlite(engine) => engine.shared.clone(),
            Engine::MariaDb(_) => panic!("a server has no writer"),
        }
    }

    /// Asks `question` on a connection that only reads, in a read transaction.
    pub(crate) async fn query<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(sql::Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => {
                engine.readers.run(|connection| question(connection.into())).await
            }
            Engine::MariaDb(engine) => engine.query(question).await,
        }
    }

    /// Asks `question` as [`Ledger::query`] does, on one of the few connections for reading that
    /// takes as long as somebody else takes it in: an export to a slow client keeps no screen
    /// waiting.
    pub(crate) async fn query_along<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(sql::Connection<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => {
                engine.streams.run(|connection| question(connection.into())).await
            }
            Engine::MariaDb(engine) => engine.query_along(question).await,
        }
    }

    /// Runs `work` in a write transaction of its own; answers after it was committed. Where
    /// `work` gives an error, everything it wrote is undone.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut WriteContext<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.writer.write(work).await,
            Engine::MariaDb(engine) => engine.write(work).await,
        }
    }
}

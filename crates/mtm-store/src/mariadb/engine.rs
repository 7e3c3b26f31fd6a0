//! The façade's side of the server: what its parts share, and writes, each on a connection of a pool,
//! off the async runtime's own threads. Questions and bookings stand in [`super::question`] and
//! [`super::post`].

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use mtm_core::catalogue::Catalogue;
use mtm_core::view::Limits;
use mtm_core::word::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::time;
use uuid::Uuid;

use super::books::{Apart, Draft};
use super::connect::{Checkout, Connections};
use super::fault::is_away;
use super::follow::Follower;
use super::gather::Gathering;
use super::lots::Lots;
use super::receipts::Receipts;
use super::replica::Replica;
use super::route::Route;
use super::turn::Turns;
use super::way::Ways;
use super::{follow, schema, status};
use crate::clock::Clock;
use crate::database::ServerState;
use crate::fault::Fault;
use crate::ledger::{OpenError, OpenOptions};
use crate::pool::{PoolReport, ServersReport};
use crate::sql::{Connection, Wire, params};
use crate::write::{Failure, WriteContext};

/// How long a statement of administration may take, which may move a whole import.
const ANSWER_TO_WORK: Duration = Duration::from_secs(120);

/// How long the engine waits for its connections when it ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Refuses to end a transaction that is not there any more. A cluster may undo one for another
/// node's between two statements, and the COMMIT of nothing succeeds.
pub(super) fn still_begun(wire: &Wire) -> Result<(), Failure> {
    let sql = "SELECT @@in_transaction";
    match Connection::MariaDb(wire).query_row(sql, params![], |row| row.get::<i64>(0))? {
        0 => Err(Failure::Stale),
        _ => Ok(()),
    }
}

/// What the parts of the engine share.
pub(crate) struct Shared {
    pub(super) writers: Connections,
    pub(super) readers: Connections,
    pub(super) reports: Connections,
    pub(super) replica: Option<Replica>,
    pub(super) route: Route,
    pub(super) runtime: Handle,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: Arc<ArcSwap<Limits>>,
    /// Published after the commit that changed it, also by other servers.
    pub(super) catalogue: Arc<ArcSwap<Catalogue>>,
    /// `master_version` that the catalogue was read at; held while another one is published, so
    /// that of two readers the slower one cannot bring back an older one.
    masters: Mutex<i64>,
    /// Newest outbox position, after its commit.
    pub(super) newest: watch::Sender<u64>,
    pub(super) lots: Lots,
    pub(super) turns: Turns,
    pub(super) receipts: Receipts,
    /// Bookings that are waiting to be written together.
    pub(super) gathering: Gathering,
    /// How many bookings may be under way at once.
    pub(super) bookings: Semaphore,
    /// This server among those that share the database.
    pub(super) server: Uuid,
    /// The last moment recorded by this server.
    last: AtomicI64,
    /// Commits of this server so far, and how many of them have their place in the log.
    pub(super) commits: AtomicU64,
    pub(super) sealed: watch::Sender<u64>,
    /// Whether a question waits for places in the log.
    pub(super) awaited: AtomicBool,
}

impl Shared {
    /// The moment for the next thing recorded: the clock's, or just after the last one.
    pub(super) fn moment(&self) -> Timestamp {
        let last = Timestamp::from_micros(self.last.load(Ordering::SeqCst));
        self.clock.now().max(last.plus_micros(1))
    }

    /// `master_version` of the catalogue that everybody decides on.
    pub(super) fn masters(&self) -> i64 {
        *self.masters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has everybody decide on `catalogue`, which is not older than `version`, unless they have a
    /// newer one already.
    pub(super) fn publish(&self, version: i64, catalogue: Catalogue) {
        let mut masters = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        if version > *masters {
            self.catalogue.store(Arc::new(catalogue));
            *masters = version;
        }
    }

    /// Something was recorded at `at`.
    pub(super) fn recorded(&self, at: Timestamp) {
        self.last.fetch_max(at.micros(), Ordering::SeqCst);
    }
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(super) shared: Arc<Shared>,
    pub(super) follower: Follower,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("server", &self.shared.server).finish_non_exhaustive()
    }
}

impl Engine {
    /// Connects to `url` (`mysql://user@host:port/database`), brings schema and procedures to
    /// this program's version, and begins to follow what other servers do.
    pub(crate) async fn open(
        url: &str,
        options: OpenOptions,
        limits: Arc<ArcSwap<Limits>>,
        catalogue: Arc<ArcSwap<Catalogue>>,
        newest: watch::Sender<u64>,
    ) -> Result<Self, OpenError> {
        let failed = |fault: Fault| OpenError::Server { message: fault.to_string() };
        let ways = Ways::of(url).map_err(failed)?;
        let route = Route::along(ways.hosts);
        let pool = |name, most| Connections::along(&route, name, most).map_err(failed);
        let server = options.clock.fresh_uuid();
        let shared = Arc::new(Shared {
            // Each booking may need a second one, for lot numbers.
            writers: pool("writers", options.writers.max(1) * 2 + 2)?,
            readers: Connections::reading(&route, "readers", options.readers).map_err(failed)?,
            reports: Connections::reading(&route, "reports", options.reports).map_err(failed)?,
            replica: ways
                .replica
                .map(|way| Replica::at(way, options.reports))
                .transpose()
                .map_err(failed)?,
            route: route.clone(),
            runtime: Handle::current(),
            clock: options.clock,
            limits,
            catalogue,
            masters: Mutex::new(0),
            newest,
            lots: Lots::default(),
            turns: Turns::default(),
            receipts: Receipts::default(),
            gathering: Gathering::default(),
            bookings: Semaphore::new(options.writers.max(1)),
            server,
            last: AtomicI64::new(0),
            commits: AtomicU64::new(0),
            sealed: watch::Sender::new(0),
            awaited: AtomicBool::new(false),
        });
        let mut connection = shared.writers.acquire().await.map_err(failed)?;
        schema::migrate(&mut connection, &*shared.clock, options.create).await?;
        drop(connection);
        let begun = Self::on_wire(&shared, &shared.writers, |shared, wire| {
            follow::refresh(shared, wire)?;
            follow::last_moment(shared, wire)?;
            follow::catch_up(shared, wire)
        });
        begun.await.map_err(schema::unworkable)?;
        let follower = Follower::start(&shared).map_err(|failure| failed(failure.into()))?;
        Ok(Self { shared, follower })
    }

    /// Ends the engine: what was committed and has no place in the log yet gets it, here or on
    /// another server.
    pub(crate) async fn close(&self) {
        let shared = &self.shared;
        let ended = async {
            self.follower.stop().await;
            let replica = async {
                if let Some(replica) = &shared.replica {
                    replica.close().await;
                }
            };
            let (writers, readers) = (shared.writers.close(), shared.readers.close());
            tokio::join!(writers, readers, shared.reports.close(), replica);
        };
        if time::timeout(FAREWELL, ended).await.is_err() {
            // Whoever wrote was answered before; a question ends with its connection.
            tracing::info!("the server still works on a question that nobody waits for");
        }
    }

    /// How the pools are.
    pub(crate) fn pools(&self) -> Vec<PoolReport> {
        let shared = &self.shared;
        let mut pools =
            vec![shared.writers.report(), shared.readers.report(), shared.reports.report()];
        pools.extend(shared.replica.as_ref().map(Replica::pool));
        pools
    }

    /// Which servers there are, and which one is in use.
    pub(crate) fn servers(&self) -> ServersReport {
        let route = &self.shared.route;
        ServersReport {
            hosts: route.ways().iter().map(|way| way.name.clone()).collect(),
            current: route.current(),
            changes: route.changes(),
            seen: route.seen().map(|seen| seen.position),
            replica: self.shared.replica.as_ref().map(Replica::report),
        }
    }

    /// This program among those that share the database.
    pub(crate) fn server(&self) -> Uuid {
        self.shared.server
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), Fault> {
        self.shared.readers.ping().await
    }

    /// How each server of the URL is, asked on connections of its own.
    pub(crate) async fn server_states(&self) -> Vec<ServerState> {
        let hosts = self.shared.route.ways().to_vec();
        let replica = self.shared.replica.as_ref().map(|replica| replica.way().clone());
        status::servers(Ways { hosts, replica }).await
    }

    /// Runs `work` in a write transaction of its own; answers after it was committed. Such
    /// writes come one after the other, on all servers.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut WriteContext<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let written = Self::on_wire(&self.shared, &self.shared.writers, move |shared, wire| {
            wire.answer_within(ANSWER_TO_WORK);
            match administer(shared, wire, work) {
                Ok(Ok(value)) => {
                    still_begun(wire).map_err(|failure| before_writing(failure.into()))?;
                    wire.command("COMMIT")?;
                    shared.commits.fetch_add(1, Ordering::SeqCst);
                    follow::refresh_committed(shared, wire);
                    Ok(Ok(value))
                }
                Ok(Err(error)) => {
                    wire.command("ROLLBACK")?;
                    Ok(Err(error))
                }
                // The connection is closed, and what it began is undone.
                Err(failure) => Err(before_writing(failure.into()).into()),
            }
        });
        let answer = written.await.map_err(Fault::from)?;
        self.follower.poke();
        answer
    }

    /// Tells the follower that there is something to seal.
    pub(super) fn committed(&self) {
        self.shared.commits.fetch_add(1, Ordering::SeqCst);
        self.follower.poke();
    }

    /// Runs `work` on a connection of `pool`, on a thread that may block. After a failure the
    /// connection is closed instead of given back: the server undoes what it left open.
    pub(super) async fn on_wire<T, F>(
        shared: &Arc<Shared>,
        pool: &Connections,
        work: F,
    ) -> Result<T, Failure>
    where
        F: FnOnce(&Shared, &Wire) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        let checkout = pool.acquire().await?;
        Self::on_checkout(shared, checkout, work).await
    }

    /// The same on a connection that was handed out already.
    pub(super) async fn on_checkout<T, F>(
        shared: &Arc<Shared>,
        checkout: Checkout,
        work: F,
    ) -> Result<T, Failure>
    where
        F: FnOnce(&Shared, &Wire) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        let shared = Arc::clone(shared);
        let working = tokio::task::spawn_blocking(move || {
            let (connection, held) = checkout.apart();
            let wire = Wire::new(connection, shared.runtime.clone());
            let done = work(&shared, &wire);
            // Here, and not by whoever asked: they may have gone away meanwhile.
            held.settle(wire.into_inner(), done.as_ref().err().map(is_away), &shared.runtime);
            done
        });
        working.await.map_err(|failure| Failure::Broken(format!("work did not end: {failure}")))?
    }
}

fn administer<T, E: From<Fault>>(
    shared: &Shared,
    wire: &Wire,
    work: impl FnOnce(&mut WriteContext<'_>) -> Result<T, E>,
) -> Result<Result<T, E>, Failure> {
    let connection = Connection::MariaDb(wire);
    wire.command("START TRANSACTION")?;
    // One after the other: two changes of master data at once cannot both be right. The row is
    // written, not only locked, because a cluster's nodes see only each other's writes.
    connection
        .execute("UPDATE lease SET work = work + 1 WHERE name = 'administration'", params![])?;
    follow::refresh(shared, wire)?;
    let mut draft = Draft::new(shared, wire, Apart::in_transaction(shared));
    let answer = work(&mut WriteContext::new(&mut draft));
    if answer.is_ok() {
        draft.end()?;
    }
    if answer.is_ok() && draft.changed {
        connection.execute(
            "UPDATE site SET master_version = master_version + 1 WHERE id = 1",
            params![],
        )?;
    }
    Ok(answer)
}

/// Nothing was written, so that it may simply be tried again.
pub(super) fn before_writing(fault: Fault) -> Fault {
    match fault {
        Fault::Ambiguous(text) => Fault::Transient(text),
        other => other,
    }
}

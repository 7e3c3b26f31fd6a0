//! Following what is committed, here and by other servers: the catalogue, the newest event, and
//! the sealing of what waits. One thread, with a connection of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mtm_core::word::Timestamp;

use super::connect::Held;
use super::engine::Shared;
use super::fault::is_away;
use super::route::Seen;
use super::sealer::{Sealed, Sealer};
use crate::fault::Fault;
use crate::sql::{Connection, Wire, params};
use crate::write::Failure;

/// How long nothing is looked at when nobody of this server commits.
const PAUSE: Duration = Duration::from_millis(50);
/// After how long a change of master data by another server is seen at the latest.
const MASTERS: Duration = Duration::from_millis(300);
/// How long a statement may take, before the connection is given up.
const ANSWER: Duration = Duration::from_secs(10);
/// How close two passes of sealing may follow each other: many commits are sealed for the price of
/// one.
const GATHER: Duration = Duration::from_millis(25);
/// The same while a question waits for places.
const AWAITED: Duration = Duration::from_millis(10);
/// How often it is looked whether one does.
const LOOK: Duration = Duration::from_millis(2);
/// How long a lost connection is left alone.
const RECONNECT: Duration = Duration::from_millis(500);

/// Reads master data and holds again if they changed.
pub(super) fn refresh(shared: &Shared, wire: &Wire) -> Result<(), Failure> {
    let connection = Connection::MariaDb(wire);
    let version = masters_version(connection)?;
    if version <= shared.masters() {
        return Ok(());
    }
    let catalogue = crate::catalogue::load(connection)?;
    // Whatever this server's clock says, what it books from now on comes after the closing.
    if let Some(at) = catalogue.periods.newest_at() {
        shared.recorded(at);
    }
    // What was read may be newer than the version, never older.
    shared.publish(version, catalogue);
    Ok(())
}

/// The same after a commit, which nothing that fails now undoes: then the follower sees it soon.
pub(super) fn refresh_committed(shared: &Shared, wire: &Wire) {
    if let Err(failure) = refresh(shared, wire) {
        let fault = Fault::from(failure);
        tracing::debug!(%fault, "what was committed is not read again at once");
    }
}

fn masters_version(connection: Connection<'_>) -> Result<i64, Failure> {
    connection.query_row("SELECT master_version FROM site WHERE id = 1", params![], |row| {
        row.get(0).map_err(Failure::from)
    })
}

/// Learns the last moment recorded by anybody: none is given twice, also after a restart with a
/// clock that stepped back.
pub(super) fn last_moment(shared: &Shared, wire: &Wire) -> Result<(), Failure> {
    let connection = Connection::MariaDb(wire);
    for sql in [
        "SELECT at FROM audit ORDER BY sequence DESC LIMIT 1",
        "SELECT max(at) FROM seal_queue",
        "SELECT recorded_at FROM idempotency_key ORDER BY id DESC LIMIT 1",
    ] {
        let found: Vec<Option<i64>> = connection
            .prepare_cached(sql)?
            .query_all(params![], |row| row.get(0).map_err(Failure::from))?;
        if let Some(Some(at)) = found.first() {
            shared.recorded(Timestamp::from_micros(*at));
        }
    }
    Ok(())
}

/// Learns where the outbox ends.
pub(super) fn catch_up(shared: &Shared, wire: &Wire) -> Result<(), Failure> {
    let newest: Option<u64> = Connection::MariaDb(wire).query_row(
        "SELECT max(position) FROM outbox",
        params![],
        |row| row.get(0).map_err(Failure::from),
    )?;
    publish(shared, newest.unwrap_or(0));
    Ok(())
}

/// Remembers the newest event, where it is another one than that at `seen`: a server without it is
/// never taken.
fn remember(shared: &Shared, wire: &Wire, seen: &mut u64) -> Result<(), Failure> {
    if shared.route.ways().len() == 1 || *shared.newest.borrow() == *seen {
        return Ok(());
    }
    let newest: Vec<(u64, Vec<u8>)> = Connection::MariaDb(wire)
        .prepare_cached("SELECT position, id FROM outbox ORDER BY position DESC LIMIT 1")?
        .query_all(params![], |row| Ok::<_, Failure>((row.get(0)?, row.get(1)?)))?;
    if let Some((position, id)) = newest.into_iter().next() {
        *seen = position;
        shared.route.has_seen(Seen { position, id });
    }
    Ok(())
}

/// Shows the world the newest event.
pub(super) fn publish(shared: &Shared, newest: u64) {
    shared.newest.send_if_modified(|position| {
        let moved = *position < newest;
        *position = newest.max(*position);
        moved
    });
}

/// What this server's first `commits` commits did has its place in the log.
fn have_places(shared: &Shared, commits: u64) {
    shared.sealed.send_if_modified(|sealed| {
        let moved = *sealed < commits;
        *sealed = commits.max(*sealed);
        moved
    });
}

/// Commits of this server, and the queue's last row when they were done.
type Waiting = (u64, i64);

/// Learns from the queue how far another server's sealing is.
fn watch_queue(
    shared: &Shared,
    wire: &Wire,
    commits: u64,
    waiting: &mut Option<Waiting>,
) -> Result<(), Failure> {
    let ends = "SELECT min(id), max(id) FROM seal_queue";
    let (first, last): (Option<i64>, Option<i64>) =
        Connection::MariaDb(wire)
            .query_row(ends, params![], |row| Ok::<_, Failure>((row.get(0)?, row.get(1)?)))?;
    let Some((first, last)) = first.zip(last) else {
        *waiting = None;
        have_places(shared, commits);
        return Ok(());
    };
    match *waiting {
        Some((commits, row)) if first > row => {
            *waiting = None;
            have_places(shared, commits);
        }
        Some(_) => {}
        None => *waiting = Some((commits, last)),
    }
    Ok(())
}

/// The handle to the thread.
#[derive(Clone)]
pub(super) struct Follower {
    inner: Arc<Inner>,
}

struct Inner {
    wake: SyncSender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Follower {
    /// Starts the thread. It ends with the engine, also where nobody closes that.
    pub(super) fn start(shared: &Arc<Shared>) -> Result<Self, Failure> {
        let (wake, woken) = mpsc::sync_channel(1);
        let weak = Arc::downgrade(shared);
        let thread = std::thread::Builder::new()
            .name("ledger-follower".to_owned())
            .spawn(move || follow(&weak, &woken))
            .map_err(|error| Failure::Fault(Fault::Transient(format!("no thread: {error}"))))?;
        Ok(Self { inner: Arc::new(Inner { wake, thread: Mutex::new(Some(thread)) }) })
    }

    /// Tells it that there is something to look at.
    pub(super) fn poke(&self) {
        // It is awake already, or it has ended.
        let _ = self.inner.wake.try_send(false);
    }

    /// Ends it after what waits is sealed, as far as this server holds the lease.
    pub(super) async fn stop(&self) {
        let inner = Arc::clone(&self.inner);
        let stopping = tokio::task::spawn_blocking(move || {
            let thread = inner.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(thread) = thread {
                // An error means that it has ended.
                let _ = inner.wake.send(true);
                let _ = thread.join();
            }
        });
        if let Err(error) = stopping.await {
            tracing::warn!(%error, "the follower was not waited for");
        }
    }
}

fn follow(shared: &Weak<Shared>, woken: &mpsc::Receiver<bool>) {
    let mut stopping = false;
    loop {
        let Some(shared) = shared.upgrade() else { return };
        // A runtime that is gone makes the driver panic: then there is nobody to work for.
        let round = catch_unwind(AssertUnwindSafe(|| round(&shared, woken, &mut stopping)));
        drop(shared);
        match round {
            Ok(Ok(Ended::Stopped)) | Err(_) => return,
            Ok(Ok(Ended::Abandoned)) => {}
            Ok(Err(failure)) => {
                let fault = Fault::from(failure);
                tracing::warn!(%fault, "the database is not followed for a moment");
                if stopping || woken.recv_timeout(RECONNECT) == Ok(true) {
                    return;
                }
            }
        }
    }
}

enum Ended {
    /// Somebody closed the engine.
    Stopped,
    /// Nobody holds the engine any more, or its time on this connection is over.
    Abandoned,
}

/// Follows on one connection until something fails.
fn round(
    shared: &Arc<Shared>,
    woken: &mpsc::Receiver<bool>,
    stopping: &mut bool,
) -> Result<Ended, Failure> {
    let (connection, held) = shared.runtime.block_on(shared.writers.acquire())?.apart();
    let wire = Wire::new(connection, shared.runtime.clone());
    wire.answer_within(ANSWER);
    let ended = follow_on(shared, &wire, &held, woken, stopping);
    held.settle(wire.into_inner(), ended.as_ref().err().map(is_away), &shared.runtime);
    ended
}

/// Lets commits gather since `began`.
fn gather(shared: &Shared, began: Instant) {
    let enough = || if shared.awaited.load(Ordering::SeqCst) { AWAITED } else { GATHER };
    while began.elapsed() < enough() {
        std::thread::sleep(LOOK);
    }
}

fn follow_on(
    shared: &Arc<Shared>,
    wire: &Wire,
    held: &Held,
    woken: &mpsc::Receiver<bool>,
    stopping: &mut bool,
) -> Result<Ended, Failure> {
    let mut sealer = Sealer::new(shared.server);
    let (mut elsewhere, mut seen) = (None, 0);
    let mut looked = Instant::now();
    loop {
        // Also where it was woken once more before everybody went.
        if Arc::strong_count(shared) == 1 {
            return Ok(Ended::Abandoned);
        }
        let began = Instant::now();
        // Whoever waits from here on is looked after by the next pass; this one sees the others'.
        shared.awaited.store(false, Ordering::SeqCst);
        let commits = shared.commits.load(Ordering::SeqCst);
        let pass = sealer.pass(shared, wire)?;
        match pass {
            Sealed::Nothing | Sealed::All => have_places(shared, commits),
            Sealed::More => continue,
            // Another server seals: learn how far it is.
            Sealed::Elsewhere => {
                catch_up(shared, wire)?;
                watch_queue(shared, wire, commits, &mut elsewhere)?;
            }
        }
        if matches!(pass, Sealed::All) {
            // Nobody who books waits here.
            gather(shared, began);
        }
        if looked.elapsed() >= MASTERS {
            refresh(shared, wire)?;
            remember(shared, wire, &mut seen)?;
            looked = Instant::now();
        }
        if *stopping {
            sealer.release(wire)?;
            return Ok(Ended::Stopped);
        }
        if held.is_elsewhere() {
            sealer.release(wire)?;
            return Ok(Ended::Abandoned);
        }
        match woken.recv_timeout(PAUSE) {
            Ok(stop) => *stopping |= stop,
            Err(RecvTimeoutError::Timeout) => {
                if Arc::strong_count(shared) == 1 {
                    return Ok(Ended::Abandoned);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(Ended::Abandoned),
        }
    }
}

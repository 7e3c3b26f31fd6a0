//! The writer's thread and the handle to it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use mtm_core::catalogue::Catalogue;
use mtm_core::view::Limits;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot, watch};

use super::carry::Carrier;
use super::group;
use super::job::{Job, Post, Work, Write};
use super::state::{Mark, State};
use super::transaction::Transaction;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::sqlite::connection;
use crate::submission::{Answer, PostError, Submission};
use crate::write::{Failure, WriteContext};

/// How many jobs may wait before those who bring more must wait themselves.
const WAITING: usize = 8192;

/// What the writer shares with the rest of the ledger.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Arc<ArcSwap<Limits>>,
    /// Published after the commit that changed it.
    pub(crate) catalogue: Arc<ArcSwap<Catalogue>>,
    /// Newest outbox position, after its commit.
    pub(crate) newest: watch::Sender<u64>,
    /// What goes wrong at commits, on purpose.
    #[cfg(feature = "faults")]
    pub(crate) faults: Option<crate::faults::Faults>,
}

/// The handle to the writer's thread.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the thread on an open connection whose schema is current.
    pub(crate) fn start(mut connection: Connection, shared: Shared) -> Result<Self, Failure> {
        let state = read_state(&connection)?;
        shared.catalogue.store(Arc::clone(&state.catalogue));
        shared.newest.send_replace(state.heads.outbox);
        let (jobs, waiting) = mpsc::channel(WAITING);
        let mut desk = Desk::new(shared)?;
        desk.carrier.watch(&mut connection)?;
        desk.open = Some(Open { connection, state });
        std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || desk.work(waiting))
            .map_err(|error| Failure::Broken(format!("no thread for the writer: {error}")))?;
        Ok(Self { jobs })
    }

    /// Posts a submission and answers after it was committed.
    pub(crate) async fn post(&self, submission: Submission) -> Result<Answer, PostError> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Post(Post { submission, reply });
        self.jobs.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| unanswered())?
    }

    /// Runs `work` in a transaction of its own and answers after it was committed.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut WriteContext<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job::Write(Box::new(Work::new(work, reply)));
        self.jobs.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| unanswered())?
    }

    /// Ends the thread after everything that waits is done.
    pub(crate) async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        if self.jobs.send(Job::Stop(done)).await.is_ok() {
            // An error means that the thread ended before it could say so: all the same.
            drop(ended.await);
        }
    }
}

pub(super) fn closed() -> Fault {
    Fault::Transient("the ledger is closed".to_owned())
}

/// The writer went away between taking a job and answering it.
pub(super) fn unanswered() -> Fault {
    Fault::Ambiguous("the writer ended before it answered".to_owned())
}

/// An open connection and what is known about its file.
pub(super) struct Open {
    pub(super) connection: Connection,
    pub(super) state: State,
}

/// The thread's own things.
pub(super) struct Desk {
    pub(super) shared: Shared,
    carrier: Carrier,
    /// `None` after a failure that the connection did not survive.
    pub(super) open: Option<Open>,
}

impl Desk {
    /// A desk without a connection yet.
    pub(super) fn new(shared: Shared) -> Result<Self, Failure> {
        let carrier = Carrier::start(shared.path.clone())?;
        Ok(Self { shared, carrier, open: None })
    }

    fn work(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut stopping = Vec::new();
        let mut next = None;
        while let Some(job) = next.take().or_else(|| waiting.blocking_recv()) {
            match job {
                Job::Post(post) => {
                    let group;
                    (group, next) = group::gather(post, &mut waiting);
                    self.post(group);
                    self.carry();
                }
                Job::Write(write) => {
                    self.write(write);
                    self.carry();
                }
                Job::Stop(done) => {
                    // What waits is still done; nothing comes after it.
                    waiting.close();
                    stopping.push(done);
                }
            }
        }
        self.tidy();
        for done in stopping {
            // Whoever asked may have gone away.
            let _ = done.send(());
        }
    }

    /// Keeps the log short; everybody was answered before.
    fn carry(&mut self) {
        if let Some(open) = &self.open {
            self.carrier.look(&open.connection);
        }
    }

    /// Carries the log over into the database, so that the file alone is the whole ledger.
    fn tidy(self) {
        // A round under way would keep this connection from the log.
        drop(self.carrier);
        if let Some(open) = self.open {
            let carried = open
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            if let Err(error) = carried {
                // Nothing is lost: the next start carries it over.
                tracing::warn!(%error, "the log could not be carried over at the end");
            }
        }
    }

    fn write(&mut self, mut job: Box<dyn Write>) {
        let ran = self.transaction(|context| {
            let good = catch_unwind(AssertUnwindSafe(|| job.run(&mut WriteContext::new(context))))
                .unwrap_or(false);
            Ok(good)
        });
        job.answer(ran.map(|_| ()));
    }

    /// Runs `work` between BEGIN IMMEDIATE and COMMIT; rolls back where it says `false` or fails.
    pub(super) fn transaction(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<bool, Failure>,
    ) -> Result<bool, Fault> {
        let limits = **self.shared.limits.load();
        let clock = Arc::clone(&self.shared.clock);
        #[cfg(feature = "faults")]
        let faults = self.shared.faults.clone();
        let open = self.reopen()?;
        let Open { connection, state } = open;
        let mark = match begin(connection, state) {
            Ok(mark) => mark,
            Err(failure) => return Err(self.abandon(failure, None)),
        };
        let mut transaction = Transaction { connection, state, clock: &*clock, limits };
        let done = work(&mut transaction);
        match done {
            Ok(true) => {}
            Ok(false) => {
                return match rollback(connection, state, mark) {
                    Ok(()) => Ok(false),
                    Err(failure) => Err(self.abandon(failure, None)),
                };
            }
            Err(failure) => return Err(self.abandon(failure, Some(mark))),
        }
        if let Err(failure) = state.store_lot_counter(connection) {
            return Err(self.abandon(failure, Some(mark)));
        }
        let commit = || connection.execute_batch("COMMIT");
        #[cfg(feature = "faults")]
        let commit = || crate::faults::around(faults.as_ref(), commit);
        if let Err(error) = commit() {
            return Err(self.uncommitted(error, mark));
        }
        state.keep();
        self.publish();
        Ok(true)
    }

    /// Shows the world what was committed.
    fn publish(&self) {
        let Some(Open { state, .. }) = &self.open else { return };
        if !Arc::ptr_eq(&self.shared.catalogue.load(), &state.catalogue) {
            self.shared.catalogue.store(Arc::clone(&state.catalogue));
        }
        let newest = state.heads.outbox;
        self.shared.newest.send_if_modified(|position| {
            let moved = *position != newest;
            *position = newest;
            moved
        });
    }

    fn reopen(&mut self) -> Result<&mut Open, Fault> {
        if self.open.is_none() {
            let mut connection = connection::open_writer(&self.shared.path, false)
                .map_err(|error| Fault::Transient(error.to_string()))?;
            self.carrier.watch(&mut connection)?;
            let state = read_state(&connection)?;
            self.open = Some(Open { connection, state });
            self.publish();
        }
        self.open.as_mut().ok_or_else(closed)
    }

    /// COMMIT itself failed. If the transaction is still open, or the disk was full before the
    /// last page was written, nothing was recorded. If the disk failed while it synced, nobody
    /// knows until the file is read again.
    fn uncommitted(&mut self, error: rusqlite::Error, mark: Mark) -> Fault {
        let unknown = matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt)
        );
        let text = error.to_string();
        let fault = self.abandon(error.into(), Some(mark));
        if unknown {
            self.open = None;
            return Fault::Ambiguous(text);
        }
        fault
    }

    /// Rolls back after trouble and lets go of the connection if it is not to be trusted.
    fn abandon(&mut self, failure: Failure, mark: Option<Mark>) -> Fault {
        let spoilt = failure.spoils_connection();
        let restored = match (self.open.as_mut(), mark) {
            (Some(open), Some(mark)) => rollback(&open.connection, &mut open.state, mark).is_ok(),
            (Some(open), None) => open.connection.is_autocommit(),
            (None, _) => false,
        };
        if spoilt || !restored {
            self.open = None;
        }
        let fault = Fault::from(failure);
        tracing::warn!(%fault, "a transaction was rolled back");
        fault
    }
}

fn read_state(connection: &Connection) -> Result<State, Failure> {
    let moment = connection.unchecked_transaction()?;
    let state = State::read(&moment)?;
    moment.commit()?;
    Ok(state)
}

fn begin(connection: &Connection, state: &mut State) -> Result<Mark, Failure> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    if let Err(failure) = state.follow(connection) {
        connection.execute_batch("ROLLBACK")?;
        return Err(failure);
    }
    Ok(state.mark())
}

fn rollback(connection: &Connection, state: &mut State, mark: Mark) -> Result<(), Failure> {
    state.restore(mark);
    // A full disk makes the engine roll back by itself.
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    Ok(())
}

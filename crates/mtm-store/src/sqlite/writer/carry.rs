//! Carrying the log over into the database, beside the writer.
//!
//! The engine would do it inside a COMMIT, and whoever waits for that commit waits some fifteen
//! milliseconds more. Here a thread with a connection of its own carries over while the writer
//! goes on. The log can start over only when all of it was carried, so the writer carries the
//! little that was added meanwhile between two of its groups.
//!
//! Durability does not depend on any of this: what is committed is in the log. Where the thread
//! fails, the writer carries over by itself, at the latest when the log has grown to [`MOST`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::sqlite::connection;
use crate::write::Failure;

/// The log is carried over when it has so many pages: 16 MiB, so that it is rare and a restart
/// still takes well under a second.
const ENOUGH: i32 = 4_096;
/// After a round so many more, where readers kept the log from starting over.
const MORE: i32 = 1_024;
/// The writer waits for a round rather than let the log grow beyond: 64 MiB.
const MOST: i32 = 16_384;

/// The writer's handle to the thread.
#[derive(Debug)]
pub(super) struct Carrier {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// Pages at which the next round begins.
    next: i32,
    under_way: bool,
    wake: Option<mpsc::SyncSender<()>>,
    done: mpsc::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Carrier {
    /// Starts the thread for the file at `path`.
    pub(super) fn start(path: PathBuf) -> Result<Self, Failure> {
        let (wake, rounds) = mpsc::sync_channel(1);
        let (report, done) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("ledger-carrier".to_owned())
            .spawn(move || {
                let mut open = None;
                while rounds.recv().is_ok() {
                    round(&path, &mut open);
                    if report.send(()).is_err() {
                        break;
                    }
                }
            })
            .map_err(|error| Failure::Broken(format!("no thread beside the writer: {error}")))?;
        Ok(Self {
            pages: Arc::new(AtomicI32::new(0)),
            next: ENOUGH,
            under_way: false,
            wake: Some(wake),
            done,
            thread: Some(thread),
        })
    }

    /// Has the writer's `connection` say how long the log is, instead of carrying it over itself.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<(), Failure> {
        let pages = Arc::clone(&self.pages);
        let note = move |_: &mut Wal, length: i32| {
            pages.store(length, Ordering::Relaxed);
            Ok(())
        };
        Ok(connection.wal_hook(Some(note))?)
    }

    /// Called by the writer between two transactions.
    pub(super) fn look(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if self.under_way {
            if pages < MOST && self.done.try_recv() == Err(mpsc::TryRecvError::Empty) {
                return;
            }
            if pages >= MOST {
                // An error means that there is no thread: the writer carries over all of it.
                let _ = self.done.recv();
            }
            self.under_way = false;
            carry(connection);
            self.next = pages.saturating_add(MORE).max(ENOUGH);
        } else if pages < self.next - MORE {
            // The log started over.
            self.next = ENOUGH;
        }
        if pages >= self.next {
            self.under_way = self.wake.as_ref().is_some_and(|wake| wake.try_send(()).is_ok());
            if !self.under_way {
                carry(connection);
                self.next = pages.saturating_add(MORE);
            }
        }
    }
}

impl Drop for Carrier {
    /// Waits for a round under way: the writer is about to carry over all that is left.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // It carries over again and again and cannot do worse than stop.
            let _ = thread.join();
        }
    }
}

/// One round, on a connection that stays open for the next one unless it failed.
fn round(path: &Path, open: &mut Option<Connection>) {
    if open.is_none() {
        match connection::open_carrier(path) {
            Ok(connection) => *open = Some(connection),
            Err(error) => {
                tracing::warn!(%error, "the log is carried over by the writer itself");
                return;
            }
        }
    }
    if let Some(connection) = open
        && !carry(connection)
    {
        *open = None;
    }
}

/// Carries over whatever nobody reads any more, without keeping anybody waiting.
fn carry(connection: &Connection) -> bool {
    let carried = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = &carried {
        // Nothing is lost: the log keeps what was committed.
        tracing::warn!(%error, "the log could not be carried over");
    }
    carried.is_ok()
}

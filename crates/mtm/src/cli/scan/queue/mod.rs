//! The durable queue of a terminal: a directory with a journal, owned by one process at a time.
//!
//! What is told to anybody was written and flushed before. Starting again reads the journal and goes on
//! where it ended, under the same keys, so that nothing counts twice.

mod record;
mod state;

use std::path::Path;

use mtm_app::movement::MovementBody;
use mtm_core::word::Timestamp;
use mtm_platform::journal::{self, Contents};
use mtm_platform::{DataDirectory, Journal, JournalError, LockError, OwnerLock};
use uuid::Uuid;

use record::{FORMAT, Record};
pub(super) use state::{Entry, Next, Queue, State};

use super::assembly::Unusable;
use crate::door::Candidates;
use crate::failure::{Failure, Outcome, exit};

/// The journal in the queue's directory.
const JOURNAL: &str = "scans.journal";

/// A journal of settled scans only is given up from this length on.
const LONG: u64 = 4 << 20;

/// A queue that this process owns.
pub(super) struct Store {
    queue: Queue,
    journal: Journal,
    torn: Option<String>,
    _lock: OwnerLock,
}

/// Looks at a queue, which another process may own.
pub(super) fn look(directory: &Path) -> Outcome<Queue> {
    let path = directory.join(JOURNAL);
    if !path.exists() {
        let message = format!("there is no queue in {}", directory.display());
        return Err(Failure::new("queue_missing", exit::NOT_FOUND, message)
            .next("Name the directory that `mtm scan --queue` was started with."));
    }
    replay(&path, &journal::read(&path)?)
}

impl Store {
    /// Opens the queue in `directory`, or makes it.
    pub(super) fn open(directory: &Path) -> Outcome<Self> {
        let directory = DataDirectory::prepare(directory)?;
        let lock = directory.claim().map_err(|error| in_use(directory.path(), error))?;
        let path = directory.path().join(JOURNAL);
        let (mut journal, contents) = Journal::open(&path)?;
        let mut queue = replay(&path, &contents)?;
        let begin = Record::Begin { format: FORMAT, next: queue.next_number() };
        if contents.records.is_empty() {
            journal.append(&[text(&begin)])?;
        } else if contents.bytes() > LONG && queue.open().next().is_none() {
            journal = journal.restart(&text(&begin))?;
            queue = Queue::default();
            // A fresh queue takes a beginning.
            let _ = queue.apply(begin);
        }
        Ok(Self { queue, journal, torn: contents.torn, _lock: lock })
    }

    /// The queue as it is.
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// What a power cut left of a scan that was never acknowledged, once.
    pub(super) fn torn(&mut self) -> Option<String> {
        self.torn.take()
    }

    /// Begins a session, unless the one that did not end in order is the same, and keeps devices apart as well.
    pub(super) fn session(&mut self, body: &MovementBody) -> Outcome<bool> {
        let same = |before: &MovementBody| {
            let session_id = before.session_id;
            *before == MovementBody { session_id, ..body.clone() }
        };
        let apart = self.queue.keeps_apart();
        if apart && self.queue.going_on().is_some_and(|before| same(before.template())) {
            return Ok(true);
        }
        self.write([Record::Session { body: Box::new(body.clone()), apart: true }])?;
        Ok(false)
    }

    /// The session ended in order.
    pub(super) fn end(&mut self) -> Outcome {
        if self.queue.going_on().is_none() {
            return Ok(());
        }
        self.write([Record::End])
    }

    /// Takes a scan; it is on the disk when this returns.
    pub(super) fn scanned(
        &mut self,
        (data, source): (&str, Option<&str>),
        at: Timestamp,
        unusable: Option<&Unusable>,
    ) -> Outcome<u64> {
        let n = self.queue.next_number();
        let key = format!("scan-{}", Uuid::now_v7());
        let (data, source) = (data.to_owned(), source.map(str::to_owned));
        let scan = Record::Scan { n, key, at, data, source };
        match unusable {
            None => self.write([scan])?,
            Some(why) => self.write([scan, refused(n, why.code, &why.message)])?,
        }
        Ok(n)
    }

    /// Says what a scan is, and which booking it completes, if it does.
    pub(super) fn means(&mut self, n: u64, words: Candidates, now: Timestamp) -> Outcome {
        let Some((entry, assembly)) = self.queue.entry(n).zip(self.queue.assembly(n)) else {
            return Err(lost(n));
        };
        let (at, mut after) = (entry.at, assembly.clone());
        after.set(n, words.iter().cloned());
        let mut more = words;
        if more.is_empty() {
            return Err(lost(n));
        }
        let (kind, word) = more.remove(0);
        let record = match after.complete() {
            None => Record::Means { n, kind, word, more },
            Some(mut body) => {
                if at.plus_micros(LATE_MICROS) < now {
                    body.occurred_at = Some(at.to_string());
                    // The guard compares when bookings arrive; these waited together.
                    let duplicate = "possible_duplicate".to_owned();
                    let on_purpose = self.queue.repeats_on_purpose(&body, at);
                    if on_purpose && !body.confirm.contains(&duplicate) {
                        body.confirm.push(duplicate);
                    }
                }
                Record::Command { n, kind, word, more, body: Box::new(body) }
            }
        };
        self.write([record])
    }

    /// The ledger has it.
    pub(super) fn booked(&mut self, n: u64, replayed: bool) -> Outcome {
        self.write([Record::Booked { n, replayed }])
    }

    /// It is not to be booked as it is.
    pub(super) fn refused(&mut self, n: u64, code: &str, message: &str) -> Outcome {
        self.write([refused(n, code, message)])
    }

    /// A person wants a refused booking sent again.
    pub(super) fn retry(&mut self, n: u64, confirm: bool) -> Outcome {
        match self.queue.entry(n).map(|entry| &entry.state) {
            Some(State::Refused { body: Some(_), .. }) => {
                self.write([Record::Retry { n, confirm }])
            }
            Some(State::Refused { .. }) => {
                Err(not_refused(n, "never became a booking; scan it again"))
            }
            _ => Err(not_refused(n, "was not refused")),
        }
    }

    /// A person gives a refused scan up.
    pub(super) fn dismiss(&mut self, n: u64) -> Outcome {
        match self.queue.entry(n).map(|entry| &entry.state) {
            Some(State::Refused { .. }) => self.write([Record::Dismissed { n }]),
            _ => Err(not_refused(n, "was not refused")),
        }
    }

    /// Writes records down, then believes them.
    fn write(&mut self, records: impl IntoIterator<Item = Record>) -> Outcome {
        let records: Vec<Record> = records.into_iter().collect();
        let texts: Vec<String> = records.iter().map(text).collect();
        self.journal.append(&texts)?;
        for record in records {
            self.queue.apply(record).ok_or_else(|| lost(self.queue.next_number()))?;
        }
        Ok(())
    }
}

/// A scan that waited longer than this says when it happened.
const LATE_MICROS: i64 = 5_000_000;

fn refused(n: u64, code: &str, message: &str) -> Record {
    Record::Refused { n, code: code.to_owned(), message: message.to_owned() }
}

fn text(record: &Record) -> String {
    // Texts and numbers always serialise.
    serde_json::to_string(record).unwrap_or_default()
}

fn replay(path: &Path, contents: &Contents) -> Outcome<Queue> {
    let mut queue = Queue::default();
    for (index, line) in contents.records.iter().enumerate() {
        let record = serde_json::from_str(line).ok();
        let known = |record: &Record| match record {
            Record::Begin { format, .. } => *format == FORMAT,
            _ => index > 0,
        };
        if record.filter(known).and_then(|record| queue.apply(record)).is_none() {
            return Err(foreign(path, index + 1));
        }
    }
    Ok(queue)
}

fn foreign(path: &Path, line: usize) -> Failure {
    let message = format!("record {line} of {} is not of this version of mtm", path.display());
    Failure::new("queue_foreign", exit::CONFLICT, message)
        .next("Send what waits with the version that wrote it, or name another directory.")
}

fn in_use(directory: &Path, error: LockError) -> Failure {
    let LockError::Held { owner, .. } = &error else { return error.into() };
    let who = owner.as_ref().map_or_else(String::new, |owner| format!(" (process {})", owner.pid));
    let message =
        format!("another `mtm scan` works with the queue in {}{who}", directory.display());
    Failure::new("queue_in_use", exit::CONFLICT, message)
        .next("Stop that one, or give this terminal a queue of its own. `--status` and `--list` work beside it.")
}

fn not_refused(n: u64, why: &str) -> Failure {
    Failure::new("not_refused", exit::CONFLICT, format!("scan {n} {why}"))
        .next("`mtm scan --queue … --list` shows which scans were refused.")
}

/// Records follow from the queue they were made on.
fn lost(n: u64) -> Failure {
    Failure::new("internal", exit::FAILURE, format!("scan {n} is not in the queue"))
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::File(error) => error.into(),
            JournalError::Damaged { .. } => {
                Self::new(error.code(), exit::FAILURE, error.to_string()).next(error.next_step())
            }
        }
    }
}

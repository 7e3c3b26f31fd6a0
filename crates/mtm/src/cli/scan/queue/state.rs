//! The queue as its records make it: what waits, what was refused, and what is next.

use std::collections::{BTreeMap, HashSet, VecDeque};

use mtm_app::movement::MovementBody;
use mtm_core::scan::Kind;
use mtm_core::word::Timestamp;

use super::record::Record;
use crate::cli::book::confirmed;
use crate::cli::scan::assembly::Assembly;
use crate::door::Candidates;

/// Bookings remembered to tell a repetition from a second piece.
const REMEMBERED: usize = 256;

/// What became of a scan that is not settled.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli::scan) enum State {
    /// Nobody has looked at it yet.
    Waiting,
    /// It says one thing towards a booking that is not complete.
    Partial,
    /// It completed a booking, which is to be sent.
    Ready(Box<MovementBody>),
    /// It is not to be booked as it is; the booking, where it got that far.
    Refused {
        /// Stable name of the cause.
        code: String,
        /// The cause.
        message: String,
        /// What was to be booked.
        body: Option<Box<MovementBody>>,
    },
}

/// A scan that is not settled.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli::scan) struct Entry {
    /// The idempotency key.
    pub(in crate::cli::scan) key: String,
    /// When it came.
    pub(in crate::cli::scan) at: Timestamp,
    /// What the scanner sent.
    pub(in crate::cli::scan) data: String,
    /// The device that it came from; none for standard input.
    pub(in crate::cli::scan) source: Option<String>,
    /// What became of it.
    pub(in crate::cli::scan) state: State,
    session: usize,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli::scan) enum Next {
    /// Find out what scan `n` is.
    Read(u64),
    /// Send the booking of scan `n`.
    Send(u64),
    /// These scans belong to a booking that nobody finished.
    Leave(Vec<u64>),
}

/// A repetition that a person would see as one.
const WINDOW_MICROS: i64 = 10_000_000;

impl Entry {
    /// Whose scan it is: what one device scans never completes what another began. Empty for standard input.
    fn device(&self) -> &str {
        match self.source.as_deref() {
            None | Some("stdin") => "",
            Some(device) => device,
        }
    }
}

struct Session {
    /// Nothing scanned, for devices that begin.
    blank: Assembly,
    /// What standard input scanned; in a session that keeps nothing apart, what anybody did.
    assembly: Assembly,
    /// What each other device scanned.
    devices: BTreeMap<String, Assembly>,
    apart: bool,
    ended: bool,
}

impl Session {
    fn new(blank: Assembly, apart: bool) -> Self {
        let assembly = blank.clone();
        Self { blank, assembly, devices: BTreeMap::new(), apart, ended: false }
    }

    fn of(&self, device: &str) -> &Assembly {
        if !self.apart || device.is_empty() {
            return &self.assembly;
        }
        self.devices.get(device).unwrap_or(&self.blank)
    }

    fn of_mut(&mut self, device: &str) -> &mut Assembly {
        if !self.apart || device.is_empty() {
            return &mut self.assembly;
        }
        let blank = &self.blank;
        self.devices.entry(device.to_owned()).or_insert_with(|| blank.clone())
    }
}

/// Everything that is not settled, and what the next scan adds to.
#[derive(Default)]
pub(in crate::cli::scan) struct Queue {
    open: BTreeMap<u64, Entry>,
    sessions: Vec<Session>,
    recent: VecDeque<(MovementBody, Timestamp)>,
    next: u64,
    booked: u64,
    dismissed: u64,
}

impl Queue {
    /// Number of the next scan.
    pub(in crate::cli::scan) fn next_number(&self) -> u64 {
        self.next.max(1)
    }

    /// Scans that are not settled, oldest first.
    pub(in crate::cli::scan) fn open(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.open.iter().map(|(n, entry)| (*n, entry))
    }

    /// One of them.
    pub(in crate::cli::scan) fn entry(&self, n: u64) -> Option<&Entry> {
        self.open.get(&n)
    }

    /// Bookings made, and scans that a person gave up, since the journal began.
    pub(in crate::cli::scan) fn settled(&self) -> (u64, u64) {
        (self.booked, self.dismissed)
    }

    /// Scans that the ledger has not answered yet, and refused ones.
    pub(in crate::cli::scan) fn counts(&self) -> (usize, usize) {
        let refused =
            self.open.values().filter(|entry| matches!(entry.state, State::Refused { .. })).count();
        let partial = self.open.values().filter(|entry| entry.state == State::Partial).count();
        (self.open.len() - refused - partial, refused)
    }

    /// What the scans of the entry's session and device add to.
    pub(in crate::cli::scan) fn assembly(&self, n: u64) -> Option<&Assembly> {
        let entry = self.open.get(&n)?;
        self.sessions.get(entry.session).map(|session| session.of(entry.device()))
    }

    /// The session that goes on, where it did not end in order.
    pub(in crate::cli::scan) fn going_on(&self) -> Option<&Assembly> {
        self.sessions.last().filter(|session| !session.ended).map(|session| &session.assembly)
    }

    /// Whether the last session keeps what devices scan apart.
    pub(super) fn keeps_apart(&self) -> bool {
        self.sessions.last().is_some_and(|session| session.apart)
    }

    /// What was scanned in the session that goes on, of each device, for people.
    pub(in crate::cli::scan) fn scanned(&self) -> String {
        let Some(session) = self.sessions.last().filter(|session| !session.ended) else {
            return String::new();
        };
        let devices = session.devices.iter().map(|(name, it)| (it.scanned(), Some(name)));
        let all = std::iter::once((session.assembly.scanned(), None)).chain(devices);
        let some = all.filter(|(scanned, _)| !scanned.is_empty());
        let said = some.map(|(scanned, name)| match name {
            None => scanned,
            Some(name) => format!("{scanned} ({name})"),
        });
        said.collect::<Vec<_>>().join("; ")
    }

    /// Which refused scan the one behind it waits for: bookings of one lot keep their order.
    pub(in crate::cli::scan) fn behind(&self, n: u64) -> Option<u64> {
        let lot = lot_of(&self.open.get(&n)?.state)?;
        let before = self.open.range(..n);
        before
            .filter(|(_, entry)| matches!(entry.state, State::Refused { .. }))
            .find(|(_, entry)| lot_of(&entry.state) == Some(lot))
            .map(|(before, _)| *before)
    }

    /// What is to be done next; `None` while there is nothing that can be done.
    pub(in crate::cli::scan) fn next(&self) -> Option<Next> {
        let mut blocked: HashSet<&str> = HashSet::new();
        for (n, entry) in &self.open {
            match &entry.state {
                State::Waiting => {
                    // An earlier session is over once a later one scans.
                    let left = self.left_before(entry.session);
                    return Some(left.map_or(Next::Read(*n), Next::Leave));
                }
                State::Ready(body) => match body.lot.as_deref() {
                    Some(lot) if blocked.contains(lot) => {}
                    _ => return Some(Next::Send(*n)),
                },
                State::Refused { body: Some(body), .. } => blocked.extend(body.lot.as_deref()),
                State::Refused { body: None, .. } | State::Partial => {}
            }
        }
        let over = self.sessions.last().is_some_and(|session| session.ended);
        self.left_before(self.sessions.len() - usize::from(!over && !self.sessions.is_empty()))
            .map(Next::Leave)
    }

    /// Scans of sessions before `session` that never became a booking.
    fn left_before(&self, session: usize) -> Option<Vec<u64>> {
        let left: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, entry)| entry.state == State::Partial && entry.session < session)
            .map(|(n, _)| *n)
            .collect();
        (!left.is_empty()).then_some(left)
    }

    /// Whether the same was scanned before, and always long enough ago to be another piece.
    pub(in crate::cli::scan) fn repeats_on_purpose(
        &self,
        body: &MovementBody,
        at: Timestamp,
    ) -> bool {
        let mut same = self.recent.iter().filter(|(other, _)| is_same(body, other)).peekable();
        same.peek().is_some() && same.all(|(_, before)| before.plus_micros(WINDOW_MICROS) <= at)
    }

    /// Takes one more record. `None`: it does not belong here.
    pub(super) fn apply(&mut self, record: Record) -> Option<()> {
        match record {
            Record::Begin { next, .. } => self.next = next,
            Record::Session { body, apart } => {
                self.sessions.push(Session::new(Assembly::new(*body)?, apart));
            }
            Record::End => self.sessions.last_mut()?.ended = true,
            Record::Scan { n, key, at, data, source } => {
                let session = self.sessions.len().checked_sub(1)?;
                self.next = n + 1;
                let state = State::Waiting;
                self.open.insert(n, Entry { key, at, data, source, state, session });
            }
            Record::Means { n, kind, word, more } => {
                let entry = self.open.get(&n)?;
                let (session, device) = (entry.session, entry.device().to_owned());
                let assembly = self.sessions.get_mut(session)?.of_mut(&device);
                let replaced = assembly.unfinished();
                let words = with(kind, word, more);
                assembly.set(n, words.iter().cloned());
                let stays = assembly.unfinished();
                // Scanned again before the booking was complete: the later one counts.
                self.open.retain(|other, _| stays.contains(other) || !replaced.contains(other));
                let assembly = self.sessions.get(session)?.of(&device);
                if words.iter().any(|(kind, _)| assembly.is_of_one_booking(*kind)) {
                    self.open.get_mut(&n)?.state = State::Partial;
                } else {
                    self.open.remove(&n);
                }
            }
            Record::Command { n, kind, word, more, body } => {
                self.command(n, with(kind, word, more), body)?;
            }
            Record::Booked { n, .. } => {
                self.open.remove(&n)?;
                self.booked += 1;
            }
            Record::Refused { n, code, message } => {
                let entry = self.open.get_mut(&n)?;
                let body = match std::mem::replace(&mut entry.state, State::Waiting) {
                    State::Ready(body) => Some(body),
                    _ => None,
                };
                entry.state = State::Refused { code, message, body };
            }
            Record::Retry { n, confirm } => {
                let entry = self.open.get_mut(&n)?;
                let State::Refused { body: Some(body), .. } = &entry.state else { return None };
                let mut body = body.clone();
                if confirm {
                    body.confirm = confirmed(true);
                }
                entry.state = State::Ready(body);
            }
            Record::Dismissed { n } => {
                self.open.remove(&n)?;
                self.dismissed += 1;
            }
        }
        Some(())
    }

    fn command(&mut self, n: u64, words: Candidates, body: Box<MovementBody>) -> Option<()> {
        let entry = self.open.get(&n)?.clone();
        let assembly = self.sessions.get_mut(entry.session)?.of_mut(entry.device());
        let mut used = assembly.unfinished();
        assembly.set(n, words);
        used.extend(assembly.unfinished());
        assembly.booked();
        self.open.retain(|other, _| !used.contains(other));
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(((*body).clone(), entry.at));
        self.open.insert(n, Entry { state: State::Ready(body), ..entry });
        Some(())
    }
}

/// All that a scan says.
fn with(kind: Kind, word: String, more: Candidates) -> Candidates {
    std::iter::once((kind, word)).chain(more).collect()
}

fn lot_of(state: &State) -> Option<&str> {
    match state {
        State::Ready(body) | State::Refused { body: Some(body), .. } => body.lot.as_deref(),
        _ => None,
    }
}

/// Whether two bookings look like one to a person.
fn is_same(one: &MovementBody, other: &MovementBody) -> bool {
    let bare = |body: &MovementBody| MovementBody {
        occurred_at: None,
        session_id: None,
        confirm: Vec::new(),
        ..body.clone()
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests;

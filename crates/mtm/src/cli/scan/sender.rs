//! Two at work on one queue: one takes scans and writes them down, the other reads and sends them in order.
//!
//! While the server is away nothing is lost and nobody waits: scans are kept and acknowledged as such. The
//! sender tries again, ever less often, as the server asks it to; whatever was sent before goes out again as
//! the same bytes under the same key.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mtm_core::scan::{Hints, classify};
use mtm_core::word::Timestamp;

use super::assembly::{Unusable, name};
use super::queue::{Entry, Next, State, Store};
use super::told::{About, Told, tell};
use crate::door::{Booking, Client};
use crate::failure::{Failure, Outcome, exit};
use crate::output::Console;

/// First and longest pause between two attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// So often is a booking sent that the server cannot cope with, before a person has to look at it.
const ATTEMPTS: u32 = 3;

/// The queue, and what both must know about each other.
pub(super) struct Shared {
    pub(super) store: Store,
    /// Why the server is away, while it is.
    away: Option<Failure>,
    /// No more scans come.
    closing: bool,
    /// A scan could not be written down, or an answer not told: both end.
    pub(super) broken: Option<Failure>,
    /// Scans acknowledged as kept or held.
    acknowledged: HashSet<u64>,
}

/// Both, and where they tell people.
pub(super) struct Terminal<'t> {
    client: &'t Client,
    pub(super) console: Console,
    shared: Mutex<Shared>,
    pub(super) changed: Condvar,
    /// Whether every answer says how many scans were taken and booked.
    tallies: bool,
    pub(super) scanned: AtomicU64,
    booked: AtomicU64,
}

impl<'t> Terminal<'t> {
    /// `tallies`: whether every answer says how many scans were taken and booked.
    pub(super) fn new(store: Store, client: &'t Client, console: Console, tallies: bool) -> Self {
        let waiting = store.queue().open().count();
        let shared = Shared {
            store,
            away: None,
            closing: false,
            broken: None,
            acknowledged: HashSet::new(),
        };
        Self {
            client,
            console,
            shared: Mutex::new(shared),
            changed: Condvar::new(),
            tallies,
            scanned: AtomicU64::new(u64::try_from(waiting).unwrap_or(u64::MAX)),
            booked: AtomicU64::new(0),
        }
    }

    /// Lets `take` take whatever there is, and sends until nothing more can be sent.
    pub(super) fn work(&self, take: impl FnOnce(&Self) -> Outcome) -> Outcome {
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| self.send_all());
            let taken = take(self);
            self.shared().closing = true;
            self.changed.notify_all();
            let sent = sender.join().unwrap_or_else(|_| {
                Err(Failure::new("internal", exit::FAILURE, "the sender ended unexpectedly"))
            });
            taken.and(sent)
        })?;
        self.verdict()
    }

    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        // Whoever panicked held no half-made change: the journal is written before it is believed.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is left when everything was tried.
    fn verdict(&self) -> Outcome {
        let shared = self.shared();
        let (waiting, refused) = shared.store.queue().counts();
        if let Some(away) = shared.away.as_ref().filter(|_| waiting > 0) {
            let message = format!("{waiting} scans are kept: {}", away.message);
            return Err(Failure::new(away.code, exit::UNAVAILABLE, message).next(
                "Start `mtm scan --queue` again with the same queue: it sends them, each once.",
            ));
        }
        if refused > 0 {
            let message = format!("{refused} scans were refused, {waiting} wait behind them");
            return Err(Failure::new("refused", 3, message)
                .next("`mtm scan --queue … --list` names each with its cause; `--retry` and `--dismiss` settle them."));
        }
        Ok(())
    }

    /// Acknowledges every scan that waits for a server that is away.
    pub(super) fn acknowledge_kept(&self, shared: &mut Shared) -> Outcome {
        let Some(why) = &shared.away else { return Ok(()) };
        let (waiting, _) = shared.store.queue().counts();
        for (n, entry) in shared.store.queue().open() {
            let waits = matches!(entry.state, State::Waiting | State::Ready(_));
            if waits && shared.acknowledged.insert(n) {
                self.say(n, entry, &Told::Kept { why, waiting })?;
            }
        }
        Ok(())
    }

    fn send_all(&self) -> Outcome {
        let sent = self.send_until_done();
        if let Err(failure) = &sent {
            self.shared().broken = Some(failure.clone());
        }
        sent
    }

    fn send_until_done(&self) -> Outcome {
        let mut pause = PAUSES.0;
        let mut attempts: HashMap<u64, u32> = HashMap::new();
        loop {
            let (next, closing) = {
                let mut shared = self.shared();
                loop {
                    match shared.store.queue().next() {
                        Some(next) => break (next, shared.closing),
                        None if shared.closing => return Ok(()),
                        None => {
                            shared =
                                self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
                        }
                    }
                }
            };
            let done = match next {
                Next::Leave(scans) => self.leave(&scans).map(Ok)?,
                Next::Read(n) => self.read(n)?,
                Next::Send(n) => {
                    let tried = attempts.entry(n).or_default();
                    *tried += 1;
                    self.send(n, *tried >= ATTEMPTS)?
                }
            };
            match done {
                Ok(()) => {
                    pause = PAUSES.0;
                    self.shared().away = None;
                }
                Err(away) => {
                    let asked = away.retry_after.map(Duration::from_secs);
                    let mut shared = self.shared();
                    shared.away = Some(away);
                    self.acknowledge_kept(&mut shared)?;
                    if closing {
                        return Ok(());
                    }
                    let wait = asked.unwrap_or(pause).max(pause).min(PAUSES.1);
                    let woken = |shared: &mut Shared| !shared.closing;
                    drop(self.changed.wait_timeout_while(shared, wait, woken));
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
    }

    /// Asks what scan `n` is. The inner error says that the server is away.
    fn read(&self, n: u64) -> Outcome<Outcome> {
        let (scan, expected) = {
            let shared = self.shared();
            let queue = shared.store.queue();
            let Some((entry, assembly)) = queue.entry(n).zip(queue.assembly(n)) else {
                return Ok(Ok(()));
            };
            (entry.clone(), assembly.missing().first().copied())
        };
        let said = match self.client.scan(&scan.data, expected) {
            Err(failure) if is_away(&failure) => return Ok(Err(failure)),
            said => said,
        };
        let mut shared = self.shared();
        let reading = classify(&scan.data, Hints { expected }).reading;
        let chosen = match said {
            Err(failure) => {
                Err(Unusable { code: failure.code, message: failure.message.to_string() })
            }
            Ok(said) => match shared.store.queue().assembly(n) {
                None => return Ok(Ok(())),
                Some(assembly) => assembly.choose(&reading, &said),
            },
        };
        match chosen {
            Err(Unusable { code, message }) => {
                shared.store.refused(n, code, &message)?;
                self.say(n, &scan, &Told::Refused { code, message: &message, next: None })?;
            }
            Ok(words) => {
                let assembly = shared.store.queue().assembly(n).cloned();
                shared.store.means(n, words.clone(), now())?;
                let ready = shared.store.queue().entry(n).map(|entry| &entry.state);
                if matches!(ready, Some(State::Ready(_))) {
                    self.tell_held(&mut shared, n)?;
                } else if let Some(mut assembly) = assembly {
                    assembly.set(n, words);
                    let missing = assembly.missing().into_iter().map(name).collect();
                    let told = Told::Noted { scanned: assembly.scanned(), missing };
                    self.say(n, &scan, &told)?;
                }
            }
        }
        Ok(Ok(()))
    }

    fn tell_held(&self, shared: &mut Shared, n: u64) -> Outcome {
        let queue = shared.store.queue();
        let Some((behind, entry)) = queue.behind(n).zip(queue.entry(n)) else { return Ok(()) };
        self.say(n, entry, &Told::Held { behind })
    }

    /// Sends the booking of scan `n`. The inner error says that the server is away.
    fn send(&self, n: u64, last: bool) -> Outcome<Outcome> {
        let entry = self.shared().store.queue().entry(n).cloned();
        let Some(entry) = entry else { return Ok(Ok(())) };
        let State::Ready(body) = &entry.state else { return Ok(Ok(())) };
        let answer = self.client.book_once(&Booking::Movement(body.clone()), &entry.key);
        match answer {
            Ok(booked) => {
                let mut shared = self.shared();
                shared.store.booked(n, booked.replayed)?;
                self.booked.fetch_add(1, Ordering::Relaxed);
                shared.acknowledged.remove(&n);
                drop(shared);
                self.say(n, &entry, &Told::Booked(&booked))?;
            }
            Err(failure) if is_away(&failure) || (failure.code == "internal" && !last) => {
                return Ok(Err(failure));
            }
            Err(failure) => {
                let Failure { code, message, next_step, .. } = &failure;
                self.shared().store.refused(n, code, message)?;
                let told = Told::Refused { code, message, next: next_step.as_deref() };
                self.say(n, &entry, &told)?;
            }
        }
        Ok(Ok(()))
    }

    /// Puts scans of a booking that nobody finished where a person sees them.
    fn leave(&self, scans: &[u64]) -> Outcome {
        let mut shared = self.shared();
        for n in scans {
            let Some(scan) = shared.store.queue().entry(*n).cloned() else { continue };
            let (code, message) = ("unfinished", "the rest of this booking was never scanned");
            shared.store.refused(*n, code, message)?;
            self.say(
                *n,
                &scan,
                &Told::Refused { code, message, next: Some("Scan all of it again.") },
            )?;
        }
        Ok(())
    }

    fn say(&self, n: u64, scan: &Entry, told: &Told<'_>) -> Outcome {
        self.tell(Some(n), (&scan.data, scan.source.as_deref()), told)
    }

    /// Says what became of something that a source brought.
    pub(super) fn tell(
        &self,
        n: Option<u64>,
        (data, source): (&str, Option<&str>),
        told: &Told<'_>,
    ) -> Outcome {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let tally = self.tallies.then(|| (count(&self.scanned), count(&self.booked)));
        tell(self.console, About { n, data, source, tally }, told)
    }
}

/// Whether it is the server that cannot answer now, not the booking that is wrong.
fn is_away(failure: &Failure) -> bool {
    const NOT_THE_BOOKING: [&str; 3] = ["unauthenticated", "forbidden", "foreign_answer"];
    failure.passes() || NOT_THE_BOOKING.contains(&failure.code)
}

/// This computer's clock.
pub(super) fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}

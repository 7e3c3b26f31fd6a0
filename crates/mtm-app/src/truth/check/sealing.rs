//! What was committed gets its place in the log soon.

use std::time::{Duration, Instant};

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::settings::Settings;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "sealing",
    title: "Places in the log",
    checks: "on a database server: what was committed gets its place in feed, chain and outbox (aim: within 200 ms); in a file it has it at once",
    often: "every 2 s",
    red: "the same booking has waited for more than 5 s (yellow: 1 s): screens, events and relays stand still, nothing is lost",
    cure: "see that a server of this version runs and reaches the database; its log says what holds the sealer up",
    scope: Scope::Shared,
};

pub(in crate::truth) struct Sealing {
    slow: Duration,
    late: Duration,
    /// What waits longest, and since when it was seen to. By our own clock: those of the servers that
    /// wrote and of the database may differ.
    first: Option<(i64, Instant)>,
}

impl Sealing {
    pub(super) fn of(settings: &Settings) -> Self {
        Self { slow: settings.seal_slow, late: settings.seal_late, first: None }
    }

    /// For how long `first` has been the first.
    fn waited(&mut self, first: i64) -> Duration {
        match self.first {
            Some((known, since)) if known == first => since.elapsed(),
            _ => {
                self.first = Some((first, Instant::now()));
                Duration::ZERO
            }
        }
    }
}

impl Check for Sealing {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            let unsealed = match app.ledger().unsealed().await {
                Ok(Some(unsealed)) => unsealed,
                Ok(None) => {
                    return Finding::green("In a file everything has its place at once.");
                }
                Err(error) => return Finding::unasked(&error),
            };
            let Some(first) = unsealed.first else {
                self.first = None;
                return Finding::green("Everything has its place.");
            };
            let waited = self.waited(first);
            let who = if unsealed.held { "a server holds the lease" } else { "no server seals" };
            let message = format!(
                "{} transactions wait for their place, the first for {} s at least; {who}.",
                unsealed.waiting,
                waited.as_secs()
            );
            let next = "See that a server runs and reaches the database, and look in its log for \
                        what holds the sealer up. Nothing that was booked is lost.";
            let finding = if waited > self.late {
                Finding::red(message, next)
            } else if waited > self.slow {
                Finding::yellow(message, next)
            } else {
                return Finding::green("What was committed gets its place.");
            };
            finding.about(vec![OffendingKey::new("seal_queue", first)])
        })
    }
}

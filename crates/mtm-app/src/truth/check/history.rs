//! What is older than what every round reads: all of it is read bit by bit, and again.

use std::time::{Duration, Instant};

use mtm_store::integrity::{Sweep, Swept};

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::Finding;
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "history",
    title: "All of history",
    checks: "the whole chain with its movements, then every lot with its movements and its stock, from the first one on and again",
    often: "a piece of 2,500 entries or 500 lots every 2 s: a million entries and a hundred thousand lots take some 20 min, ten million and a million some 4 h",
    red: "something old was changed or removed past the program; it is named",
    cure: "keep a copy of the database, look who had access, run `mtm verify`, compare with a backup",
    scope: Scope::Ledger,
};

/// Entries read at once.
const ENTRIES: u32 = 2_500;
/// Lots read at once.
const LOTS: u32 = 500;
/// So many times as long as a piece took, nothing is read after it.
const REST: u32 = 9;

#[derive(Default)]
pub(in crate::truth) struct History {
    sweep: Sweep,
    took: Duration,
}

impl Check for History {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            let ledger = app.ledger();
            let began = Instant::now();
            let found = self.sweep.step(ledger, ENTRIES, LOTS).await;
            self.took = began.elapsed();
            app.truth().audited(self.sweep.upto());
            match found {
                Ok(None) => Finding::green(self.so_far()),
                Ok(Some(bad)) => Finding::of_ledger(&bad),
                Err(error) => Finding::unasked(&error),
            }
        })
    }

    fn pause(&self, pace: Duration) -> Duration {
        pace.max(REST * self.took)
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

impl History {
    fn so_far(&self) -> String {
        match (self.sweep.times(), self.sweep.reads()) {
            (0, Swept::Chain) => format!(
                "Nothing is wrong up to audit entry {}; the rest was not read since the program \
                 started.",
                self.sweep.upto()
            ),
            (0, Swept::Lots) => {
                "Nothing is wrong with the chain; lots are read for the first time.".to_owned()
            }
            (times, _) => format!("Everything was read {times} times, and nothing is wrong."),
        }
    }
}

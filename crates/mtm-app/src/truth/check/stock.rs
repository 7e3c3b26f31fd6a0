//! Stock is the sum of movements, in every place of every lot.

use std::time::{Duration, Instant};

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::Finding;
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "stock",
    title: "Stock is the sum of movements",
    checks: "all stock of this moment against the nearest closing and every movement since",
    often: "every 2 s; where that takes long, nine times as long is rested",
    red: "a quantity was changed, added or removed past the program; lot and movement are named",
    cure: "keep a copy of the database, look who had access, run `mtm verify`, compare with a backup",
    scope: Scope::Ledger,
};

/// So many times as long as a look took, none is taken: a large plant gives a tenth of one processor.
const REST: u32 = 9;

#[derive(Default)]
pub(in crate::truth) struct Stock {
    took: Duration,
}

impl Check for Stock {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            let ledger = app.ledger();
            let began = Instant::now();
            let found = ledger.audit_stock().await;
            self.took = began.elapsed();
            match found {
                Ok(None) => Finding::green("Every quantity is what the movements make."),
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

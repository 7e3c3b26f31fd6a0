//! The newest part of the audit chain is intact, and every movement has its entry.

use std::time::{Duration, Instant};

use mtm_store::integrity::{ChainWatch, Piece};

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::Finding;
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "audit_chain",
    title: "Audit chain",
    checks: "hashes and order of the newest 100,000 audit entries, each against its movement; that the end of before is still there",
    often: "round after round, a pause of 2 s between them; a full round takes some 5 s",
    red: "a movement or an audit entry was changed, removed or reordered past the program; it is named",
    cure: "keep a copy of the database, look who had access, run `mtm verify`, compare with a backup",
    scope: Scope::Ledger,
};

/// Entries read at once: about a hundredth of a second.
const ENTRIES: u32 = 2_500;
/// So many times as long as a piece took, nothing is read after it: bookings have the processor.
const REST: u32 = 7;

#[derive(Default)]
pub(in crate::truth) struct Chain {
    watch: ChainWatch,
}

impl Check for Chain {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            let ledger = app.ledger();
            loop {
                let began = Instant::now();
                match self.watch.step(ledger, ENTRIES).await {
                    Ok(Piece::More) => tokio::time::sleep(REST * began.elapsed()).await,
                    Ok(Piece::Round(None)) => return self.sound(),
                    Ok(Piece::Round(Some(bad))) => return Finding::of_ledger(&bad),
                    Err(error) => return Finding::unasked(&error),
                }
            }
        })
    }

    /// Whoever is elected again must not compare with an end of long ago.
    fn elsewhere(&mut self) {
        self.watch = ChainWatch::default();
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(120)
    }
}

impl Chain {
    fn sound(&self) -> Finding {
        Finding::green(match self.watch.head() {
            Some(head) => format!("The newest entries up to {head} are as they were written."),
            None => "Nothing was recorded yet.".to_owned(),
        })
    }
}

//! Free text, indexed in memory behind the bookings: what a stock search by words is led by.
//!
//! The index gives candidates and nothing else. Whether a bucket is there and matches is said by
//! the database, in the transaction of the question; and what was booked after the index was made
//! is looked at by the question itself, told by the outbox. So an answer is the same with an index
//! of any age, and without one: only the time that it takes differs.

mod lots;
mod masters;
mod shelf;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use mtm_core::catalogue::Catalogue;

pub(crate) use lots::{Draft, LotText, LotTexts, Order, Segment};
pub(crate) use masters::MasterTexts;
pub(crate) use shelf::Candidates;

/// The index of a ledger.
#[derive(Debug, Default)]
pub(crate) struct Index {
    lots: ArcSwapOption<LotTexts>,
    masters: Mutex<Option<Arc<MasterTexts>>>,
    /// Held by whoever makes the next one.
    making: tokio::sync::Mutex<()>,
}

impl Index {
    /// What is known about lots; nothing before it was gathered.
    pub(crate) fn lots(&self) -> Option<Arc<LotTexts>> {
        self.lots.load_full()
    }

    /// The texts of `catalogue`, made where they are not there. Blocks those who wait for the same.
    pub(crate) fn masters(&self, catalogue: &Catalogue) -> Arc<MasterTexts> {
        let mut known = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some(texts) if texts.are_of(catalogue) => Arc::clone(texts),
            _ => Arc::clone(known.insert(Arc::new(MasterTexts::of(catalogue)))),
        }
    }

    /// Lets one at a time make the next index.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.making.lock().await
    }

    /// Puts a newer one in its place.
    pub(crate) fn publish(&self, lots: LotTexts) {
        self.lots.store(Some(Arc::new(lots)));
    }
}

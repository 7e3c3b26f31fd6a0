//! Lots and stock as several commands leave them that are decided one on the other before any of
//! them is written.

use std::collections::{HashMap, HashSet};

use mtm_core::movement::Place;
use mtm_core::posting::{Balance, NewLot, Postings};
use mtm_core::view::{LotFact, StockFact};
use mtm_core::word::LotNumber;

/// A lot, what it stands on, and where its pieces are.
#[derive(Debug, Clone)]
pub(crate) struct PendingLot {
    pub(crate) fact: LotFact,
    /// `ledger_version` in the database; `None` for a lot that is not written yet.
    pub(crate) version: Option<i64>,
    pub(crate) stock: Vec<StockFact>,
}

/// What was decided and is not written yet.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    lots: HashMap<LotNumber, PendingLot>,
}

impl Pending {
    /// The lot as it will be, where something decided touches it.
    pub(crate) fn lot(&self, lot: &LotNumber) -> Option<&PendingLot> {
        self.lots.get(lot)
    }

    /// Lots that will have pieces at `place`, among those touched.
    pub(crate) fn lots_at(&self, part: i64, place: (i64, i64)) -> impl Iterator<Item = &LotNumber> {
        let is_there =
            move |Place { operation, location }: &Place| (operation.id.0, location.id.0) == place;
        self.lots
            .iter()
            .filter(move |(_, lot)| {
                lot.fact.part.id.0 == part
                    && lot.stock.iter().any(|fact| is_there(&fact.bucket.place))
            })
            .map(|(number, _)| number)
    }

    /// Nothing is pending any more.
    pub(crate) fn clear(&mut self) {
        self.lots.clear();
    }

    /// Takes in what was decided on `lots` of `versions` with their `stock`.
    pub(crate) fn decided(
        &mut self,
        lots: Vec<LotFact>,
        versions: &[Option<i64>],
        stock: &[StockFact],
        postings: &Postings,
    ) {
        let touched = touched(postings);
        for (fact, version) in lots.into_iter().zip(versions) {
            if !self.lots.contains_key(&fact.lot) && touched.contains(&fact.lot) {
                let its = stock.iter().filter(|it| it.bucket.lot == fact.lot).cloned().collect();
                let lot = fact.lot.clone();
                self.lots.insert(lot, PendingLot { fact, version: *version, stock: its });
            }
        }
        for new in &postings.new_lots {
            self.lots.insert(new.lot.clone(), made(new));
        }
        for balance in &postings.balances {
            if let Some(lot) = self.lots.get_mut(&balance.bucket.lot) {
                lot.set(balance);
            }
        }
        for change in &postings.lot_changes {
            if let Some(lot) = self.lots.get_mut(&change.lot) {
                lot.fact.attributes = change.attributes.clone();
                lot.fact.version = change.version;
            }
        }
    }
}

/// The lots that the postings read or change in a way that must not have moved meanwhile.
pub(crate) fn touched(postings: &Postings) -> HashSet<&LotNumber> {
    let moved = postings.balances.iter().map(|balance| &balance.bucket.lot);
    moved.chain(postings.lot_changes.iter().map(|change| &change.lot)).collect()
}

fn made(new: &NewLot) -> PendingLot {
    let fact = LotFact {
        lot: new.lot.clone(),
        part: new.part.clone(),
        attributes: new.attributes.clone(),
        received_at: new.received_at,
        received_by: new.received_by,
        version: 1,
    };
    PendingLot { fact, version: None, stock: Vec::new() }
}

impl PendingLot {
    fn set(&mut self, Balance { bucket, after, .. }: &Balance) {
        self.stock.retain(|fact| fact.bucket != *bucket);
        if !after.is_zero() {
            let received_at = self.fact.received_at;
            self.stock.push(StockFact { bucket: bucket.clone(), quantity: *after, received_at });
        }
    }
}

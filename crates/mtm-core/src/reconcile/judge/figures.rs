//! Breaks about the figures of a part at a place.

use super::{Judge, MOST};
use crate::reconcile::cell::{Met, Units, quantity};
use crate::reconcile::class::BreakClass;
use crate::reconcile::found::{Break, Evidence, Fix};
use crate::reconcile::tell;

impl Judge<'_> {
    pub(super) fn on(&self, class: BreakClass, cell: usize, difference: Units) -> Break {
        let it = self.cell(cell);
        let known = self.books.peer.on_hand_at.is_some();
        Break {
            class,
            part: Some(it.part.clone()),
            place: it.place.clone(),
            subject: None,
            ours: Some(quantity(it.ours)),
            on_hand: known.then(|| quantity(it.on_hand)),
            ledger: Some(quantity(it.ledger)),
            difference: quantity(difference),
            evidence: Vec::new(),
            cause: String::new(),
            fix: Fix::LookThere { transaction: None },
        }
    }

    pub(super) fn ledger_not_on_hand(&mut self, cell: usize) {
        let unknown = self.unknown.get(&cell).cloned().unwrap_or_default();
        let it = self.cell(cell);
        let difference = it.ledger - it.on_hand;
        let mut told = self.on(BreakClass::LedgerNotOnHand, cell, difference);
        told.cause = tell::ledger_not_on_hand(unknown.len() as u64);
        told.evidence = unknown.iter().take(MOST).map(|n| self.of_transaction(*n)).collect();
        if told.evidence.is_empty() {
            told.evidence = self.newest_rows(cell, |_| true);
        }
        self.findings.breaks.push(told);
    }

    /// What nothing explains.
    pub(super) fn left_over(&mut self, cell: usize, rest: Units) {
        let it = self.cell(cell);
        let is_negative = it.ledger < 0 || it.on_hand < 0;
        let (ours, none_there) = (it.ours, it.ledger == 0 && it.on_hand == 0);
        let locations: Vec<String> = match &it.place {
            Some(place) => self.books.map.here(place).to_vec(),
            None => Vec::new(),
        };
        let unbooked =
            self.rows(cell).filter(|(_, it)| it.met == Met::Nothing && !it.young).count();
        let (class, cause) = match () {
            () if is_negative => (BreakClass::NegativeThere, tell::negative()),
            () if ours == 0 => (BreakClass::MissingHere, tell::missing_here(unbooked)),
            () if none_there => (BreakClass::MissingThere, tell::missing_there(unbooked)),
            () => (BreakClass::QuantityDiffers, tell::differs(rest, unbooked)),
        };
        let mut told = self.on(class, cell, rest);
        told.cause = cause;
        told.evidence = self.newest_rows(cell, |met| met == Met::Nothing);
        let stock = self.cell(cell).locations.iter().map(|(location, units)| Evidence::Stock {
            part: self.cell(cell).part.clone(),
            location: location.clone(),
            quantity: quantity(*units),
        });
        let stock: Vec<Evidence> = stock.take(MOST).collect();
        told.evidence.extend(stock);
        let part = self.cell(cell).part.clone();
        told.fix = Fix::CountHere { part, locations };
        self.findings.breaks.push(told);
    }

    pub(super) fn newest_rows(&self, cell: usize, wanted: impl Fn(Met) -> bool) -> Vec<Evidence> {
        let rows = self.rows(cell).filter(|(_, it)| wanted(it.met));
        let mut rows: Vec<_> = rows.map(|(_, it)| (it.at, it.transaction)).collect();
        rows.sort_unstable();
        rows.iter().rev().take(MOST).map(|(_, n)| self.of_transaction(*n)).collect()
    }
}

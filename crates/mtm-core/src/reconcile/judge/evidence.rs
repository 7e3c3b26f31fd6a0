//! What shows a break.

use super::Judge;
use crate::erp::ErpQuantity;
use crate::reconcile::cell::Met;
use crate::reconcile::found::Evidence;

impl Judge<'_> {
    pub(super) fn of_transaction(&self, number: usize) -> Evidence {
        let it = self.table.transactions[number];
        let row = self.table.row_of[number].map(|n| &self.table.rows[n]);
        Evidence::Transaction {
            id: it.id,
            quantity: it.signed(),
            at: it.created.unwrap_or(it.happened),
            read_at: it.read_at,
            warehouse: it.place.warehouse.clone(),
            location: it.place.location.clone(),
            class: it.class.clone(),
            user: it.user.clone(),
            reference: it.reference.clone(),
            transfer_of: it.transfer_of,
            booked: row.is_some_and(|row| row.met != Met::Nothing),
        }
    }

    pub(super) fn of_movement(&self, number: usize) -> Evidence {
        let it = self.table.movements[number];
        let legs = self.table.legs_of[number];
        let open = legs.iter().flatten().any(|n| self.table.legs[*n].met == Met::Nothing);
        Evidence::Movement {
            id: it.id,
            at: it.at,
            kind: it.kind.clone(),
            lot: it.lot.clone(),
            user: it.user.clone(),
            quantity: ErpQuantity(it.units),
            from: it.from.clone(),
            to: it.to.clone(),
            posted: !open,
        }
    }
}

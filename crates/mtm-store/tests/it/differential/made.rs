//! What random steps choose among: what was made before them.

use std::collections::HashMap;

use mtm_core::outcome::Outcome;
use mtm_core::word::{HoldId, LotNumber, MovementId, ReservationId};
use uuid::Uuid;

/// What was made so far on one engine, in order.
#[derive(Debug, Default)]
pub(super) struct Made {
    lots: Vec<LotNumber>,
    movements: Vec<MovementId>,
    holds: Vec<HoldId>,
    reservations: Vec<(ReservationId, LotNumber)>,
}

impl Made {
    pub(super) fn note(&mut self, outcome: &Outcome) {
        for lot in &outcome.lots {
            if !self.lots.contains(lot) {
                self.lots.push(lot.clone());
            }
        }
        self.movements.extend(outcome.movements.iter().map(|movement| movement.id));
        let new_hold = outcome.hold.filter(|hold| !self.holds.contains(hold));
        self.holds.extend(new_hold);
        let reserved = outcome.reservation.filter(|id| {
            outcome.kind == "reservation" && self.reservations.iter().all(|(known, _)| known != id)
        });
        self.reservations.extend(reserved.map(|id| (id, outcome.lots[0].clone())));
    }

    pub(super) fn ordinals(&self) -> HashMap<LotNumber, usize> {
        self.lots.iter().cloned().zip(0..).collect()
    }

    pub(super) fn lot(&self, choice: usize) -> LotNumber {
        match self.lots.len() {
            0 => LotNumber::parse("NO-SUCH-LOT").unwrap(),
            made => self.lots[choice % made].clone(),
        }
    }

    pub(super) fn movement(&self, choice: usize) -> MovementId {
        match self.movements.len() {
            0 => MovementId(Uuid::from_u128(7)),
            made => self.movements[choice % made],
        }
    }

    pub(super) fn hold(&self, choice: usize) -> HoldId {
        match self.holds.len() {
            0 => HoldId(Uuid::from_u128(8)),
            made => self.holds[choice % made],
        }
    }

    pub(super) fn reservation(&self, choice: usize) -> (ReservationId, LotNumber) {
        match self.reservations.len() {
            0 => (ReservationId(Uuid::from_u128(9)), self.lot(choice)),
            made => self.reservations[choice % made].clone(),
        }
    }
}

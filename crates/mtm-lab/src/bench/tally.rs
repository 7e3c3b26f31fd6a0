//! What acknowledged requests must have done to the ledger.

use std::ops::AddAssign;

use serde::Serialize;

/// What one request does when it is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Effect {
    pub(super) movements: u64,
    /// Pieces that come into stock (above zero) or leave it.
    pub(super) pieces: i64,
}

/// The sum over a run, preparation and warm-up included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Movements acknowledged.
    pub movements: u64,
    /// Pieces that stock must have gained by them.
    pub pieces: i64,
    /// Requests whose answer never came, not even on repetition: each may be booked or not.
    pub unresolved: u64,
    /// Movements that those would be.
    pub unresolved_movements: u64,
    /// Pieces that those would bring in.
    pub unresolved_in: i64,
    /// Pieces that those would take out.
    pub unresolved_out: i64,
}

impl Tally {
    pub(super) fn acknowledge(&mut self, effect: Effect) {
        self.movements += effect.movements;
        self.pieces += effect.pieces;
    }

    pub(super) fn leave_open(&mut self, effect: Effect) {
        if effect.movements == 0 {
            return;
        }
        self.unresolved += 1;
        self.unresolved_movements += effect.movements;
        self.unresolved_in += effect.pieces.max(0);
        self.unresolved_out += (-effect.pieces).max(0);
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.movements += other.movements;
        self.pieces += other.pieces;
        self.unresolved += other.unresolved;
        self.unresolved_movements += other.unresolved_movements;
        self.unresolved_in += other.unresolved_in;
        self.unresolved_out += other.unresolved_out;
    }
}

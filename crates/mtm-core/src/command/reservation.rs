//! Pieces of a lot are kept for something, and are free again.

use serde::Serialize;

use crate::word::{LotNumber, Note, Quantity, ReservationId, Timestamp, WorkOrder};

/// Pieces of a lot are kept for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reserve {
    /// The lot.
    pub lot: LotNumber,
    /// So many of its pieces; all of them where `None`.
    pub quantity: Option<Quantity>,
    /// The work order that they are kept for.
    pub work_order: Option<WorkOrder>,
    /// What they are kept for, in words.
    pub purpose: Option<Note>,
    /// Until when; without an end where `None`.
    pub ends_at: Option<Timestamp>,
}

/// What was reserved is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndReservation {
    /// Which.
    pub reservation: ReservationId,
    /// Its lot.
    pub lot: LotNumber,
    /// Free text.
    pub notes: Option<Note>,
}

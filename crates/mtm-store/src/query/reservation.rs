//! Reservations of lots.

use mtm_core::reservation::ReservationState;
use mtm_core::word::{LotNumber, Note, PartCode, Quantity, ReservationId, Timestamp, WorkOrder};
use serde::Serialize;

use super::history::UserRef;
use super::page::PageRequest;

/// Which reservations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReservationQuery {
    /// Of this lot.
    pub lot: Option<LotNumber>,
    /// For this work order.
    pub work_order: Option<WorkOrder>,
    /// Only those that count now.
    pub active: bool,
    /// Which page.
    pub page: PageRequest,
}

/// A reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReservationRow {
    /// Identity.
    pub id: ReservationId,
    /// The lot.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartCode,
    /// So many of its pieces; null: all of them.
    pub quantity: Option<Quantity>,
    /// Pieces that were taken for it, and not given back by an undo.
    pub used: Quantity,
    /// The work order that they are kept for.
    pub work_order: Option<WorkOrder>,
    /// What they are kept for, in words.
    pub purpose: Option<Note>,
    /// Until when; null: without an end.
    pub ends_at: Option<Timestamp>,
    /// What became of it by now.
    pub state: ReservationState,
    /// Who made it.
    pub placed_by: UserRef,
    /// When.
    pub placed_at: Timestamp,
    /// Who ended it by hand.
    pub released_by: Option<UserRef>,
    /// When.
    pub released_at: Option<Timestamp>,
    /// What they said.
    pub release_notes: Option<Note>,
}

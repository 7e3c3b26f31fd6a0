//! A lot with everything known about it, and holds.

use mtm_core::outcome::BucketLine;
use mtm_core::word::{
    ColorCode, HoldId, ItemType, LocationCode, LotNumber, Note, PartCode, Quantity, ReasonCode,
    Timestamp, WorkOrder,
};
use serde::Serialize;

use super::audit::LegacyRow;
use super::history::{MovementRow, UserRef};
use super::lineage::Lineage;
use super::reservation::ReservationRow;

/// Everything about one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotSheet {
    /// Its number.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartCode,
    /// Item type.
    pub item_type: Option<ItemType>,
    /// Work order.
    pub work_order: Option<WorkOrder>,
    /// Colour.
    pub color_code: Option<ColorCode>,
    /// Notes.
    pub notes: Option<Note>,
    /// When received.
    pub received_at: Timestamp,
    /// Who received it.
    pub received_by: Option<UserRef>,
    /// The lot it was split from.
    pub parent: Option<LotNumber>,
    /// Lots split from it.
    pub children: Vec<LotNumber>,
    /// The lots that it is made of, and those that its pieces went on into.
    pub lineage: Lineage,
    /// Version of its attributes; the `ETag`.
    pub version: i64,
    /// Where its pieces stand.
    pub buckets: Vec<BucketLine>,
    /// Active holds on it, its part or its places.
    pub holds: Vec<HoldRow>,
    /// Reservations of its pieces that count now, newest first.
    pub reservations: Vec<ReservationRow>,
    /// Its life, oldest first: the newest [`LotSheet::MOST_EVENTS`] of each kind.
    pub history: Vec<LotEvent>,
}

impl LotSheet {
    /// Most movements and most legacy rows shown on one sheet.
    pub const MOST_EVENTS: u16 = 500;
    /// Most split-off lots named on one sheet.
    pub const MOST_CHILDREN: u16 = 1000;
}

/// A lot as suggestions show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LotHint {
    /// Its number.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartCode,
    /// Pieces on hand, wherever they stand.
    pub quantity: Quantity,
}

/// One event in a lot's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "source", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LotEvent {
    /// A movement of the ledger.
    Ledger(Box<MovementRow>),
    /// A row of an earlier system's log; shown, never counted.
    Legacy(Box<LegacyRow>),
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldRow {
    /// Identity.
    pub id: HoldId,
    /// The lot it blocks.
    pub lot: Option<LotNumber>,
    /// The part it blocks.
    pub part: Option<PartCode>,
    /// The location it blocks.
    pub location: Option<LocationCode>,
    /// Why.
    pub reason: ReasonCode,
    /// Free text.
    pub notes: Option<Note>,
    /// Who placed it.
    pub placed_by: UserRef,
    /// When.
    pub placed_at: Timestamp,
    /// Who released it.
    pub released_by: Option<UserRef>,
    /// When.
    pub released_at: Option<Timestamp>,
}

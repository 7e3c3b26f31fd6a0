//! Stock: rows, groups, and the movements that make a number.

use mtm_core::movement::MovementType;
use mtm_core::word::{
    ColorCode, ItemType, LocationCode, LotNumber, MovementId, Note, OperationCode, PartCode,
    Quantity, Timestamp, WorkOrder,
};
use serde::Serialize;

use super::history::UserRef;
use super::page::PageRequest;
use super::pattern::Pattern;

/// By which columns stock is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupBy {
    /// By part.
    Part,
    /// By operation.
    Operation,
    /// By location.
    Location,
    /// By lot.
    Lot,
    /// By building.
    Building,
}

/// Which stock.
#[derive(Debug, Clone, Default)]
pub struct StockQuery {
    /// Part.
    pub part: Option<Pattern>,
    /// Operation.
    pub operation: Option<Pattern>,
    /// Location.
    pub location: Option<Pattern>,
    /// Building.
    pub building: Option<Pattern>,
    /// Lot.
    pub lot: Option<Pattern>,
    /// Item type.
    pub item_type: Option<Pattern>,
    /// Work order.
    pub work_order: Option<Pattern>,
    /// Colour.
    pub color_code: Option<Pattern>,
    /// In part, description, location, lot, work order or notes.
    pub text: Option<Pattern>,
    /// Rows of at least this many pieces.
    pub min_quantity: Option<Quantity>,
    /// Rows of at most this many pieces.
    pub max_quantity: Option<Quantity>,
    /// Lots received before this moment.
    pub received_before: Option<Timestamp>,
    /// As it was recorded at this moment, inclusive; now where `None`.
    pub as_of: Option<Timestamp>,
    /// Which page; ordered by part, operation, location, received, lot.
    pub page: PageRequest,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockRow {
    /// Part.
    pub part: PartCode,
    /// Operation.
    pub operation: OperationCode,
    /// Location.
    pub location: LocationCode,
    /// Building the location is in.
    pub building: Option<String>,
    /// Lot.
    pub lot: LotNumber,
    /// Pieces.
    pub quantity: Quantity,
    /// Unit of the quantity.
    pub unit: &'static str,
    /// Item type of the lot.
    pub item_type: Option<ItemType>,
    /// Work order of the lot.
    pub work_order: Option<WorkOrder>,
    /// Colour of the lot.
    pub color_code: Option<ColorCode>,
    /// Notes of the lot.
    pub notes: Option<Note>,
    /// When the lot was received.
    pub received_at: Timestamp,
    /// Who received it.
    pub received_by: Option<String>,
    /// Whether a hold blocks it.
    pub held: bool,
    /// Whether pieces of the lot are reserved.
    pub reserved: bool,
}

/// Stock summed by some columns; the others are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockGroup {
    /// Part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<PartCode>,
    /// Operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationCode>,
    /// Location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationCode>,
    /// Lot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotNumber>,
    /// Building; empty text where the location names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub building: Option<String>,
    /// Pieces.
    pub quantity: Quantity,
    /// Unit of the quantity.
    pub unit: &'static str,
    /// How many lots.
    pub lots: u64,
}

/// Which number to explain: the stock of a part, narrowed as far as given, or of a lot.
#[derive(Debug, Clone, Default)]
pub struct ExplainQuery {
    /// Part; needed unless a lot is named.
    pub part: Option<PartCode>,
    /// Operation.
    pub operation: Option<OperationCode>,
    /// Location.
    pub location: Option<LocationCode>,
    /// Lot.
    pub lot: Option<LotNumber>,
    /// At which moment, inclusive.
    pub as_of: Option<Timestamp>,
    /// Which page, newest first.
    pub page: PageRequest,
}

/// One movement's contribution to a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplainItem {
    /// The movement.
    pub movement_id: MovementId,
    /// Its feed position.
    pub sequence: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: MovementType,
    /// Who booked it.
    pub user: UserRef,
    /// The lot.
    pub lot: LotNumber,
    /// Of a split or a merge, or one that was undone, the other lot: where the pieces came from, or
    /// went.
    pub other_lot: Option<LotNumber>,
    /// What it added, or took.
    pub delta: i64,
    /// The number after it.
    pub balance: i64,
}

/// `opening` + the sum of all deltas = `quantity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// The number.
    pub quantity: Quantity,
    /// At which moment.
    pub as_of: Timestamp,
    /// The number before the oldest item of this page.
    pub opening: i64,
    /// Newest first.
    pub items: Vec<ExplainItem>,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

//! The movement log.

use mtm_core::movement::{MovementType, Outside};
use mtm_core::shift::ShiftKey;
use mtm_core::word::{
    CommandId, ImportId, LocationCode, LotNumber, MovementId, Note, OperationCode, PartCode,
    Quantity, ReasonCode, SessionId, Timestamp,
};
use serde::Serialize;

use super::page::PageRequest;
use super::pattern::Pattern;

/// The name people know a user by.
pub type UserRef = String;

/// Order of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
}

/// Which movements.
///
/// A page examines a bounded stretch of the log: where matches are rare it may hold fewer rows
/// than asked for, even none, and still name a next page. Only a page without `next_cursor` is
/// the last.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// Part.
    pub part: Option<Pattern>,
    /// Operation at either end.
    pub operation: Option<Pattern>,
    /// Location at either end.
    pub location: Option<Pattern>,
    /// Lot.
    pub lot: Option<Pattern>,
    /// Types; all where empty.
    pub kinds: Vec<MovementType>,
    /// Login name of who booked it.
    pub user: Option<Pattern>,
    /// Terminal.
    pub station: Option<Pattern>,
    /// Work order of the lot.
    pub work_order: Option<Pattern>,
    /// Recorded at or after.
    pub from: Option<Timestamp>,
    /// Recorded before.
    pub to: Option<Timestamp>,
    /// In the movement's or the lot's notes.
    pub text: Option<Pattern>,
    /// Only undone, or only not undone.
    pub reversed: Option<bool>,
    /// Of this import.
    pub import: Option<ImportId>,
    /// Of this command.
    pub command: Option<CommandId>,
    /// Booked in this shift.
    pub shift: Option<ShiftKey>,
    /// Of this scan session.
    pub session: Option<SessionId>,
    /// After this feed position (for followers).
    pub after_sequence: Option<u64>,
    /// Order.
    pub sort: SortOrder,
    /// Which page.
    pub page: PageRequest,
}

/// A movement as history shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovementRow {
    /// Identity.
    pub id: MovementId,
    /// The command that made it.
    pub command_id: CommandId,
    /// Feed position; null until sealed.
    pub sequence: Option<u64>,
    /// Type.
    #[serde(rename = "type")]
    pub kind: MovementType,
    /// Part.
    pub part: PartCode,
    /// Lot.
    pub lot: LotNumber,
    /// The lot the pieces joined, where that is another one: for splits and merges.
    pub to_lot: Option<LotNumber>,
    /// Pieces.
    pub quantity: Quantity,
    /// Outside account the pieces came from; null for stock.
    pub from_account: Option<Outside>,
    /// Operation they left; for receipts the operation they arrived at, as in bookings.
    pub operation: Option<OperationCode>,
    /// Location they left; for receipts the location they arrived at.
    pub location: Option<LocationCode>,
    /// Outside account they went to; null for stock.
    pub to_account: Option<Outside>,
    /// Operation they went to, from stock to stock.
    pub to_operation: Option<OperationCode>,
    /// Location they went to, from stock to stock.
    pub to_location: Option<LocationCode>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it happened, where captured earlier.
    pub occurred_at: Option<Timestamp>,
    /// Whether that lay in a period that was closed when it was recorded.
    pub in_closed_period: bool,
    /// Who booked it.
    pub user: UserRef,
    /// Terminal.
    pub station: Option<String>,
    /// Shift at booking.
    pub shift: Option<String>,
    /// Reason code.
    pub reason: Option<ReasonCode>,
    /// The movement's own notes; for a receipt or an opening the notes of its lot, as they are now.
    pub notes: Option<Note>,
    /// The movement it undoes.
    pub reverses: Option<MovementId>,
    /// The movement that undid it.
    pub reversed_by: Option<MovementId>,
    /// Import it belongs to.
    pub import_id: Option<ImportId>,
    /// Scan session it belongs to.
    pub session_id: Option<SessionId>,
}

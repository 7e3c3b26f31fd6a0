//! A request as answers show it.

use mtm_core::approval::{ApprovalState, expires_at};
use mtm_core::word::{
    CommandId, Delta, LocationCode, LotNumber, OperationCode, PartCode, Quantity, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::sql::{Error, Row, moment, named, optional_moment, optional_uuid, quantity, word};

/// Everything about a request; `WHERE` and order follow.
pub(super) const SELECT: &str =
    "SELECT a.id, a.state, part.code, operation.code, location.code, a.lot, a.stock, a.delta,
        coalesce(stock.quantity, 0), a.reason, a.notes, a.occurred_at, asker.name, a.asked_at,
        decider.name, a.decided_at, a.why, a.command_id
    FROM approval a
    JOIN part ON part.id = a.part_id
    JOIN operation ON operation.id = a.operation_id
    JOIN location ON location.id = a.location_id
    JOIN user asker ON asker.id = a.asked_by
    LEFT JOIN user decider ON decider.id = a.decided_by
    LEFT JOIN stock ON stock.lot = a.lot AND stock.operation_id = a.operation_id
        AND stock.location_id = a.location_id";

/// An adjustment that waits, or waited, for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApprovalRow {
    /// Its number.
    pub id: u64,
    /// How it stands. Only what is `approved` is booked.
    pub state: ApprovalState,
    /// The part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
    /// The lot.
    pub lot: LotNumber,
    /// Pieces that stood there when it was asked for.
    pub stock: Quantity,
    /// Pieces more, or fewer, that shall be booked.
    pub delta: Delta,
    /// Pieces that stand there now.
    pub on_hand: Quantity,
    /// Reason code.
    pub reason: String,
    /// Free text.
    pub notes: Option<String>,
    /// When it was found, where captured earlier.
    pub occurred_at: Option<Timestamp>,
    /// Login name of whoever asked.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// Until when it waits.
    pub expires_at: Timestamp,
    /// Login name of whoever decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was refused.
    pub why: Option<String>,
    /// The command that booked it.
    pub command_id: Option<CommandId>,
}

/// The request in `row`, as it stands at `now`.
pub(super) fn read(row: &Row<'_>, now: Timestamp) -> Result<ApprovalRow, Error> {
    let (state, asked_at) = (named(row, 1, ApprovalState::from_name)?, moment(row, 13)?);
    let is_over = state == ApprovalState::Waiting && expires_at(asked_at) <= now;
    Ok(ApprovalRow {
        id: row.get(0)?,
        state: if is_over { ApprovalState::Expired } else { state },
        part: word(row, 2, PartCode::parse)?,
        operation: word(row, 3, OperationCode::parse)?,
        location: word(row, 4, LocationCode::parse)?,
        lot: word(row, 5, LotNumber::parse)?,
        stock: quantity(row, 6)?,
        delta: delta(row, 7)?,
        on_hand: quantity(row, 8)?,
        reason: row.get(9)?,
        notes: row.get(10)?,
        occurred_at: optional_moment(row, 11)?,
        asked_by: row.get(12)?,
        asked_at,
        expires_at: expires_at(asked_at),
        decided_by: row.get(14)?,
        decided_at: optional_moment(row, 15)?,
        why: row.get(16)?,
        command_id: optional_uuid(row, 17)?.map(CommandId),
    })
}

fn delta(row: &Row<'_>, column: usize) -> Result<Delta, Error> {
    let pieces: i64 = row.get(column)?;
    Delta::pieces(pieces).map_err(|error| Error::shape(column, error.to_string()))
}

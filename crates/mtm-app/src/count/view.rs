//! How lines of a count look to whoever asks.

use mtm_core::count::LineState;
use mtm_core::word::{
    Delta, LocationCode, LotNumber, OperationCode, PartCode, Quantity, Timestamp,
};
use mtm_store::record::{CountLine, CountRecord, CountRefusal};
use serde::Serialize;

/// A line of a count. What is expected, and what was counted before, is null where whoever looks
/// must not know it (`blind`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountLineView {
    /// Its number.
    pub line: u32,
    /// Part.
    pub part: PartCode,
    /// What the part is.
    pub description: Option<String>,
    /// Operation.
    pub operation: OperationCode,
    /// Location.
    pub location: LocationCode,
    /// Building of the location.
    pub building: Option<String>,
    /// Lot; null for found material that nobody knows the lot of.
    pub lot: Option<LotNumber>,
    /// Whether it turned up while people counted.
    pub added: bool,
    /// How it stands.
    pub state: LineState,
    /// How often it was counted.
    pub rounds: u16,
    /// Whether the numbers are kept back.
    pub blind: bool,
    /// Pieces when the count was planned.
    pub snapshot: Option<Quantity>,
    /// Pieces that moved between then and the counting.
    pub moved: Option<Delta>,
    /// Pieces that the ledger knew at the moment of counting.
    pub expected: Option<Quantity>,
    /// Pieces counted.
    pub counted: Option<Quantity>,
    /// Pieces counted more, or fewer, than expected.
    pub variance: Option<Delta>,
    /// When it was last counted.
    pub counted_at: Option<Timestamp>,
    /// Who counted last.
    pub counted_by: Option<String>,
    /// Why its difference could not be booked when it was last posted.
    pub refusal: Option<CountRefusal>,
}

impl CountLineView {
    /// The line for somebody who decides about it, or who does not.
    pub(super) fn of(line: CountLine, decides: bool) -> Self {
        let blind = line.state.is_blind() && !decides;
        let (moved, variance) = (line.moved(), line.variance());
        Self {
            line: line.line,
            part: line.spot.part,
            description: line.description,
            operation: line.spot.operation,
            location: line.spot.location,
            building: line.building,
            lot: line.spot.lot,
            added: line.added,
            state: line.state,
            rounds: line.rounds,
            blind,
            snapshot: (!blind).then_some(line.snapshot),
            moved: moved.filter(|_| !blind),
            expected: line.expected.filter(|_| !blind),
            counted: line.counted.filter(|_| !blind),
            variance: variance.filter(|_| !blind),
            counted_at: line.counted_at,
            counted_by: line.counted_by,
            refusal: line.refusal,
        }
    }
}

/// What posting did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountPosted {
    /// The count as it stands now.
    pub count: CountRecord,
    /// Whether nothing was booked, because a preview was asked for.
    pub preview: bool,
    /// The lines that differ.
    pub lines: Vec<CountPostedLine>,
}

/// What became, or would become, of a line that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountPostedLine {
    /// Its number.
    pub line: u32,
    /// Part.
    pub part: PartCode,
    /// Operation.
    pub operation: OperationCode,
    /// Location.
    pub location: LocationCode,
    /// Lot.
    pub lot: Option<LotNumber>,
    /// Pieces more or fewer.
    pub variance: Delta,
    /// Why it is not booked; the line waits.
    pub refusal: Option<CountRefusal>,
}

//! Cycle counts: what was planned, what people counted, and what became of it.

use mtm_core::code::Code;
use mtm_core::command::Command;
use mtm_core::count::{CountState, LineState, Tolerance};
use mtm_core::outcome::Outcome;
use mtm_core::rejection::Rejection;
use mtm_core::word::{
    CountId, Delta, LocationCode, LotNumber, Note, OperationCode, PartCode, Quantity, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Which buckets a count covers. What is left empty narrows nothing; codes may hold the wildcards
/// `%` and `*`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountFilter {
    /// Everything in this building.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub building: Option<String>,
    /// At these locations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<String>,
    /// Of these parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// At these operations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// Exactly these buckets, whether or not anything is there; nothing else narrows them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<CountSpot>,
}

/// A bucket by its codes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountSpot {
    /// The part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
    /// The lot; none only for found material that nobody knows the lot of.
    #[serde(default)]
    pub lot: Option<LotNumber>,
}

/// A count to plan.
#[derive(Debug, Clone)]
pub struct NewCount {
    /// Its identity.
    pub id: CountId,
    /// What people call it.
    pub name: String,
    /// What it covers.
    pub filter: CountFilter,
    /// How far off a first count may be.
    pub tolerance: Tolerance,
    /// Whether somebody else must count again what was further off.
    pub other_person: bool,
}

/// How many lines of a count stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountProgress {
    /// All of them.
    pub lines: u64,
    /// Not counted yet.
    pub open: u64,
    /// To be counted again.
    pub recount: u64,
    /// Decided and not posted.
    pub counted: u64,
    /// Posted.
    pub posted: u64,
    /// Left when the count was closed.
    pub left: u64,
    /// Of the decided ones, those that were refused when they were last posted.
    pub refused: u64,
}

/// How right the ledger was, over the lines that were decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountAccuracy {
    /// Lines decided.
    pub lines: u64,
    /// Of these, those where exactly the expected pieces were there.
    pub right: u64,
    /// Pieces expected.
    pub expected: Quantity,
    /// Pieces found beyond them.
    pub more: Quantity,
    /// Pieces missing.
    pub fewer: Quantity,
}

/// By what counted lines are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccuracyBy {
    /// The count they belong to.
    #[default]
    Count,
    /// Where they are.
    Location,
    /// Their operation.
    Operation,
    /// Their part.
    Part,
}

/// How right the ledger was over some lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccuracyRow {
    /// What they have in common: a code, or the name of their count.
    pub name: String,
    /// Their count, where they are summed up by it.
    pub count: Option<CountId>,
    /// How right.
    pub accuracy: CountAccuracy,
}

impl AccuracyRow {
    /// Lines where something else was there than expected.
    pub fn wrong(&self) -> u64 {
        self.accuracy.lines.saturating_sub(self.accuracy.right)
    }
}

/// A count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountRecord {
    /// Identity.
    pub id: CountId,
    /// What people call it.
    pub name: String,
    /// What it covers.
    pub filter: CountFilter,
    /// How it stands.
    pub state: CountState,
    /// Login name of whoever planned it.
    pub planned_by: String,
    /// When.
    pub planned_at: Timestamp,
    /// Feed position that the expected quantities were taken at.
    pub position: u64,
    /// How far off a first count may be.
    pub tolerance: Tolerance,
    /// Whether somebody else must count again what was further off.
    pub other_person: bool,
    /// Login name of whoever closed it.
    pub finished_by: Option<String>,
    /// When.
    pub finished_at: Option<Timestamp>,
    /// How far it is.
    pub progress: CountProgress,
    /// How right the ledger was.
    pub accuracy: CountAccuracy,
}

/// Why the difference of a line could not be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountRefusal {
    /// Stable code.
    pub code: Code,
    /// In words.
    pub message: String,
}

/// A line of a count, as the ledger knows it: with everything a counter must not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountLine {
    /// Its number, from 1.
    pub line: u32,
    /// The bucket.
    pub spot: CountSpot,
    /// Building of the location.
    pub building: Option<String>,
    /// What the part is.
    pub description: Option<String>,
    /// Whether it turned up while people counted.
    pub added: bool,
    /// How it stands.
    pub state: LineState,
    /// How often it was counted.
    pub rounds: u16,
    /// Pieces when the count was planned.
    pub snapshot: Quantity,
    /// Pieces that the ledger knew when it was last counted.
    pub expected: Option<Quantity>,
    /// Pieces counted last.
    pub counted: Option<Quantity>,
    /// When.
    pub counted_at: Option<Timestamp>,
    /// Login name of whoever counted last.
    pub counted_by: Option<String>,
    /// Why its difference could not be booked.
    pub refusal: Option<CountRefusal>,
}

impl CountLine {
    /// What was counted more, or less, than the ledger knew at that moment.
    pub fn variance(&self) -> Option<Delta> {
        Some(Delta::between(self.expected?, self.counted?))
    }

    /// What moved between the planning and the last counting.
    pub fn moved(&self) -> Option<Delta> {
        Some(Delta::between(self.snapshot, self.expected?))
    }
}

/// A location of a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountPlace {
    /// The location.
    pub location: LocationCode,
    /// Its building.
    pub building: Option<String>,
    /// Lines there.
    pub lines: u64,
    /// Of these, those that wait for somebody to count.
    pub waiting: u64,
}

/// Which lines of a count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineFilter {
    /// Only those that stand so.
    pub state: Option<LineState>,
    /// Only those at this location.
    pub location: Option<LocationCode>,
    /// Only those that wait for somebody to count.
    pub waiting: bool,
    /// Only those that were counted with a difference.
    pub different: bool,
}

/// Which line was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountTarget {
    /// That of this number.
    Line(u32),
    /// That of this bucket; a new line where there is none.
    Spot(CountSpot),
}

/// What somebody counted.
#[derive(Debug, Clone)]
pub struct CountEntry {
    /// Which line.
    pub target: CountTarget,
    /// Pieces that were there.
    pub counted: Quantity,
    /// When they were counted; now where `None`.
    pub counted_at: Option<Timestamp>,
    /// Free text.
    pub notes: Option<Note>,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entered {
    /// The line.
    pub line: u32,
    /// How it stands now.
    pub state: LineState,
    /// How often it was counted.
    pub rounds: u16,
    /// The difference; null while it is to be counted again.
    pub variance: Option<Delta>,
}

/// A decided line on its way into the ledger.
#[derive(Debug, Clone)]
pub struct LinePosting {
    /// The line.
    pub line: u32,
    /// The count that decided it: a line that was counted again meanwhile is passed over.
    pub round: u16,
    /// What books its difference; `None` where there is none.
    pub command: Option<Command>,
}

/// What became of a decided line.
#[derive(Debug, Clone, PartialEq)]
pub struct PostedLine {
    /// The line.
    pub line: u32,
    /// What was booked, where anything was.
    pub outcome: Option<Outcome>,
    /// Why nothing was: the line waits to be posted again.
    pub refusal: Option<Rejection>,
}

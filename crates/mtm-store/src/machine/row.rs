//! Proposals, as answers show them.

use mtm_core::machine::{Booking, Doubt, ProposalKind, ProposalState};
use mtm_core::word::{
    CommandId, LocationCode, OperationCode, PartCode, ReasonCode, Timestamp, WorkOrder,
};
use serde::{Deserialize, Serialize};

use crate::sql::{Error, Row, moment, named, optional_moment, optional_uuid, optional_word, word};

/// What pieces are booked as: the rows that a counter, or a proposal, names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) booking: Booking,
    pub(super) part: i64,
    pub(super) operation: i64,
    pub(super) location: i64,
    pub(super) work_order: Option<String>,
    pub(super) scrap_reason: Option<String>,
}

impl Target {
    /// Out of six columns, from `at` on, that are named as the fields are.
    pub(super) fn read(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        Ok(Self {
            booking: named(row, at, Booking::from_name)?,
            part: row.get(at + 1)?,
            operation: row.get(at + 2)?,
            location: row.get(at + 3)?,
            work_order: row.get(at + 4)?,
            scrap_reason: row.get(at + 5)?,
        })
    }
}

/// Pieces that a machine counted, or that are in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalRow {
    /// Its number.
    pub id: i64,
    /// The machine.
    pub machine: String,
    /// The counter's number.
    pub counter: i64,
    /// The tag that it reads.
    pub tag: String,
    /// Whether the pieces were counted, or are in question.
    pub kind: ProposalKind,
    /// How it stands.
    pub state: ProposalState,
    /// What its pieces are booked as.
    pub booking: Booking,
    /// The part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
    /// The work order.
    pub work_order: Option<WorkOrder>,
    /// Why the pieces are scrap, where they are.
    pub scrap_reason: Option<ReasonCode>,
    /// Pieces that were counted; of a question, those that there were at least.
    pub pieces: u64,
    /// Pieces that there were at most; null where they were counted.
    pub most: Option<u64>,
    /// Why nobody can be sure; null where they were counted.
    pub doubt: Option<Doubt>,
    /// The total before.
    pub from: u64,
    /// The total after.
    pub to: u64,
    /// Readings that added to it; what was left over of another one is of none.
    pub steps: u64,
    /// When the first of its pieces were counted, by the machine's clock as far as that can be believed.
    pub first_at: Timestamp,
    /// When the last were.
    pub last_at: Timestamp,
    /// Whether it takes no more pieces.
    pub full: bool,
    /// Whether the rule confirms it once it is full.
    pub by_rule: bool,
    /// Pieces that there are, as somebody or the rule says.
    pub confirmed: Option<u64>,
    /// Of so many that they saw; null for a question.
    pub seen: Option<u64>,
    /// Login name of who decided; null where nobody did, or the rule.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What they wrote down.
    pub note: Option<String>,
    /// The command that booked it.
    pub command: Option<CommandId>,
    /// Why the ledger refused it last, in words.
    pub cause: Option<String>,
    /// How often it was offered to the ledger, and answered.
    pub attempts: u32,
    /// Version of what can be decided about it. More pieces are no other version.
    pub version: i64,
}

macro_rules! proposals {
    ($where:literal) => {
        concat!(
            "SELECT p.id, p.machine, p.counter_id, c.tag, p.kind, p.state, p.booking, part.code, operation.code,
                    location.code, p.work_order, p.scrap_reason, p.pieces, p.most, p.doubt, p.from_value,
                    p.to_value, p.steps, p.first_at, p.last_at, p.grows_for IS NULL, p.by_rule, p.confirmed,
                    p.seen, who.name, p.decided_at, p.note, p.command_id, p.cause, p.attempts, p.version
             FROM machine_proposal p
             JOIN machine_counter c ON c.id = p.counter_id
             JOIN part ON part.id = p.part_id
             JOIN operation ON operation.id = p.operation_id
             JOIN location ON location.id = p.location_id
             LEFT JOIN user who ON who.id = p.decided_by ",
            $where
        )
    };
}
pub(super) use proposals;

pub(super) fn proposal(row: &Row<'_>) -> Result<ProposalRow, Error> {
    let doubt = row.optional_text(14)?.is_some();
    Ok(ProposalRow {
        id: row.get(0)?,
        machine: row.get(1)?,
        counter: row.get(2)?,
        tag: row.get(3)?,
        kind: named(row, 4, ProposalKind::from_name)?,
        state: named(row, 5, ProposalState::from_name)?,
        booking: named(row, 6, Booking::from_name)?,
        part: word(row, 7, PartCode::parse)?,
        operation: word(row, 8, OperationCode::parse)?,
        location: word(row, 9, LocationCode::parse)?,
        work_order: optional_word(row, 10, WorkOrder::parse)?,
        scrap_reason: optional_word(row, 11, ReasonCode::parse)?,
        pieces: row.get(12)?,
        most: row.get(13)?,
        doubt: doubt.then(|| named(row, 14, Doubt::from_name)).transpose()?,
        from: row.get(15)?,
        to: row.get(16)?,
        steps: row.get(17)?,
        first_at: moment(row, 18)?,
        last_at: moment(row, 19)?,
        full: row.get(20)?,
        by_rule: row.get(21)?,
        confirmed: row.get(22)?,
        seen: row.get(23)?,
        decided_by: row.get(24)?,
        decided_at: optional_moment(row, 25)?,
        note: row.get(26)?,
        command: optional_uuid(row, 27)?.map(CommandId),
        cause: row.get(28)?,
        attempts: row.get(29)?,
        version: row.get(30)?,
    })
}

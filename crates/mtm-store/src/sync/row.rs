//! Flows and postings, as answers show them.

use mtm_core::sync::{Class, Mode, State};
use mtm_core::word::{MovementId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sql::{Error, Row, moment, named, optional_moment, optional_uuid, uuid};

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowRow {
    /// Its row.
    #[serde(skip)]
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who posts what it tells.
    pub mode: Mode,
    /// The place in the log up to which postings were laid out.
    pub position: u64,
    /// Movements of the log behind that place.
    pub behind: u64,
    /// Version of what can be decided about it.
    pub version: i64,
    /// When that was decided.
    pub changed_at: Timestamp,
    /// Login name of who decided it; null where nobody did yet.
    pub changed_by: Option<String>,
    /// Since when it does not go on; null while all is well.
    pub failing_since: Option<Timestamp>,
    /// Why.
    pub last_error: Option<String>,
    /// How many postings stand how.
    pub postings: Vec<StateCount>,
    /// When the oldest movement was recorded whose posting is still open.
    pub oldest_open_at: Option<Timestamp>,
}

/// How many postings stand so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateCount {
    /// How.
    pub state: State,
    /// How many.
    pub count: u64,
}

/// A posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostingRow {
    /// Its number.
    pub id: i64,
    /// The flow.
    pub flow: String,
    /// The movement that it is for.
    pub movement: MovementId,
    /// That movement's place in the log.
    pub sequence: u64,
    /// What it is to a stock ledger.
    pub class: Class,
    /// The part.
    pub part: String,
    /// The lot.
    pub lot: String,
    /// Pieces.
    pub quantity: i64,
    /// When the movement was recorded.
    pub recorded_at: Timestamp,
    /// The movement that it undoes.
    pub reverses: Option<MovementId>,
    /// How it stands.
    pub state: State,
    /// Whether a person corrected what is sent.
    pub edited: bool,
    /// How often it was sent or looked up since somebody last decided.
    pub attempts: u32,
    /// When it was last sent, or looked up.
    pub tried_at: Option<Timestamp>,
    /// When it is its turn; null where it has none.
    pub due_at: Option<Timestamp>,
    /// What was answered last.
    pub status: Option<u16>,
    /// Why it stands so, by the other system's code, or `unmapped_location`, `not_mapped`.
    pub code: Option<String>,
    /// Why, in words.
    pub cause: Option<String>,
    /// The number of the document there.
    pub document: Option<String>,
    /// When their ledger showed it.
    pub proved_at: Option<Timestamp>,
    /// Login name of who decided about it last.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What they wrote down.
    pub note: Option<String>,
    /// Version of what can be decided about it.
    pub version: i64,
    /// The movement as the other system sees it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub fact: Value,
}

pub(super) const POSTING: &str =
    "SELECT p.id, f.name, p.movement_id, p.sequence, p.class, p.part, p.lot, p.quantity, p.recorded_at,
            p.reverses, p.state, p.edited, p.attempts, p.tried_at, p.due_at, p.status, p.code, p.cause,
            p.document, p.proved_at, who.name, p.decided_at, p.note, p.version, p.fact
     FROM flow_posting p JOIN flow f ON f.id = p.flow_id LEFT JOIN user who ON who.id = p.decided_by";

pub(super) fn posting(row: &Row<'_>) -> Result<PostingRow, Error> {
    Ok(PostingRow {
        id: row.get(0)?,
        flow: row.get(1)?,
        movement: MovementId(uuid(row, 2)?),
        sequence: row.get::<i64>(3)?.cast_unsigned(),
        class: named(row, 4, Class::from_name)?,
        part: row.get(5)?,
        lot: row.get(6)?,
        quantity: row.get(7)?,
        recorded_at: moment(row, 8)?,
        reverses: optional_uuid(row, 9)?.map(MovementId),
        state: named(row, 10, State::from_name)?,
        edited: row.get(11)?,
        attempts: row.get(12)?,
        tried_at: optional_moment(row, 13)?,
        // What has its turn at once is due since ever.
        due_at: optional_moment(row, 14)?.filter(|at| at.micros() > 0),
        status: row.get(15)?,
        code: row.get(16)?,
        cause: row.get(17)?,
        document: row.get(18)?,
        proved_at: optional_moment(row, 19)?,
        decided_by: row.get(20)?,
        decided_at: optional_moment(row, 21)?,
        note: row.get(22)?,
        version: row.get(23)?,
        fact: json(row.text(24)?, 24)?,
    })
}

/// What is kept as JSON.
pub(super) fn json(text: &str, column: usize) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| Error::shape(column, format!("no JSON: {error}")))
}

/// Longest word of another system's that is kept, in characters.
const WORD_MAX: usize = 100;
/// Longest document number, in characters.
const DOCUMENT_MAX: usize = 120;
/// Longest cause, in characters.
const CAUSE_MAX: usize = 500;

pub(super) fn word(text: &str) -> String {
    text.chars().take(WORD_MAX).collect()
}

pub(super) fn document(text: &str) -> String {
    text.chars().take(DOCUMENT_MAX).collect()
}

pub(super) fn cause(text: &str) -> String {
    text.chars().take(CAUSE_MAX).collect()
}

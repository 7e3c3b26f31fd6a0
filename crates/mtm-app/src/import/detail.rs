//! What an import is, and what was said of its rows.

use mtm_core::code::Code;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::master::MasterNoun;
use mtm_store::record::{ImportRecord, ImportState};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::FieldError;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportKind {
    /// Bookings.
    Movements,
    /// Master data.
    Masters(MasterNoun),
    /// Routings.
    Routings,
    /// Work orders.
    WorkOrders,
}

impl ImportKind {
    /// What names others stands before them.
    const NAMED: [(&'static str, Self); 8] = [
        ("movements", Self::Movements),
        ("work_orders", Self::WorkOrders),
        ("routings", Self::Routings),
        ("parts", Self::Masters(MasterNoun::Part)),
        ("locations", Self::Masters(MasterNoun::Location)),
        ("operations", Self::Masters(MasterNoun::Operation)),
        ("item_types", Self::Masters(MasterNoun::ItemType)),
        ("color_codes", Self::Masters(MasterNoun::ColorCode)),
    ];

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::NAMED.into_iter().find_map(|(known, kind)| (known == name).then_some(kind))
    }

    /// Every kind, each behind what it names: master data, routings, work orders, bookings.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMED.into_iter().map(|(_, kind)| kind).rev()
    }

    /// Every name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMED.into_iter().map(|(name, _)| name)
    }

    /// The name in tables and API.
    pub fn as_str(self) -> &'static str {
        Self::NAMED
            .into_iter()
            .find_map(|(name, kind)| (kind == self).then_some(name))
            .unwrap_or("movements")
    }
}

/// What was said of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowVerdict {
    /// Line of the file.
    pub line: u64,
    /// Whether it would be booked.
    pub accepted: bool,
    /// What taking it over would change, where that is worth saying: of a work order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub effect: String,
    /// Everything that is wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RowError>,
}

/// One thing wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowError {
    /// The column, where one is to blame.
    pub field: String,
    /// Stable code.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub code: Code,
    /// What is wrong.
    pub message: String,
}

impl From<FieldError> for RowError {
    fn from(error: FieldError) -> Self {
        Self { field: error.field, code: error.code, message: error.message }
    }
}

/// What an import keeps besides its rows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Detail {
    pub(super) headers: Vec<String>,
    /// What was said of the rows: of all that were refused, and of the first accepted ones.
    pub(super) verdicts: Vec<RowVerdict>,
    /// Where the outbox ended when they were judged: as long as it ends there, nothing changed
    /// that a verdict depends on.
    #[serde(default)]
    pub(super) newest: Option<u64>,
}

impl Detail {
    /// Most accepted rows whose verdicts are kept; those of refused rows all are.
    const MOST_ACCEPTED: usize = 100;

    pub(super) fn of(record: &ImportRecord) -> Result<Self, Fault> {
        serde_json::from_value(record.detail.clone())
            .map_err(|error| Fault::Permanent(format!("a kept import: {error}")))
    }

    pub(super) fn to_value(&self) -> Result<serde_json::Value, Fault> {
        serde_json::to_value(self).map_err(|error| Fault::Permanent(error.to_string()))
    }

    /// The verdicts that are kept and shown.
    pub(super) fn shown(verdicts: Vec<RowVerdict>) -> Vec<RowVerdict> {
        let mut accepted = 0;
        let shown = |verdict: &RowVerdict| {
            accepted += usize::from(verdict.accepted);
            !verdict.accepted || accepted <= Self::MOST_ACCEPTED
        };
        verdicts.into_iter().filter(shown).collect()
    }

    /// The row at `line` was refused after it had been accepted.
    pub(super) fn refuse(&mut self, refused: RowVerdict) {
        match self.verdicts.binary_search_by_key(&refused.line, |verdict| verdict.line) {
            Ok(at) => self.verdicts[at] = refused,
            Err(at) => self.verdicts.insert(at, refused),
        }
    }
}

/// An import as people and programs see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportView {
    /// Identity.
    pub id: Uuid,
    /// What its rows are.
    pub kind: String,
    /// The file.
    pub file_name: String,
    /// `previewed`, `committing` (taken over in part; commit it again to go on), `committed`,
    /// `failed` (given up halfway), `undoing` (undone in part; undo it again to go on), or `undone`.
    pub state: &'static str,
    /// When it was brought.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_at: Timestamp,
    /// Rows of data.
    pub rows: u32,
    /// Rows refused.
    pub refused: u32,
    /// Accepted rows that were taken over so far.
    pub rows_done: u32,
    /// Accepted rows.
    pub rows_total: u32,
    /// Movements that are undone, while others are not yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movements_undone: Option<u32>,
    /// Movements to undo, then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movements_total: Option<u32>,
    /// When the last row was taken over, or the last movement undone, while others are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub progressed_at: Option<Timestamp>,
    /// What was said of the rows: all that were refused, and the first accepted ones.
    pub verdicts: Vec<RowVerdict>,
}

impl ImportView {
    pub(super) fn of(record: &ImportRecord, detail: Detail) -> Self {
        let rows_total = record.rows.saturating_sub(record.refused);
        let begun = record.begun.as_ref();
        let undo = record.undo.as_ref();
        let (state, rows_done) = match (record.state, begun) {
            (ImportState::Previewed, Some(step)) => (COMMITTING, step.rows.end),
            (ImportState::Committed | ImportState::Undone, _) => {
                (record.state.as_str(), rows_total)
            }
            (state, step) => (state.as_str(), step.map_or(0, |step| step.rows.end)),
        };
        let state = if undo.is_some() { UNDOING } else { state };
        Self {
            id: record.id.0,
            kind: record.kind.clone(),
            file_name: record.file_name.clone(),
            state,
            created_at: record.created_at,
            rows: record.rows,
            refused: record.refused,
            rows_done,
            rows_total,
            movements_undone: undo.map(|step| step.rows.end),
            movements_total: undo.map(|step| step.total),
            progressed_at: undo.map(|step| step.at).or_else(|| begun.map(|step| step.at)),
            verdicts: Detail::shown(detail.verdicts),
        }
    }
}

/// The state in which some rows are taken over and others are not yet.
const COMMITTING: &str = "committing";

/// The state in which some movements are undone and others are not yet.
const UNDOING: &str = "undoing";

/// How an import is taken over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommitBody {
    /// Whether rows that the preview refused are left out; otherwise they are in the way.
    #[serde(default)]
    pub skip_refused: bool,
    /// Confirmable refusals the caller insists on.
    #[serde(default)]
    pub confirm: Vec<String>,
    /// After so many rows the answer is given, with the state `committing` where others are left:
    /// commit again to go on. All of them where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
}

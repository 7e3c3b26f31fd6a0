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
}

impl ImportKind {
    const NAMED: [(&'static str, Self); 6] = [
        ("movements", Self::Movements),
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

/// What an import keeps: its rows in the form they are booked from, and their verdicts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Detail {
    pub(super) headers: Vec<String>,
    /// Cells of every row, in the order of the headers.
    pub(super) rows: Vec<Vec<String>>,
    pub(super) verdicts: Vec<RowVerdict>,
}

impl Detail {
    pub(super) fn of(record: &ImportRecord) -> Result<Self, Fault> {
        serde_json::from_value(record.detail.clone())
            .map_err(|error| Fault::Permanent(format!("a kept import: {error}")))
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
    /// `previewed`, `committed`, `undone` or `failed`.
    pub state: &'static str,
    /// When it was brought.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_at: Timestamp,
    /// Rows of data.
    pub rows: u32,
    /// Rows refused.
    pub refused: u32,
    /// What was said of the rows: all that were refused, and the first accepted ones.
    pub verdicts: Vec<RowVerdict>,
}

impl ImportView {
    /// Most accepted rows shown; refused ones are all shown.
    const MOST_ACCEPTED: usize = 100;

    pub(super) fn of(record: &ImportRecord, detail: Detail) -> Self {
        let mut accepted = 0;
        let verdicts = detail.verdicts.into_iter().filter(|verdict| {
            accepted += usize::from(verdict.accepted);
            !verdict.accepted || accepted <= Self::MOST_ACCEPTED
        });
        Self {
            id: record.id.0,
            kind: record.kind.clone(),
            file_name: record.file_name.clone(),
            state: record.state.as_str(),
            created_at: record.created_at,
            rows: record.rows,
            refused: record.refused,
            verdicts: verdicts.collect(),
        }
    }
}

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
}

/// Whether an import may still be committed.
pub(super) fn is_open(record: &ImportRecord) -> bool {
    record.state == ImportState::Previewed
}

//! A file that was looked at, and maybe taken over.

use mtm_core::word::{ImportId, Timestamp, UserId};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportState {
    /// Every row was judged, nothing was written.
    Previewed,
    /// Its rows are in the ledger.
    Committed,
    /// Its movements were undone.
    Undone,
    /// It could not be taken over.
    Failed,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Previewed, Self::Committed, Self::Undone, Self::Failed];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Previewed => "previewed",
            Self::Committed => "committed",
            Self::Undone => "undone",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// Identity; its movements carry it.
    pub id: ImportId,
    /// What its rows are: `movements`, `parts`, `locations`, …
    pub kind: String,
    /// The file as its owner named it.
    pub file_name: String,
    /// SHA-256 of the file.
    pub source_hash: [u8; 32],
    /// Where it stands.
    pub state: ImportState,
    /// Who brought it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it was committed, undone or failed.
    pub finished_at: Option<Timestamp>,
    /// Rows of data.
    pub rows: u32,
    /// Rows refused.
    pub refused: u32,
    /// The parsed rows and their verdicts, as the preview showed them; null in lists.
    pub detail: serde_json::Value,
}

/// An import that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    /// What its rows are.
    pub kind: String,
    /// The file as its owner named it.
    pub file_name: String,
    /// SHA-256 of the file.
    pub source_hash: [u8; 32],
    /// Rows of data.
    pub rows: u32,
    /// Rows refused.
    pub refused: u32,
    /// The parsed rows and their verdicts.
    pub detail: serde_json::Value,
}

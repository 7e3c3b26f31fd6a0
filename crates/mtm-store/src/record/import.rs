//! A file that was looked at, and maybe taken over.

use std::ops::Range;

use mtm_core::word::{ImportId, Timestamp, UserId};

use super::undo::UndoStep;
use crate::submission::IdempotencyKey;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportState {
    /// Every row was judged, nothing was written.
    Previewed,
    /// Its rows are in the ledger.
    Committed,
    /// Its movements were undone.
    Undone,
    /// It was given up halfway.
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
    /// Its columns and what was said of its rows; null in lists.
    pub detail: serde_json::Value,
    /// How far taking it over has come, where it was begun and has not ended.
    pub begun: Option<ImportStep>,
    /// How far undoing it in steps has come, where it was begun and has not ended.
    pub undo: Option<UndoStep>,
}

/// The last step of taking an import over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportStep {
    /// Which of the accepted rows it took over, counted from 0. What comes before is taken over
    /// too; a step without rows ended the import.
    pub rows: Range<u32>,
    /// When.
    pub at: Timestamp,
}

impl ImportStep {
    /// The key under which `rows` of an import are taken over, whoever does it how often. What it
    /// stands for is those rows and no others: no other step can begin where this one did.
    pub fn key(import: ImportId, rows: &Range<u32>, by: UserId) -> IdempotencyKey {
        let mut fingerprint = [0; 32];
        fingerprint[..4].copy_from_slice(&rows.end.to_be_bytes());
        fingerprint[16..].copy_from_slice(import.0.as_bytes());
        let key = format!("{}{:08}", Self::prefix(import), rows.start);
        IdempotencyKey { key, fingerprint, user: by }
    }

    /// What the keys of an import begin with.
    pub(crate) fn prefix(import: ImportId) -> String {
        format!("import:{}#", import.0.simple())
    }

    /// The step of a key.
    pub(crate) fn of(key: &str, fingerprint: [u8; 32], at: Timestamp) -> Option<Self> {
        let first = key.rsplit_once('#')?.1.parse().ok()?;
        let [a, b, c, d, ..] = fingerprint;
        Some(Self { rows: first..u32::from_be_bytes([a, b, c, d]), at })
    }
}

/// Rows of an import in the form in which they are kept until they are taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportBlock {
    /// Which of the accepted rows, counted from 0.
    pub rows: Range<u32>,
    /// The rows; whoever kept them knows the form.
    pub body: String,
}

/// An import that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    /// Identity, under which its rows are kept already.
    pub id: ImportId,
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
    /// Its columns and what was said of its rows.
    pub detail: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_step() {
        let import = ImportId(uuid::Uuid::from_u128(7));
        let key = ImportStep::key(import, &(250..1_000), UserId(3));
        assert_eq!(key.key, "import:00000000000000000000000000000007#00000250");
        let step = ImportStep::of(&key.key, key.fingerprint, Timestamp::from_micros(5)).unwrap();
        assert_eq!(step.rows, 250..1_000);
        let other = ImportStep::key(import, &(250..500), UserId(3));
        assert!(other.key == key.key && other.fingerprint != key.fingerprint);
    }
}

//! The undo of an import that has more movements than one command gives back.

use std::ops::Range;

use mtm_core::outcome::Outcome;
use mtm_core::rejection::Rejection;
use mtm_core::word::{ImportId, Timestamp, UserId};

use crate::submission::IdempotencyKey;

/// Most movements of an import that are undone by one command, all or none.
pub const UNDO_AT_ONCE: u32 = 1_000;

/// Most movements that the answer to an undo in steps shows.
pub const UNDO_SHOWN: usize = 1_000;

/// The last step of undoing an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoStep {
    /// Which of the import's movements it gave back, counted from 0, the newest. What comes before
    /// is given back too.
    pub rows: Range<u32>,
    /// How many the import has.
    pub total: u32,
    /// When.
    pub at: Timestamp,
}

impl UndoStep {
    /// The key under which `rows` of the movements of an import are given back, whoever does it how
    /// often.
    pub fn key(import: ImportId, rows: &Range<u32>, total: u32, by: UserId) -> IdempotencyKey {
        let mut fingerprint = [0; 32];
        fingerprint[..4].copy_from_slice(&rows.end.to_be_bytes());
        fingerprint[4..8].copy_from_slice(&total.to_be_bytes());
        fingerprint[16..].copy_from_slice(import.0.as_bytes());
        let key = format!("{}{:08}", Self::prefix(import), rows.start);
        IdempotencyKey { key, fingerprint, user: by }
    }

    /// What the keys of an import's undo begin with.
    pub(crate) fn prefix(import: ImportId) -> String {
        format!("undo-import:{}#", import.0.simple())
    }

    /// The step of a key.
    pub(crate) fn of(key: &str, fingerprint: [u8; 32], at: Timestamp) -> Option<Self> {
        let first = key.rsplit_once('#')?.1.parse().ok()?;
        let number = |from: usize| {
            let bytes = fingerprint.get(from..from + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(bytes))
        };
        Some(Self { rows: first..number(0)?, total: number(4)?, at })
    }
}

/// What an undo would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoTrial {
    /// Movements that would be given back.
    pub undone: u32,
    /// Those that were before.
    pub before: u32,
    /// Those that cannot be.
    pub refused: u32,
    /// Why, of the newest of them.
    pub refusals: Vec<Rejection>,
    /// What it would answer, with the newest [`UNDO_SHOWN`] of the movements.
    pub outcome: Outcome,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_step() {
        let import = ImportId(uuid::Uuid::from_u128(7));
        let key = UndoStep::key(import, &(250..1_000), 9_000, UserId(3));
        assert_eq!(key.key, "undo-import:00000000000000000000000000000007#00000250");
        let step = UndoStep::of(&key.key, key.fingerprint, Timestamp::from_micros(5)).unwrap();
        assert_eq!((step.rows, step.total), (250..1_000, 9_000));
    }
}

//! Walking the audit chain beside the movement log.

use std::collections::HashSet;

use mtm_core::audit::{self, Hash};
use mtm_core::word::{LotNumber, MovementId};

use super::Stop;
use crate::entry::{self, MovementEntry};
use crate::integrity::{Damage, FirstBad};
use crate::sql::{Connection, Error, OptionalExtension, Row, params, uuid};

/// The entries of a stretch, each with the movement that it is about.
pub(super) const ENTRIES: &str = concat!(
    "SELECT audit.sequence, audit.kind, audit.movement_sequence, audit.user_id, audit.at,
            audit.entry, audit.hash, movement.sequence, ",
    entry::columns!(),
    " FROM audit LEFT JOIN movement ON movement.sequence = audit.movement_sequence
     WHERE audit.sequence >= ?1 AND audit.sequence <= ?2
     ORDER BY audit.sequence LIMIT ?3"
);
pub(super) const HASH: &str = "SELECT hash FROM audit WHERE sequence = ?1";
pub(super) const ENTRY: &str = "SELECT entry, hash FROM audit WHERE sequence = ?1";
pub(super) const LAST_MOVEMENT: &str = "
    SELECT movement_sequence FROM audit
    WHERE sequence <= ?1 AND movement_sequence IS NOT NULL
    ORDER BY sequence DESC LIMIT 1";
pub(super) const MOVEMENT_FROM: &str =
    "SELECT sequence, id, lot FROM movement WHERE sequence >= ?1 ORDER BY sequence LIMIT 1";

/// How far the walk is.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// Position of the next audit entry.
    pub(super) next: u64,
    /// Hash of the one before it.
    pub(super) hash: Hash,
    /// Feed position of the next movement.
    pub(super) next_movement: u64,
    /// Entries walked.
    pub(super) checked: u64,
    /// The lots that the movements touched, where they are wanted.
    pub(super) touched: Option<HashSet<LotNumber>>,
}

impl Walk {
    /// Before the audit entry at `from`, whose predecessor is believed.
    pub(super) fn before(
        connection: Connection<'_>,
        from: u64,
        touched: bool,
    ) -> Result<Self, Stop> {
        let before = from.saturating_sub(1).cast_signed();
        let hash = connection.query_row(HASH, params![before], |row| row.get(0)).optional()?;
        let movement: Option<i64> =
            connection.query_row(LAST_MOVEMENT, params![before], |row| row.get(0)).optional()?;
        Ok(Self {
            next: from.max(1),
            hash: hash.map_or(Hash::GENESIS, Hash),
            next_movement: movement.unwrap_or(0).cast_unsigned() + 1,
            checked: 0,
            touched: touched.then(HashSet::new),
        })
    }

    /// Walks on to the entry at `to`, at most `step` entries. `false` at the end.
    pub(super) fn step(
        &mut self,
        connection: Connection<'_>,
        to: u64,
        step: u32,
    ) -> Result<bool, Stop> {
        let mut statement = connection.prepare_cached(ENTRIES)?;
        let mut rows = statement.query(params![self.next.cast_signed(), to.cast_signed(), step])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            self.check(connection, &row)?;
            found += 1;
        }
        if found == 0 && self.next <= to {
            return Err(missing(self.next).into());
        }
        Ok(self.next <= to)
    }

    fn check(&mut self, connection: Connection<'_>, row: &Row<'_>) -> Result<(), Stop> {
        let sequence = row.get::<i64>(0)?.cast_unsigned();
        if sequence != self.next {
            return Err(missing(self.next).into());
        }
        let kind = row.text(1)?;
        let entry = row.text(5)?;
        let stored = Hash(row.get(6)?);
        let hash = audit::chain(&self.hash, entry.as_bytes());
        let expected = if kind == "movement" {
            Some(self.expected_entry(row, sequence, entry)?)
        } else {
            None
        };
        if hash != stored {
            return Err(broken_link(connection, sequence, entry, &stored, expected.as_ref()));
        }
        match expected {
            Some(expected) if expected.text != entry => {
                return Err(bad(
                    &expected,
                    Damage::MovementAltered,
                    sequence,
                    format!(
                        "movement {} is not what its audit entry says: {} instead of {entry}",
                        expected.sequence, expected.text
                    ),
                ));
            }
            Some(expected) => self.pass_movement(expected),
            None => check_columns(row, sequence, kind, entry)?,
        }
        self.hash = hash;
        self.next += 1;
        self.checked += 1;
        Ok(())
    }

    fn pass_movement(&mut self, movement: MovementEntry) {
        self.next_movement += 1;
        if let Some(touched) = &mut self.touched {
            touched.extend(movement.to_lot);
            touched.insert(movement.lot);
        }
    }

    /// The entry that the movement beside this row should have.
    fn expected_entry(
        &self,
        row: &Row<'_>,
        sequence: u64,
        entry: &str,
    ) -> Result<MovementEntry, Stop> {
        let names = row.get::<Option<i64>>(2)?.map(i64::cast_unsigned);
        let found = row.get::<Option<i64>>(7)?.map(i64::cast_unsigned);
        if names != Some(self.next_movement) {
            return Err(FirstBad {
                audit_sequence: Some(sequence),
                sequence: names,
                ..FirstBad::new(
                    Damage::AuditEntryAltered,
                    format!(
                        "audit entry {sequence} should be that of movement {}",
                        self.next_movement
                    ),
                )
            }
            .into());
        }
        if found.is_none() {
            return Err(told_by(entry, sequence, self.next_movement).into());
        }
        MovementEntry::read(row, 8, self.next_movement).map_err(|error| {
            FirstBad {
                sequence: names,
                audit_sequence: Some(sequence),
                ..FirstBad::new(
                    Damage::MovementAltered,
                    format!("movement {} cannot be read: {error}", self.next_movement),
                )
            }
            .into()
        })
    }
}

fn missing(sequence: u64) -> FirstBad {
    FirstBad {
        audit_sequence: Some(sequence),
        ..FirstBad::new(
            Damage::AuditEntryMissing,
            format!("audit entry {sequence} is missing or out of order"),
        )
    }
}

/// Which of entry and hash was altered: what the movement and the next entry's hash say.
fn broken_link(
    connection: Connection<'_>,
    sequence: u64,
    entry: &str,
    stored: &Hash,
    expected: Option<&MovementEntry>,
) -> Stop {
    let next = connection.query_row(ENTRY, params![(sequence + 1).cast_signed()], |row| {
        Ok::<(String, [u8; 32]), Error>((row.get(0)?, row.get(1)?))
    });
    let hash_fits_next = next
        .optional()
        .ok()
        .flatten()
        .map(|(entry, hash)| audit::chain(stored, entry.as_bytes()) == Hash(hash));
    let entry_fits_movement = expected.map(|expected| expected.text == entry);
    let what = match (hash_fits_next, entry_fits_movement) {
        (Some(true), _) | (_, Some(false)) => Damage::AuditEntryAltered,
        _ => Damage::AuditHashAltered,
    };
    let message = format!("audit entry {sequence} and its hash do not belong together");
    match expected {
        Some(expected) => bad(expected, what, sequence, message),
        None => FirstBad { audit_sequence: Some(sequence), ..FirstBad::new(what, message) }.into(),
    }
}

/// The columns beside an entry that is not a movement's say the same as the entry.
fn check_columns(row: &Row<'_>, sequence: u64, kind: &str, entry: &str) -> Result<(), Stop> {
    let (user, at): (i64, i64) = (row.get(3)?, row.get(4)?);
    let agrees = serde_json::from_str::<(String, i64, i64, serde_json::Value)>(entry)
        .is_ok_and(|(said, by, when, _)| said == kind && by == user && when == at);
    if agrees && row.get::<Option<i64>>(2)?.is_none() {
        return Ok(());
    }
    let message = format!("the columns of audit entry {sequence} are not what the entry says");
    let bad = FirstBad::new(Damage::AuditEntryAltered, message);
    Err(FirstBad { audit_sequence: Some(sequence), ..bad }.into())
}

/// A movement that is gone, as far as its entry tells.
fn told_by(entry: &str, audit_sequence: u64, sequence: u64) -> FirstBad {
    let fields: Vec<serde_json::Value> = serde_json::from_str(entry).unwrap_or_default();
    let id = fields.get(2).and_then(|id| id.as_str()).and_then(|id| id.parse().ok());
    let lot = [6, 7].into_iter().find_map(|end| {
        let lot = fields.get(end)?.get(3)?.as_str()?;
        LotNumber::parse(lot).ok()
    });
    FirstBad {
        sequence: Some(sequence),
        audit_sequence: Some(audit_sequence),
        movement_id: id,
        lot,
        ..FirstBad::new(Damage::MovementMissing, format!("movement {sequence} is missing"))
    }
}

/// `what` is wrong with this movement.
fn bad(movement: &MovementEntry, what: Damage, audit_sequence: u64, message: String) -> Stop {
    FirstBad {
        what,
        sequence: Some(movement.sequence),
        audit_sequence: Some(audit_sequence),
        movement_id: Some(movement.record.id),
        lot: Some(movement.lot.clone()),
        message,
    }
    .into()
}

/// Refuses the first movement from `sequence` on: the chain ended before it.
pub(super) fn refuse_unaudited(connection: Connection<'_>, sequence: u64) -> Result<(), Stop> {
    let mut statement = connection.prepare_cached(MOVEMENT_FROM)?;
    let mut rows = statement.query(params![sequence.cast_signed()])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let sequence = row.get::<i64>(0)?;
    Err(FirstBad {
        sequence: Some(sequence.cast_unsigned()),
        movement_id: Some(MovementId(uuid(&row, 1)?)),
        lot: LotNumber::parse(row.text(2)?).ok(),
        ..FirstBad::new(
            Damage::MovementUnaudited,
            format!("movement {sequence} has no audit entry"),
        )
    }
    .into())
}

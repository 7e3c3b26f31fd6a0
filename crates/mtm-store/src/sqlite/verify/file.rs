//! What concerns no single entry: movements without entries, references, the file's structure.

use mtm_core::word::{LotNumber, MovementId};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::Stop;
use crate::integrity::{Damage, FirstBad};

/// Refuses the first movement from `sequence` on: the chain ended before it.
pub(super) fn refuse_unaudited(connection: &Connection, sequence: u64) -> Result<(), Stop> {
    let found = connection
        .query_row(
            "SELECT sequence, id, lot FROM movement WHERE sequence >= ?1 ORDER BY sequence LIMIT 1",
            [sequence.cast_signed()],
            |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, String>(2)?)),
        )
        .optional()?;
    let Some((sequence, id, lot)) = found else { return Ok(()) };
    Err(FirstBad {
        sequence: Some(sequence.cast_unsigned()),
        movement_id: Some(MovementId(Uuid::from_bytes(id))),
        lot: LotNumber::parse(&lot).ok(),
        ..FirstBad::new(
            Damage::MovementUnaudited,
            format!("movement {sequence} has no audit entry"),
        )
    }
    .into())
}

/// Every row that a row names exists.
pub(super) fn check_references(connection: &Connection) -> Result<(), Stop> {
    let found = connection
        .query_row("PRAGMA foreign_key_check", [], |row| {
            let (table, rowid, parent): (String, Option<i64>, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((table, rowid, parent))
        })
        .optional()?;
    let Some((table, rowid, parent)) = found else { return Ok(()) };
    let row = rowid.map_or_else(String::new, |rowid| format!(" {rowid}"));
    let message = format!("{table}{row} names a {parent} that does not exist");
    let sequence = rowid.filter(|_| table == "movement").map(i64::cast_unsigned);
    Err(FirstBad { sequence, ..FirstBad::new(Damage::DanglingReference, message) }.into())
}

/// The structure of the file, and what the schema asks of every row.
pub(super) fn check_structure(connection: &Connection) -> Result<(), Stop> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(FirstBad::new(Damage::FileDamaged, verdict).into())
}

//! What verification asks of the file itself: its references and its structure.

use rusqlite::{Connection, OptionalExtension};

use crate::integrity::{Damage, FirstBad};
use crate::verify::Stop;

/// Every row that a row names exists.
pub(crate) fn check_references(connection: &Connection) -> Result<(), Stop> {
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
pub(crate) fn check_structure(connection: &Connection) -> Result<(), Stop> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(FirstBad::new(Damage::FileDamaged, verdict).into())
}

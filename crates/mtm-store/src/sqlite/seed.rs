//! What a new ledger starts with: reasons, item types, the operation of parts without routing,
//! and the user that the system itself acts as.

use rusqlite::{Connection, params};

use mtm_core::word::{OperationCode, fold};

use crate::clock::Clock;

/// Row of the user that the system itself acts as.
pub(crate) const SYSTEM_USER: i64 = 1;

/// Kind, code, description, whether it explains nothing without notes.
const REASONS: &[(&str, &str, &str, bool)] = &[
    ("scrap", "damaged", "Damaged", false),
    ("scrap", "other", "Other, see notes", true),
    ("adjust", "count", "Count result", false),
    ("adjust", "other", "Other, see notes", true),
    ("hold", "quality", "Quality", false),
    ("hold", "other", "Other, see notes", true),
    ("out", "other", "Other, see notes", true),
];

const ITEM_TYPES: &[&str] = &["WIP", "Dunnage", "Outside Service", "Other"];

/// Writes the first rows of a new ledger.
pub(crate) fn plant(connection: &Connection, clock: &dyn Clock) -> rusqlite::Result<()> {
    let now = clock.now().micros();
    connection.execute(
        "INSERT INTO site (id, name, time_zone, created_at) VALUES (1, 'plant', 'UTC', ?1)",
        [now],
    )?;
    connection.execute(
        "INSERT INTO user (id, uid, kind, name, folded, role, created_at)
         VALUES (?1, ?2, 'system', 'system', 'SYSTEM', 'admin', ?3)",
        params![SYSTEM_USER, clock.fresh_uuid().as_bytes(), now],
    )?;
    for (kind, code, description, needs_notes) in REASONS {
        connection.execute(
            "INSERT INTO reason (uid, kind, code, description, needs_notes)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![clock.fresh_uuid().as_bytes(), kind, code, description, needs_notes],
        )?;
    }
    for code in ITEM_TYPES {
        connection.execute(
            "INSERT INTO item_type (uid, code, folded) VALUES (?1, ?2, ?3)",
            params![clock.fresh_uuid().as_bytes(), code, fold(code)],
        )?;
    }
    connection.execute(
        "INSERT INTO operation (uid, code, folded, description)
         VALUES (?1, ?2, ?2, 'No routing')",
        params![clock.fresh_uuid().as_bytes(), OperationCode::NOT_APPLICABLE],
    )?;
    Ok(())
}

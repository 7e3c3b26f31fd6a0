//! What a new ledger starts with: reasons, item types, the operation of parts without routing,
//! and the user that the system itself acts as.

use std::borrow::Cow;

use rusqlite::Connection;

use mtm_core::word::{OperationCode, fold};

use crate::clock::Clock;
use crate::sql::Value;

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

/// One insert.
type Insert = (&'static str, Vec<Value<'static>>);

/// The first rows of a new ledger, each as the statement that writes it.
pub(crate) fn rows(clock: &dyn Clock) -> Vec<Insert> {
    let now = clock.now().micros();
    let id = || Value::Blob(Cow::Owned(clock.fresh_uuid().into_bytes().to_vec()));
    let text = |text: &'static str| Value::Text(Cow::Borrowed(text));
    let mut rows: Vec<Insert> = vec![
        (
            "INSERT INTO site (id, name, time_zone, created_at) VALUES (1, 'plant', 'UTC', ?1)",
            vec![Value::Int(now)],
        ),
        (
            "INSERT INTO user (id, uid, kind, name, folded, role, created_at)
             VALUES (?1, ?2, 'system', 'system', 'SYSTEM', 'admin', ?3)",
            vec![Value::Int(SYSTEM_USER), id(), Value::Int(now)],
        ),
    ];
    for (kind, code, description, needs_notes) in REASONS {
        rows.push((
            "INSERT INTO reason (uid, kind, code, description, needs_notes)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            vec![
                id(),
                text(kind),
                text(code),
                text(description),
                Value::Int(i64::from(*needs_notes)),
            ],
        ));
    }
    for code in ITEM_TYPES {
        rows.push((
            "INSERT INTO item_type (uid, code, folded) VALUES (?1, ?2, ?3)",
            vec![id(), text(code), Value::Text(Cow::Owned(fold(code)))],
        ));
    }
    rows.push((
        "INSERT INTO operation (uid, code, folded, description)
         VALUES (?1, ?2, ?2, 'No routing')",
        vec![id(), text(OperationCode::NOT_APPLICABLE)],
    ));
    rows
}

/// Writes the first rows of a new ledger.
pub(crate) fn plant(connection: &Connection, clock: &dyn Clock) -> rusqlite::Result<()> {
    for (sql, values) in rows(clock) {
        connection.execute(sql, rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

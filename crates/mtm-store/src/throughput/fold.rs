//! From movements to sums.

use std::collections::BTreeMap;

use mtm_core::movement::MovementType;

use crate::read::Dialects;
use crate::sql::{Connection, Error, Row, named, params};

/// Microseconds of a quarter of an hour.
pub(super) const SLOT: i64 = 15 * 60 * 1_000_000;

/// Movements of one statement, where nobody says how many.
pub(super) const CHUNK: i64 = 5_000;

macro_rules! since {
    ($log:literal) => {
        concat!(
            "SELECT m.sequence, m.type, m.quantity, coalesce(m.from_operation_id, m.to_operation_id),
                    m.recorded_at, o.type, coalesce(o.from_operation_id, o.to_operation_id),
                    o.recorded_at
             FROM ",
            $log,
            " LEFT JOIN movement AS o ON o.id = m.reverses
             WHERE m.sequence > ?1 AND m.sequence <= ?2 ORDER BY m.sequence LIMIT ?3"
        )
    };
}

pub(crate) const SINCE: Dialects = Dialects {
    sqlite: since!("movement AS m"),
    mariadb: since!("movement AS m FORCE INDEX (sequence)"),
};

/// What a row of the table is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    /// Quarter of an hour.
    pub(super) slot: i64,
    /// Type.
    pub(super) kind: MovementType,
    /// Row of the operation.
    pub(super) operation: i64,
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    /// Movements, less those reversed.
    pub(super) movements: i64,
    /// Their 10⁻⁶ pieces.
    pub(super) units: i64,
}

/// Sums by key.
pub(super) type Sums = BTreeMap<Key, Sum>;

/// Adds to a sum.
pub(super) fn add(sums: &mut Sums, key: Key, more: Sum) {
    let sum = sums.entry(key).or_default();
    sum.movements += more.movements;
    sum.units += more.units;
}

/// Calls `told` with everything that the movements after `low` up to `high` add, at most `most` of them; the
/// last one's position, and whether there may be more.
pub(super) fn chunk(
    connection: Connection<'_>,
    low: i64,
    high: i64,
    most: i64,
    told: &mut dyn FnMut(Key, Sum),
) -> Result<(i64, bool), Error> {
    let mut statement = connection.prepare_cached(SINCE.on(&connection))?;
    let mut rows = statement.query(params![low, high, most])?;
    let (mut last, mut met) = (low, 0);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        met += 1;
        let units: i64 = row.get(2)?;
        told(key(&row, 1, 3, 4)?, Sum { movements: 1, units });
        if !row.is_null(5)? {
            told(key(&row, 5, 6, 7)?, Sum { movements: -1, units: -units });
        }
    }
    Ok((last, met == most))
}

fn key(row: &Row<'_>, kind: usize, operation: usize, at: usize) -> Result<Key, Error> {
    Ok(Key {
        slot: row.get::<i64>(at)?.div_euclid(SLOT),
        kind: named(row, kind, MovementType::from_name)?,
        operation: row.get(operation)?,
    })
}

//! Is the stock of this moment what the log makes? Answered without reading the whole log.
//!
//! The stock is known at the nearest closing before now, or at the beginning where there was none.
//! From there on every movement adds to a sketch, the stock itself is taken from it, and nothing must
//! be left. A sketch sums the quantity of every bucket times a random factor that belongs to the bucket;
//! there is one for each of some hundred groups of lots, so that memory does not grow with the stock and
//! only the lots of a group that is not zero are compared one by one.
//!
//! A closing is believed here. Where one is wrong, no lot will be found to differ, and it is given up;
//! that closings and log agree is what a full verification compares.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};

use super::{Stop, lot};
use crate::closing::{self, Of};
use crate::read::MOVEMENTS_BETWEEN;
use crate::sql::{Connection, Error, Row, params};

/// Groups of lots.
const GROUPS: usize = 512;
/// Rows of a chunk.
const CHUNK: i64 = 5_000;

pub(super) const NEWEST: &str = "SELECT max(sequence) FROM movement";
/// The stock after a bucket, in the order of the lots.
pub(super) const STOCK: &str = "
    SELECT lot, operation_id, location_id, quantity, part_id FROM stock
    WHERE (lot, operation_id, location_id) > (?1, ?2, ?3) AND +lot >= ?1
    ORDER BY lot, operation_id, location_id LIMIT ?4";
/// What has no place in the log yet, which only a server knows.
const UNSEALED: &str = "
    SELECT sequence, part_id, quantity, lot, from_operation_id, from_location_id,
           coalesce(to_lot, lot), to_operation_id, to_location_id
    FROM movement FORCE INDEX (sequence) WHERE sequence IS NULL";

/// What became of a comparison.
pub(super) enum Present {
    /// Stock and log agree.
    Agrees,
    /// They agree lot by lot: a closing is wrong.
    ClosingDiffers,
}

/// A bucket: part, lot, operation, location.
type Key<'k> = (i64, &'k str, i64, i64);

/// Compares all stock with the log, in one moment. Refuses the first lot that differs.
pub(super) fn check(connection: Connection<'_>) -> Result<Present, Stop> {
    let factors = RandomState::new();
    let group = |lot: &str| usize::try_from(factors.hash_one(lot)).unwrap_or(0) % GROUPS;
    let mut sketch = vec![0_u64; GROUPS];
    each(connection, &mut |key, units| {
        let product = units.cast_unsigned().wrapping_mul(factors.hash_one(key) | 1);
        let group = &mut sketch[group(key.1)];
        *group = group.wrapping_add(product);
    })?;
    if sketch.iter().all(|sum| *sum == 0) {
        return Ok(Present::Agrees);
    }
    let mut suspects = BTreeSet::new();
    each(connection, &mut |key, _| {
        if sketch[group(key.1)] != 0 && !suspects.contains(key.1) {
            suspects.insert(key.1.to_owned());
        }
    })?;
    suspects.iter().try_for_each(|suspect| lot::check(connection, suspect))?;
    Ok(Present::ClosingDiffers)
}

/// Tells `told` of everything that must add up to nothing: the closing, what happened since, and the
/// stock with the opposite sign.
fn each(connection: Connection<'_>, told: &mut dyn FnMut(Key<'_>, i64)) -> Result<(), Error> {
    let newest: Option<i64> = connection.query_row(NEWEST, params![], |row| row.get(0))?;
    let newest = newest.unwrap_or(0);
    let begin = closing::before(connection, newest)?;
    if let Some(begin) = begin {
        closing::each(connection, begin, &Of::Everything, &mut |it: closing::Bucket| {
            told((it.part, &it.lot, it.operation, it.location), it.units);
            Ok::<(), Error>(())
        })?;
    }
    movements(connection, begin.unwrap_or(0), newest, told)?;
    stock(connection, told)
}

fn movements(
    connection: Connection<'_>,
    begin: i64,
    newest: i64,
    told: &mut dyn FnMut(Key<'_>, i64),
) -> Result<(), Error> {
    let mut upto = begin;
    let mut statement = connection.prepare_cached(MOVEMENTS_BETWEEN.on(&connection))?;
    loop {
        let mut rows = statement.query(params![upto, newest, CHUNK])?;
        let mut met = 0;
        while let Some(row) = rows.next()? {
            effect(&row, told)?;
            upto = row.get(0)?;
            met += 1;
        }
        if met < CHUNK {
            break;
        }
    }
    if let Connection::MariaDb(_) = connection {
        let mut statement = connection.prepare_cached(UNSEALED)?;
        let mut rows = statement.query(params![])?;
        while let Some(row) = rows.next()? {
            effect(&row, told)?;
        }
    }
    Ok(())
}

/// What a movement does to its two buckets.
fn effect(row: &Row<'_>, told: &mut dyn FnMut(Key<'_>, i64)) -> Result<(), Error> {
    let (part, units): (i64, i64) = (row.get(1)?, row.get(2)?);
    for (first, units) in [(3, -units), (6, units)] {
        let Some(operation) = row.get::<Option<i64>>(first + 1)? else { continue };
        told((part, row.text(first)?, operation, row.get(first + 2)?), units);
    }
    Ok(())
}

fn stock(connection: Connection<'_>, told: &mut dyn FnMut(Key<'_>, i64)) -> Result<(), Error> {
    let mut last = (String::new(), i64::MIN, i64::MIN);
    let mut statement = connection.prepare_cached(STOCK)?;
    loop {
        let mut rows = statement.query(params![last.0, last.1, last.2, CHUNK])?;
        let (mut met, mut next) = (0, None);
        while let Some(row) = rows.next()? {
            let (operation, location) = (row.get(1)?, row.get(2)?);
            told((row.get(4)?, row.text(0)?, operation, location), -row.get::<i64>(3)?);
            met += 1;
            if met == CHUNK {
                next = Some((row.text(0)?.to_owned(), operation, location));
            }
        }
        match next {
            Some(next) => last = next,
            None => return Ok(()),
        }
    }
}

//! Which place in the log to begin from, and what the stock was there.

use crate::read::Dialects;
use crate::read::dialect::{json_each, json_numbers};
use crate::sql::{Connection, Error, Row, Value, params};

/// Rows of a chunk.
const CHUNK: i64 = 5_000;

pub(crate) const BEFORE: &str =
    "SELECT max(sequence) FROM closing_point WHERE sequence <= ?1 AND whole = 1";
pub(crate) const AFTER: &str =
    "SELECT min(sequence) FROM closing_point WHERE sequence >= ?1 AND whole = 1";

macro_rules! rows {
    ($from:expr, $tail:expr) => {
        concat!(
            "SELECT c.part_id, c.operation_id, c.location_id, c.lot, c.quantity FROM ",
            $from,
            $tail
        )
    };
}

/// All of it, from a key on.
pub(crate) const WHOLE: &str = rows!(
    "closing AS c",
    " WHERE c.sequence = ?1
        AND (c.location_id, c.part_id, c.lot, c.operation_id) > (?2, ?3, ?4, ?5)
        AND +c.location_id >= ?2
      ORDER BY c.location_id, c.part_id, c.lot, c.operation_id LIMIT ?6"
);
/// That of a part.
pub(crate) const OF_PART: Dialects = Dialects {
    sqlite: rows!(
        "closing AS c INDEXED BY closing_by_part",
        " WHERE c.sequence = ?1 AND c.part_id = ?2"
    ),
    mariadb: rows!(
        "closing AS c FORCE INDEX (closing_by_part)",
        " WHERE c.sequence = ?1 AND c.part_id = ?2"
    ),
};
/// That at the locations of a list.
pub(crate) const OF_LOCATIONS: Dialects = Dialects {
    sqlite: concat!(
        "SELECT c.part_id, c.operation_id, c.location_id, c.lot, c.quantity FROM ",
        json_each!("?2"),
        " AS listed CROSS JOIN closing c ON c.sequence = ?1 AND c.location_id = listed.value"
    ),
    mariadb: concat!(
        "SELECT c.part_id, c.operation_id, c.location_id, c.lot, c.quantity FROM ",
        json_numbers!("?2"),
        " STRAIGHT_JOIN closing c ON c.sequence = ?1 AND c.location_id = listed.value"
    ),
};

/// A place in the log at which the stock is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before the first movement there was none.
    Beginning,
    /// After this movement there is a closing.
    Closing(i64),
    /// After the newest movement it is the stock itself.
    Present,
}

/// The place that is nearest to the movement `sequence` of `newest`, and the movement after which it is.
pub(crate) fn nearest(
    connection: Connection<'_>,
    sequence: i64,
    newest: i64,
) -> Result<(Place, i64), Error> {
    let closing = |sql| -> Result<Option<i64>, Error> {
        connection.prepare_cached(sql)?.query_row(params![sequence], |row| row.get(0))
    };
    let (before, after) = (closing(BEFORE)?, closing(AFTER)?);
    let closings = [before, after].into_iter().flatten().map(|at| (Place::Closing(at), at));
    // Of two that are as near, the one that is simpler to read.
    let ends = [(Place::Present, newest), (Place::Beginning, 0)];
    let all = ends.into_iter().chain(closings);
    Ok(all.min_by_key(|(_, at)| (sequence - at).abs()).unwrap_or((Place::Present, newest)))
}

/// The newest closing that is not after the movement `sequence`.
pub(crate) fn before(connection: Connection<'_>, sequence: i64) -> Result<Option<i64>, Error> {
    connection.prepare_cached(BEFORE)?.query_row(params![sequence], |row| row.get(0))
}

/// A bucket of a closing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    pub(crate) location: i64,
    pub(crate) part: i64,
    pub(crate) lot: Box<str>,
    pub(crate) operation: i64,
    pub(crate) units: i64,
}

impl Bucket {
    fn of(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            part: row.get(0)?,
            operation: row.get(1)?,
            location: row.get(2)?,
            lot: row.text(3)?.into(),
            units: row.get(4)?,
        })
    }
}

/// The next buckets of the closing at `sequence`, after `last`. Fewer than [`CHUNK`] at the end.
pub(crate) fn chunk(
    connection: Connection<'_>,
    sequence: i64,
    last: Option<&Bucket>,
) -> Result<(Vec<Bucket>, bool), Error> {
    let (location, part, lot, operation) = last.map_or((i64::MIN, 0, "", 0), |last| {
        (last.location, last.part, &*last.lot, last.operation)
    });
    let values = params![sequence, location, part, lot, operation, CHUNK];
    let found = connection.prepare_cached(WHOLE)?.query_all(values, Bucket::of)?;
    let more = i64::try_from(found.len()).is_ok_and(|met| met == CHUNK);
    Ok((found, more))
}

/// Calls `told` with every bucket of the closing at `sequence`: of these parts, or at these locations,
/// where any are named.
pub(crate) fn each<E: From<Error>>(
    connection: Connection<'_>,
    sequence: i64,
    of: &Of,
    told: &mut dyn FnMut(Bucket) -> Result<(), E>,
) -> Result<(), E> {
    let mut some = |sql: &str, values: &[Value<'_>]| -> Result<(), E> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            told(Bucket::of(&row)?)?;
        }
        Ok(())
    };
    match of {
        Of::Parts(parts) => {
            let sql = OF_PART.on(&connection);
            parts.iter().try_for_each(|part| some(sql, params![sequence, part]))
        }
        Of::Locations(list) => some(OF_LOCATIONS.on(&connection), params![sequence, list]),
        Of::Everything => {
            let mut last: Option<Bucket> = None;
            loop {
                let (found, more) = chunk(connection, sequence, last.as_ref())?;
                last = found.last().cloned();
                found.into_iter().try_for_each(&mut *told)?;
                if !more {
                    return Ok(());
                }
            }
        }
    }
}

/// Which buckets of a closing.
pub(crate) enum Of {
    /// Those of these parts.
    Parts(Vec<i64>),
    /// Those at the locations of this list.
    Locations(String),
    /// All.
    Everything,
}

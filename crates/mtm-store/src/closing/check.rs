//! Do the closings say what the log says? Answered in memory that does not grow with either.
//!
//! Stock is reduced to a sketch: the quantity of every bucket times a random factor that belongs to the
//! bucket, summed up. A movement changes the sum by its own two buckets, so that the sketch of the log's
//! beginning up to a closing is that of the closing, if both say the same.

use std::hash::{BuildHasher as _, RandomState};

use super::near::{self, Bucket};
use crate::read::MOVEMENTS_BETWEEN;
use crate::sql::{Connection, Error, Row, params};

/// Movements of a chunk.
const CHUNK: i64 = 5_000;

const NEXT: &str = "SELECT min(sequence) FROM closing_point WHERE sequence > ?1 AND whole = 1";

/// How far log and closings were compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compared {
    factors: RandomState,
    /// The sketch of the log up to `upto`.
    log: u64,
    upto: i64,
    /// The closing that was compared last.
    closing: i64,
    /// The next one, its sketch as far as it was read, and the last bucket that was read of it.
    next: i64,
    sketch: u64,
    last: Option<Bucket>,
    /// Whether one differs.
    pub(crate) differs: bool,
}

impl Compared {
    /// Goes on for a piece. Whether there is more.
    pub(crate) fn step(&mut self, connection: Connection<'_>) -> Result<bool, Error> {
        let next: Option<i64> =
            connection.query_row(NEXT, params![self.closing], |row| row.get(0))?;
        let Some(next) = next else { return Ok(false) };
        if self.upto < next {
            self.go_on(connection, next)?;
            if self.upto < next {
                return Ok(true);
            }
        }
        if self.next != next {
            // The one before it was given up meanwhile.
            (self.next, self.sketch, self.last) = (next, 0, None);
        }
        let (buckets, more) = near::chunk(connection, next, self.last.as_ref())?;
        for Bucket { part, lot, operation, location, units } in &buckets {
            let bucket = (*part, &**lot, *operation, *location);
            self.sketch = self.sketch.wrapping_add(product(&self.factors, bucket, *units));
        }
        self.last = buckets.into_iter().last();
        if more {
            return Ok(true);
        }
        self.closing = next;
        self.differs |= self.sketch != self.log;
        Ok(!self.differs)
    }

    /// Adds the next movements up to that at `end`.
    fn go_on(&mut self, connection: Connection<'_>, end: i64) -> Result<(), Error> {
        let mut statement = connection.prepare_cached(MOVEMENTS_BETWEEN.on(&connection))?;
        let mut rows = statement.query(params![self.upto, end, CHUNK])?;
        let mut met = 0;
        while let Some(row) = rows.next()? {
            let (part, units): (i64, i64) = (row.get(1)?, row.get(2)?);
            self.end(&row, 3, part, -units)?;
            self.end(&row, 6, part, units)?;
            self.upto = row.get(0)?;
            met += 1;
        }
        if met < CHUNK {
            // A closing of movements that are not there differs from them by itself.
            self.upto = end;
        }
        Ok(())
    }

    fn end(&mut self, row: &Row<'_>, first: usize, part: i64, units: i64) -> Result<(), Error> {
        let Some(operation) = row.get::<Option<i64>>(first + 1)? else { return Ok(()) };
        let bucket = (part, row.text(first)?, operation, row.get(first + 2)?);
        self.log = self.log.wrapping_add(product(&self.factors, bucket, units));
        Ok(())
    }
}

fn product(factors: &RandomState, bucket: (i64, &str, i64, i64), units: i64) -> u64 {
    units.cast_unsigned().wrapping_mul(factors.hash_one(bucket) | 1)
}

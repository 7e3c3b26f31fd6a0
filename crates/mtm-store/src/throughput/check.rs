//! Does the table say what the log says? Answered in memory that does not grow with either.
//!
//! Both are reduced to a sketch: every number times two random factors that belong to its key, summed up. A
//! sum of products is the same in whatever order and in however many pieces it was made, so that the log's
//! movements, one by one, make the same sketch as the table's rows. Who changed a row cannot know the
//! factors.

use std::hash::{BuildHasher as _, RandomState};

use mtm_core::movement::MovementType;

use super::fold::{self, Key, Sum};
use super::follow::position;
use crate::sql::{Connection, Error, named, params};

const ROWS: &str = "SELECT slot, type, operation_id, movements, quantity FROM throughput
                    WHERE slot >= ?1 ORDER BY slot, type, operation_id LIMIT ?2";

/// Rows of the table of one statement; a slot has fewer.
const CHUNK: i64 = 20_000;

/// What a side adds up to, under the factors of one comparison.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    factors: RandomState,
    table: (u64, u64),
    log: (u64, u64),
    low: i64,
    high: i64,
}

impl Sketch {
    /// The table's side, and how far the table holds the log: both in one moment.
    pub(crate) fn of_table(connection: Connection<'_>) -> Result<Self, Error> {
        let mut sketch = Self { high: position(connection)?, ..Self::default() };
        let mut statement = connection.prepare_cached(ROWS)?;
        let mut slot = i64::MIN;
        loop {
            let mut page: Vec<(Key, Sum)> = Vec::new();
            let mut rows = statement.query(params![slot, CHUNK])?;
            while let Some(row) = rows.next()? {
                let kind = named(&row, 1, MovementType::from_name)?;
                let key = Key { slot: row.get(0)?, kind, operation: row.get(2)? };
                page.push((key, Sum { movements: row.get(3)?, units: row.get(4)? }));
            }
            let full = i64::try_from(page.len()).is_ok_and(|rows| rows == CHUNK);
            let end = page.last().map(|(key, _)| key.slot).filter(|end| full && *end > slot);
            // The last slot of a full page may go on: it is read again from its beginning.
            for (key, sum) in page.into_iter().filter(|(key, _)| Some(key.slot) != end) {
                Self::add(&sketch.factors, &mut sketch.table, key, sum);
            }
            match end {
                Some(end) => slot = end,
                None => return Ok(sketch),
            }
        }
    }

    /// Adds the next piece of the log. Whether there is more.
    pub(crate) fn step(&mut self, connection: Connection<'_>) -> Result<bool, Error> {
        let (factors, log) = (&self.factors, &mut self.log);
        let mut told = |key, sum| Self::add(factors, log, key, sum);
        let (last, more) = fold::chunk(connection, self.low, self.high, fold::CHUNK, &mut told)?;
        self.low = last;
        Ok(more)
    }

    fn add(factors: &RandomState, side: &mut (u64, u64), key: Key, sum: Sum) {
        let factor =
            |turn: u8| factors.hash_one((turn, key.slot, key.kind.as_str(), key.operation));
        let product = |value: i64, turn| value.cast_unsigned().wrapping_mul(factor(turn) | 1);
        side.0 = side.0.wrapping_add(product(sum.movements, 0));
        side.1 = side.1.wrapping_add(product(sum.units, 1));
    }
}

/// Whether table and log say something else.
pub(crate) fn differs(sketch: &Sketch) -> bool {
    sketch.table != sketch.log
}

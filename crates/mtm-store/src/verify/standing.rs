//! The buckets of the lots of a range, lot after lot.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::moved::Spot;
use crate::sql::{Connection, Error, Row, Statement, params};

/// Buckets of a chunk.
const CHUNK: i64 = 5_000;

/// After a bucket, up to the last of lot `?2`.
pub(super) const STOCK: &str = "
    SELECT lot, operation_id, location_id, quantity, part_id, received_at FROM stock
    WHERE lot <= ?2 AND (lot, operation_id, location_id) > (?1, ?3, ?4) AND +lot >= ?1
    ORDER BY lot, operation_id, location_id LIMIT ?5";

/// What stands in one place.
pub(super) struct Bucket {
    lot: String,
    pub(super) spot: Spot,
    pub(super) units: i64,
    pub(super) part: i64,
    pub(super) received_at: i64,
}

/// The buckets of lots in a range.
pub(super) struct Standing<'c> {
    statement: Statement<'c>,
    here: Peekable<IntoIter<Bucket>>,
    /// The last bucket read.
    lot: String,
    spot: Spot,
    to: String,
    more: bool,
}

impl<'c> Standing<'c> {
    /// Of lots from `from` to `to`.
    pub(super) fn between(connection: Connection<'c>, from: &str, to: &str) -> Result<Self, Error> {
        Ok(Self {
            statement: connection.prepare_cached(STOCK)?,
            here: Vec::new().into_iter().peekable(),
            lot: from.to_owned(),
            spot: (i64::MIN, i64::MIN),
            to: to.to_owned(),
            more: true,
        })
    }

    /// The next bucket of `lot`. Lots are asked for in their order, and what belongs to one before
    /// `lot` is passed over.
    pub(super) fn next_of(&mut self, lot: &str) -> Result<Option<Bucket>, Error> {
        loop {
            match self.here.peek().map(|bucket| bucket.lot.as_str().cmp(lot)) {
                Some(Ordering::Less) => drop(self.here.next()),
                Some(Ordering::Equal) => return Ok(self.here.next()),
                None if self.more => self.read()?,
                Some(Ordering::Greater) | None => return Ok(None),
            }
        }
    }

    fn read(&mut self) -> Result<(), Error> {
        let values = params![self.lot, self.to, self.spot.0, self.spot.1, CHUNK];
        let chunk = self.statement.query_all(values, Bucket::read)?;
        self.more = chunk.len() == usize::try_from(CHUNK).unwrap_or(usize::MAX);
        if let Some(last) = chunk.last() {
            self.lot.clone_from(&last.lot);
            self.spot = last.spot;
        }
        self.here = chunk.into_iter().peekable();
        Ok(())
    }
}

impl Bucket {
    fn read(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            lot: row.get(0)?,
            spot: (row.get(1)?, row.get(2)?),
            units: row.get(3)?,
            part: row.get(4)?,
            received_at: row.get(5)?,
        })
    }
}

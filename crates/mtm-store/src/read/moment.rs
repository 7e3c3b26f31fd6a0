//! From moments to places in the log.
//!
//! `recorded_at` never falls while `sequence` grows, so a bound in time is a bound in sequence,
//! found by halving on the primary key: twenty-odd look-ups for a million movements, and no index
//! on time to keep.

use mtm_core::word::Timestamp;

use super::Reader;
use crate::query::ReadError;
use crate::sql::{Connection, Error, OptionalExtension, params};

pub(super) const MOVEMENT_AT: &str =
    "SELECT sequence, recorded_at FROM movement WHERE sequence >= ?1 ORDER BY sequence LIMIT 1";
pub(super) const AUDIT_AT: &str =
    "SELECT sequence, at FROM audit WHERE sequence >= ?1 ORDER BY sequence LIMIT 1";

pub(super) const NEWEST_MOVEMENT: &str = "SELECT max(sequence) FROM movement";
pub(super) const NEWEST_ENTRY: &str = "SELECT max(sequence) FROM audit";

impl Reader<'_> {
    /// Position of the newest movement; 0 when there is none.
    pub(crate) fn newest_movement(&self) -> Result<i64, ReadError> {
        self.newest(NEWEST_MOVEMENT)
    }

    /// Position of the last movement recorded at or before `moment`; 0 when there is none.
    pub(super) fn last_movement_at(&self, moment: Timestamp) -> Result<i64, ReadError> {
        Ok(self.first(MOVEMENT_AT, self.newest_movement()?, moment.plus_micros(1))? - 1)
    }

    /// Position of the first movement recorded at or after `moment`; one past the newest when
    /// there is none.
    pub(crate) fn first_movement_from(&self, moment: Timestamp) -> Result<i64, ReadError> {
        self.first(MOVEMENT_AT, self.newest_movement()?, moment)
    }

    /// Position of the newest audit entry; 0 when there is none.
    pub(crate) fn newest_entry(&self) -> Result<i64, ReadError> {
        self.newest(NEWEST_ENTRY)
    }

    /// Position of the first audit entry at or after `moment`; one past the newest when there is
    /// none.
    pub(crate) fn first_entry_from(&self, moment: Timestamp) -> Result<i64, ReadError> {
        self.first(AUDIT_AT, self.newest_entry()?, moment)
    }

    fn newest(&self, sql: &str) -> Result<i64, ReadError> {
        let newest: Option<i64> =
            self.connection.prepare_cached(sql)?.query_row(&[], |row| row.get(0))?;
        Ok(newest.unwrap_or(0))
    }

    fn first(&self, sql: &str, newest: i64, moment: Timestamp) -> Result<i64, ReadError> {
        Ok(halve(self.connection, sql, newest, moment)?)
    }
}

/// Position of the first movement with a place in the log that was recorded at or after `moment`;
/// one past the newest when there is none.
pub(crate) fn first_movement_from(
    connection: Connection<'_>,
    moment: Timestamp,
) -> Result<i64, Error> {
    halve(connection, MOVEMENT_AT, newest_movement(connection)?, moment)
}

/// Position of the newest movement with a place in the log; 0 when there is none.
pub(crate) fn newest_movement(connection: Connection<'_>) -> Result<i64, Error> {
    let newest: Option<i64> =
        connection.prepare_cached(NEWEST_MOVEMENT)?.query_row(&[], |row| row.get(0))?;
    Ok(newest.unwrap_or(0))
}

fn halve(
    connection: Connection<'_>,
    sql: &str,
    newest: i64,
    moment: Timestamp,
) -> Result<i64, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let (mut low, mut high) = (1, newest + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> = statement
            .query_row(params![middle], |row| Ok::<_, Error>((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((at, micros)) if micros < moment.micros() => low = at + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

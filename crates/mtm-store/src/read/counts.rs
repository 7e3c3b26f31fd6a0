//! Sizes, for the status page: counted, not remembered. Lots and buckets are counted over their
//! indexes, once per call; the log is gap-free and needs no counting.

use super::Reader;
use super::names::position;
use crate::query::{Counts, ReadError};

pub(super) const LOTS: &str = "SELECT count(*) FROM lot";
pub(super) const BUCKETS: &str = "SELECT count(*) FROM stock";

pub(super) const PARTS: &str = "SELECT count(*) FROM part";
pub(super) const LOCATIONS: &str = "SELECT count(*) FROM location";
pub(super) const OPERATIONS: &str = "SELECT count(*) FROM operation";
pub(super) const USERS: &str = "SELECT count(*) FROM user";
pub(super) const HOLDS: &str = "SELECT count(*) FROM hold WHERE released_at IS NULL";
pub(super) const LEGACY: &str = "SELECT count(*) FROM legacy_movement";

impl Reader<'_> {
    /// How much there is.
    pub(crate) fn counts(&self) -> Result<Counts, ReadError> {
        let movements = position(self.newest_movement()?)?;
        Ok(Counts {
            movements,
            lots: self.count(LOTS)?,
            buckets: self.count(BUCKETS)?,
            parts: self.count(PARTS)?,
            locations: self.count(LOCATIONS)?,
            operations: self.count(OPERATIONS)?,
            users: self.count(USERS)?,
            active_holds: self.count(HOLDS)?,
            audit_entries: position(self.newest_entry()?)?,
            legacy_movements: self.count(LEGACY)?,
            newest_sequence: movements,
            newest_event: self.newest_event()?.unwrap_or(0),
        })
    }

    fn count(&self, sql: &str) -> Result<u64, ReadError> {
        position(self.connection.prepare_cached(sql)?.query_row(&[], |row| row.get(0))?)
    }
}

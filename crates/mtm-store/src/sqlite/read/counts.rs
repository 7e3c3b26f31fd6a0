//! Sizes, for the status page: counted, not remembered. Lots and buckets are counted over their
//! indexes, once per call; the log is gap-free and needs no counting.

use super::Reader;
use super::names::position;
use crate::query::{Counts, ReadError};

pub(super) const LOTS: &str = "SELECT count(*) FROM lot";
pub(super) const BUCKETS: &str = "SELECT count(*) FROM stock";

impl Reader<'_> {
    /// How much there is.
    pub(crate) fn counts(&self) -> Result<Counts, ReadError> {
        let movements = position(self.newest_movement()?)?;
        Ok(Counts {
            movements,
            lots: self.count(LOTS)?,
            buckets: self.count(BUCKETS)?,
            parts: self.count("SELECT count(*) FROM part")?,
            locations: self.count("SELECT count(*) FROM location")?,
            operations: self.count("SELECT count(*) FROM operation")?,
            users: self.count("SELECT count(*) FROM user")?,
            active_holds: self.count("SELECT count(*) FROM hold WHERE released_at IS NULL")?,
            audit_entries: position(self.newest_entry()?)?,
            legacy_movements: self.count("SELECT count(*) FROM legacy_movement")?,
            newest_sequence: movements,
            newest_event: self.newest_event()?.unwrap_or(0),
        })
    }

    fn count(&self, sql: &str) -> Result<u64, ReadError> {
        position(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }
}

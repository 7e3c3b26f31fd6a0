//! The sheet of a lot: what it carries, where it stands, and its whole life.

use mtm_core::outcome::BucketLine;
use mtm_core::word::{LotNumber, Timestamp};
use rusqlite::params;

use super::{Reader, names};
use crate::query::{LotEvent, LotSheet, ReadError};

pub(super) const LOT: &str = "SELECT part_id, item_type_id, color_id, work_order, notes,
    received_at, received_by, parent, version FROM lot WHERE lot = ?1";
pub(super) const CHILDREN: &str = "SELECT lot FROM lot WHERE parent = ?1 ORDER BY lot LIMIT ?2";
pub(super) const BUCKETS: &str =
    "SELECT operation_id, location_id, quantity FROM stock WHERE lot = ?1";
pub(super) const MOVEMENTS: &str = "SELECT sequence FROM movement WHERE lot = ?1
    UNION SELECT sequence FROM movement WHERE to_lot = ?1 ORDER BY sequence DESC LIMIT ?2";

impl Reader<'_> {
    /// Everything about `lot`, if it exists.
    pub(crate) fn lot_sheet(&self, lot: &LotNumber) -> Result<Option<LotSheet>, ReadError> {
        let mut statement = self.connection.prepare_cached(LOT)?;
        let mut rows = statement.query([lot.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let part: i64 = row.get(0)?;
        let (buckets, places) = self.buckets_of(lot, part)?;
        Ok(Some(LotSheet {
            lot: lot.clone(),
            part: self.part_code(part)?,
            item_type: self.item_type(row.get(1)?, part)?,
            color_code: row.get::<_, Option<i64>>(2)?.map(|id| self.color(id)).transpose()?,
            work_order: row.get_ref(3)?.as_str_or_null()?.map(names::work_order).transpose()?,
            notes: row.get_ref(4)?.as_str_or_null()?.map(names::note).transpose()?,
            received_at: Timestamp::from_micros(row.get(5)?),
            received_by: row.get::<_, Option<i64>>(6)?.map(|id| self.user_name(id)).transpose()?,
            parent: row.get_ref(7)?.as_str_or_null()?.map(names::lot).transpose()?,
            children: self.children_of(lot)?,
            version: row.get(8)?,
            holds: self.holds_on(lot, part, &places)?,
            buckets,
            history: self.life_of(lot)?,
        }))
    }

    fn buckets_of(
        &self,
        lot: &LotNumber,
        part: i64,
    ) -> Result<(Vec<BucketLine>, Vec<i64>), ReadError> {
        let mut statement = self.connection.prepare_cached(BUCKETS)?;
        let mut rows = statement.query([lot.as_str()])?;
        let (mut buckets, mut places) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let location = row.get(1)?;
            if !places.contains(&location) {
                places.push(location);
            }
            buckets.push(BucketLine {
                part: self.part_code(part)?,
                operation: self.operation_code(row.get(0)?)?,
                location: self.location_code(location)?,
                lot: lot.clone(),
                quantity: names::quantity(row.get(2)?)?,
            });
        }
        buckets
            .sort_unstable_by(|a, b| (&a.operation, &a.location).cmp(&(&b.operation, &b.location)));
        Ok((buckets, places))
    }

    fn children_of(&self, lot: &LotNumber) -> Result<Vec<LotNumber>, ReadError> {
        let mut statement = self.connection.prepare_cached(CHILDREN)?;
        let mut rows = statement.query(params![lot.as_str(), LotSheet::MOST_CHILDREN])?;
        let mut children = Vec::new();
        while let Some(row) = rows.next()? {
            children.push(names::lot(row.get_ref(0)?.as_str()?)?);
        }
        Ok(children)
    }

    /// Movements and legacy rows, oldest first: an earlier system's log ended before the ledger
    /// began.
    fn life_of(&self, lot: &LotNumber) -> Result<Vec<LotEvent>, ReadError> {
        let mut life: Vec<LotEvent> = self
            .legacy_rows_of(lot)?
            .into_iter()
            .map(|row| LotEvent::Legacy(Box::new(row)))
            .collect();
        let mut statement = self.connection.prepare_cached(MOVEMENTS)?;
        let sequences: Result<Vec<i64>, _> = statement
            .query_map(params![lot.as_str(), LotSheet::MOST_EVENTS], |row| row.get(0))?
            .collect();
        for sequence in sequences?.into_iter().rev() {
            life.push(LotEvent::Ledger(Box::new(self.movement_at(sequence)?)));
        }
        Ok(life)
    }
}

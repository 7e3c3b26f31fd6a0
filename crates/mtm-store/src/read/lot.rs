//! The sheet of a lot: what it carries, where it stands, and its whole life.

use mtm_core::outcome::BucketLine;
use mtm_core::word::LotNumber;

use super::{Reader, names};
use crate::query::{LotEvent, LotSheet, ReadError};
use crate::sql::{moment, params};

pub(super) const LOT: &str = "SELECT part_id, item_type_id, color_id, work_order, notes,
    received_at, received_by, parent, version FROM lot WHERE lot = ?1";
pub(super) const CHILDREN: &str = "SELECT lot FROM lot WHERE parent = ?1 ORDER BY lot LIMIT ?2";
pub(super) const BUCKETS: &str =
    "SELECT operation_id, location_id, quantity FROM stock WHERE lot = ?1";

impl Reader<'_> {
    /// Everything about `lot`, if it exists.
    pub(crate) fn lot_sheet(&self, lot: &LotNumber) -> Result<Option<LotSheet>, ReadError> {
        let mut statement = self.connection.prepare_cached(LOT)?;
        let mut rows = statement.query(params![lot.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let part: i64 = row.get(0)?;
        let (buckets, places) = self.buckets_of(lot, part)?;
        Ok(Some(LotSheet {
            lot: lot.clone(),
            part: self.part_code(part)?,
            item_type: self.item_type(row.get(1)?, part)?,
            color_code: row.get::<Option<i64>>(2)?.map(|id| self.color(id)).transpose()?,
            work_order: row.optional_text(3)?.map(names::work_order).transpose()?,
            notes: row.optional_text(4)?.map(names::note).transpose()?,
            received_at: moment(&row, 5)?,
            received_by: row.get::<Option<i64>>(6)?.map(|id| self.user_name(id)).transpose()?,
            parent: row.optional_text(7)?.map(names::lot).transpose()?,
            children: self.children_of(lot)?,
            lineage: self.lineage_of(lot)?,
            version: row.get(8)?,
            holds: self.holds_on(lot, part, &places)?,
            reservations: self.reservations_of(lot)?,
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
        let mut rows = statement.query(params![lot.as_str()])?;
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
            children.push(names::lot(row.text(0)?)?);
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
        let movements = self.movements_of(lot, LotSheet::MOST_EVENTS)?.into_iter();
        life.extend(movements.map(|movement| LotEvent::Ledger(Box::new(movement))));
        Ok(life)
    }
}

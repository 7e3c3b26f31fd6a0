//! Holds: pages of them, and what was on hold at a moment.

use mtm_core::catalogue::HoldTarget;
use mtm_core::word::{HoldId, LotNumber, ReasonCode, Timestamp};

use super::stock::Holds;
use super::{Reader, names, one_more};
use crate::query::{Cursor, HoldRow, Page, PageRequest, ReadError, stamp};
use crate::sql::{Bind, Row, moment, optional_moment, params, uuid};

macro_rules! holds {
    ($tail:literal) => {
        concat!(
            "SELECT id, lot, part_id, location_id, reason, notes, placed_by, placed_at,
                    released_by, released_at FROM hold ",
            $tail
        )
    };
}

/// Identities grow with time, so their order is that of placing.
pub(super) const NEWEST_FIRST: &str =
    holds!("WHERE id < ?1 AND (NOT ?2 OR released_at IS NULL) ORDER BY id DESC LIMIT ?3");
pub(super) const ACTIVE_ON_LOT: &str = holds!("WHERE released_at IS NULL AND lot = ?1");
pub(super) const ACTIVE_ON_PART: &str = holds!("WHERE released_at IS NULL AND part_id = ?1");
pub(super) const ACTIVE_AT: &str = holds!("WHERE released_at IS NULL AND location_id = ?1");
/// As many as were on hold then: of those on hold now, the catalogue keeps all in memory.
pub(super) const AT_MOMENT: &str = "SELECT lot, part_id, location_id FROM hold
    WHERE placed_at <= ?1 AND (released_at IS NULL OR released_at > ?1)";
pub(super) const COUNT: &str = "SELECT count(*) FROM hold WHERE NOT ?1 OR released_at IS NULL";

impl Reader<'_> {
    /// A page of holds, newest first.
    pub(crate) fn holds(
        &self,
        active_only: bool,
        page: &PageRequest,
    ) -> Result<Page<HoldRow>, ReadError> {
        let stamp = stamp("holds", &active_only);
        let before = match &page.cursor {
            Some(cursor) => {
                let [id] = cursor.fields(&stamp)?;
                *id.parse::<HoldId>().map_err(|_| crate::query::CursorError::Foreign)?.0.as_bytes()
            }
            None => [u8::MAX; 16],
        };
        let limit = page.rows();
        let mut statement = self.connection.prepare_cached(NEWEST_FIRST)?;
        let mut rows = statement.query(params![before, active_only, one_more(limit)])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(self.hold_row(&row)?);
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = more
            .then(|| items.last().map(|last| Cursor::of(&stamp, [last.id.to_string()]).encode()))
            .flatten();
        let total = if page.count {
            let count = self.connection.query_row(COUNT, params![active_only], |row| row.get(0))?;
            Some(names::position(count)?)
        } else {
            None
        };
        Ok(Page { items, next_cursor, total })
    }

    /// Active holds on `lot`, on its part, or on one of the places it stands at.
    pub(super) fn holds_on(
        &self,
        lot: &LotNumber,
        part: i64,
        locations: &[i64],
    ) -> Result<Vec<HoldRow>, ReadError> {
        let mut holds = Vec::new();
        self.each_hold(ACTIVE_ON_LOT, &lot.as_str(), &mut holds)?;
        self.each_hold(ACTIVE_ON_PART, &part, &mut holds)?;
        for location in locations {
            self.each_hold(ACTIVE_AT, location, &mut holds)?;
        }
        Ok(holds)
    }

    /// What was on hold at `moment`; what is on hold now where `None`.
    pub(super) fn holds_at(&self, moment: Option<Timestamp>) -> Result<Holds, ReadError> {
        let mut holds = Holds::default();
        let Some(moment) = moment else {
            for hold in &self.catalogue.holds {
                match &hold.target {
                    HoldTarget::Lot(lot) => drop(holds.lots.insert(lot.clone())),
                    HoldTarget::Part(part) => drop(holds.parts.insert(part.0)),
                    HoldTarget::Location(location) => drop(holds.locations.insert(location.0)),
                }
            }
            return Ok(holds);
        };
        let mut statement = self.connection.prepare_cached(AT_MOMENT)?;
        let mut rows = statement.query(params![moment.micros()])?;
        while let Some(row) = rows.next()? {
            if let Some(lot) = row.optional_text(0)? {
                holds.lots.insert(names::lot(lot)?);
            }
            holds.parts.extend(row.get::<Option<i64>>(1)?);
            holds.locations.extend(row.get::<Option<i64>>(2)?);
        }
        Ok(holds)
    }

    fn each_hold(
        &self,
        sql: &str,
        target: &dyn Bind,
        holds: &mut Vec<HoldRow>,
    ) -> Result<(), ReadError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(&[target.bind()])?;
        while let Some(row) = rows.next()? {
            holds.push(self.hold_row(&row)?);
        }
        Ok(())
    }

    fn hold_row(&self, row: &Row<'_>) -> Result<HoldRow, ReadError> {
        Ok(HoldRow {
            id: HoldId(uuid(row, 0)?),
            lot: row.optional_text(1)?.map(names::lot).transpose()?,
            part: row.get::<Option<i64>>(2)?.map(|id| self.part_code(id)).transpose()?,
            location: row.get::<Option<i64>>(3)?.map(|id| self.location_code(id)).transpose()?,
            reason: names::word::<ReasonCode>("reason", row.text(4)?)?,
            notes: row.optional_text(5)?.map(names::note).transpose()?,
            placed_by: self.user_name(row.get(6)?)?,
            placed_at: moment(row, 7)?,
            released_by: row.get::<Option<i64>>(8)?.map(|id| self.user_name(id)).transpose()?,
            released_at: optional_moment(row, 9)?,
        })
    }
}

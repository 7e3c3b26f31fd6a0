//! Holds: pages of them, and what was on hold at a moment.

use std::collections::HashSet;

use mtm_core::word::{HoldId, LotNumber, ReasonCode, Timestamp};

use super::dialect::{Dialects, json_each, json_numbers};
use super::stock::Held;
use super::{Reader, id_list, names, one_more};
use crate::query::{Cursor, HoldRow, Page, PageRequest, ReadError, stamp};
use crate::sql::{Row, moment, optional_moment, params, uuid};

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
macro_rules! active_on {
    ($locations:expr) => {
        concat!(
            holds!("WHERE released_at IS NULL AND lot = ?1"),
            " UNION ALL ",
            holds!("WHERE released_at IS NULL AND part_id = ?2"),
            " UNION ALL
              SELECT h.id, h.lot, h.part_id, h.location_id, h.reason, h.notes, h.placed_by, h.placed_at,
                     h.released_by, h.released_at FROM ",
            $locations,
            " hold h ON h.location_id = listed.value WHERE h.released_at IS NULL"
        )
    };
}

/// Active holds on a lot, on its part, or on one of its places: each hold is on one of them.
pub(super) const ACTIVE_ON: Dialects = Dialects {
    sqlite: active_on!(concat!(json_each!("?3"), " AS listed CROSS JOIN")),
    mariadb: active_on!(concat!(json_numbers!("?3"), " STRAIGHT_JOIN")),
};
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
        let mut statement = self.connection.prepare_cached(ACTIVE_ON.on(&self.connection))?;
        let places = id_list(locations);
        statement.query_all(params![lot.as_str(), part, places], |row| self.hold_row(row))
    }

    /// What was on hold at `moment`; what is on hold now where `None`.
    pub(super) fn held(&self, moment: Option<Timestamp>) -> Result<Held<'_>, ReadError> {
        let Some(moment) = moment else { return Ok(Held::Now(&self.catalogue.holds)) };
        let (mut lots, mut parts, mut locations) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut statement = self.connection.prepare_cached(AT_MOMENT)?;
        let mut rows = statement.query(params![moment.micros()])?;
        while let Some(row) = rows.next()? {
            if let Some(lot) = row.optional_text(0)? {
                lots.insert(names::lot(lot)?);
            }
            parts.extend(row.get::<Option<i64>>(1)?);
            locations.extend(row.get::<Option<i64>>(2)?);
        }
        Ok(Held::Then { lots, parts, locations })
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

//! The log of an earlier system: looked at, never counted.

use mtm_core::word::{LotNumber, Timestamp, fold};
use rusqlite::{Row, params};

use super::Reader;
use super::code::lot_pattern;
use crate::query::{
    Cursor, LegacyQuery, LegacyRow, LotSheet, Page, PageRequest, Pattern, ReadError, number, stamp,
};

macro_rules! rows {
    ($tail:literal) => {
        concat!(
            "SELECT id, type, lot, part, from_location, to_location, operation, quantity, notes,
                    color_code, work_order, user, item_type, occurred_at FROM legacy_movement ",
            $tail
        )
    };
}

pub(super) const NEWEST_FIRST: &str = rows!("WHERE id < ?1 ORDER BY id DESC");
pub(super) const OF_LOT: &str = rows!("WHERE lot = ?1 AND id < ?2 ORDER BY id DESC");
pub(super) const LIFE: &str = rows!("WHERE lot = ?1 ORDER BY occurred_at DESC, id DESC LIMIT ?2");

impl Reader<'_> {
    /// A page of the earlier system's log, newest id first.
    pub(crate) fn legacy_movements(
        &self,
        query: &LegacyQuery,
    ) -> Result<Page<LegacyRow>, ReadError> {
        let unpaged = LegacyQuery { page: PageRequest::default(), ..query.clone() };
        let stamp = stamp("legacy", &unpaged);
        let before = match &query.page.cursor {
            Some(cursor) => {
                let [id] = cursor.fields(&stamp)?;
                number(id)?
            }
            None => i64::MAX,
        };
        let limit = query.page.rows();
        let mut items = Vec::new();
        self.each_legacy_row(query, before, &mut |row| {
            items.push(legacy_row(row)?);
            Ok(items.len() <= limit)
        })?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = more
            .then(|| items.last().map(|last| Cursor::of(&stamp, [last.id.to_string()]).encode()))
            .flatten();
        let total = if query.page.count {
            let mut count = 0;
            self.each_legacy_row(query, i64::MAX, &mut |_| {
                count += 1;
                Ok(true)
            })?;
            Some(count)
        } else {
            None
        };
        Ok(Page { items, next_cursor, total })
    }

    /// The rows of `lot`, oldest first, the newest where there are too many.
    pub(super) fn legacy_rows_of(&self, lot: &LotNumber) -> Result<Vec<LegacyRow>, ReadError> {
        let mut statement = self.connection.prepare_cached(LIFE)?;
        let mut rows = statement.query(params![lot.as_str(), LotSheet::MOST_EVENTS])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(legacy_row(row)?);
        }
        items.reverse();
        Ok(items)
    }

    fn each_legacy_row(
        &self,
        query: &LegacyQuery,
        before: i64,
        visitor: &mut dyn FnMut(&Row<'_>) -> Result<bool, ReadError>,
    ) -> Result<(), ReadError> {
        let lot = query.lot.as_ref().map(lot_pattern);
        let (sql, key) = match &lot {
            Some(Pattern::Exact(lot)) => (OF_LOT, Some(lot)),
            _ => (NEWEST_FIRST, None),
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = match key {
            Some(lot) => statement.query(params![lot, before])?,
            None => statement.query(params![before])?,
        };
        let matches = |pattern: &Option<Pattern>, text: Option<&str>| match pattern {
            None => true,
            Some(pattern) => text.is_some_and(|text| pattern.matches(&fold(text))),
        };
        while let Some(row) = rows.next()? {
            if matches(&lot, row.get_ref(2)?.as_str_or_null()?)
                && matches(&query.part, Some(row.get_ref(3)?.as_str()?))
                && !visitor(row)?
            {
                break;
            }
        }
        Ok(())
    }
}

fn legacy_row(row: &Row<'_>) -> rusqlite::Result<LegacyRow> {
    Ok(LegacyRow {
        id: row.get(0)?,
        kind: row.get(1)?,
        lot: row.get(2)?,
        part: row.get(3)?,
        from_location: row.get(4)?,
        to_location: row.get(5)?,
        operation: row.get(6)?,
        quantity: row.get(7)?,
        notes: row.get(8)?,
        color_code: row.get(9)?,
        work_order: row.get(10)?,
        user: row.get(11)?,
        item_type: row.get(12)?,
        occurred_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_micros),
    })
}

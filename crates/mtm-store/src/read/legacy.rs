//! The log of an earlier system: looked at, never counted.

use mtm_core::word::{LotNumber, fold};

use super::code::lot_pattern;
use super::{Reader, chunk};
use crate::query::{
    Cursor, LegacyQuery, LegacyRow, LotSheet, Page, PageRequest, Pattern, ReadError, number, stamp,
};
use crate::sql::{Error, Row, optional_moment, params};

/// Rows of a chunk: of the first, and of any.
const FIRST: i64 = 200;
const MOST: i64 = 5_000;

macro_rules! rows {
    ($tail:literal) => {
        concat!(
            "SELECT id, type, lot, part, from_location, to_location, operation, quantity, notes,
                    color_code, work_order, user, item_type, occurred_at FROM legacy_movement ",
            $tail
        )
    };
}

pub(super) const NEWEST_FIRST: &str = rows!("WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
pub(super) const OF_LOT: &str = rows!("WHERE lot = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
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
        let mut items =
            statement.query_all(params![lot.as_str(), LotSheet::MOST_EVENTS], legacy_row)?;
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
        let matches = |pattern: &Option<Pattern>, text: Option<&str>| match pattern {
            None => true,
            Some(pattern) => text.is_some_and(|text| pattern.matches(&fold(text))),
        };
        let mut before = before;
        for limit in chunk::growing(FIRST, MOST) {
            let mut rows = match key {
                Some(lot) => statement.query(params![lot, before, limit])?,
                None => statement.query(params![before, limit])?,
            };
            let mut met = 0;
            while let Some(row) = rows.next()? {
                if matches(&lot, row.optional_text(2)?)
                    && matches(&query.part, Some(row.text(3)?))
                    && !visitor(&row)?
                {
                    return Ok(());
                }
                before = row.get(0)?;
                met += 1;
            }
            if met < limit {
                break;
            }
        }
        Ok(())
    }
}

fn legacy_row(row: &Row<'_>) -> Result<LegacyRow, Error> {
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
        occurred_at: optional_moment(row, 13)?,
    })
}

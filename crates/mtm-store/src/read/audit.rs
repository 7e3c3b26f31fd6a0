//! Pages of the audit log, newest first.
//!
//! Kind and user filter a walk over at most [`STRETCH`] entries per page, as in the history.

use mtm_core::audit::Hash;

use super::dialect::{Dialects, json_each, json_numbers};
use super::history::STRETCH;
use super::names::position;
use super::{Reader, id_list, impossible, one_more};
use crate::query::{AuditQuery, AuditRow, Cursor, Page, PageRequest, ReadError, number, stamp};
use crate::sql::{Row, moment, params};

macro_rules! matching {
    ($list:ident) => {
        concat!(
            " FROM audit
              WHERE sequence BETWEEN ?1 AND ?2
                AND (?3 IS NULL OR kind = ?3)
                AND (?4 IS NULL OR user_id IN (SELECT value FROM ",
            $list!("?4"),
            "))"
        )
    };
}

macro_rules! newest_first {
    ($list:ident) => {
        concat!(
            "SELECT sequence, kind, user_id, at, entry, hash",
            matching!($list),
            " ORDER BY sequence DESC LIMIT ?5"
        )
    };
}

pub(super) const NEWEST_FIRST: Dialects =
    Dialects { sqlite: newest_first!(json_each), mariadb: newest_first!(json_numbers) };
pub(super) const COUNT: Dialects = Dialects {
    sqlite: concat!("SELECT count(*)", matching!(json_each)),
    mariadb: concat!("SELECT count(*)", matching!(json_numbers)),
};

impl Reader<'_> {
    /// A page of the audit log.
    pub(crate) fn audit_rows(&self, query: &AuditQuery) -> Result<Page<AuditRow>, ReadError> {
        let unpaged = AuditQuery { page: PageRequest::default(), ..query.clone() };
        let stamp = stamp("audit", &unpaged);
        let low = query.from.map_or(Ok(1), |from| self.first_entry_from(from))?;
        let high = match query.to {
            Some(to) => self.first_entry_from(to)? - 1,
            None => self.newest_entry()?,
        };
        let users = query.user.as_ref().map(|user| self.users_like(user)).transpose()?;
        let users = users.as_ref().map(id_list);
        let last = match &query.page.cursor {
            Some(cursor) => {
                let [before] = cursor.fields(&stamp)?;
                high.min(number::<i64>(before)?.saturating_sub(1))
            }
            None => high,
        };
        let first = low.max(last.saturating_sub(STRETCH - 1));
        let limit = query.page.rows();
        let mut statement = self.connection.prepare_cached(NEWEST_FIRST.on(&self.connection))?;
        let mut rows = statement.query(params![first, last, query.kind, users, one_more(limit)])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(self.audit_row(&row)?);
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more {
            items.last().map(|last| last.sequence.to_string())
        } else {
            (first > low).then(|| first.to_string())
        };
        let total = if query.page.count {
            let count = self
                .connection
                .prepare_cached(COUNT.on(&self.connection))?
                .query_row(params![low, high, query.kind, users], |row| row.get(0))?;
            Some(position(count)?)
        } else {
            None
        };
        let next_cursor = next.map(|next| Cursor::of(&stamp, [next]).encode());
        Ok(Page { items, next_cursor, total })
    }

    fn audit_row(&self, row: &Row<'_>) -> Result<AuditRow, ReadError> {
        let entry = row.text(4)?;
        Ok(AuditRow {
            sequence: position(row.get(0)?)?,
            kind: row.get(1)?,
            user: self.user_name(row.get(2)?)?,
            at: moment(row, 3)?,
            entry: serde_json::from_str(entry).map_err(|error| impossible("audit entry", error))?,
            hash: Hash(row.get(5)?).hex(),
        })
    }
}

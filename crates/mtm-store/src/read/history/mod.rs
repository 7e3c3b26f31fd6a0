//! The movement log: pages of it, single movements, and streams of all that match.
//!
//! A page is found in two steps: a *finder* gives the sequences that match, newest or oldest
//! first; then the rows of the page are fetched by them. What is named narrowest
//! drives the finder: a lot, a work order, an import, a command, few parts. Everything else (a
//! user, a place, a word in the notes) filters a walk along the log, over at most [`STRETCH`]
//! movements per page: where matches are rare the page is short and its cursor leads on. Adding an
//! index per filter would make every booking dearer.
//!
//! Times are bounds in sequence (see `moment`).

mod filter;
mod find;
mod order;
pub(super) mod row;
pub(super) mod statement;

use mtm_core::word::MovementId;

use super::Reader;
use super::names::position;
use crate::query::{
    Cursor, HistoryQuery, MovementRow, Page, PageRequest, ReadError, SortOrder, number, stamp,
};
use crate::sql::params;
use filter::Filter;

/// How many movements a page may examine where no index leads to them.
pub(super) const STRETCH: i64 = 200_000;

/// What a finder found.
struct Finding {
    /// Sequences in order, one more than wanted where there are more.
    sequences: Vec<i64>,
    /// The last movement examined, where the stretch ended before the log did.
    examined: Option<i64>,
}

impl Reader<'_> {
    /// A page of the log.
    pub(crate) fn history(&self, query: &HistoryQuery) -> Result<Page<MovementRow>, ReadError> {
        let unpaged = HistoryQuery { page: PageRequest::default(), ..query.clone() };
        let stamp = stamp("history", &unpaged);
        let after = match &query.page.cursor {
            Some(cursor) => {
                let [sequence] = cursor.fields(&stamp)?;
                Some(number(sequence)?)
            }
            None => None,
        };
        let (sequences, next) = self.history_after(query, after, query.page.rows())?;
        let items = self.movements_at(&sequences)?;
        let total = if query.page.count { Some(self.count_history(query)?) } else { None };
        let next_cursor = next.map(|sequence| Cursor::of(&stamp, [sequence.to_string()]).encode());
        Ok(Page { items, next_cursor, total })
    }

    /// The movement of this identity.
    pub(crate) fn movement(&self, id: MovementId) -> Result<Option<MovementRow>, ReadError> {
        let mut statement = self.connection.prepare_cached(statement::BY_ID)?;
        let mut rows = statement.query(params![id.0.as_bytes()])?;
        rows.next()?.map(|row| self.movement_row(&row)).transpose()
    }

    /// Calls `visitor` with chunks of all that match, in order, until it gives `false`. Holds one
    /// chunk at a time.
    pub(crate) fn history_chunks(
        &self,
        query: &HistoryQuery,
        chunk: usize,
        visitor: &mut dyn FnMut(Vec<MovementRow>) -> bool,
    ) -> Result<(), ReadError> {
        let mut after = None;
        loop {
            let (sequences, next) = self.history_after(query, after, chunk)?;
            let rows = self.movements_at(&sequences)?;
            if !rows.is_empty() && !visitor(rows) {
                return Ok(());
            }
            match next {
                Some(sequence) => after = Some(sequence),
                None => return Ok(()),
            }
        }
    }

    /// The sequences of the page of `limit` rows after `after`, and after which one the next page
    /// starts.
    fn history_after(
        &self,
        query: &HistoryQuery,
        after: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<i64>, Option<i64>), ReadError> {
        let Some(mut filter) = Filter::new(self, query)? else { return Ok((Vec::new(), None)) };
        match (query.sort, after) {
            (_, None) => {}
            (SortOrder::Newest, Some(after)) => filter.high = filter.high.min(after - 1),
            (SortOrder::Oldest, Some(after)) => filter.low = filter.low.max(after + 1),
        }
        let Finding { mut sequences, examined } = self.find(&filter, query.sort, limit + 1)?;
        if sequences.len() > limit {
            sequences.truncate(limit);
            let last = sequences.last().copied();
            return Ok((sequences, last));
        }
        Ok((sequences, examined))
    }

    fn count_history(&self, query: &HistoryQuery) -> Result<u64, ReadError> {
        let Some(mut filter) = Filter::new(self, query)? else { return Ok(0) };
        if filter.is_everything() {
            // The log has no gaps.
            return position((filter.high - filter.low + 1).max(0));
        }
        let mut count = 0;
        loop {
            let finding = self.find(&filter, SortOrder::Oldest, usize::MAX)?;
            count += finding.sequences.len() as u64;
            match finding.examined {
                Some(examined) => filter.low = examined + 1,
                None => return Ok(count),
            }
        }
    }
}

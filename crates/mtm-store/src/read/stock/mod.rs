//! Stock: one row per bucket that holds pieces, now or at a moment, and sums of them.
//!
//! Rows are ordered by part number, operation, location, time of receipt and lot. Four ways lead
//! to a page, the narrowest first:
//!
//! 1. A lot, a work order or few locations are named: their buckets are gathered through their
//!    index and sorted; more than [`GATHER_LIMIT`] of them count as many.
//! 2. Words are looked for: the index of free text leads to the lots that may match, in the order
//!    of the page ([`text`]).
//! 3. Nothing with an index is named, but something else is: every bucket is read once, up to the
//!    same limit of matches ([`source::LOTS`] from end to end, the one scan there is).
//! 4. Otherwise matches are dense, and a walk in the order of the page meets them soon: part by
//!    part, place by place, each a seek in the part's index; it stops when the page is full.
//!
//! Moments in the past are in [`past`].

mod group;
mod leg;
mod lots;
mod page;
pub(super) mod past;
mod place;
mod selection;
pub(super) mod source;
mod text;
mod walk;

pub(super) use page::Held;
use selection::Selection;
use source::Found;
pub(super) use source::everything;

use super::Reader;
use crate::query::{
    Cursor, GroupBy, Page, PageRequest, ReadError, StockGroup, StockQuery, StockRow, stamp,
};
use page::{Smallest, StockKey};
use source::Source;

/// How many matches are gathered and sorted before a walk in order is the better way.
const GATHER_LIMIT: u64 = 4_000;

/// A bound above every code.
const LAST: &str = "\u{10FFFF}";

impl Reader<'_> {
    /// A page of buckets.
    pub(crate) fn stock(&self, query: &StockQuery) -> Result<Page<StockRow>, ReadError> {
        let unpaged = StockQuery { page: PageRequest::default(), ..query.clone() };
        let stamp = stamp("stock", &unpaged);
        let after = query.page.cursor.as_ref().map(|cursor| StockKey::read(cursor, &stamp));
        let after = after.transpose()?;
        let selection = Selection::new(self, query)?;
        let limit = query.page.rows();
        let mut found = Smallest::new(limit + 1, after);
        let mut total = None;
        if let Some(sequence) = self.moment(query)? {
            self.gather(&Source::Past(sequence), &selection, u64::MAX, &mut found)?;
            total = Some(found.seen());
        } else {
            let indexed = self.search.as_ref().and(query.text.as_ref());
            let narrow = match selection.narrow_source() {
                Some(source) if !source.is_everything() || indexed.is_none() => {
                    self.gather(&source, &selection, GATHER_LIMIT, &mut found)?
                }
                _ => false,
            };
            if narrow {
                total = Some(found.seen());
            } else {
                found.start_anew();
                let led = match indexed.filter(|_| !selection.names_few_parts()) {
                    Some(text) => self.by_text(text, &selection, &mut found)?,
                    None => false,
                };
                if !led {
                    self.walk(&selection, &mut found)?;
                }
            }
        }
        let total = match (query.page.count, total) {
            (false, _) => None,
            (true, None) => Some(self.count_stock(&selection)?),
            (true, known) => known,
        };
        let held = self.held(query.as_of)?;
        let mut kept = found.into_sorted();
        let more = kept.len() > limit;
        kept.truncate(limit);
        let next_cursor =
            more.then(|| kept.last().map(|last| last.key.cursor(&stamp).encode())).flatten();
        let reserved = self.reserved_among(kept.iter().map(|row| &row.key.lot), query.as_of)?;
        let items: Result<Vec<_>, _> =
            kept.into_iter().map(|row| row.into_row(self, &held, &reserved)).collect();
        Ok(Page { items: items?, next_cursor, total })
    }

    /// A page of sums; sorted by the columns in the order they are asked for.
    pub(crate) fn stock_groups(
        &self,
        query: &StockQuery,
        by: &[GroupBy],
    ) -> Result<Page<StockGroup>, ReadError> {
        let unpaged = StockQuery { page: PageRequest::default(), ..query.clone() };
        let stamp = stamp("stock groups", &(by, unpaged));
        let after: Option<Vec<String>> = match &query.page.cursor {
            Some(cursor) => {
                let key = cursor.key(&stamp)?;
                if key.len() != by.len() {
                    return Err(crate::query::CursorError::Foreign.into());
                }
                Some(key.to_vec())
            }
            None => None,
        };
        let selection = Selection::new(self, query)?;
        let limit = query.page.rows();
        let source = match self.moment(query)? {
            Some(sequence) => Some(Source::Past(sequence)),
            None => selection.narrow_source().filter(|source| !source.is_everything()),
        };
        let by_part = source.is_none() && by.first() == Some(&GroupBy::Part) && !query.page.count;
        let groups = if by_part {
            self.groups_part_by_part(&selection, by, after.as_deref(), limit + 1)?
        } else {
            let source = source.unwrap_or_else(|| selection.widest_source());
            self.groups_of(&source, &selection, by)?
        };
        let total = query.page.count.then_some(groups.len() as u64);
        let mut groups: Vec<_> = groups
            .into_iter()
            .filter(|group| after.as_ref().is_none_or(|after| group.key > *after))
            .collect();
        let more = groups.len() > limit;
        groups.truncate(limit);
        let next_cursor = more
            .then(|| groups.last().map(|last| Cursor::of(&stamp, last.key.clone()).encode()))
            .flatten();
        let items: Result<Vec<_>, _> =
            groups.into_iter().map(|group| group.into_row(self)).collect();
        Ok(Page { items: items?, next_cursor, total })
    }

    /// The last movement that counts; `None` where that is simply the present.
    fn moment(&self, query: &StockQuery) -> Result<Option<i64>, ReadError> {
        let Some(moment) = query.as_of else { return Ok(None) };
        let last = self.last_movement_at(moment)?;
        Ok((last < self.newest_movement()?).then_some(last))
    }

    /// Puts what matches into `found`; `false` when there were more than `most`.
    fn gather(
        &self,
        source: &Source,
        selection: &Selection<'_>,
        most: u64,
        found: &mut Smallest,
    ) -> Result<bool, ReadError> {
        let mut enough = true;
        self.visit(source, selection, true, &mut |row| {
            if found.seen() == most {
                enough = false;
                return Ok(false);
            }
            found.offer(row.kept(self)?);
            Ok(true)
        })?;
        Ok(enough)
    }

    fn count_stock(&self, selection: &Selection<'_>) -> Result<u64, ReadError> {
        if selection.is_everything() {
            let count: i64 =
                self.connection.prepare_cached(source::COUNT)?.query_row(&[], |row| row.get(0))?;
            return super::names::position(count);
        }
        let mut count = 0;
        self.visit(&selection.widest_source(), selection, false, &mut |_| {
            count += 1;
            Ok(true)
        })?;
        Ok(count)
    }
}

/// Called with every matching bucket; `false` ends the visit.
type Visitor<'v> = dyn FnMut(&Found<'_>) -> Result<bool, ReadError> + 'v;

//! The walk in the order of the page: part by part, until the page is full.
//!
//! Parts without stock are passed over where they are listed. Some parts at a time are read whole
//! where they have few buckets, which most have. A part of many is walked place by place: its
//! places are read from its index alone, of a part at many places one operation at a time, so that
//! a part with thousands of buckets costs little more than one with a handful; their rows come out
//! of the index in order of receipt.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::dialect::id_list;
use super::super::{Reader, chunk, one_more};
use super::LAST;
use super::page::{Kept, Smallest, StockKey};
use super::place::Place;
use super::selection::{Parts, Selection};
use super::source::{Found, LOCATIONS, OF_PARTS, OPERATIONS, PART, PARTS};
use crate::query::ReadError;
use crate::sql::{Rows, params};
use mtm_core::word::{OperationCode, PartCode};

/// How many parts are fetched at a time: at first, and at most.
const FIRST_PARTS: i64 = 12;
const MOST_PARTS: i64 = 200;
/// Of parts that are named.
const SOME_NAMED: usize = 12;

/// Buckets of parts that are read whole: of one, and of several together.
const OF_ONE: usize = 64;
pub(super) const OF_SEVERAL: usize = 1_000;

/// Called with some parts; `false` ends the walk.
type Visitor<'v> = dyn FnMut(&[(PartCode, i64)]) -> Result<bool, ReadError> + 'v;

impl Reader<'_> {
    /// Offers the rows that `selection` admits to `found` in order, until it is full.
    pub(super) fn walk(
        &self,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        let after = found.after().cloned();
        let from = after.as_ref().map(|key| &key.part);
        self.some_parts(selection, from.map(PartCode::as_str), &mut |parts| {
            if self.offer_whole(parts, selection, found)? {
                return Ok(!found.is_full());
            }
            for (part, id) in parts {
                let after = after.as_ref().filter(|key| key.part == *part);
                self.walk_part(*id, after, selection, found)?;
                if found.is_full() {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// Offers the admitted rows of all buckets of `parts`; `false` where these are too many, and
    /// none was offered.
    fn offer_whole(
        &self,
        parts: &[(PartCode, i64)],
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<bool, ReadError> {
        if let [(_, part)] = parts {
            let mut statement = self.connection.prepare_cached(PART)?;
            let first = i64::MIN;
            let rows = statement.query(params![part, first, first, first, "", one_more(OF_ONE)])?;
            return self.offer_all(rows, OF_ONE, selection, found);
        }
        let mut statement = self.connection.prepare_cached(OF_PARTS.on(&self.connection))?;
        let listed = id_list(parts.iter().map(|(_, id)| id));
        let rows = statement.query(params![listed, one_more(OF_SEVERAL)])?;
        self.offer_all(rows, OF_SEVERAL, selection, found)
    }

    /// Calls `visitor` with the selected parts that have stock, in the order of their numbers,
    /// beginning at `from`, until it gives `false`.
    pub(super) fn each_part(
        &self,
        selection: &Selection<'_>,
        from: Option<&str>,
        visitor: &mut dyn FnMut(i64) -> Result<bool, ReadError>,
    ) -> Result<(), ReadError> {
        self.some_parts(selection, from, &mut |parts| {
            for (_, id) in parts {
                if !visitor(*id)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// The same, some of them at a time.
    fn some_parts(
        &self,
        selection: &Selection<'_>,
        from: Option<&str>,
        visitor: &mut Visitor<'_>,
    ) -> Result<(), ReadError> {
        let (pattern, mut low, high) = match &selection.parts {
            Parts::Named(parts) => {
                let first = parts
                    .partition_point(|(code, _)| from.is_some_and(|from| code.as_str() < from));
                for some in parts[first..].chunks(SOME_NAMED) {
                    if !visitor(some)? {
                        break;
                    }
                }
                return Ok(());
            }
            Parts::All => (None, String::new(), LAST.to_owned()),
            Parts::Like(pattern, (low, high)) => (Some(pattern), low.clone(), high.clone()),
        };
        if let Some(from) = from.filter(|from| *from > low.as_str()) {
            low = from.to_owned();
        }
        for limit in chunk::growing(FIRST_PARTS, MOST_PARTS) {
            let mut some = self.parts_between(&low, &high, limit)?;
            match some.last() {
                Some((code, _)) => low = format!("{code}\0"),
                None => break,
            }
            some.retain(|(code, _)| pattern.is_none_or(|pattern| pattern.matches(code.as_str())));
            if !some.is_empty() && !visitor(&some)? {
                break;
            }
        }
        Ok(())
    }

    /// Parts with stock in a range of numbers.
    fn parts_between(
        &self,
        low: &str,
        high: &str,
        limit: i64,
    ) -> Result<Vec<(PartCode, i64)>, ReadError> {
        let mut statement = self.connection.prepare_cached(PARTS)?;
        let mut rows = statement.query(params![low, high, limit])?;
        let mut parts = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let code = super::super::names::word("part", row.text(1)?)?;
            parts.push((code, id));
        }
        Ok(parts)
    }

    /// Offers the admitted rows of a part after `after`, in order, until `found` is full.
    pub(super) fn walk_part(
        &self,
        part: i64,
        after: Option<&StockKey>,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        if let Some(places) = self.few_places(part, selection)? {
            return self.walk_places(part, places, after, selection, found);
        }
        let from = after.map(|key| &key.operation);
        for (operation, id) in self.operations_of(part)? {
            if from.is_none_or(|from| operation >= *from) && selection.admits_operation(id) {
                self.walk_operation(part, (&operation, id), after, selection, found)?;
                if found.is_full() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Walks along the places of a part at an operation. Of thousands only those are named that the
    /// page needs, where the order of their codes is known without naming them.
    fn walk_operation(
        &self,
        part: i64,
        (operation, operation_id): (&OperationCode, i64),
        after: Option<&StockKey>,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        let place = |location_id: i64| {
            let location = self.location_code(location_id)?;
            Ok(Place { operation: operation.clone(), location, operation_id, location_id })
        };
        let ids = self.locations_at(part, operation_id, selection)?;
        let masters = self.search.as_ref().map(|search| self.master_texts(search));
        let ranked = masters.and_then(|masters| {
            let ranked = ids.iter().map(|id| Some(Reverse((masters.rank(*id)?, *id))));
            ranked.collect::<Option<BinaryHeap<_>>>()
        });
        let Some(mut ranked) = ranked else {
            let places: Result<Vec<_>, ReadError> = ids.into_iter().map(place).collect();
            return self.walk_places(part, places?, after, selection, found);
        };
        loop {
            let next = std::iter::from_fn(|| ranked.pop()).take(self.places_together());
            let places: Vec<_> =
                next.map(|Reverse((_, id))| place(id)).collect::<Result<_, _>>()?;
            if places.is_empty() {
                break;
            }
            self.walk_places(part, places, after, selection, found)?;
            if found.is_full() {
                break;
            }
        }
        Ok(())
    }

    /// Offers the admitted ones of `rows`; `false` where these are more than `most`, and none was
    /// offered.
    pub(super) fn offer_all(
        &self,
        mut rows: Rows<'_>,
        most: usize,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<bool, ReadError> {
        let (mut met, mut kept): (usize, Vec<Kept>) = (0, Vec::new());
        while let Some(row) = rows.next()? {
            met += 1;
            if met > most {
                return Ok(false);
            }
            let row = Found::of(&row, true)?;
            if selection.admits(&row)? {
                kept.push(row.kept(self)?);
            }
        }
        for row in kept {
            found.offer(row);
        }
        Ok(true)
    }

    /// The operations at which a part stands, in their order.
    fn operations_of(&self, part: i64) -> Result<Vec<(OperationCode, i64)>, ReadError> {
        let mut statement = self.connection.prepare_cached(OPERATIONS.on(&self.connection))?;
        let mut operations = statement.query_all(params![part], |row| {
            let id = row.get(0)?;
            Ok::<_, ReadError>((self.operation_code(id)?, id))
        })?;
        operations.sort_unstable();
        Ok(operations)
    }

    /// The admitted locations of a part at an operation.
    fn locations_at(
        &self,
        part: i64,
        operation: i64,
        selection: &Selection<'_>,
    ) -> Result<Vec<i64>, ReadError> {
        let mut statement = self.connection.prepare_cached(LOCATIONS)?;
        let mut rows = statement.query(params![part, operation])?;
        let mut locations = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if selection.admits_location(id) {
                locations.push(id);
            }
        }
        Ok(locations)
    }
}

//! The walk in the order of the page: part by part, place by place, until the page is full.
//!
//! A part's places are read from its index alone, so that a part with thousands of buckets costs
//! little more than one with a handful; their rows come out of the index in order of receipt.

use rusqlite::{params, types::Value};

use super::super::Reader;
use super::page::{Smallest, StockKey};
use super::selection::{Parts, Selection};
use super::source::{Found, PARTS, PLACE, PLACES};
use crate::query::ReadError;
use mtm_core::word::{LocationCode, OperationCode, PartCode};

/// How many parts are fetched at a time.
const PARTS_AT_A_TIME: i64 = 200;

/// A bound above every code.
const LAST: &str = "\u{10FFFF}";

impl Reader<'_> {
    /// Offers the rows that `selection` admits to `found` in order, until it is full.
    pub(super) fn walk(
        &self,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        let after = found.after().cloned();
        let from = after.as_ref().map(|key| &key.part);
        self.each_part(selection, from.map(PartCode::as_str), &mut |part, id| {
            let after = after.as_ref().filter(|key| key.part == *part);
            self.walk_part(id, after, selection, found)?;
            Ok(!found.is_full())
        })
    }

    /// Calls `visitor` with the selected parts in the order of their numbers, beginning at `from`,
    /// until it gives `false`.
    pub(super) fn each_part(
        &self,
        selection: &Selection<'_>,
        from: Option<&str>,
        visitor: &mut dyn FnMut(&PartCode, i64) -> Result<bool, ReadError>,
    ) -> Result<(), ReadError> {
        let (pattern, mut low, high) = match &selection.parts {
            Parts::Named(parts) => {
                for (code, id) in parts {
                    if from.is_none_or(|from| code.as_str() >= from) && !visitor(code, *id)? {
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
        loop {
            let chunk = self.parts_between(&low, &high)?;
            for (code, id) in &chunk {
                if pattern.is_none_or(|pattern| pattern.matches(code.as_str()))
                    && !visitor(code, *id)?
                {
                    return Ok(());
                }
            }
            match chunk.last() {
                Some((code, _)) => low = format!("{code}\0"),
                None => return Ok(()),
            }
        }
    }

    fn parts_between(&self, low: &str, high: &str) -> Result<Vec<(PartCode, i64)>, ReadError> {
        let mut statement = self.connection.prepare_cached(PARTS)?;
        let mut rows = statement.query(params![low, high, PARTS_AT_A_TIME])?;
        let mut parts = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            // Written as it is stored, even if the catalogue in memory is a rename behind: the
            // order of a page is that of the database.
            let code = super::super::names::word("part", row.get_ref(1)?.as_str()?)?;
            parts.push((code, id));
        }
        Ok(parts)
    }

    fn walk_part(
        &self,
        part: i64,
        after: Option<&StockKey>,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        for place in self.places(part, selection)? {
            let from = match after.map(|key| ((&key.operation, &key.location), key)) {
                Some((there, _)) if (&place.operation, &place.location) < there => continue,
                Some((there, key)) if (&place.operation, &place.location) == there => {
                    (key.received_at, Value::Text(key.lot.to_string()))
                }
                _ => (i64::MIN, Value::Text(String::new())),
            };
            let mut statement = self.connection.prepare_cached(PLACE)?;
            let mut rows = statement.query(params![
                part,
                place.operation_id,
                place.location_id,
                from.0,
                from.1
            ])?;
            while let Some(row) = rows.next()? {
                let row = Found::of(row)?;
                if selection.admits(&row)? {
                    found.offer(row.kept(self)?);
                    if found.is_full() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn places(&self, part: i64, selection: &Selection<'_>) -> Result<Vec<Place>, ReadError> {
        let mut statement = self.connection.prepare_cached(PLACES)?;
        let mut rows = statement.query([part])?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            let (operation_id, location_id) = (row.get(0)?, row.get(1)?);
            if selection.admits_place(operation_id, location_id) {
                places.push(Place {
                    operation: self.operation_code(operation_id)?,
                    location: self.location_code(location_id)?,
                    operation_id,
                    location_id,
                });
            }
        }
        places.sort_unstable();
        Ok(places)
    }
}

/// A place of a part, ordered by its words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    operation: OperationCode,
    location: LocationCode,
    operation_id: i64,
    location_id: i64,
}

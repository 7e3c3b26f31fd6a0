//! The walk in the order of the page: part by part, place by place, until the page is full.
//!
//! A part's places are read from its index alone, of a part at many places one operation at a time,
//! so that a part with thousands of buckets costs little more than one with a handful; their rows
//! come out of the index in order of receipt.

use super::super::{Reader, chunk};
use super::LAST;
use super::page::{Smallest, StockKey};
use super::selection::{Parts, Selection};
use super::source::{Found, LOCATIONS, NEXT_OPERATION, PARTS, PLACE, PLACES};
use crate::query::ReadError;
use crate::sql::params;
use mtm_core::word::{LocationCode, OperationCode, PartCode};

/// How many parts are fetched at a time.
const PARTS_AT_A_TIME: i64 = 200;

/// At so many places a part is still walked at once.
const FEW_PLACES: u16 = 100;

/// Rows of a place in a chunk: of the first, and of any.
const FIRST: i64 = 100;
const MOST: i64 = 2_000;

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
                let places = self.places_at(part, &operation, id, selection)?;
                self.walk_places(part, places, after, selection, found)?;
                if found.is_full() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn walk_places(
        &self,
        part: i64,
        mut places: Vec<Place>,
        after: Option<&StockKey>,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        places.sort_unstable();
        for place in places {
            let here = (&place.operation, &place.location);
            let from = match after.map(|key| ((&key.operation, &key.location), key)) {
                Some((there, _)) if here < there => continue,
                Some((there, key)) if here == there => (key.received_at, key.lot.as_str()),
                _ => (i64::MIN, ""),
            };
            self.walk_place(part, &place, from, selection, found)?;
            if found.is_full() {
                break;
            }
        }
        Ok(())
    }

    /// Walks along a place from the lot of that receipt and number.
    fn walk_place(
        &self,
        part: i64,
        place: &Place,
        (mut received_at, lot): (i64, &str),
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        let mut lot = lot.to_owned();
        let mut statement = self.connection.prepare_cached(PLACE)?;
        for limit in chunk::growing(FIRST, MOST) {
            let (operation, location) = (place.operation_id, place.location_id);
            let values = params![part, operation, location, received_at, lot, limit];
            let mut rows = statement.query(values)?;
            let mut met = 0;
            while let Some(row) = rows.next()? {
                let row = Found::of(&row, true)?;
                if selection.admits(&row)? {
                    found.offer(row.kept(self)?);
                    if found.is_full() {
                        return Ok(());
                    }
                }
                met += 1;
                if met == limit {
                    received_at = row.received_at;
                    row.lot.clone_into(&mut lot);
                }
            }
            if met < limit {
                break;
            }
        }
        Ok(())
    }

    /// The admitted places of a part; `None` where it stands at so many that they are better taken
    /// operation by operation.
    fn few_places(
        &self,
        part: i64,
        selection: &Selection<'_>,
    ) -> Result<Option<Vec<Place>>, ReadError> {
        let mut statement = self.connection.prepare_cached(PLACES)?;
        let mut rows = statement.query(params![part, FEW_PLACES + 1])?;
        let mut places = Vec::new();
        for met in 0_u16.. {
            let Some(row) = rows.next()? else { break };
            if met == FEW_PLACES {
                return Ok(None);
            }
            let (operation_id, location_id) = (row.get(0)?, row.get(1)?);
            if selection.admits_operation(operation_id) && selection.admits_location(location_id) {
                places.push(Place {
                    operation: self.operation_code(operation_id)?,
                    location: self.location_code(location_id)?,
                    operation_id,
                    location_id,
                });
            }
        }
        Ok(Some(places))
    }

    /// The operations at which a part stands, in their order.
    fn operations_of(&self, part: i64) -> Result<Vec<(OperationCode, i64)>, ReadError> {
        let mut statement = self.connection.prepare_cached(NEXT_OPERATION)?;
        let mut operations = Vec::new();
        let mut last = i64::MIN;
        while let Some(id) =
            statement.query_row(params![part, last], |row| row.get::<Option<i64>>(0))?
        {
            operations.push((self.operation_code(id)?, id));
            last = id;
        }
        operations.sort_unstable();
        Ok(operations)
    }

    fn places_at(
        &self,
        part: i64,
        operation: &OperationCode,
        operation_id: i64,
        selection: &Selection<'_>,
    ) -> Result<Vec<Place>, ReadError> {
        let mut statement = self.connection.prepare_cached(LOCATIONS)?;
        let mut rows = statement.query(params![part, operation_id])?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            let location_id = row.get(0)?;
            if selection.admits_location(location_id) {
                places.push(Place {
                    operation: operation.clone(),
                    location: self.location_code(location_id)?,
                    operation_id,
                    location_id,
                });
            }
        }
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

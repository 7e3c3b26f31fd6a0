//! The walk along the places of a part: of each the rows come out of the index in order of receipt.

use mtm_core::word::{LocationCode, OperationCode};

use super::super::{Reader, chunk, one_more};
use super::page::{Smallest, StockKey};
use super::selection::Selection;
use super::source::{Found, OF_PLACES, PLACE, PLACES};
use super::walk::OF_SEVERAL;
use crate::query::ReadError;
use crate::sql::{Connection, params};

/// At so many places a part is still walked at once.
const FEW_PLACES: u16 = 100;

/// Places that are asked for together where a question has a way to go: most have a row or two.
const TOGETHER: usize = 24;

/// Rows of a place in a chunk: of the first, and of any.
const FIRST: i64 = 100;
const MOST: i64 = 2_000;

/// A place of a part, ordered by its words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) operation: OperationCode,
    pub(super) location: LocationCode,
    pub(super) operation_id: i64,
    pub(super) location_id: i64,
}

impl Reader<'_> {
    /// How many places one question is about. In a file each is a seek, and none is read that the
    /// page does not need.
    pub(super) const fn places_together(&self) -> usize {
        match self.connection {
            Connection::Sqlite(_) => 1,
            Connection::MariaDb(_) => TOGETHER,
        }
    }

    /// Offers the admitted rows at `places` after `after`, in order, until `found` is full.
    pub(super) fn walk_places(
        &self,
        part: i64,
        mut places: Vec<Place>,
        after: Option<&StockKey>,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        places.sort_unstable();
        let here = |place: &Place| (place.operation.clone(), place.location.clone());
        let there = after.map(|key| (key.operation.clone(), key.location.clone()));
        places.retain(|place| there.as_ref().is_none_or(|there| here(place) >= *there));
        for some in places.chunks(self.places_together()) {
            if self.offer_places(part, some, selection, found)? {
                if found.is_full() {
                    break;
                }
                continue;
            }
            for place in some {
                let from = match after {
                    Some(key) if there.as_ref() == Some(&here(place)) => {
                        (key.received_at, key.lot.as_str())
                    }
                    _ => (i64::MIN, ""),
                };
                self.walk_place(part, place, from, selection, found)?;
                if found.is_full() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Offers the admitted rows of several places of a part; `false` where it is one place, or where
    /// these are too many rows, and none was offered.
    fn offer_places(
        &self,
        part: i64,
        places: &[Place],
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<bool, ReadError> {
        if places.len() < 2 {
            return Ok(false);
        }
        let listed: serde_json::Value = places
            .iter()
            .map(|place| serde_json::json!([place.operation_id, place.location_id]))
            .collect();
        let mut statement = self.connection.prepare_cached(OF_PLACES.on(&self.connection))?;
        let rows = statement.query(params![part, listed.to_string(), one_more(OF_SEVERAL)])?;
        self.offer_all(rows, OF_SEVERAL, selection, found)
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
    pub(super) fn few_places(
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
}

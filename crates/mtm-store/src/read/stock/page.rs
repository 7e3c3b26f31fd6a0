//! Rows kept for a page, in its order.

use std::collections::HashSet;

use mtm_core::catalogue::Holds;
use mtm_core::word::{
    LocationCode, LocationId, LotNumber, OperationCode, PartCode, PartId, Timestamp,
};

use super::super::Reader;
use super::super::names;
use super::source::Found;
use crate::query::{Cursor, CursorError, ReadError, StockRow, number};

/// What stock is counted in, until parts have units of their own.
pub(super) const UNIT: &str = "pcs";

/// The order of stock rows, and what a cursor holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StockKey {
    pub(super) part: PartCode,
    pub(super) operation: OperationCode,
    pub(super) location: LocationCode,
    pub(super) received_at: i64,
    pub(super) lot: LotNumber,
}

impl StockKey {
    pub(super) fn cursor(&self, stamp: &str) -> Cursor {
        let fields = [
            self.part.to_string(),
            self.operation.to_string(),
            self.location.to_string(),
            self.received_at.to_string(),
            self.lot.to_string(),
        ];
        Cursor::of(stamp, fields)
    }

    pub(super) fn read(cursor: &Cursor, stamp: &str) -> Result<Self, CursorError> {
        let [part, operation, location, received_at, lot] = cursor.fields(stamp)?;
        Ok(Self {
            part: part.parse().map_err(|_| CursorError::Foreign)?,
            operation: operation.parse().map_err(|_| CursorError::Foreign)?,
            location: location.parse().map_err(|_| CursorError::Foreign)?,
            received_at: number(received_at)?,
            lot: lot.parse().map_err(|_| CursorError::Foreign)?,
        })
    }
}

/// A row that may stand on the page.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) key: StockKey,
    part: i64,
    location: i64,
    units: i64,
    item_type: Option<i64>,
    color: Option<i64>,
    work_order: Option<Box<str>>,
    notes: Option<Box<str>>,
    received_by: Option<i64>,
}

impl Found<'_> {
    /// The row with its words, to be kept beyond the statement.
    pub(super) fn kept(&self, reader: &Reader<'_>) -> Result<Kept, ReadError> {
        Ok(Kept {
            key: StockKey {
                part: reader.part_code(self.part)?,
                operation: reader.operation_code(self.operation)?,
                location: reader.location_code(self.location)?,
                received_at: self.received_at,
                lot: names::lot(self.lot)?,
            },
            part: self.part,
            location: self.location,
            units: self.units,
            item_type: self.carried.item_type,
            color: self.carried.color,
            work_order: self.carried.work_order.map(Into::into),
            notes: self.carried.notes.map(Into::into),
            received_by: self.carried.received_by,
        })
    }
}

impl Kept {
    pub(super) fn into_row(
        self,
        reader: &Reader<'_>,
        held: &Held<'_>,
        reserved: &HashSet<LotNumber>,
    ) -> Result<StockRow, ReadError> {
        let held = held.is(&self.key.lot, self.part, self.location);
        Ok(StockRow {
            building: reader.building(self.location).map(str::to_owned),
            quantity: names::quantity(self.units)?,
            unit: UNIT,
            item_type: reader.item_type(self.item_type, self.part)?,
            work_order: self.work_order.as_deref().map(names::work_order).transpose()?,
            color_code: self.color.map(|id| reader.color(id)).transpose()?,
            notes: self.notes.as_deref().map(names::note).transpose()?,
            received_at: Timestamp::from_micros(self.key.received_at),
            received_by: self.received_by.map(|id| reader.user_name(id)).transpose()?,
            held,
            reserved: reserved.contains(&self.key.lot),
            part: self.key.part,
            operation: self.key.operation,
            location: self.key.location,
            lot: self.key.lot,
        })
    }
}

/// What is on hold.
#[derive(Debug)]
pub(in super::super) enum Held<'c> {
    /// Now.
    Now(&'c Holds),
    /// At some moment.
    Then {
        /// Lots.
        lots: HashSet<LotNumber>,
        /// Parts.
        parts: HashSet<i64>,
        /// Locations.
        locations: HashSet<i64>,
    },
}

impl Held<'_> {
    /// Whether pieces of this lot and part, standing there, are on hold.
    fn is(&self, lot: &LotNumber, part: i64, location: i64) -> bool {
        match self {
            Self::Now(holds) => {
                holds.on_lot(lot).is_some()
                    || holds.on_part(PartId(part)).is_some()
                    || holds.on_location(LocationId(location)).is_some()
            }
            Self::Then { lots, parts, locations } => {
                lots.contains(lot) || parts.contains(&part) || locations.contains(&location)
            }
        }
    }
}

/// The first rows after a key among all that are offered, in bounded memory.
pub(super) struct Smallest {
    wanted: usize,
    after: Option<StockKey>,
    rows: Vec<Kept>,
    seen: u64,
}

impl Smallest {
    pub(super) fn new(wanted: usize, after: Option<StockKey>) -> Self {
        Self { wanted, after, rows: Vec::new(), seen: 0 }
    }

    /// The key after which rows are wanted.
    pub(super) fn after(&self) -> Option<&StockKey> {
        self.after.as_ref()
    }

    /// How many rows are wanted.
    pub(super) fn wanted(&self) -> usize {
        self.wanted
    }

    /// How many rows were offered, also before the key.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether rows offered in order cannot change the page any more.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= self.wanted
    }

    pub(super) fn offer(&mut self, row: Kept) {
        self.seen += 1;
        if self.after.as_ref().is_some_and(|after| row.key <= *after) {
            return;
        }
        self.rows.push(row);
        if self.rows.len() >= 4 * self.wanted + 64 {
            self.trim();
        }
    }

    pub(super) fn start_anew(&mut self) {
        self.rows.clear();
        self.seen = 0;
    }

    pub(super) fn into_sorted(mut self) -> Vec<Kept> {
        self.trim();
        self.rows
    }

    fn trim(&mut self) {
        self.rows.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        // A bucket may be come upon in two ways.
        self.rows.dedup_by(|a, b| a.key == b.key);
        self.rows.truncate(self.wanted);
    }
}

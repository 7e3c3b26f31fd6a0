//! Why a number is what it is: the movements that make it, newest first, each with the number
//! after it. `opening` + the sum of all deltas = `quantity`, on every page and over all of them.
//!
//! The number of the moment comes from the stock; going back, each movement's own effect gives
//! the number before it, so a page costs no more than its movements. Movements that leave the
//! number alone (a transfer inside of what is asked for) are not shown. A cursor keeps the moment,
//! so that later pages explain the number of the first one.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::movement::MovementType;
use mtm_core::word::{LotNumber, Quantity, Timestamp};
use rusqlite::{OptionalExtension, Row, ToSql, params};

use super::names::{self, movement_id, position};
use super::{Reader, impossible};
use crate::query::{
    Cursor, CursorError, ExplainItem, ExplainQuery, Explanation, PageRequest, Pattern, ReadError,
    number, stamp,
};

macro_rules! movements {
    ($tail:literal) => {
        concat!(
            "SELECT sequence, id, recorded_at, type, user_id, quantity, part_id,
                    lot, from_operation_id, from_location_id,
                    coalesce(to_lot, lot), to_operation_id, to_location_id
             FROM movement WHERE ",
            $tail,
            " ORDER BY sequence DESC"
        )
    };
}

pub(super) const BY_PART: &str = movements!(
    "part_id = ?1 AND sequence <= ?2 AND sequence > ?3
     AND (?4 IS NULL OR from_operation_id = ?4 OR to_operation_id = ?4)
     AND (?5 IS NULL OR from_location_id = ?5 OR to_location_id = ?5)"
);
pub(super) const BY_LOT: &str = movements!(
    "sequence IN (SELECT sequence FROM movement
                  WHERE lot = ?1 AND sequence <= ?2 AND sequence > ?3
                  UNION SELECT sequence FROM movement
                  WHERE to_lot = ?1 AND sequence <= ?2 AND sequence > ?3)
     AND (?4 IS NULL OR from_operation_id = ?4 OR to_operation_id = ?4)
     AND (?5 IS NULL OR from_location_id = ?5 OR to_location_id = ?5)"
);
pub(super) const SUM_BY_PART: &str = "SELECT coalesce(sum(quantity), 0) FROM stock
     WHERE part_id = ?1 AND (?2 IS NULL OR operation_id = ?2) AND (?3 IS NULL OR location_id = ?3)";
pub(super) const SUM_BY_PLACE: &str = "SELECT coalesce(sum(quantity), 0) FROM stock
     WHERE part_id = ?1 AND operation_id = ?2 AND location_id = ?3";
pub(super) const SUM_BY_LOT: &str = "SELECT coalesce(sum(quantity), 0) FROM stock
     WHERE lot = ?1 AND (?2 IS NULL OR operation_id = ?2) AND (?3 IS NULL OR location_id = ?3)";
pub(super) const PART_OF_LOT: &str = "SELECT part_id FROM lot WHERE lot = ?1";

/// What the number counts, resolved.
struct Scope {
    part: i64,
    lot: Option<LotNumber>,
    operation: Option<i64>,
    location: Option<i64>,
}

/// Where a page begins.
struct Start {
    /// The last movement it may show.
    sequence: i64,
    /// The number after that movement.
    balance: i64,
    /// The number that is explained, and its moment.
    quantity: i64,
    as_of: Timestamp,
}

impl Reader<'_> {
    /// A page of the explanation of a number.
    pub(crate) fn explain(&self, query: &ExplainQuery) -> Result<Explanation, ReadError> {
        let unpaged = ExplainQuery { page: PageRequest::default(), ..query.clone() };
        let stamp = stamp("explain", &unpaged);
        let scope = self.scope(query)?;
        let start = match &query.page.cursor {
            Some(cursor) => Start::read(cursor, &stamp)?,
            None => self.start(&scope, query.as_of)?,
        };
        let limit = query.page.rows();
        let mut items: Vec<ExplainItem> = Vec::new();
        let mut balance = start.balance;
        let mut next_cursor = None;
        self.each_effect(&scope, start.sequence, 0, &mut |row, delta| {
            if items.len() == limit {
                let next = Start { sequence: row.get(0)?, balance, ..start };
                next_cursor = Some(next.cursor(&stamp).encode());
                return Ok(false);
            }
            items.push(self.item(row, delta, balance)?);
            balance -= delta;
            Ok(true)
        })?;
        if next_cursor.is_none() && balance != 0 {
            // A cursor comes back from outside: only without one is the ledger itself at fault.
            return Err(match &query.page.cursor {
                Some(_) => CursorError::Foreign.into(),
                None => impossible("stock without movements", balance),
            });
        }
        Ok(Explanation {
            quantity: names::quantity(start.quantity)?,
            as_of: start.as_of,
            opening: pieces(balance),
            items,
            next_cursor,
        })
    }

    fn scope(&self, query: &ExplainQuery) -> Result<Scope, ReadError> {
        let exact = |word: &str| Pattern::Exact(word.to_owned());
        let part = match &query.part {
            Some(part) => Some(
                self.parts(&exact(part.as_str()))?
                    .first()
                    .map(|(_, id)| *id)
                    .ok_or_else(|| unknown(Code::UnknownPart, "part", part.as_str()))?,
            ),
            None => None,
        };
        let operation = match &query.operation {
            Some(operation) => {
                let found = self.operations(&exact(operation.as_str()))?.into_iter().next();
                Some(found.ok_or_else(|| {
                    unknown(Code::UnknownOperation, "operation", operation.as_str())
                })?)
            }
            None => None,
        };
        let location =
            match &query.location {
                Some(location) => {
                    let found = self.locations(&exact(location.as_str()))?.into_iter().next();
                    Some(found.ok_or_else(|| {
                        unknown(Code::UnknownLocation, "location", location.as_str())
                    })?)
                }
                None => None,
            };
        let part = match (&query.lot, part) {
            (Some(lot), named) => {
                let of_lot: Option<i64> = self
                    .connection
                    .prepare_cached(PART_OF_LOT)?
                    .query_row([lot.as_str()], |row| row.get(0))
                    .optional()?;
                let of_lot =
                    of_lot.ok_or_else(|| unknown(Code::UnknownLot, "lot", lot.as_str()))?;
                if named.is_some_and(|named| named != of_lot) {
                    return Err(ReadError::Refused(Rejection::new(
                        Code::InvalidParameter,
                        "part",
                        format!("lot {lot} is of part {}", self.part_code(of_lot)?),
                    )));
                }
                of_lot
            }
            (None, Some(part)) => part,
            (None, None) => {
                return Err(ReadError::Refused(Rejection::new(
                    Code::InvalidParameter,
                    "part",
                    "name a part or a lot",
                )));
            }
        };
        Ok(Scope { part, lot: query.lot.clone(), operation, location })
    }

    /// The number at `moment` and the last movement that counts.
    fn start(&self, scope: &Scope, moment: Option<Timestamp>) -> Result<Start, ReadError> {
        let newest = self.newest_movement()?;
        let mut units = self.present(scope)?;
        let sequence = match moment {
            Some(moment) => self.last_movement_at(moment)?,
            None => newest,
        };
        if sequence < newest {
            self.each_effect(scope, newest, sequence, &mut |_, delta| {
                units -= delta;
                Ok(true)
            })?;
        }
        let as_of = moment.unwrap_or(self.now);
        Ok(Start { sequence, balance: units, quantity: units, as_of })
    }

    fn present(&self, scope: &Scope) -> Result<i64, ReadError> {
        let places: [&dyn ToSql; 2] = [&scope.operation, &scope.location];
        let (sql, key): (_, &dyn ToSql) = match &scope.lot {
            Some(lot) => (SUM_BY_LOT, &lot.as_str().to_owned()),
            None if scope.operation.is_some() && scope.location.is_some() => {
                (SUM_BY_PLACE, &scope.part)
            }
            None => (SUM_BY_PART, &scope.part),
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![key, places[0], places[1]], |row| row.get(0))?)
    }

    /// Calls `visitor` with every movement that changes the number and by how much, newest first,
    /// from `last` back to the one after `before`, until it gives `false`.
    fn each_effect(
        &self,
        scope: &Scope,
        last: i64,
        before: i64,
        visitor: &mut dyn FnMut(&Row<'_>, i64) -> Result<bool, ReadError>,
    ) -> Result<(), ReadError> {
        let (sql, key): (_, &dyn ToSql) = match &scope.lot {
            Some(lot) => (BY_LOT, &lot.as_str().to_owned()),
            None => (BY_PART, &scope.part),
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows =
            statement.query(params![key, last, before, scope.operation, scope.location])?;
        while let Some(row) = rows.next()? {
            let units: i64 = row.get(5)?;
            let mut delta = 0;
            if scope.holds(row, 7)? {
                delta -= units;
            }
            if scope.holds(row, 10)? {
                delta += units;
            }
            if delta != 0 && !visitor(row, delta)? {
                break;
            }
        }
        Ok(())
    }

    fn item(&self, row: &Row<'_>, delta: i64, balance: i64) -> Result<ExplainItem, ReadError> {
        let kind = row.get_ref(3)?.as_str()?;
        // The lot whose pieces counted: of a split, the end that is asked for.
        let lot = row.get_ref(if delta < 0 { 7 } else { 10 })?.as_str()?;
        Ok(ExplainItem {
            movement_id: movement_id(row.get(1)?),
            sequence: position(row.get(0)?)?,
            recorded_at: Timestamp::from_micros(row.get(2)?),
            kind: MovementType::from_name(kind).ok_or_else(|| impossible("type", kind))?,
            user: self.user_name(row.get(4)?)?,
            lot: names::lot(lot)?,
            delta: pieces(delta),
            balance: pieces(balance),
        })
    }
}

impl Scope {
    /// Whether the end of a movement whose lot, operation and location stand from column `first`
    /// on is part of the number. An end outside the stock has no operation.
    fn holds(&self, row: &Row<'_>, first: usize) -> Result<bool, ReadError> {
        let Some(operation) = row.get::<_, Option<i64>>(first + 1)? else { return Ok(false) };
        let location: i64 = row.get(first + 2)?;
        let lot = row.get_ref(first)?.as_str()?;
        Ok(self.operation.is_none_or(|wanted| wanted == operation)
            && self.location.is_none_or(|wanted| wanted == location)
            && self.lot.as_ref().is_none_or(|wanted| wanted.as_str() == lot))
    }
}

impl Start {
    fn cursor(&self, stamp: &str) -> Cursor {
        let fields = [self.sequence, self.balance, self.quantity, self.as_of.micros()];
        Cursor::of(stamp, fields.map(|field| field.to_string()))
    }

    fn read(cursor: &Cursor, stamp: &str) -> Result<Self, ReadError> {
        let [sequence, balance, quantity, as_of] = cursor.fields(stamp)?;
        let units = |field| {
            Quantity::from_units(number(field)?)
                .map(Quantity::units)
                .map_err(|_| CursorError::Foreign)
        };
        Ok(Self {
            sequence: number(sequence)?,
            balance: units(balance)?,
            quantity: units(quantity)?,
            as_of: Timestamp::from_micros(number(as_of)?),
        })
    }
}

/// Whole pieces of 10⁻⁶ units, signed.
fn pieces(units: i64) -> i64 {
    units / 1_000_000
}

fn unknown(code: Code, field: &'static str, text: &str) -> ReadError {
    ReadError::Refused(Rejection::new(code, field, format!("no {field} {text}")))
}

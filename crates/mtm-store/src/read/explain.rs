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
use mtm_core::word::{LotNumber, MovementId, Quantity, Timestamp};

use super::dialect::Dialects;
use super::names::{self, position};
use super::{Reader, chunk, impossible, one_more};
use crate::closing::{Place, nearest};
use crate::query::{
    Cursor, CursorError, ExplainItem, ExplainQuery, Explanation, PageRequest, Pattern, ReadError,
    number, stamp,
};
use crate::sql::{Bind, Error, OptionalExtension, Row, Value, moment, params, uuid};

macro_rules! newest_first {
    ($log:literal, $of:literal) => {
        concat!(
            "SELECT sequence, id, recorded_at, type, user_id, quantity, part_id,
                    lot, from_operation_id, from_location_id,
                    coalesce(to_lot, lot) AS end_lot, to_operation_id, to_location_id
             FROM ",
            $log,
            " WHERE ",
            $of,
            " = ?1 AND sequence <= ?2 AND sequence > ?3
              AND (?4 IS NULL OR from_operation_id = ?4 OR to_operation_id = ?4)
              AND (?5 IS NULL OR from_location_id = ?5 OR to_location_id = ?5)
             ORDER BY sequence DESC LIMIT ?6"
        )
    };
}

pub(super) const BY_PART: Dialects = Dialects {
    sqlite: newest_first!("movement", "part_id"),
    mariadb: newest_first!("movement FORCE INDEX (movement_by_part)", "part_id"),
};
/// Both ends of a split or a merge name a lot, and never the same one.
pub(super) const BY_LOT: Dialects = Dialects::alike(concat!(
    "SELECT * FROM (",
    newest_first!("movement", "lot"),
    ") AS own UNION ALL SELECT * FROM (",
    newest_first!("movement", "to_lot"),
    ") AS joined ORDER BY sequence DESC LIMIT ?6"
));
macro_rules! unsealed {
    ($sequence:literal) => {
        concat!(
            "SELECT sequence, id, recorded_at, type, user_id, quantity, part_id,
                    lot, from_operation_id, from_location_id,
                    coalesce(to_lot, lot) AS end_lot, to_operation_id, to_location_id
             FROM movement WHERE sequence ",
            $sequence
        )
    };
}

/// What a server has committed and not given a place in the log yet; in a file everything has one.
pub(super) const UNSEALED: Dialects =
    Dialects { sqlite: unsealed!("= NULL"), mariadb: unsealed!("IS NULL") };
macro_rules! of_closing {
    ($hint:literal) => {
        concat!(
            "SELECT CAST(coalesce(sum(quantity), 0) AS SIGNED) FROM closing ",
            $hint,
            " WHERE sequence = ?1 AND part_id = ?2 AND (?3 IS NULL OR operation_id = ?3)
              AND (?4 IS NULL OR location_id = ?4)"
        )
    };
}
pub(super) const SUM_OF_CLOSING: Dialects = Dialects {
    sqlite: of_closing!("INDEXED BY closing_by_part"),
    mariadb: of_closing!("FORCE INDEX (closing_by_part)"),
};
pub(super) const SUM_BY_PART: &str = "SELECT coalesce(sum(quantity), 0) FROM stock
     WHERE part_id = ?1 AND (?2 IS NULL OR operation_id = ?2) AND (?3 IS NULL OR location_id = ?3)";
pub(super) const SUM_BY_PLACE: &str = "SELECT coalesce(sum(quantity), 0) FROM stock
     WHERE part_id = ?1 AND operation_id = ?2 AND location_id = ?3";
pub(super) const SUM_BY_LOT: &str = "SELECT coalesce(sum(quantity), 0) FROM stock
     WHERE lot = ?1 AND (?2 IS NULL OR operation_id = ?2) AND (?3 IS NULL OR location_id = ?3)";
pub(super) const PART_OF_LOT: &str = "SELECT part_id FROM lot WHERE lot = ?1";

/// Rows of a chunk: of the first where all are needed, and of any.
const FIRST: i64 = 200;
const MOST: i64 = 2_000;

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
        let first = one_more(limit).min(FIRST);
        self.each_effect(&scope, (start.sequence, 0), first, &mut |row, delta| {
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
                    .query_row(params![lot.as_str()], |row| row.get(0))
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
        let sequence = match moment {
            Some(moment) => self.last_movement_at(moment)?,
            None => newest,
        };
        // A lot's own movements are few.
        let (place, at) = match scope.lot {
            None if sequence < newest => nearest(self.connection, sequence, newest)?,
            _ => (Place::Present, newest),
        };
        let mut units = match place {
            Place::Beginning => 0,
            Place::Closing(closing) => self.closed(scope, closing)?,
            Place::Present => self.present(scope)? - self.unsealed(scope)?,
        };
        let (before, last, sign) =
            if at < sequence { (at, sequence, 1) } else { (sequence, at, -1) };
        if before < last {
            self.each_effect(scope, (last, before), FIRST, &mut |_, delta| {
                units += sign * delta;
                Ok(true)
            })?;
        }
        let as_of = moment.unwrap_or(self.now);
        Ok(Start { sequence, balance: units, quantity: units, as_of })
    }

    fn present(&self, scope: &Scope) -> Result<i64, ReadError> {
        let sql = match &scope.lot {
            Some(_) => SUM_BY_LOT,
            None if scope.operation.is_some() && scope.location.is_some() => SUM_BY_PLACE,
            None => SUM_BY_PART,
        };
        let key = scope.key();
        let values = params![key, scope.operation, scope.location];
        Ok(self.connection.query_row(sql, values, |row| row.get(0))?)
    }

    fn closed(&self, scope: &Scope, closing: i64) -> Result<i64, ReadError> {
        let values = params![closing, scope.part, scope.operation, scope.location];
        let sql = SUM_OF_CLOSING.on(&self.connection);
        Ok(self.connection.query_row(sql, values, |row| row.get(0))?)
    }

    /// What the number holds already of movements that have no place in the log yet.
    fn unsealed(&self, scope: &Scope) -> Result<i64, ReadError> {
        let mut units = 0;
        let mut statement = self.connection.prepare_cached(UNSEALED.on(&self.connection))?;
        let mut rows = statement.query(&[])?;
        while let Some(row) = rows.next()? {
            if row.get::<i64>(6)? == scope.part {
                units += scope.effect(&row)?;
            }
        }
        Ok(units)
    }

    /// Calls `visitor` with every movement that changes the number and by how much, newest first,
    /// from `last` back to the one after `before`, until it gives `false`.
    fn each_effect(
        &self,
        scope: &Scope,
        (mut last, before): (i64, i64),
        first: i64,
        visitor: &mut dyn FnMut(&Row<'_>, i64) -> Result<bool, ReadError>,
    ) -> Result<(), ReadError> {
        let statement = if scope.lot.is_some() { BY_LOT } else { BY_PART };
        let mut statement = self.connection.prepare_cached(statement.on(&self.connection))?;
        for limit in chunk::growing(first, MOST) {
            let (key, operation, location) = (scope.key(), scope.operation, scope.location);
            let values = params![key, last, before, operation, location, limit];
            let mut rows = statement.query(values)?;
            let mut met = 0;
            while let Some(row) = rows.next()? {
                let delta = scope.effect(&row)?;
                if delta != 0 && !visitor(&row, delta)? {
                    return Ok(());
                }
                last = row.get::<i64>(0)? - 1;
                met += 1;
            }
            if met < limit {
                break;
            }
        }
        Ok(())
    }

    fn item(&self, row: &Row<'_>, delta: i64, balance: i64) -> Result<ExplainItem, ReadError> {
        let kind = row.text(3)?;
        // The lot whose pieces counted: of a split or a merge, the end that is asked for.
        let (lot, other) = if delta < 0 { (7, 10) } else { (10, 7) };
        let (lot, other) = (row.text(lot)?, row.text(other)?);
        Ok(ExplainItem {
            movement_id: MovementId(uuid(row, 1)?),
            sequence: position(row.get(0)?)?,
            recorded_at: moment(row, 2)?,
            kind: MovementType::from_name(kind).ok_or_else(|| impossible("type", kind))?,
            user: self.user_name(row.get(4)?)?,
            lot: names::lot(lot)?,
            other_lot: (other != lot).then(|| names::lot(other)).transpose()?,
            delta: pieces(delta),
            balance: pieces(balance),
        })
    }
}

impl Scope {
    /// What leads to its rows.
    fn key(&self) -> Value<'_> {
        match &self.lot {
            Some(lot) => lot.as_str().bind(),
            None => self.part.bind(),
        }
    }

    /// By how much a movement changes the number.
    fn effect(&self, row: &Row<'_>) -> Result<i64, Error> {
        let units: i64 = row.get(5)?;
        let out = if self.holds(row, 7)? { units } else { 0 };
        let into = if self.holds(row, 10)? { units } else { 0 };
        Ok(into - out)
    }

    /// Whether the end of a movement whose lot, operation and location stand from column `first`
    /// on is part of the number. An end outside the stock has no operation.
    fn holds(&self, row: &Row<'_>, first: usize) -> Result<bool, Error> {
        let Some(operation) = row.get::<Option<i64>>(first + 1)? else { return Ok(false) };
        let location: i64 = row.get(first + 2)?;
        let lot = row.text(first)?;
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

//! Rebuilding lots' stock from their movements: lots, log and stock are read side by side in the
//! order of the lots, and compared where they meet.

use std::collections::BTreeMap;

use mtm_core::word::LotNumber;

use super::Stop;
use super::moved::{Cause, Log, Moved, Spot};
use super::standing::Standing;
use crate::integrity::{Damage, FirstBad};
use crate::sql::{Connection, Error, Row, params};

/// What the movements make of one bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    units: i64,
    last: Option<Cause>,
}

pub(super) const LOTS: &str =
    "SELECT lot, part_id, received_at FROM lot WHERE lot > ?1 ORDER BY lot LIMIT ?2";
pub(super) const FROM_LOT: &str =
    "SELECT lot, part_id, received_at FROM lot WHERE lot >= ?1 ORDER BY lot LIMIT ?2";

/// A lot, as its own row has it.
struct Lot {
    number: String,
    part: i64,
    received_at: i64,
}

impl Lot {
    fn read(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self { number: row.get(0)?, part: row.get(1)?, received_at: row.get(2)? })
    }
}

/// Compares at most `step` lots after `after` with their movements. Gives the last one, `None` at
/// the end, and how many they were.
pub(super) fn step(
    connection: Connection<'_>,
    after: &str,
    step: u32,
) -> Result<(Option<String>, u64), Stop> {
    let lots = connection.prepare_cached(LOTS)?.query_all(params![after, step], Lot::read)?;
    if lots.is_empty() {
        return Ok((None, 0));
    }
    let checked = lots.len() as u64;
    Ok((compare_all(connection, lots)?, checked))
}

/// Compares `first`, and the lots behind it, at most `most` in all. Gives their numbers.
pub(super) fn run(connection: Connection<'_>, first: &str, most: u32) -> Result<Vec<String>, Stop> {
    let lots = connection.prepare_cached(FROM_LOT)?.query_all(params![first, most], Lot::read)?;
    if lots.first().is_none_or(|known| known.number != first) {
        return Err(missing(first));
    }
    let numbers = lots.iter().map(|lot| lot.number.clone()).collect();
    compare_all(connection, lots)?;
    Ok(numbers)
}

pub(super) fn missing(lot: &str) -> Stop {
    bad(Damage::LotAltered, lot, format!("lot {lot} is missing")).into()
}

/// Compares one lot with its movements.
pub(super) fn check(connection: Connection<'_>, lot: &str) -> Result<(), Stop> {
    run(connection, lot, 1).map(drop)
}

/// Compares all lots between the first of `lots` and the last, which is given back.
fn compare_all(connection: Connection<'_>, lots: Vec<Lot>) -> Result<Option<String>, Stop> {
    let Some((first, last)) = lots.first().zip(lots.last()) else { return Ok(None) };
    let mut log = Log::between(connection, &first.number, &last.number)?;
    let mut stock = Standing::between(connection, &first.number, &last.number)?;
    for lot in &lots {
        compare(connection, lot, &mut log, &mut stock)?;
    }
    Ok(lots.into_iter().next_back().map(|last| last.number))
}

fn compare(
    connection: Connection<'_>,
    lot: &Lot,
    log: &mut Log<'_>,
    stock: &mut Standing<'_>,
) -> Result<(), Stop> {
    let mut made: BTreeMap<Spot, Made> = BTreeMap::new();
    while let Some(moved) = log.next_of(&lot.number)? {
        add(&mut made, &moved, lot)?;
    }
    while let Some(bucket) = stock.next_of(&lot.number)? {
        let expected = made.remove(&bucket.spot).unwrap_or_default();
        if bucket.units != expected.units {
            return Err(differs(connection, &lot.number, bucket.spot, expected, bucket.units));
        }
        if bucket.part != lot.part || bucket.received_at != lot.received_at {
            let lot = &lot.number;
            let message = format!("the stock of lot {lot} has another part or age than the lot");
            return Err(bad(Damage::StockDiffers, lot, message).into());
        }
    }
    match made.into_iter().find(|(_, made)| made.units != 0) {
        Some((spot, expected)) => Err(differs(connection, &lot.number, spot, expected, 0)),
        None => Ok(()),
    }
}

fn add(made: &mut BTreeMap<Spot, Made>, moved: &Moved, lot: &Lot) -> Result<(), Stop> {
    let (cause, lot, part) = (moved.cause, &lot.number, lot.part);
    let name = || cause.sequence.map_or_else(|| "without a place".to_owned(), |at| at.to_string());
    let refuse = |what, message| Err(cause.of(bad(what, lot, message)).into());
    if moved.part != part {
        let message = format!("movement {} is of another part than its lot {lot}", name());
        return refuse(Damage::LotAltered, message);
    }
    if let Some(from) = moved.from {
        let bucket = made.entry(from).or_default();
        bucket.last = Some(cause);
        bucket.units = bucket.units.saturating_sub(moved.units);
        // The order of what has no place in the log yet is not settled.
        if bucket.units < 0 && cause.sequence.is_some() {
            let message = format!("movement {} takes more of lot {lot} than there was", name());
            return refuse(Damage::StockDiffers, message);
        }
    }
    if let Some(to) = moved.to {
        let bucket = made.entry(to).or_default();
        bucket.last = Some(cause);
        bucket.units = bucket.units.saturating_add(moved.units);
    }
    Ok(())
}

impl Cause {
    /// Names the movement in `bad`.
    fn of(self, bad: FirstBad) -> FirstBad {
        FirstBad { sequence: self.sequence, movement_id: self.id, ..bad }
    }
}

fn differs(connection: Connection<'_>, lot: &str, spot: Spot, expected: Made, units: i64) -> Stop {
    let name = |table: &str, id: i64| {
        let sql = format!("SELECT code FROM {table} WHERE id = ?1");
        let code = connection.query_row(&sql, params![id], |row| row.get::<String>(0));
        code.unwrap_or_else(|_| format!("{table} {id}"))
    };
    let place = format!("{} / {}", name("location", spot.1), name("operation", spot.0));
    let message = format!(
        "stock of lot {lot} at {place} is {}, the movements make {}",
        pieces(units),
        pieces(expected.units)
    );
    let bad = bad(Damage::StockDiffers, lot, message);
    match expected.last {
        Some(cause) => cause.of(bad).into(),
        None => bad.into(),
    }
}

/// Whole pieces, or the units where they are none.
fn pieces(units: i64) -> String {
    if units % 1_000_000 == 0 {
        (units / 1_000_000).to_string()
    } else {
        format!("{units} millionths")
    }
}

fn bad(what: Damage, lot: &str, message: String) -> FirstBad {
    FirstBad { lot: LotNumber::parse(lot).ok(), ..FirstBad::new(what, message) }
}

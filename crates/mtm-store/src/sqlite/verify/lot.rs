//! Rebuilding a lot's stock from its movements.

use std::collections::BTreeMap;

use mtm_core::word::{LotNumber, MovementId};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::Stop;
use crate::integrity::{Damage, FirstBad};

/// Operation and location.
type Spot = (i64, i64);

/// What the movements make of one bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    units: i64,
    last: u64,
}

/// Compares at most `step` lots after `after` with their movements. Gives the last one, `None` at
/// the end, and how many they were.
pub(super) fn step(
    connection: &Connection,
    after: &str,
    step: u32,
) -> Result<(Option<String>, u64), Stop> {
    let lots: Vec<String> = connection
        .prepare_cached("SELECT lot FROM lot WHERE lot > ?1 ORDER BY lot LIMIT ?2")?
        .query_map(rusqlite::params![after, step], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for lot in &lots {
        check(connection, lot)?;
    }
    let checked = lots.len() as u64;
    Ok((lots.into_iter().next_back(), checked))
}

/// Compares one lot with its movements.
pub(super) fn check(connection: &Connection, lot: &str) -> Result<(), Stop> {
    let known = connection
        .prepare_cached("SELECT part_id, received_at FROM lot WHERE lot = ?1")?
        .query_row([lot], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((part, received_at)) = known else {
        return Err(bad(Damage::LotAltered, lot, format!("lot {lot} is missing")).into());
    };
    let mut made: BTreeMap<Spot, Made> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT sequence, id, part_id, lot, quantity, from_account, from_operation_id,
                from_location_id, to_account, to_operation_id, to_location_id, to_lot
         FROM movement WHERE lot = ?1
         UNION ALL
         SELECT sequence, id, part_id, lot, quantity, from_account, from_operation_id,
                from_location_id, to_account, to_operation_id, to_location_id, to_lot
         FROM movement WHERE to_lot = ?1
         ORDER BY sequence",
    )?;
    let mut rows = statement.query([lot])?;
    while let Some(row) = rows.next()? {
        add(&mut made, row, lot, part)?;
    }
    compare(connection, lot, part, received_at, made)
}

fn add(made: &mut BTreeMap<Spot, Made>, row: &Row<'_>, lot: &str, part: i64) -> Result<(), Stop> {
    let sequence = row.get::<_, i64>(0)?.cast_unsigned();
    let movement = |what, message| {
        let id = row.get(1).ok().map(|id| MovementId(Uuid::from_bytes(id)));
        FirstBad { sequence: Some(sequence), movement_id: id, ..bad(what, lot, message) }
    };
    if row.get::<_, i64>(2)? != part {
        let message = format!("movement {sequence} is of another part than its lot {lot}");
        return Err(movement(Damage::LotAltered, message).into());
    }
    let own: String = row.get(3)?;
    let units: i64 = row.get(4)?;
    let target: Option<String> = row.get(11)?;
    if own == lot && row.get_ref(5)?.as_str().is_ok_and(|account| account == "stock") {
        let bucket = made.entry((row.get(6)?, row.get(7)?)).or_default();
        bucket.last = sequence;
        bucket.units -= units;
        if bucket.units < 0 {
            let message = format!("movement {sequence} takes more of lot {lot} than there was");
            return Err(movement(Damage::StockDiffers, message).into());
        }
    }
    if target.as_deref().unwrap_or(&own) == lot
        && row.get_ref(8)?.as_str().is_ok_and(|account| account == "stock")
    {
        let bucket = made.entry((row.get(9)?, row.get(10)?)).or_default();
        bucket.last = sequence;
        bucket.units = bucket.units.saturating_add(units);
    }
    Ok(())
}

fn compare(
    connection: &Connection,
    lot: &str,
    part: i64,
    received_at: i64,
    mut made: BTreeMap<Spot, Made>,
) -> Result<(), Stop> {
    let mut statement = connection.prepare_cached(
        "SELECT operation_id, location_id, quantity, part_id, received_at FROM stock
         WHERE lot = ?1 ORDER BY operation_id, location_id",
    )?;
    let mut rows = statement.query([lot])?;
    while let Some(row) = rows.next()? {
        let spot: Spot = (row.get(0)?, row.get(1)?);
        let units: i64 = row.get(2)?;
        let expected = made.remove(&spot).unwrap_or_default();
        if units != expected.units {
            return Err(differs(connection, lot, spot, expected, units));
        }
        if row.get::<_, i64>(3)? != part || row.get::<_, i64>(4)? != received_at {
            let message = format!("the stock of lot {lot} has another part or age than the lot");
            return Err(bad(Damage::StockDiffers, lot, message).into());
        }
    }
    match made.into_iter().find(|(_, made)| made.units != 0) {
        Some((spot, expected)) => Err(differs(connection, lot, spot, expected, 0)),
        None => Ok(()),
    }
}

fn differs(connection: &Connection, lot: &str, spot: Spot, expected: Made, units: i64) -> Stop {
    let name = |table: &str, id: i64| {
        let sql = format!("SELECT code FROM {table} WHERE id = ?1");
        let code = connection.query_row(&sql, [id], |row| row.get::<_, String>(0));
        code.unwrap_or_else(|_| format!("{table} {id}"))
    };
    let place = format!("{} / {}", name("location", spot.1), name("operation", spot.0));
    let message = format!(
        "stock of lot {lot} at {place} is {}, the movements make {}",
        pieces(units),
        pieces(expected.units)
    );
    let last = connection
        .query_row(
            "SELECT id FROM movement WHERE sequence = ?1",
            [expected.last.cast_signed()],
            |row| Ok(MovementId(Uuid::from_bytes(row.get(0)?))),
        )
        .ok();
    FirstBad {
        sequence: last.map(|_| expected.last),
        movement_id: last,
        ..bad(Damage::StockDiffers, lot, message)
    }
    .into()
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

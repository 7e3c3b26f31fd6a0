//! Rebuilding a lot's stock from its movements.

use std::collections::BTreeMap;

use mtm_core::word::{LotNumber, MovementId};

use super::Stop;
use crate::integrity::{Damage, FirstBad};
use crate::sql::{Connection, Error, OptionalExtension, Row, params, uuid};

/// Operation and location.
type Spot = (i64, i64);

/// What the movements make of one bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    units: i64,
    last: Option<Cause>,
}

/// A movement, as a finding names it.
#[derive(Debug, Clone, Copy)]
struct Cause {
    sequence: Option<u64>,
    id: Option<MovementId>,
}

/// Movements of a chunk.
const CHUNK: i64 = 2_000;

macro_rules! movements {
    ($which:literal) => {
        concat!(
            "SELECT sequence, id, part_id, lot, quantity, from_account, from_operation_id,
                    from_location_id, to_account, to_operation_id, to_location_id, to_lot
             FROM movement WHERE ",
            $which
        )
    };
}

/// The movements of a lot after a place in the log.
pub(super) const SEALED: &str = concat!(
    movements!("lot = ?1 AND sequence > ?2"),
    " UNION ALL ",
    movements!("to_lot = ?1 AND sequence > ?2"),
    " ORDER BY sequence LIMIT ?3"
);
/// The few movements of a lot that have no place in the log yet, which only a server knows.
pub(super) const UNSEALED: &str = concat!(
    movements!("lot = ?1 AND sequence IS NULL"),
    " UNION ALL ",
    movements!("to_lot = ?1 AND sequence IS NULL"),
    " ORDER BY id"
);
pub(super) const LOTS: &str = "SELECT lot FROM lot WHERE lot > ?1 ORDER BY lot LIMIT ?2";
pub(super) const LOT: &str = "SELECT part_id, received_at FROM lot WHERE lot = ?1";
pub(super) const STOCK: &str = "
    SELECT operation_id, location_id, quantity, part_id, received_at FROM stock
    WHERE lot = ?1 ORDER BY operation_id, location_id";

/// Compares at most `step` lots after `after` with their movements. Gives the last one, `None` at
/// the end, and how many they were.
pub(super) fn step(
    connection: Connection<'_>,
    after: &str,
    step: u32,
) -> Result<(Option<String>, u64), Stop> {
    let lots: Vec<String> =
        connection.prepare_cached(LOTS)?.query_all(params![after, step], |row| row.get(0))?;
    for lot in &lots {
        check(connection, lot)?;
    }
    let checked = lots.len() as u64;
    Ok((lots.into_iter().next_back(), checked))
}

/// Compares one lot with its movements.
pub(super) fn check(connection: Connection<'_>, lot: &str) -> Result<(), Stop> {
    let known = connection
        .query_row(LOT, params![lot], |row| Ok::<(i64, i64), Error>((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((part, received_at)) = known else {
        return Err(bad(Damage::LotAltered, lot, format!("lot {lot} is missing")).into());
    };
    let mut made: BTreeMap<Spot, Made> = BTreeMap::new();
    let mut statement = connection.prepare_cached(SEALED)?;
    let mut last = 0_i64;
    loop {
        let mut rows = statement.query(params![lot, last, CHUNK])?;
        let mut met = 0;
        while let Some(row) = rows.next()? {
            add(&mut made, &row, lot, part)?;
            last = row.get(0)?;
            met += 1;
        }
        if met < CHUNK {
            break;
        }
    }
    if let Connection::MariaDb(_) = connection {
        let mut statement = connection.prepare_cached(UNSEALED)?;
        let mut rows = statement.query(params![lot])?;
        while let Some(row) = rows.next()? {
            add(&mut made, &row, lot, part)?;
        }
    }
    compare(connection, lot, part, received_at, made)
}

fn add(made: &mut BTreeMap<Spot, Made>, row: &Row<'_>, lot: &str, part: i64) -> Result<(), Stop> {
    let sequence = row.get::<Option<i64>>(0)?.map(i64::cast_unsigned);
    let cause = Cause { sequence, id: uuid(row, 1).ok().map(MovementId) };
    let name = sequence.map_or_else(|| "without a place".to_owned(), |at| at.to_string());
    let refuse = |what, message| Err(cause.of(bad(what, lot, message)).into());
    if row.get::<i64>(2)? != part {
        let message = format!("movement {name} is of another part than its lot {lot}");
        return refuse(Damage::LotAltered, message);
    }
    let own = row.text(3)?;
    let units: i64 = row.get(4)?;
    if own == lot && row.text(5)? == "stock" {
        let bucket = made.entry((row.get(6)?, row.get(7)?)).or_default();
        bucket.last = Some(cause);
        bucket.units -= units;
        // The order of what has no place in the log yet is not settled.
        if bucket.units < 0 && sequence.is_some() {
            let message = format!("movement {name} takes more of lot {lot} than there was");
            return refuse(Damage::StockDiffers, message);
        }
    }
    if row.optional_text(11)?.unwrap_or(own) == lot && row.text(8)? == "stock" {
        let bucket = made.entry((row.get(9)?, row.get(10)?)).or_default();
        bucket.last = Some(cause);
        bucket.units = bucket.units.saturating_add(units);
    }
    Ok(())
}

impl Cause {
    /// Names the movement in `bad`.
    fn of(self, bad: FirstBad) -> FirstBad {
        FirstBad { sequence: self.sequence, movement_id: self.id, ..bad }
    }
}

fn compare(
    connection: Connection<'_>,
    lot: &str,
    part: i64,
    received_at: i64,
    mut made: BTreeMap<Spot, Made>,
) -> Result<(), Stop> {
    let mut statement = connection.prepare_cached(STOCK)?;
    let mut rows = statement.query(params![lot])?;
    while let Some(row) = rows.next()? {
        let spot: Spot = (row.get(0)?, row.get(1)?);
        let units: i64 = row.get(2)?;
        let expected = made.remove(&spot).unwrap_or_default();
        if units != expected.units {
            return Err(differs(connection, lot, spot, expected, units));
        }
        if row.get::<i64>(3)? != part || row.get::<i64>(4)? != received_at {
            let message = format!("the stock of lot {lot} has another part or age than the lot");
            return Err(bad(Damage::StockDiffers, lot, message).into());
        }
    }
    match made.into_iter().find(|(_, made)| made.units != 0) {
        Some((spot, expected)) => Err(differs(connection, lot, spot, expected, 0)),
        None => Ok(()),
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

//! How many pieces there are of every part, at a place of the audit chain.
//!
//! Where the chain ends they are those of the stock: every bucket once, in one moment with the newest
//! entry. That is a reading transaction of some tenths of a second for two hundred thousand buckets,
//! which nobody who books waits for. What a server committed and has no place in the log yet stands in
//! the stock, and is taken off again. At an earlier place they are summed up from the beginning of the
//! log, in short steps: by nothing that is derived, so that what was done to stock or closings does not
//! hide there.

use std::collections::BTreeMap;

use mtm_core::audit::Hash;
use mtm_core::word::{PartCode, PartId, Quantity, Timestamp};

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::minimum::UNSEALED;
use crate::query::ReadError;
use crate::read::{Dialects, Reader, impossible};
use crate::sql::{Connection, Error, OptionalExtension, Row, moment, params};

/// Movements of one step.
const STEP: u64 = 20_000;

/// Every bucket once. A server sums where they lie; a file would sort them all for that, so that its
/// buckets are summed here.
pub(crate) const STANDING: Dialects = Dialects {
    sqlite: "SELECT part_id, quantity FROM stock",
    mariadb: "SELECT part_id, CAST(sum(quantity) AS SIGNED)
     FROM stock IGNORE INDEX (stock_by_part) GROUP BY part_id",
};

macro_rules! delta {
    () => {
        "(CASE WHEN m.to_account = 'stock' THEN m.quantity ELSE 0 END
          - CASE WHEN m.from_account = 'stock' THEN m.quantity ELSE 0 END)"
    };
}

/// What the movements after one and up to another added to their parts.
pub(crate) const LOGGED: Dialects = Dialects {
    sqlite: concat!(
        "SELECT m.part_id, ",
        delta!(),
        " FROM movement AS m WHERE m.sequence > ?1 AND m.sequence <= ?2"
    ),
    mariadb: concat!(
        "SELECT m.part_id, CAST(sum",
        delta!(),
        " AS SIGNED) FROM movement AS m FORCE INDEX (sequence)
         WHERE m.sequence > ?1 AND m.sequence <= ?2 GROUP BY m.part_id"
    ),
};

/// The entry at a place, and the newest movement up to it.
pub(crate) const PLACE: &str = "SELECT a.sequence, a.hash, a.at, coalesce((
        SELECT b.movement_sequence FROM audit AS b
        WHERE b.sequence <= ?1 AND b.movement_sequence IS NOT NULL
        ORDER BY b.sequence DESC LIMIT 1), 0)
    FROM audit AS a WHERE a.sequence = ?1";
const NEWEST: &str = "SELECT max(sequence) FROM audit";

/// A place of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainPlace {
    /// Position of the entry.
    pub sequence: u64,
    /// Its hash, hexadecimal.
    pub hash: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Position of the newest movement up to there; zero when there is none.
    pub movement: u64,
}

/// How many pieces there are of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartTotal {
    /// The part's row, by which the audit chain names it.
    pub id: PartId,
    /// Its code.
    pub part: PartCode,
    /// How many.
    pub quantity: Quantity,
}

/// 10⁻⁶ pieces by part.
type Units = BTreeMap<PartId, i64>;

impl Ledger {
    /// Where the chain ends, and how many pieces there are then of every part of which there are any,
    /// in the order of their rows. Nothing where nothing was recorded yet.
    pub async fn chain_end(&self) -> Result<Option<(ChainPlace, Vec<PartTotal>)>, ReadError> {
        self.ask(end).await
    }

    /// The entry at `sequence` of the chain.
    pub async fn chain_place(&self, sequence: u64) -> Result<Option<ChainPlace>, Fault> {
        let place = self.query(move |connection| Ok::<_, Fault>(at(connection, sequence)?));
        place.await
    }

    /// How many pieces there were of every part after the movement at `upto` of the log, as the log says:
    /// in 10⁻⁶ pieces, without those of which there were none.
    pub async fn logged_totals(&self, upto: u64) -> Result<BTreeMap<PartId, i64>, Fault> {
        let mut totals = Units::new();
        let mut after = 0;
        while after < upto {
            let until = upto.min(after + STEP);
            totals = self
                .query(move |connection| {
                    let mut statement = connection.prepare_cached(LOGGED.on(&connection))?;
                    let (after, until) = (after.cast_signed(), until.cast_signed());
                    let mut rows = statement.query(params![after, until])?;
                    while let Some(row) = rows.next()? {
                        add(&mut totals, &row, 1)?;
                    }
                    Ok::<_, Fault>(totals)
                })
                .await?;
            after = until;
        }
        totals.retain(|_, units| *units != 0);
        Ok(totals)
    }
}

fn end(reader: &Reader<'_>) -> Result<Option<(ChainPlace, Vec<PartTotal>)>, ReadError> {
    let connection = reader.connection();
    let newest: Option<i64> = connection.query_row(NEWEST, params![], |row| row.get(0))?;
    let Some(newest) = newest else { return Ok(None) };
    let Some(place) = at(connection, newest.cast_unsigned())? else { return Ok(None) };
    let mut units = Units::new();
    let signs = [(STANDING, 1), (UNSEALED, -1)];
    for (statement, sign) in signs {
        let mut statement = connection.prepare_cached(statement.on(&connection))?;
        let mut rows = statement.query(params![])?;
        while let Some(row) = rows.next()? {
            add(&mut units, &row, sign)?;
        }
    }
    let mut totals = Vec::with_capacity(units.len());
    for (id, units) in units.into_iter().filter(|(_, units)| *units != 0) {
        let quantity = Quantity::from_units(units).map_err(|error| impossible("total", error))?;
        totals.push(PartTotal { id, part: reader.part_code(id.0)?, quantity });
    }
    Ok(Some((place, totals)))
}

fn at(connection: Connection<'_>, sequence: u64) -> Result<Option<ChainPlace>, Error> {
    let read = |row: &Row<'_>| {
        Ok::<_, Error>(ChainPlace {
            sequence: row.get::<i64>(0)?.cast_unsigned(),
            hash: Hash(row.get(1)?).hex(),
            recorded_at: moment(row, 2)?,
            movement: row.get::<i64>(3)?.cast_unsigned(),
        })
    };
    connection.query_row(PLACE, params![sequence.cast_signed()], read).optional()
}

fn add(totals: &mut Units, row: &Row<'_>, sign: i64) -> Result<(), Error> {
    let units = totals.entry(PartId(row.get(0)?)).or_default();
    // Of a ledger that was tampered with the sum may be anything; it differs then, and nothing else.
    *units = units.wrapping_add(sign.wrapping_mul(row.get(1)?));
    Ok(())
}

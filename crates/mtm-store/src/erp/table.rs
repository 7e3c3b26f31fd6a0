//! Tables of an ERP that are read whole: written a piece at a time, counted when all of it is here.

use mtm_core::erp::protocol::Table;
use mtm_core::erp::{Location, OnHand, Operation, Part, PurchaseLine, WorkOrder};
use serde::Serialize;

use super::peer::{standing, standing_or_new};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::ErpRow;
use crate::sql::{Connection, Error, OptionalExtension as _, params};

impl Ledger {
    /// Begins to read a table of this ERP anew; gives the number of the reading. What was read before is
    /// shown until it is finished. A reading that was begun before and not finished does not count any more.
    pub async fn erp_begin_table(&self, name: String, table: Table) -> Result<i64, Fault> {
        self.write(move |context| {
            let now = context.now();
            let peer = standing_or_new(context.sql(), &name, now)?.peer;
            let connection = context.sql();
            let (shown, building) = numbers(connection, peer, table)?.unwrap_or((0, None));
            let next = building.unwrap_or(shown).max(shown) + 1;
            let sql = connection.pick(
                "INSERT INTO erp_table (peer_id, name, building) VALUES (?1, ?2, ?3)
                 ON CONFLICT (peer_id, name) DO UPDATE SET building = ?3",
                "INSERT INTO erp_table (peer_id, name, building) VALUES (?1, ?2, ?3)
                 ON DUPLICATE KEY UPDATE building = ?3",
            );
            connection.execute(sql, params![peer, table.as_str(), next])?;
            Ok::<_, Fault>(next)
        })
        .await
    }

    /// Adds rows to a reading. Whether it still is the one under way.
    pub async fn erp_add_rows(
        &self,
        name: String,
        table: Table,
        reading: i64,
        rows: Vec<ErpRow>,
    ) -> Result<bool, Fault> {
        self.write(move |context| {
            let connection = context.sql();
            let Some(peer) = under_way(connection, &name, table, reading)? else {
                return Ok(false);
            };
            for row in &rows {
                match row {
                    ErpRow::OnHand(row) => add_on_hand(connection, peer, reading, row)?,
                    row => add_document(connection, (peer, table, reading), row)?,
                }
            }
            Ok::<_, Fault>(true)
        })
        .await
    }

    /// Ends a reading: from now on it is what is shown. Whether it still was the one under way.
    pub async fn erp_finish_table(
        &self,
        name: String,
        table: Table,
        reading: i64,
        [rows, flagged, refused]: [u64; 3],
    ) -> Result<bool, Fault> {
        self.write(move |context| {
            let now = context.now().micros();
            let connection = context.sql();
            let Some(peer) = under_way(connection, &name, table, reading)? else {
                return Ok(false);
            };
            let counts = [rows, flagged, refused].map(u64::cast_signed);
            connection.execute(
                "UPDATE erp_table SET reading = ?3, building = NULL, read_at = ?4, rows_read = ?5,
                        rows_flagged = ?6, rows_refused = ?7
                 WHERE peer_id = ?1 AND name = ?2",
                params![peer, table.as_str(), reading, now, counts[0], counts[1], counts[2]],
            )?;
            Ok::<_, Fault>(true)
        })
        .await
    }
}

/// The number of the reading that is shown, and of the one under way.
pub(super) fn numbers(
    connection: Connection<'_>,
    peer: i64,
    table: Table,
) -> Result<Option<(i64, Option<i64>)>, Error> {
    let sql = "SELECT reading, building FROM erp_table WHERE peer_id = ?1 AND name = ?2";
    let read = |row: &crate::sql::Row<'_>| Ok::<_, Error>((row.get(0)?, row.get(1)?));
    connection.query_row(sql, params![peer, table.as_str()], read).optional()
}

fn under_way(
    connection: Connection<'_>,
    name: &str,
    table: Table,
    reading: i64,
) -> Result<Option<i64>, Error> {
    let Some(known) = standing(connection, name)? else { return Ok(None) };
    let building = numbers(connection, known.peer, table)?.and_then(|(_, building)| building);
    Ok((building == Some(reading)).then_some(known.peer))
}

/// Two rows that are one after trimming are added up.
fn add_on_hand(
    connection: Connection<'_>,
    peer: i64,
    reading: i64,
    row: &OnHand,
) -> Result<(), Error> {
    let sql = connection.pick(
        "INSERT INTO erp_on_hand (peer_id, reading, part, warehouse, location, quantity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (peer_id, reading, part, warehouse, location)
         DO UPDATE SET quantity = quantity + excluded.quantity",
        "INSERT INTO erp_on_hand (peer_id, reading, part, warehouse, location, quantity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity)",
    );
    let place = &row.place;
    connection.execute(
        sql,
        params![peer, reading, row.part, place.warehouse, place.location, row.quantity.units()],
    )?;
    Ok(())
}

fn add_document(
    connection: Connection<'_>,
    (peer, table, reading): (i64, Table, i64),
    row: &ErpRow,
) -> Result<(), Error> {
    let (code, body) = document(row)?;
    let sql = connection.pick(
        "INSERT OR REPLACE INTO erp_master (peer_id, name, reading, code, body)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        "REPLACE INTO erp_master (peer_id, name, reading, code, body)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    );
    connection.execute(sql, params![peer, table.as_str(), reading, code, body])?;
    Ok(())
}

/// The key by which rows are in order, and the row itself.
fn document(row: &ErpRow) -> Result<(String, String), Error> {
    // Below every sign that a code may have, so that keys are in the order of their parts.
    let joined = |parts: &[&str]| parts.join("\u{1}");
    Ok(match row {
        ErpRow::Part(it) => (it.id.clone(), body(it)?),
        ErpRow::Location(it) => (joined(&[&it.place.warehouse, &it.place.location]), body(it)?),
        ErpRow::WorkOrder(it) => {
            let key = &it.key;
            (joined(&[&key.base, &key.lot, &key.split, &key.sub, &key.kind]), body(it)?)
        }
        ErpRow::Operation(it) => {
            let (key, sequence) = (&it.key, format!("{:010}", it.sequence));
            let parts = [&key.base, &key.lot, &key.split, &key.sub, &key.kind, &sequence];
            (joined(&parts.map(String::as_str)), body(it)?)
        }
        ErpRow::PurchaseLine(it) => (joined(&[&it.order, &format!("{:010}", it.line)]), body(it)?),
        ErpRow::OnHand(it) => (it.part.clone(), body(it)?),
    })
}

fn body(row: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(row).map_err(|error| Error::shape(0, error.to_string()))
}

impl From<OnHand> for ErpRow {
    fn from(row: OnHand) -> Self {
        Self::OnHand(row)
    }
}

macro_rules! from_row {
    ($($kind:ident)*) => {$(
        impl From<$kind> for ErpRow {
            fn from(row: $kind) -> Self {
                Self::$kind(row)
            }
        }
    )*};
}

from_row! { Part Location WorkOrder Operation PurchaseLine }

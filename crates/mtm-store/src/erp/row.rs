//! Rows of an ERP's ledger in their table.

use std::collections::BTreeMap;

use mtm_core::erp::{ErpPlace, ErpQuantity, Flags, Kind, Transaction};

use crate::sql::{Connection, Error, Row, moment, optional_moment, params};

macro_rules! transactions {
    ($tail:literal) => {
        concat!(
            "SELECT id, kind, class, quantity, happened, created, warehouse, location, part,
                    user_name, reference, transfer_of, read_at, late, flags
             FROM erp_transaction ",
            $tail
        )
    };
}
pub(super) use transactions;

pub(super) fn transaction(row: &Row<'_>) -> Result<Transaction, Error> {
    Ok(Transaction {
        id: row.get(0)?,
        kind: Kind::of(row.text(1)?),
        class: row.get(2)?,
        quantity: ErpQuantity(row.get(3)?),
        happened: moment(row, 4)?,
        created: optional_moment(row, 5)?,
        place: ErpPlace { warehouse: row.get(6)?, location: row.get(7)? },
        part: row.get(8)?,
        user: row.get(9)?,
        reference: row.get(10)?,
        transfer_of: row.get(11)?,
        read_at: moment(row, 12)?,
        late: row.get(13)?,
        flags: Flags::from_bits(row.get(14)?),
    })
}

/// The rows from `from` up to `upto` that are kept, by id.
pub(super) fn kept(
    connection: Connection<'_>,
    peer: i64,
    from: i64,
    upto: i64,
) -> Result<BTreeMap<i64, Transaction>, Error> {
    let sql = transactions!("WHERE peer_id = ?1 AND id >= ?2 AND id <= ?3");
    let rows = connection.prepare_cached(sql)?.query_all(params![peer, from, upto], transaction)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Writes a row, in the place of the one of its id.
pub(super) fn keep(connection: Connection<'_>, peer: i64, row: &Transaction) -> Result<(), Error> {
    let sql = connection.pick(
        "INSERT OR REPLACE INTO erp_transaction (peer_id, id, kind, class, quantity, happened, created,
             warehouse, location, part, user_name, reference, transfer_of, read_at, late, flags)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        "REPLACE INTO erp_transaction (peer_id, id, kind, class, quantity, happened, created,
             warehouse, location, part, user_name, reference, transfer_of, read_at, late, flags)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    );
    connection.execute(
        sql,
        params![
            peer,
            row.id,
            row.kind.code(),
            row.class,
            row.quantity.units(),
            row.happened.micros(),
            row.created.map(mtm_core::word::Timestamp::micros),
            row.place.warehouse,
            row.place.location,
            row.part,
            row.user,
            row.reference,
            row.transfer_of,
            row.read_at.micros(),
            row.late,
            row.flags.bits(),
        ],
    )?;
    Ok(())
}

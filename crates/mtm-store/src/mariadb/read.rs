//! Stock and movements, as the differential tests and reversals read them.

use mtm_core::catalogue::Catalogue;
use mtm_core::movement::{Account, Bucket, MovementRecord, MovementType, Outside};
use mtm_core::outcome::BucketLine;
use mtm_core::word::{LotNumber, MovementId, Note, Quantity, ReasonCode, Timestamp, UserId};
use mysql_async::Row;
use mysql_async::prelude::Queryable;

use super::catalogue::{corrupt, take, uuid};
use super::view::{part_ref, place};
use super::{MariaDb, fault};
use crate::fault::Fault;

/// The columns that [`movement`] reads.
pub(super) const MOVEMENT_COLUMNS: &str = "id, sequence, type, part_id, lot, to_lot, quantity, \
     from_account, from_operation_id, from_location_id, to_account, to_operation_id, \
     to_location_id, recorded_at, user_id, reason, notes, reverses";

/// A movement of the log.
pub(super) fn movement(catalogue: &Catalogue, row: &Row) -> Result<MovementRecord, Fault> {
    let part = part_ref(catalogue, take(row, 3)?)?;
    let lot = LotNumber::parse(&take::<String>(row, 4)?).map_err(corrupt)?;
    let to_lot = match take::<Option<String>>(row, 5)? {
        Some(lot) => LotNumber::parse(&lot).map_err(corrupt)?,
        None => lot.clone(),
    };
    let account = |name: usize, lot: LotNumber| -> Result<Account, Fault> {
        let text: String = take(row, name)?;
        if text != "stock" {
            return Outside::from_name(&text).map(Account::Outside).ok_or_else(|| corrupt(text));
        }
        let place = place(catalogue, take(row, name + 1)?, take(row, name + 2)?)?;
        Ok(Account::Bucket(Bucket { part: part.clone(), place, lot }))
    };
    let kind: String = take(row, 2)?;
    Ok(MovementRecord {
        id: MovementId(uuid(&take::<Vec<u8>>(row, 0)?)?),
        sequence: take(row, 1)?,
        kind: MovementType::from_name(&kind).ok_or_else(|| corrupt(&kind))?,
        quantity: Quantity::from_units(take(row, 6)?).map_err(corrupt)?,
        from: account(7, lot)?,
        to: account(10, to_lot)?,
        part: part.clone(),
        recorded_at: Timestamp::from_micros(take(row, 13)?),
        user: UserId(take(row, 14)?),
        reason: take::<Option<String>>(row, 15)?
            .map(|text| ReasonCode::parse(&text).map_err(corrupt))
            .transpose()?,
        notes: take::<Option<String>>(row, 16)?
            .map(|text| Note::parse(&text).map_err(corrupt))
            .transpose()?,
        reverses: take::<Option<Vec<u8>>>(row, 17)?
            .map(|id| uuid(&id).map(MovementId))
            .transpose()?,
    })
}

impl MariaDb {
    /// Everything on hand, in order of part, operation, location and lot.
    pub async fn stock(&self) -> Result<Vec<BucketLine>, Fault> {
        let catalogue = self.catalogue();
        let mut connection = self.connection().await?;
        let rows: Vec<(i64, i64, i64, String, i64)> = connection
            .query("SELECT part_id, operation_id, location_id, lot, quantity FROM stock")
            .await
            .map_err(fault)?;
        let mut lines = Vec::with_capacity(rows.len());
        for (part, operation, location, lot, units) in rows {
            let bucket = Bucket {
                part: part_ref(&catalogue, part)?,
                place: place(&catalogue, operation, location)?,
                lot: LotNumber::parse(&lot).map_err(corrupt)?,
            };
            lines.push(BucketLine::new(&bucket, Quantity::from_units(units).map_err(corrupt)?));
        }
        lines.sort_by(|a, b| {
            (&a.part, &a.operation, &a.location, &a.lot).cmp(&(
                &b.part,
                &b.operation,
                &b.location,
                &b.lot,
            ))
        });
        Ok(lines)
    }

    /// The whole log in the order it was recorded.
    pub async fn movements(&self) -> Result<Vec<MovementRecord>, Fault> {
        let catalogue = self.catalogue();
        let mut connection = self.connection().await?;
        let sql = format!("SELECT {MOVEMENT_COLUMNS} FROM movement ORDER BY recorded_at, id");
        let rows: Vec<Row> = connection.query(sql).await.map_err(fault)?;
        rows.iter().map(|row| movement(&catalogue, row)).collect()
    }
}

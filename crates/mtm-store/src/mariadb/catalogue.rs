//! Master data and holds: read into memory, created.

use mtm_core::catalogue::{
    ActiveHold, Catalogue, ColorRecord, HoldTarget, ItemTypeRecord, LocationRecord, MasterHeader,
    OperationRecord, PartRecord, ReasonKind, ReasonRecord,
};
use mtm_core::command::Patch;
use mtm_core::policy::Role;
use mtm_core::word::{
    ColorCode, HoldId, ItemType, LocationCode, LocationId, LotNumber, OperationCode, OperationId,
    PartCode, PartId, Quantity, ReasonCode, Timestamp, UserId, UserName, fold,
};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row, TxOpts};
use uuid::Uuid;

use super::{MariaDb, fault};
use crate::fault::Fault;
use crate::master::{MasterNoun, NewMaster};

/// Reads everything.
pub(super) async fn load(connection: &mut Conn) -> Result<Catalogue, Fault> {
    let mut catalogue = Catalogue::default();
    for row in rows(connection, "SELECT id, uid, code, retired_at FROM item_type").await? {
        let record = ItemTypeRecord {
            row: take(&row, 0)?,
            header: header(&row)?,
            code: ItemType::parse(&take::<String>(&row, 2)?).map_err(corrupt)?,
        };
        catalogue.item_types.put(record.row, record.code.clone().as_str(), record);
    }
    for row in rows(connection, "SELECT id, uid, code, retired_at FROM color_code").await? {
        let record = ColorRecord {
            row: take(&row, 0)?,
            header: header(&row)?,
            code: ColorCode::parse(&take::<String>(&row, 2)?).map_err(corrupt)?,
        };
        catalogue.colors.put(record.row, record.code.clone().as_str(), record);
    }
    for row in rows(connection, "SELECT id, uid, code, retired_at FROM operation").await? {
        let record = OperationRecord {
            row: OperationId(take(&row, 0)?),
            header: header(&row)?,
            code: OperationCode::parse(&take::<String>(&row, 2)?).map_err(corrupt)?,
        };
        catalogue.operations.put(record.row.0, record.code.clone().as_str(), record);
    }
    for row in rows(connection, "SELECT id, uid, code, retired_at, building FROM location").await? {
        let record = LocationRecord {
            row: LocationId(take(&row, 0)?),
            header: header(&row)?,
            code: LocationCode::parse(&take::<String>(&row, 2)?).map_err(corrupt)?,
            building: take(&row, 4)?,
            kind: None,
        };
        catalogue.locations.put(record.row.0, record.code.clone().as_str(), record);
    }
    load_parts(connection, &mut catalogue).await?;
    let reasons = "SELECT id, uid, code, retired_at, kind, needs_notes FROM reason";
    for row in rows(connection, reasons).await? {
        let kind: String = take(&row, 4)?;
        let record = ReasonRecord {
            row: take(&row, 0)?,
            header: header(&row)?,
            kind: ReasonKind::from_name(&kind).ok_or_else(|| corrupt(&kind))?,
            code: ReasonCode::parse(&take::<String>(&row, 2)?).map_err(corrupt)?,
            needs_notes: take(&row, 5)?,
        };
        let key = ReasonRecord::lookup_key(record.kind, record.code.as_str());
        catalogue.reasons.put(record.row, &key, record);
    }
    let holds = "SELECT id, lot, part_id, location_id, reason FROM hold
                  WHERE released_at IS NULL ORDER BY placed_at, id";
    for row in rows(connection, holds).await? {
        catalogue.holds.push(hold(&row)?);
    }
    Ok(catalogue)
}

async fn load_parts(connection: &mut Conn, catalogue: &mut Catalogue) -> Result<(), Fault> {
    let sql = "SELECT part.id, part.uid, part.code, part.retired_at, item_type.code,
                      part.requires_color, part.requires_work_order, part.max_quantity
                 FROM part LEFT JOIN item_type ON item_type.id = part.item_type_id";
    for row in rows(connection, sql).await? {
        let record = PartRecord {
            row: PartId(take(&row, 0)?),
            header: header(&row)?,
            code: PartCode::parse(&take::<String>(&row, 2)?).map_err(corrupt)?,
            item_type: take::<Option<String>>(&row, 4)?
                .map(|code| ItemType::parse(&code).map_err(corrupt))
                .transpose()?,
            requires_color: take(&row, 5)?,
            requires_work_order: take(&row, 6)?,
            max_quantity: take::<Option<i64>>(&row, 7)?
                .map(|units| Quantity::from_units(units).map_err(corrupt))
                .transpose()?,
            operations: Vec::new(),
            customer: None,
        };
        catalogue.parts.put(record.row.0, record.code.clone().as_str(), record);
    }
    Ok(())
}

fn hold(row: &Row) -> Result<ActiveHold, Fault> {
    let target = match (take::<Option<String>>(row, 1)?, take::<Option<i64>>(row, 2)?) {
        (Some(lot), _) => HoldTarget::Lot(LotNumber::parse(&lot).map_err(corrupt)?),
        (None, Some(part)) => HoldTarget::Part(PartId(part)),
        (None, None) => HoldTarget::Location(LocationId(take(row, 3)?)),
    };
    Ok(ActiveHold {
        id: HoldId(uuid(&take::<Vec<u8>>(row, 0)?)?),
        target,
        reason: ReasonCode::parse(&take::<String>(row, 4)?).map_err(corrupt)?,
    })
}

async fn rows(connection: &mut Conn, sql: &str) -> Result<Vec<Row>, Fault> {
    connection.query(sql).await.map_err(fault)
}

fn header(row: &Row) -> Result<MasterHeader, Fault> {
    Ok(MasterHeader {
        id: uuid(&take::<Vec<u8>>(row, 1)?)?,
        description: None,
        retired_at: take::<Option<i64>>(row, 3)?.map(Timestamp::from_micros),
        version: 1,
        unverified: false,
    })
}

/// Column `column` of `row`.
pub(super) fn take<T: mysql_async::prelude::FromValue>(
    row: &Row,
    column: usize,
) -> Result<T, Fault> {
    match row.get_opt(column) {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(corrupt(error)),
        None => Err(corrupt(format!("column {column} is missing"))),
    }
}

/// Sixteen bytes as an id.
pub(super) fn uuid(bytes: &[u8]) -> Result<Uuid, Fault> {
    Uuid::from_slice(bytes).map_err(corrupt)
}

/// A stored value that no program of ours wrote.
pub(super) fn corrupt(error: impl std::fmt::Display) -> Fault {
    Fault::Permanent(format!("the database holds a value that cannot be: {error}"))
}

impl MariaDb {
    /// Creates master records and reads the catalogue again. A code that exists is refused by
    /// its unique key; nothing of the list is written then.
    pub async fn create_masters(&self, records: &[NewMaster]) -> Result<(), Fault> {
        let mut connection = self.connection().await?;
        let mut transaction =
            connection.start_transaction(TxOpts::default()).await.map_err(fault)?;
        for record in records {
            let uid = self.inner.clock.fresh_uuid().into_bytes().to_vec();
            let folded = fold(&record.code);
            let inserted = match record.noun {
                MasterNoun::Part => {
                    let item_type = match &record.attributes.item_type {
                        Patch::Set(code) => Some(fold(code.as_str())),
                        Patch::Keep | Patch::Clear => None,
                    };
                    let sql = "INSERT INTO part (uid, code, folded, item_type_id)
                               VALUES (?, ?, ?, (SELECT id FROM item_type WHERE folded = ?))";
                    transaction.exec_drop(sql, (uid, &folded, &folded, item_type)).await
                }
                MasterNoun::Operation => {
                    let sql = "INSERT INTO operation (uid, code, folded) VALUES (?, ?, ?)";
                    transaction.exec_drop(sql, (uid, &folded, &folded)).await
                }
                MasterNoun::Location => {
                    let sql = "INSERT INTO location (uid, code, folded) VALUES (?, ?, ?)";
                    transaction.exec_drop(sql, (uid, &folded, &folded)).await
                }
                MasterNoun::ItemType => {
                    let sql = "INSERT INTO item_type (uid, code, folded) VALUES (?, ?, ?)";
                    transaction.exec_drop(sql, (uid, &record.code, &folded)).await
                }
                MasterNoun::ColorCode => {
                    let sql = "INSERT INTO color_code (uid, code, folded) VALUES (?, ?, ?)";
                    transaction.exec_drop(sql, (uid, &record.code, &folded)).await
                }
                MasterNoun::Reason(kind) => {
                    let needs_notes = record.attributes.needs_notes.unwrap_or(false);
                    let sql =
                        "INSERT INTO reason (uid, kind, code, needs_notes) VALUES (?, ?, ?, ?)";
                    let code = record.code.to_lowercase();
                    transaction.exec_drop(sql, (uid, kind.as_str(), code, needs_notes)).await
                }
            };
            inserted.map_err(fault)?;
        }
        transaction.commit().await.map_err(fault)?;
        drop(connection);
        self.refresh().await
    }

    /// Creates a user to book as.
    pub async fn create_user(&self, name: &UserName, role: Role) -> Result<UserId, Fault> {
        let mut connection = self.connection().await?;
        let values = (name.as_str(), fold(name.as_str()), role.as_str());
        connection
            .exec_drop("INSERT INTO user (name, folded, role) VALUES (?, ?, ?)", values)
            .await
            .map_err(fault)?;
        let id = connection.last_insert_id().ok_or_else(|| corrupt("no user id was given"))?;
        i64::try_from(id).map(UserId).map_err(corrupt)
    }
}

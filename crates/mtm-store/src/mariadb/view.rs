//! Loading the facts of a command, in one consistent snapshot.

use std::collections::BTreeMap;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{Command, LotAttributes, Pick, ReverseTarget};
use mtm_core::intent::{RecentCommand, Signature};
use mtm_core::movement::{Bucket, MovementRecord, PartRef, Place};
use mtm_core::plausibility::HISTORY;
use mtm_core::view::{LotFact, Needs, ReversalFact, StockFact, needs};
use mtm_core::word::{
    CommandId, LocationId, LotNumber, Note, OperationId, PartCode, PartId, Quantity, Timestamp,
    UserId, WorkOrder,
};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Row, Value};

use super::catalogue::{corrupt, take, uuid};
use super::fault;
use super::read::{MOVEMENT_COLUMNS, movement};
use crate::fault::Fault;

/// The facts that [`mtm_core::View`] borrows or takes over, and what they were read at.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) stock: Vec<StockFact>,
    pub(super) lots: Vec<LotFact>,
    pub(super) receipts: Vec<Quantity>,
    pub(super) recent: Vec<RecentCommand>,
    pub(super) reversals: Vec<ReversalFact>,
    /// Ledger version of every lot read: what the decision stands on.
    pub(super) versions: BTreeMap<LotNumber, i64>,
}

/// Reads what deciding on `command` needs, as of one moment.
pub(super) async fn load(
    connection: &mut Conn,
    catalogue: &Catalogue,
    command: &Command,
    now: Timestamp,
) -> Result<Facts, Fault> {
    let snapshot = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
    connection.query_drop(snapshot).await.map_err(fault)?;
    let facts = read(connection, catalogue, command, now).await;
    // Nothing was written: ending the snapshot either way is the same.
    connection.query_drop("ROLLBACK").await.map_err(fault)?;
    facts
}

async fn read(
    connection: &mut Conn,
    catalogue: &Catalogue,
    command: &Command,
    now: Timestamp,
) -> Result<Facts, Fault> {
    let needs: Needs<'_> = needs(&command.action);
    let mut facts = Facts::default();
    let mut lots: Vec<LotNumber> = needs.lot.cloned().into_iter().collect();
    if let Some(pick) = needs.pick
        && pick.lot.is_none()
    {
        lots.extend(lots_at(connection, catalogue, pick).await?);
    }
    if let Some(target) = needs.reversal {
        facts.reversals = reversals(connection, catalogue, target).await?;
        for fact in &facts.reversals {
            for account in [&fact.original.from, &fact.original.to] {
                lots.extend(account.bucket().map(|bucket| bucket.lot.clone()));
            }
        }
    }
    lots.sort();
    lots.dedup();
    for lot in lots {
        read_lot(connection, catalogue, &lot, &mut facts).await?;
    }
    if let Some(part) = needs.receipts_of {
        facts.receipts = receipts(connection, catalogue, part).await?;
    }
    if needs.recent
        && let Some(window) = command.context.intent_window
    {
        facts.recent = recent(connection, command.context.actor.id, window, now).await?;
    }
    Ok(facts)
}

async fn lots_at(
    connection: &mut Conn,
    catalogue: &Catalogue,
    pick: &Pick,
) -> Result<Vec<LotNumber>, Fault> {
    let part = pick.part.as_ref().and_then(|code| catalogue.part(code));
    let operation = pick.operation.as_ref().and_then(|code| catalogue.operation(code));
    let location = pick.location.as_ref().and_then(|code| catalogue.location(code));
    // What does not exist has no stock; deciding says which name is unknown.
    let (Some(part), Some(operation), Some(location)) = (part, operation, location) else {
        return Ok(Vec::new());
    };
    let found: Vec<String> = connection
        .exec(
            "SELECT lot FROM stock WHERE part_id = ? AND operation_id = ? AND location_id = ?",
            (part.row.0, operation.row.0, location.row.0),
        )
        .await
        .map_err(fault)?;
    found.iter().map(|lot| LotNumber::parse(lot).map_err(corrupt)).collect()
}

async fn read_lot(
    connection: &mut Conn,
    catalogue: &Catalogue,
    lot: &LotNumber,
    facts: &mut Facts,
) -> Result<(), Fault> {
    let row: Option<Row> = connection
        .exec_first(
            "SELECT lot.part_id, item_type.code, color_code.code, lot.work_order, lot.notes,
                    lot.received_at, lot.received_by, lot.version, lot.ledger_version
               FROM lot
               LEFT JOIN item_type ON item_type.id = lot.item_type_id
               LEFT JOIN color_code ON color_code.id = lot.color_id
              WHERE lot.lot = ?",
            (lot.as_str(),),
        )
        .await
        .map_err(fault)?;
    let Some(row) = row else { return Ok(()) };
    let part = part_ref(catalogue, take(&row, 0)?)?;
    let received_at = Timestamp::from_micros(take(&row, 5)?);
    facts.versions.insert(lot.clone(), take(&row, 8)?);
    facts.lots.push(LotFact {
        lot: lot.clone(),
        part: part.clone(),
        attributes: LotAttributes {
            item_type: word(&row, 1)?,
            color_code: word(&row, 2)?,
            work_order: word::<WorkOrder>(&row, 3)?,
            notes: word::<Note>(&row, 4)?,
        },
        received_at,
        received_by: take::<Option<i64>>(&row, 6)?.map(UserId),
        version: take(&row, 7)?,
    });
    let buckets: Vec<(i64, i64, i64)> = connection
        .exec(
            "SELECT operation_id, location_id, quantity FROM stock
              WHERE lot = ? ORDER BY operation_id, location_id",
            (lot.as_str(),),
        )
        .await
        .map_err(fault)?;
    for (operation, location, units) in buckets {
        facts.stock.push(StockFact {
            bucket: Bucket {
                part: part.clone(),
                place: place(catalogue, operation, location)?,
                lot: lot.clone(),
            },
            quantity: Quantity::from_units(units).map_err(corrupt)?,
            received_at,
        });
    }
    Ok(())
}

fn word<W: std::str::FromStr>(row: &Row, column: usize) -> Result<Option<W>, Fault>
where
    W::Err: std::fmt::Display,
{
    take::<Option<String>>(row, column)?.map(|text| text.parse().map_err(corrupt)).transpose()
}

pub(super) fn part_ref(catalogue: &Catalogue, id: i64) -> Result<PartRef, Fault> {
    catalogue
        .part_by_id(PartId(id))
        .map(|part| part.named())
        .ok_or_else(|| corrupt(format!("part row {id} is not in the catalogue")))
}

pub(super) fn place(catalogue: &Catalogue, operation: i64, location: i64) -> Result<Place, Fault> {
    let found = catalogue
        .operation_by_id(OperationId(operation))
        .zip(catalogue.location_by_id(LocationId(location)));
    found
        .map(|(operation, location)| Place {
            operation: operation.named(),
            location: location.named(),
        })
        .ok_or_else(|| corrupt(format!("place {operation}/{location} is not in the catalogue")))
}

async fn receipts(
    connection: &mut Conn,
    catalogue: &Catalogue,
    part: &PartCode,
) -> Result<Vec<Quantity>, Fault> {
    let Some(part) = catalogue.part(part) else { return Ok(Vec::new()) };
    let units: Vec<i64> = connection
        .exec(
            "SELECT quantity FROM movement AS receipt
              WHERE part_id = ? AND type = 'in'
                AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id)
              ORDER BY recorded_at DESC, id DESC LIMIT ?",
            (part.row.0, HISTORY),
        )
        .await
        .map_err(fault)?;
    units.into_iter().map(|units| Quantity::from_units(units).map_err(corrupt)).collect()
}

async fn recent(
    connection: &mut Conn,
    user: UserId,
    window: u32,
    now: Timestamp,
) -> Result<Vec<RecentCommand>, Fault> {
    let oldest = now.plus_micros(-i64::from(window) * 1_000_000).micros();
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = connection
        .exec(
            "SELECT command_id, signature, recorded_at FROM idempotency_key
              WHERE user_id = ? AND recorded_at > ? AND signature IS NOT NULL",
            (user.0, oldest),
        )
        .await
        .map_err(fault)?;
    let mut recent = Vec::with_capacity(rows.len());
    for (command, signature, recorded_at) in rows {
        let id = CommandId(uuid(&command)?);
        let (first, last) = id.movement_range();
        let undone: Option<u8> = connection
            .exec_first(
                "SELECT 1 FROM movement WHERE reverses BETWEEN ? AND ? LIMIT 1",
                (first.0.into_bytes().to_vec(), last.0.into_bytes().to_vec()),
            )
            .await
            .map_err(fault)?;
        if undone.is_none() {
            recent.push(RecentCommand {
                id,
                signature: Signature(signature.try_into().map_err(|_| corrupt("a signature"))?),
                recorded_at: Timestamp::from_micros(recorded_at),
            });
        }
    }
    Ok(recent)
}

/// The movements of `target`, newest first, with what became of them.
async fn reversals(
    connection: &mut Conn,
    catalogue: &Catalogue,
    target: &ReverseTarget,
) -> Result<Vec<ReversalFact>, Fault> {
    let bytes = |id: uuid::Uuid| Value::from(id.into_bytes().to_vec());
    let (condition, values): (String, Vec<Value>) = match target {
        ReverseTarget::Movement(id) => ("id = ?".to_owned(), vec![bytes(id.0)]),
        ReverseTarget::Command(id) => {
            let (first, last) = id.movement_range();
            ("id BETWEEN ? AND ?".to_owned(), vec![bytes(first.0), bytes(last.0)])
        }
        ReverseTarget::Movements(ids) => {
            let marks = vec!["?"; ids.len()].join(", ");
            (format!("id IN ({marks})"), ids.iter().map(|id| bytes(id.0)).collect())
        }
        ReverseTarget::Import(id) => ("import_id = ?".to_owned(), vec![bytes(id.0)]),
        ReverseTarget::Session(id) => ("session_id = ?".to_owned(), vec![bytes(id.0)]),
    };
    let sql = format!(
        "SELECT {MOVEMENT_COLUMNS} FROM movement WHERE {condition}
          ORDER BY recorded_at DESC, id DESC"
    );
    let rows: Vec<Row> = connection.exec(sql, Params::Positional(values)).await.map_err(fault)?;
    let mut facts = Vec::with_capacity(rows.len());
    for row in rows {
        let original = movement(catalogue, &row)?;
        let reversed_by: Option<Vec<u8>> = connection
            .exec_first("SELECT id FROM movement WHERE reverses = ?", (bytes(original.id.0),))
            .await
            .map_err(fault)?;
        let later = later(connection, catalogue, &original).await?;
        facts.push(ReversalFact {
            reversed_by: reversed_by
                .map(|id| uuid(&id).map(mtm_core::word::MovementId))
                .transpose()?,
            later,
            original,
        });
    }
    Ok(facts)
}

async fn later(
    connection: &mut Conn,
    catalogue: &Catalogue,
    original: &MovementRecord,
) -> Result<Vec<MovementRecord>, Fault> {
    let Some(bucket) = original.to.bucket() else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {MOVEMENT_COLUMNS} FROM movement
          WHERE lot = ? AND from_operation_id = ? AND from_location_id = ?
            AND (recorded_at, id) > (?, ?)
          ORDER BY recorded_at DESC, id DESC LIMIT {}",
        ReversalFact::MOST_LATER
    );
    let values = (
        bucket.lot.as_str(),
        bucket.place.operation.id.0,
        bucket.place.location.id.0,
        original.recorded_at.micros(),
        original.id.0.into_bytes().to_vec(),
    );
    let rows: Vec<Row> = connection.exec(sql, values).await.map_err(fault)?;
    rows.iter().map(|row| movement(catalogue, row)).collect()
}

//! A row of `movement` as the domain's record.

use mtm_core::catalogue::Catalogue;
use mtm_core::movement::{
    Account, Bucket, LocationRef, MovementRecord, MovementType, OperationRef, Outside, PartRef,
    Place,
};
use mtm_core::word::{
    LocationId, LotNumber, MovementId, Note, OperationId, PartId, ReasonCode, Timestamp, UserId,
};

use crate::sql::{Error, Row, named, optional_uuid, optional_word, quantity, uuid, word};

/// The columns that [`record`] reads, in its order.
pub(crate) const COLUMNS: &str = "sequence, id, type, part_id, lot, quantity, from_account, \
    from_operation_id, from_location_id, to_account, to_operation_id, to_location_id, to_lot, \
    recorded_at, user_id, reason, notes, reverses";

/// Reads a row of [`COLUMNS`], with the codes that the masters have today.
pub(crate) fn record(row: &Row<'_>, catalogue: &Catalogue) -> Result<MovementRecord, Error> {
    let part = part_ref(catalogue, row.get(3)?, 3)?;
    let lot = word(row, 4, LotNumber::parse)?;
    let to_lot = optional_word(row, 12, LotNumber::parse)?;
    let from = account(row, catalogue, 6, &part, &lot)?;
    let to = account(row, catalogue, 9, &part, to_lot.as_ref().unwrap_or(&lot))?;
    Ok(MovementRecord {
        id: MovementId(uuid(row, 1)?),
        sequence: row.get(0)?,
        kind: named(row, 2, MovementType::from_name)?,
        part,
        quantity: quantity(row, 5)?,
        from,
        to,
        recorded_at: Timestamp::from_micros(row.get(13)?),
        user: UserId(row.get(14)?),
        reason: optional_word(row, 15, ReasonCode::parse)?,
        notes: optional_word(row, 16, Note::parse)?,
        reverses: optional_uuid(row, 17)?.map(MovementId),
    })
}

/// The account in the columns from `column` on: its name, operation, location.
fn account(
    row: &Row<'_>,
    catalogue: &Catalogue,
    column: usize,
    part: &PartRef,
    lot: &LotNumber,
) -> Result<Account, Error> {
    if row.text(column)? != "stock" {
        return Ok(named(row, column, Outside::from_name)?.into());
    }
    let place = Place {
        operation: operation_ref(catalogue, row.get(column + 1)?, column + 1)?,
        location: location_ref(catalogue, row.get(column + 2)?, column + 2)?,
    };
    Ok(Bucket { part: part.clone(), place, lot: lot.clone() }.into())
}

/// The part of row `id`, read from column `column`.
pub(crate) fn part_ref(catalogue: &Catalogue, id: i64, column: usize) -> Result<PartRef, Error> {
    let part = catalogue.part_by_id(PartId(id));
    part.map(|part| part.named()).ok_or_else(|| dangling("part", id, column))
}

/// The operation of row `id`, read from column `column`.
pub(crate) fn operation_ref(
    catalogue: &Catalogue,
    id: i64,
    column: usize,
) -> Result<OperationRef, Error> {
    let operation = catalogue.operation_by_id(OperationId(id));
    operation.map(|step| step.named()).ok_or_else(|| dangling("operation", id, column))
}

/// The location of row `id`, read from column `column`.
pub(crate) fn location_ref(
    catalogue: &Catalogue,
    id: i64,
    column: usize,
) -> Result<LocationRef, Error> {
    let location = catalogue.location_by_id(LocationId(id));
    location.map(|place| place.named()).ok_or_else(|| dangling("location", id, column))
}

fn dangling(noun: &str, id: i64, column: usize) -> Error {
    Error::shape(column, format!("{noun} row {id}, which does not exist"))
}

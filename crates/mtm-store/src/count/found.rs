//! Buckets by their codes: those named when a count is planned, and those that turn up.

use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::LotNumber;

use crate::record::CountSpot;
use crate::sql::{Connection, Error, OptionalExtension as _, params};

/// The rows of part, operation and location.
pub(super) fn rows(catalogue: &Catalogue, spot: &CountSpot) -> Result<(i64, i64, i64), Rejection> {
    let missing = |code, field, text: &str| {
        Rejection::new(code, field, format!("{text} is not in the master data"))
    };
    let part = catalogue
        .part(&spot.part)
        .ok_or_else(|| missing(Code::UnknownPart, "part", spot.part.as_str()))?;
    let operation = catalogue
        .operation(&spot.operation)
        .ok_or_else(|| missing(Code::UnknownOperation, "operation", spot.operation.as_str()))?;
    let location = catalogue
        .location(&spot.location)
        .ok_or_else(|| missing(Code::UnknownLocation, "location", spot.location.as_str()))?;
    Ok((part.row.0, operation.row.0, location.row.0))
}

/// Whether `lot` is a lot of `part`.
pub(super) fn lot_of(
    connection: Connection<'_>,
    lot: &LotNumber,
    part: i64,
) -> Result<Result<(), Rejection>, Error> {
    let found: Option<i64> = connection
        .query_row("SELECT part_id FROM lot WHERE lot = ?1", params![lot.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(match found {
        Some(found) if found == part => Ok(()),
        Some(_) => {
            let message = format!("lot {lot} is of another part; look at the label again");
            Err(Rejection::new(Code::UnknownLot, "lot", message))
        }
        None => {
            let message =
                format!("there is no lot {lot}; leave the lot empty where nobody knows it");
            Err(Rejection::new(Code::UnknownLot, "lot", message))
        }
    })
}

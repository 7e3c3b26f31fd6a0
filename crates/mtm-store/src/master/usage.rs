//! What stands in the way of retiring a record: stock.

use mtm_core::code::Code;
use mtm_core::outcome::BucketLine;
use mtm_core::rejection::{Details, Rejection};
use mtm_core::word::{LocationCode, LotNumber, OperationCode, PartCode};

use super::MasterNoun;
use super::table::Found;
use crate::sql::{Connection, Error, params, quantity, word};
use crate::sqlite::writer::Failure;

/// How many buckets a refusal lists.
const MOST_LISTED: usize = 20;

/// Refuses where stock of, at, or marked with the record exists.
pub(super) fn refuse_in_use(
    connection: Connection<'_>,
    noun: MasterNoun,
    found: &Found,
) -> Result<(), Failure> {
    let condition = match noun {
        MasterNoun::Part => "stock.part_id = ?1",
        MasterNoun::Operation => "stock.operation_id = ?1",
        MasterNoun::Location => "stock.location_id = ?1",
        MasterNoun::ItemType => "lot.item_type_id = ?1",
        MasterNoun::ColorCode => "lot.color_id = ?1",
        // A reason explains what happened; nothing stands on it.
        MasterNoun::Reason(_) => return Ok(()),
    };
    let sql = format!(
        "SELECT part.code, operation.code, location.code, stock.lot, stock.quantity
         FROM stock
         JOIN lot ON lot.lot = stock.lot
         JOIN part ON part.id = stock.part_id
         JOIN operation ON operation.id = stock.operation_id
         JOIN location ON location.id = stock.location_id
         WHERE {condition} LIMIT {MOST_LISTED}"
    );
    let buckets = connection.prepare_cached(&sql)?.query_all(
        params![found.row_id],
        |row| -> Result<_, Error> {
            Ok(BucketLine {
                part: word(row, 0, PartCode::parse)?,
                operation: word(row, 1, OperationCode::parse)?,
                location: word(row, 2, LocationCode::parse)?,
                lot: word(row, 3, LotNumber::parse)?,
                quantity: quantity(row, 4)?,
            })
        },
    )?;
    if buckets.is_empty() {
        return Ok(());
    }
    let message = format!("there is stock of {noun} {}", found.row.code);
    Err(Rejection::new(Code::InUse, None, message).with(Details::Available(buckets)).into())
}

//! The legacy log as records of its own: looked at in the life of a lot, never counted.

use jiff::tz::TimeZone;
use mtm_core::word::{
    ColorCode, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode, Timestamp,
    UserName, WorkOrder,
};
use serde::Serialize;
use serde_json::json;

use super::people::person;
use crate::legacy::plant::{LegacyPlant, LogKind, LogRow};

/// One row of the legacy log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegacyRecord {
    /// Its row id there.
    pub legacy_id: i64,
    /// `in`, `out` or `transfer`; a type nobody knows as stored, in lower case.
    pub kind: String,
    /// When it happened; `None` where the text is no time.
    pub occurred_at: Option<Timestamp>,
    /// Lot.
    pub lot: Option<LotNumber>,
    /// Part.
    pub part: Option<PartCode>,
    /// Operation.
    pub operation: Option<OperationCode>,
    /// Where the pieces left.
    pub from_location: Option<LocationCode>,
    /// Where they arrived.
    pub to_location: Option<LocationCode>,
    /// Pieces as stored, whatever their sign.
    pub quantity: i64,
    /// Who did it, where the row tells: `OUT` rows name who entered the lot instead.
    pub actor: Option<UserName>,
    /// The user on the row.
    pub user: Option<UserName>,
    /// Item type.
    pub item_type: Option<ItemType>,
    /// Colour code.
    pub color_code: Option<ColorCode>,
    /// Work order.
    pub work_order: Option<WorkOrder>,
    /// Notes.
    pub notes: Option<Note>,
    /// The row exactly as stored: a JSON object of the legacy columns.
    pub verbatim: String,
}

/// The log of `plant`, by row id.
pub(in crate::legacy) fn history(plant: &LegacyPlant, zone: &TimeZone) -> Vec<LegacyRecord> {
    let mut records: Vec<_> = plant.log.iter().map(|row| record(row, zone)).collect();
    records.sort_by_key(|record| record.legacy_id);
    records
}

fn record(row: &LogRow, zone: &TimeZone) -> LegacyRecord {
    let user = person(&row.user).cloned();
    LegacyRecord {
        legacy_id: row.id,
        kind: row.kind_text.trim().to_lowercase(),
        occurred_at: row.at.in_zone(zone).timestamp(),
        lot: row.lot.value().cloned(),
        part: row.part.value().cloned(),
        operation: row.operation.value().cloned(),
        from_location: row.from.value().cloned(),
        to_location: row.to.value().cloned(),
        quantity: row.quantity,
        actor: user.clone().filter(|_| row.kind != LogKind::Out),
        user,
        item_type: row.item_type.value().cloned(),
        color_code: row.color.value().cloned(),
        work_order: row.work_order.value().cloned(),
        notes: row.notes.value().cloned(),
        verbatim: verbatim(row),
    }
}

fn verbatim(row: &LogRow) -> String {
    json!({
        "ID": row.id,
        "TransactionType": row.kind_text,
        "BatchNumber": row.lot.verbatim(),
        "PartID": row.part.verbatim(),
        "FromLocation": row.from.verbatim(),
        "ToLocation": row.to.verbatim(),
        "Operation": row.operation.verbatim(),
        "Quantity": row.quantity,
        "Notes": row.notes.verbatim(),
        "ColorCode": row.color.verbatim(),
        "WorkOrder": row.work_order.verbatim(),
        "User": row.user.verbatim(),
        "ItemType": row.item_type.verbatim(),
        "ReceiveDate": row.at.verbatim(),
    })
    .to_string()
}

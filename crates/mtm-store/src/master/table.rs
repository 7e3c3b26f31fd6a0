//! The tables of master data: finding, inserting and updating a record, and its place in the
//! catalogue.

use mtm_core::catalogue::{Catalogue, LocationKind, ReasonRecord};
use mtm_core::word::{Timestamp, fold};

use super::{MasterDetails, MasterKey, MasterNoun, MasterRow};
use crate::catalogue as read;
use crate::sql::{Connection, params};
use crate::sqlite::writer::{Failure, WriteContext};

/// A record and its row.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) row_id: i64,
    pub(super) row: MasterRow,
}

/// The record that `key` names today or named before.
pub(super) fn find(catalogue: &Catalogue, noun: MasterNoun, key: &MasterKey) -> Option<Found> {
    /// By code or by public identity, as the key says.
    macro_rules! by_key {
        ($table:expr) => {
            match key {
                MasterKey::Code(code) => $table.by_folded(&fold(code)),
                MasterKey::Id(id) => $table.iter().find(|record| record.header.id == *id),
            }
        };
    }
    macro_rules! found {
        ($record:expr, $row_id:ident => $id:expr) => {
            $record.map(|$row_id| Found { row_id: $id, row: MasterRow::from(&**$row_id) })
        };
    }
    match noun {
        MasterNoun::Part => found!(by_key!(catalogue.parts), part => part.row.0),
        MasterNoun::Operation => found!(by_key!(catalogue.operations), step => step.row.0),
        MasterNoun::Location => found!(by_key!(catalogue.locations), place => place.row.0),
        MasterNoun::ItemType => found!(by_key!(catalogue.item_types), record => record.row),
        MasterNoun::ColorCode => found!(by_key!(catalogue.colors), record => record.row),
        MasterNoun::Reason(kind) => {
            let reason = match key {
                MasterKey::Code(code) => {
                    catalogue.reasons.by_folded(&ReasonRecord::lookup_key(kind, code))
                }
                MasterKey::Id(id) => {
                    let mut reasons = catalogue.reasons.iter();
                    reasons.find(|record| record.header.id == *id && record.kind == kind)
                }
            };
            found!(reason, record => record.row)
        }
    }
}

/// The name of the noun's table.
pub(super) const fn table(noun: MasterNoun) -> &'static str {
    noun.as_str()
}

/// Writes a new record and gives its row.
pub(super) fn insert(connection: Connection<'_>, row: &MasterRow) -> Result<i64, Failure> {
    let noun = noun_of(&row.details);
    let sql = match noun {
        MasterNoun::Reason(_) => {
            "INSERT INTO reason (uid, code, version, kind) VALUES (?1, ?2, 1, ?3)".to_owned()
        }
        _ => format!(
            "INSERT INTO {} (uid, code, version, folded) VALUES (?1, ?2, 1, ?3)",
            table(noun)
        ),
    };
    let third = match noun {
        MasterNoun::Reason(kind) => kind.as_str().to_owned(),
        _ => fold(&row.code),
    };
    connection.execute(&sql, params![row.id.as_bytes(), row.code, third])?;
    let row_id = connection.last_insert_rowid();
    update(connection, row_id, row)?;
    Ok(row_id)
}

/// Writes everything that may change about a record.
pub(super) fn update(
    connection: Connection<'_>,
    row_id: i64,
    row: &MasterRow,
) -> Result<(), Failure> {
    let noun = noun_of(&row.details);
    let sql = format!(
        "UPDATE {} SET code = ?2, description = ?3, retired_at = ?4, unverified = ?5, version = ?6
         WHERE id = ?1",
        table(noun)
    );
    connection.execute(
        &sql,
        params![
            row_id,
            row.code,
            row.description,
            row.retired_at.map(Timestamp::micros),
            row.unverified,
            row.version,
        ],
    )?;
    if !matches!(noun, MasterNoun::Reason(_)) {
        let sql = format!("UPDATE {} SET folded = ?2 WHERE id = ?1", table(noun));
        connection.execute(&sql, params![row_id, fold(&row.code)])?;
    }
    match &row.details {
        MasterDetails::Part(part) => {
            let operations = serde_json::to_string(&part.operations)
                .map_err(|error| Failure::Broken(error.to_string()))?;
            connection.execute(
                "UPDATE part SET customer = ?2, requires_color = ?3, requires_work_order = ?4,
                        max_quantity = ?5, operations = ?6,
                        item_type_id = (SELECT id FROM item_type WHERE folded = ?7),
                        minimum_stock = ?8
                 WHERE id = ?1",
                params![
                    row_id,
                    part.customer,
                    part.requires_color,
                    part.requires_work_order,
                    part.max_quantity.map(mtm_core::word::Quantity::units),
                    operations,
                    part.item_type.as_ref().map(|code| fold(code.as_str())),
                    part.minimum_stock.map(mtm_core::word::Quantity::units),
                ],
            )?;
        }
        MasterDetails::Location { building, kind } => {
            connection.execute(
                "UPDATE location SET building = ?2, type = ?3 WHERE id = ?1",
                params![row_id, building, kind.map(LocationKind::as_str)],
            )?;
        }
        MasterDetails::Reason { needs_notes, .. } => {
            connection.execute(
                "UPDATE reason SET needs_notes = ?2 WHERE id = ?1",
                params![row_id, needs_notes],
            )?;
        }
        MasterDetails::Operation {} | MasterDetails::ItemType {} | MasterDetails::ColorCode {} => {}
    }
    Ok(())
}

/// Keeps `folded` as a former code of the record.
pub(super) fn keep_alias(
    connection: Connection<'_>,
    noun: MasterNoun,
    folded: &str,
    row_id: i64,
) -> Result<(), Failure> {
    connection.execute(
        "REPLACE INTO alias (noun, folded, row_id) VALUES (?1, ?2, ?3)",
        params![noun.as_str(), folded, row_id],
    )?;
    Ok(())
}

/// Reads the record as it was written and puts it into the catalogue.
pub(super) fn take_over(
    context: &mut WriteContext<'_>,
    noun: MasterNoun,
    row_id: i64,
) -> Result<MasterRow, Failure> {
    macro_rules! reread {
        ($sql:expr, $id:expr, $map:path, $put:path) => {{
            let sql = format!("{} WHERE {} = ?1", $sql, $id);
            let record = context.sql().prepare_cached(&sql)?.query_row(params![row_id], $map)?;
            let row = MasterRow::from(&record);
            $put(context.catalogue_mut(), record);
            row
        }};
    }
    Ok(match noun {
        MasterNoun::Part => reread!(read::PART, "part.id", read::part, read::put_part),
        MasterNoun::Operation => {
            reread!(read::OPERATION, "id", read::operation, read::put_operation)
        }
        MasterNoun::Location => reread!(read::LOCATION, "id", read::location, read::put_location),
        MasterNoun::ItemType => {
            reread!(read::ITEM_TYPE, "id", read::item_type, read::put_item_type)
        }
        MasterNoun::ColorCode => reread!(read::COLOR, "id", read::color, read::put_color),
        MasterNoun::Reason(_) => reread!(read::REASON, "id", read::reason, read::put_reason),
    })
}

/// What the record is.
pub(super) const fn noun_of(details: &MasterDetails) -> MasterNoun {
    match details {
        MasterDetails::Part(_) => MasterNoun::Part,
        MasterDetails::Operation {} => MasterNoun::Operation,
        MasterDetails::Location { .. } => MasterNoun::Location,
        MasterDetails::ItemType {} => MasterNoun::ItemType,
        MasterDetails::ColorCode {} => MasterNoun::ColorCode,
        MasterDetails::Reason { kind, .. } => MasterNoun::Reason(*kind),
    }
}

//! Master data, active holds, routings, shifts and periods, read into memory.

use mtm_core::catalogue::{
    ActiveHold, Catalogue, ColorRecord, HoldTarget, ItemTypeRecord, LocationKind, LocationRecord,
    MasterHeader, OperationRecord, PartRecord, ReasonKind, ReasonRecord,
};
use mtm_core::word::{
    ColorCode, HoldId, ItemType, LocationCode, LocationId, LotNumber, OperationCode, OperationId,
    PartCode, PartId, ReasonCode,
};

use crate::sql::{
    Connection, Error, Row, named, optional_moment, optional_word, quantity, uuid, word,
};

/// Reads everything.
pub(crate) fn load(connection: Connection<'_>) -> Result<Catalogue, Error> {
    let mut catalogue = Catalogue::default();
    // Item types first: parts name them.
    each(connection, &format!("{ITEM_TYPE} ORDER BY id"), |row| {
        put_item_type(&mut catalogue, item_type(row)?);
        Ok(())
    })?;
    each(connection, &format!("{COLOR} ORDER BY id"), |row| {
        put_color(&mut catalogue, color(row)?);
        Ok(())
    })?;
    each(connection, &format!("{OPERATION} ORDER BY id"), |row| {
        put_operation(&mut catalogue, operation(row)?);
        Ok(())
    })?;
    each(connection, &format!("{LOCATION} ORDER BY id"), |row| {
        put_location(&mut catalogue, location(row)?);
        Ok(())
    })?;
    each(connection, &format!("{PART} ORDER BY part.id"), |row| {
        put_part(&mut catalogue, part(row)?);
        Ok(())
    })?;
    each(connection, &format!("{REASON} ORDER BY id"), |row| {
        put_reason(&mut catalogue, reason(row)?);
        Ok(())
    })?;
    each(connection, "SELECT noun, folded, row_id FROM alias", |row| {
        let (noun, folded, id): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match noun.as_str() {
            "part" => catalogue.parts.alias(&folded, id),
            "location" => catalogue.locations.alias(&folded, id),
            "operation" => catalogue.operations.alias(&folded, id),
            "item_type" => catalogue.item_types.alias(&folded, id),
            _ => catalogue.colors.alias(&folded, id),
        }
        Ok(())
    })?;
    each(connection, ACTIVE_HOLDS, |row| {
        catalogue.holds.put(hold(row)?);
        Ok(())
    })?;
    crate::routing::load::load(connection, &mut catalogue)?;
    crate::shift::load::load(connection, &mut catalogue)?;
    crate::period::load(connection, &mut catalogue)?;
    crate::approval::load(connection, &mut catalogue)?;
    Ok(catalogue)
}

fn each(
    connection: Connection<'_>,
    sql: &str,
    mut take: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(&[])?;
    while let Some(row) = rows.next()? {
        take(&row)?;
    }
    Ok(())
}

pub(crate) const ITEM_TYPE: &str =
    "SELECT id, uid, code, description, retired_at, unverified, version FROM item_type";
pub(crate) const COLOR: &str =
    "SELECT id, uid, code, description, retired_at, unverified, version FROM color_code";
pub(crate) const OPERATION: &str =
    "SELECT id, uid, code, description, retired_at, unverified, version FROM operation";
pub(crate) const LOCATION: &str =
    "SELECT id, uid, code, description, retired_at, unverified, version, building, type
     FROM location";
pub(crate) const PART: &str =
    "SELECT part.id, part.uid, part.code, part.description, part.retired_at, part.unverified,
            part.version, item_type.code, part.requires_color, part.requires_work_order,
            part.max_quantity, part.operations, part.customer, part.minimum_stock
     FROM part LEFT JOIN item_type ON item_type.id = part.item_type_id";
pub(crate) const REASON: &str =
    "SELECT id, uid, code, description, retired_at, unverified, version, kind, needs_notes
     FROM reason";
const ACTIVE_HOLDS: &str = "SELECT id, lot, part_id, location_id, reason FROM hold
     WHERE released_at IS NULL ORDER BY placed_at, id";

/// Columns 1 and 3 to 6 of every master table's selection.
fn header(row: &Row<'_>) -> Result<MasterHeader, Error> {
    Ok(MasterHeader {
        id: uuid(row, 1)?,
        description: row.get(3)?,
        retired_at: optional_moment(row, 4)?,
        version: row.get(6)?,
        unverified: row.get(5)?,
    })
}

pub(crate) fn item_type(row: &Row<'_>) -> Result<ItemTypeRecord, Error> {
    let code = word(row, 2, ItemType::parse)?;
    Ok(ItemTypeRecord { row: row.get(0)?, header: header(row)?, code })
}

pub(crate) fn color(row: &Row<'_>) -> Result<ColorRecord, Error> {
    let code = word(row, 2, ColorCode::parse)?;
    Ok(ColorRecord { row: row.get(0)?, header: header(row)?, code })
}

pub(crate) fn operation(row: &Row<'_>) -> Result<OperationRecord, Error> {
    let code = word(row, 2, OperationCode::parse)?;
    Ok(OperationRecord { row: OperationId(row.get(0)?), header: header(row)?, code })
}

pub(crate) fn location(row: &Row<'_>) -> Result<LocationRecord, Error> {
    Ok(LocationRecord {
        row: LocationId(row.get(0)?),
        header: header(row)?,
        code: word(row, 2, LocationCode::parse)?,
        building: row.get(7)?,
        kind: if row.is_null(8)? { None } else { Some(named(row, 8, LocationKind::from_name)?) },
    })
}

pub(crate) fn part(row: &Row<'_>) -> Result<PartRecord, Error> {
    let operations = serde_json::from_str::<Vec<OperationCode>>(row.text(11)?)
        .map_err(|error| Error::shape(11, error.to_string()))?;
    Ok(PartRecord {
        row: PartId(row.get(0)?),
        header: header(row)?,
        code: word(row, 2, PartCode::parse)?,
        item_type: optional_word(row, 7, ItemType::parse)?,
        requires_color: row.get(8)?,
        requires_work_order: row.get(9)?,
        max_quantity: if row.is_null(10)? { None } else { Some(quantity(row, 10)?) },
        operations,
        customer: row.get(12)?,
        minimum_stock: if row.is_null(13)? { None } else { Some(quantity(row, 13)?) },
    })
}

pub(crate) fn reason(row: &Row<'_>) -> Result<ReasonRecord, Error> {
    Ok(ReasonRecord {
        row: row.get(0)?,
        header: header(row)?,
        kind: named(row, 7, ReasonKind::from_name)?,
        code: word(row, 2, ReasonCode::parse)?,
        needs_notes: row.get(8)?,
    })
}

fn hold(row: &Row<'_>) -> Result<ActiveHold, Error> {
    let target = match (row.get(2)?, row.get(3)?) {
        (Some(part), _) => HoldTarget::Part(PartId(part)),
        (None, Some(location)) => HoldTarget::Location(LocationId(location)),
        (None, None) => HoldTarget::Lot(word(row, 1, LotNumber::parse)?),
    };
    Ok(ActiveHold { id: HoldId(uuid(row, 0)?), target, reason: word(row, 4, ReasonCode::parse)? })
}

pub(crate) fn put_item_type(catalogue: &mut Catalogue, record: ItemTypeRecord) {
    let code = record.code.clone();
    catalogue.item_types.put(record.row, code.as_str(), record);
}

pub(crate) fn put_color(catalogue: &mut Catalogue, record: ColorRecord) {
    let code = record.code.clone();
    catalogue.colors.put(record.row, code.as_str(), record);
}

pub(crate) fn put_operation(catalogue: &mut Catalogue, record: OperationRecord) {
    let code = record.code.clone();
    catalogue.operations.put(record.row.0, code.as_str(), record);
}

pub(crate) fn put_location(catalogue: &mut Catalogue, record: LocationRecord) {
    let code = record.code.clone();
    catalogue.locations.put(record.row.0, code.as_str(), record);
}

pub(crate) fn put_part(catalogue: &mut Catalogue, mut record: PartRecord) {
    let code = record.code.clone();
    // Thousands of parts go through the same few operations: each of these texts is kept once.
    for operation in &mut record.operations {
        let known = catalogue.operations.by_folded(operation.as_str());
        if let Some(known) = known.filter(|known| known.code == *operation) {
            *operation = known.code.clone();
        }
    }
    record.operations.shrink_to_fit();
    let kind = record.item_type.as_ref().and_then(|kind| catalogue.item_type(kind));
    if let Some(kind) =
        kind.map(|kind| kind.code.clone()).filter(|it| record.item_type.as_ref() == Some(it))
    {
        record.item_type = Some(kind);
    }
    catalogue.parts.put(record.row.0, code.as_str(), record);
}

pub(crate) fn put_reason(catalogue: &mut Catalogue, record: ReasonRecord) {
    let key = ReasonRecord::lookup_key(record.kind, record.code.as_str());
    catalogue.reasons.put(record.row, &key, record);
}

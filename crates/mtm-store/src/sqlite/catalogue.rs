//! Master data and active holds, read into memory.

use mtm_core::catalogue::{
    ActiveHold, Catalogue, ColorRecord, HoldTarget, ItemTypeRecord, LocationKind, LocationRecord,
    MasterHeader, OperationRecord, PartRecord, ReasonKind, ReasonRecord,
};
use mtm_core::word::{
    ColorCode, HoldId, ItemType, LocationCode, LocationId, LotNumber, OperationCode, OperationId,
    PartCode, PartId, Quantity, ReasonCode, Timestamp, WordError,
};
use rusqlite::types::Type;
use rusqlite::{Connection, Row};
use uuid::Uuid;

/// Reads everything.
pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Catalogue> {
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
        catalogue.holds.push(hold(row)?);
        Ok(())
    })?;
    Ok(catalogue)
}

fn each(
    connection: &Connection,
    sql: &str,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
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
            part.max_quantity, part.operations, part.customer
     FROM part LEFT JOIN item_type ON item_type.id = part.item_type_id";
pub(crate) const REASON: &str =
    "SELECT id, uid, code, description, retired_at, unverified, version, kind, needs_notes
     FROM reason";
const ACTIVE_HOLDS: &str = "SELECT id, lot, part_id, location_id, reason FROM hold
     WHERE released_at IS NULL ORDER BY placed_at, id";

/// Columns 1 and 3 to 6 of every master table's selection.
fn header(row: &Row<'_>) -> rusqlite::Result<MasterHeader> {
    Ok(MasterHeader {
        id: Uuid::from_bytes(row.get(1)?),
        description: row.get(3)?,
        retired_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_micros),
        version: row.get(6)?,
        unverified: row.get(5)?,
    })
}

/// Parses the word in column `column`.
pub(crate) fn word<W>(
    row: &Row<'_>,
    column: usize,
    parse: fn(&str) -> Result<W, WordError>,
) -> rusqlite::Result<W> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

/// Parses the word in column `column`, which may be `NULL`.
pub(crate) fn optional_word<W>(
    row: &Row<'_>,
    column: usize,
    parse: fn(&str) -> Result<W, WordError>,
) -> rusqlite::Result<Option<W>> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    text.map(parse).transpose().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

/// Reads the name of a closed set in column `column`.
pub(crate) fn named<N>(
    row: &Row<'_>,
    column: usize,
    from_name: fn(&str) -> Option<N>,
) -> rusqlite::Result<N> {
    let text = row.get_ref(column)?.as_str()?;
    from_name(text).ok_or_else(|| {
        let message = format!("{text:?} is not one of the known names");
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, message.into())
    })
}

/// Reads 10⁻⁶ pieces in column `column`.
pub(crate) fn quantity(row: &Row<'_>, column: usize) -> rusqlite::Result<Quantity> {
    Quantity::from_units(row.get(column)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error))
    })
}

pub(crate) fn item_type(row: &Row<'_>) -> rusqlite::Result<ItemTypeRecord> {
    let code = word(row, 2, ItemType::parse)?;
    Ok(ItemTypeRecord { row: row.get(0)?, header: header(row)?, code })
}

pub(crate) fn color(row: &Row<'_>) -> rusqlite::Result<ColorRecord> {
    let code = word(row, 2, ColorCode::parse)?;
    Ok(ColorRecord { row: row.get(0)?, header: header(row)?, code })
}

pub(crate) fn operation(row: &Row<'_>) -> rusqlite::Result<OperationRecord> {
    let code = word(row, 2, OperationCode::parse)?;
    Ok(OperationRecord { row: OperationId(row.get(0)?), header: header(row)?, code })
}

pub(crate) fn location(row: &Row<'_>) -> rusqlite::Result<LocationRecord> {
    Ok(LocationRecord {
        row: LocationId(row.get(0)?),
        header: header(row)?,
        code: word(row, 2, LocationCode::parse)?,
        building: row.get(7)?,
        kind: match row.get_ref(8)?.as_str_or_null()? {
            None => None,
            Some(_) => Some(named(row, 8, LocationKind::from_name)?),
        },
    })
}

pub(crate) fn part(row: &Row<'_>) -> rusqlite::Result<PartRecord> {
    let operations = row.get_ref(11)?.as_str()?;
    let operations = serde_json::from_str::<Vec<OperationCode>>(operations).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(11, Type::Text, Box::new(error))
    })?;
    Ok(PartRecord {
        row: PartId(row.get(0)?),
        header: header(row)?,
        code: word(row, 2, PartCode::parse)?,
        item_type: optional_word(row, 7, ItemType::parse)?,
        requires_color: row.get(8)?,
        requires_work_order: row.get(9)?,
        max_quantity: match row.get::<_, Option<i64>>(10)? {
            None => None,
            Some(_) => Some(quantity(row, 10)?),
        },
        operations,
        customer: row.get(12)?,
    })
}

pub(crate) fn reason(row: &Row<'_>) -> rusqlite::Result<ReasonRecord> {
    Ok(ReasonRecord {
        row: row.get(0)?,
        header: header(row)?,
        kind: named(row, 7, ReasonKind::from_name)?,
        code: word(row, 2, ReasonCode::parse)?,
        needs_notes: row.get(8)?,
    })
}

fn hold(row: &Row<'_>) -> rusqlite::Result<ActiveHold> {
    let target = match (row.get(2)?, row.get(3)?) {
        (Some(part), _) => HoldTarget::Part(PartId(part)),
        (None, Some(location)) => HoldTarget::Location(LocationId(location)),
        (None, None) => HoldTarget::Lot(word(row, 1, LotNumber::parse)?),
    };
    Ok(ActiveHold {
        id: HoldId(Uuid::from_bytes(row.get(0)?)),
        target,
        reason: word(row, 4, ReasonCode::parse)?,
    })
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

pub(crate) fn put_part(catalogue: &mut Catalogue, record: PartRecord) {
    let code = record.code.clone();
    catalogue.parts.put(record.row.0, code.as_str(), record);
}

pub(crate) fn put_reason(catalogue: &mut Catalogue, record: ReasonRecord) {
    let key = ReasonRecord::lookup_key(record.kind, record.code.as_str());
    catalogue.reasons.put(record.row, &key, record);
}

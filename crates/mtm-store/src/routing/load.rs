//! Reading versions: all of them into the catalogue, those of a part with who made them.

use mtm_core::catalogue::{Catalogue, OffRouting, RoutingStep, RoutingVersion};
use mtm_core::word::{
    LocationCode, LocationId, OperationCode, OperationId, PartCode, PartId, Timestamp, Yield,
};

use super::row::{RoutingRow, RoutingStepRow};
use crate::sql::{Connection, Error, Row, moment, named, optional_word, params, word};

/// In the order in which they were made, each step a row; one without steps has one row.
const ALL: &str = "SELECT v.id, v.part_id, v.number, v.effective_from, s.position, s.operation_id,
        s.location_id, s.yield_ppm
    FROM routing_version v LEFT JOIN routing_step s ON s.version_id = v.id
    ORDER BY v.id, s.position";

const OF_PART: &str =
    "SELECT v.id, part.code, v.number, v.effective_from, v.recorded_at, user.name,
        s.position, operation.code, location.code, s.yield_ppm
    FROM routing_version v
    JOIN part ON part.id = v.part_id
    JOIN user ON user.id = v.user_id
    LEFT JOIN routing_step s ON s.version_id = v.id
    LEFT JOIN operation ON operation.id = s.operation_id
    LEFT JOIN location ON location.id = s.location_id
    WHERE v.part_id = ?1
    ORDER BY v.number DESC, s.position";

/// A version that is being read, step by step.
struct Reading {
    id: i64,
    part: PartId,
    number: u32,
    effective_from: Timestamp,
    steps: Vec<RoutingStep>,
}

impl Reading {
    fn finish(self, catalogue: &mut Catalogue) {
        let Self { part, number, effective_from, steps, .. } = self;
        let version = RoutingVersion { number, effective_from, steps: steps.into() };
        catalogue.routings.add(part, version);
    }
}

/// Reads every version, and what the site wants done about entries outside a routing.
pub(crate) fn load(connection: Connection<'_>, catalogue: &mut Catalogue) -> Result<(), Error> {
    catalogue.off_routing = off_routing(connection)?;
    let mut statement = connection.prepare_cached(ALL)?;
    let mut rows = statement.query(&[])?;
    let mut reading: Option<Reading> = None;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if reading.as_ref().is_none_or(|version| version.id != id) {
            let next = Reading {
                id,
                part: PartId(row.get(1)?),
                number: row.get(2)?,
                effective_from: moment(&row, 3)?,
                steps: Vec::new(),
            };
            if let Some(version) = reading.replace(next) {
                version.finish(catalogue);
            }
        }
        if let Some(version) = &mut reading
            && !row.is_null(4)?
        {
            version.steps.push(step(&row)?);
        }
    }
    if let Some(version) = reading {
        version.finish(catalogue);
    }
    Ok(())
}

fn step(row: &Row<'_>) -> Result<RoutingStep, Error> {
    Ok(RoutingStep {
        position: row.get(4)?,
        operation: OperationId(row.get(5)?),
        location: row.get::<Option<i64>>(6)?.map(LocationId),
        yields: yields(row, 7)?,
    })
}

fn yields(row: &Row<'_>, column: usize) -> Result<Option<Yield>, Error> {
    let Some(millionths) = row.get::<Option<u32>>(column)? else { return Ok(None) };
    let impossible = || Error::shape(column, format!("{millionths} good pieces of a million"));
    Yield::from_millionths(millionths).map(Some).ok_or_else(impossible)
}

fn off_routing(connection: Connection<'_>) -> Result<OffRouting, Error> {
    let sql = "SELECT off_routing FROM site WHERE id = 1";
    connection.query_row(sql, &[], |row| named(row, 0, OffRouting::from_name))
}

/// The versions of a part, the newest first.
pub(super) fn versions(connection: Connection<'_>, part: PartId) -> Result<Vec<RoutingRow>, Error> {
    let mut statement = connection.prepare_cached(OF_PART)?;
    let mut rows = statement.query(params![part.0])?;
    let mut versions: Vec<RoutingRow> = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if last.replace(id) != Some(id) {
            versions.push(RoutingRow {
                part: word(&row, 1, PartCode::parse)?,
                version: row.get(2)?,
                effective_from: moment(&row, 3)?,
                retired: row.is_null(6)?,
                steps: Vec::new(),
                recorded_at: moment(&row, 4)?,
                recorded_by: row.get(5)?,
            });
        }
        if let Some(version) = versions.last_mut()
            && !row.is_null(6)?
        {
            version.steps.push(RoutingStepRow {
                position: row.get(6)?,
                operation: word(&row, 7, OperationCode::parse)?,
                location: optional_word(&row, 8, LocationCode::parse)?,
                yields: yields(&row, 9)?,
            });
        }
    }
    Ok(versions)
}

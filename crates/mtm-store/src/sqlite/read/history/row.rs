//! A movement as people and followers see it.

use mtm_core::movement::{MovementType, Outside};
use mtm_core::word::{ImportId, ReasonCode, SessionId, Timestamp};
use rusqlite::Row;
use uuid::Uuid;

use super::super::names::{self, movement_id, position};
use super::super::{Reader, impossible};
use super::statement::ROW;
use crate::query::{MovementRow, ReadError};

impl Reader<'_> {
    /// The movement at `sequence`, which exists.
    pub(in super::super) fn movement_at(&self, sequence: i64) -> Result<MovementRow, ReadError> {
        let mut statement = self.connection.prepare_cached(ROW)?;
        let mut rows = statement.query([sequence])?;
        match rows.next()? {
            Some(row) => self.movement_row(row),
            None => Err(impossible("gap in the log at", sequence)),
        }
    }

    fn movement_row(&self, row: &Row<'_>) -> Result<MovementRow, ReadError> {
        let id = movement_id(row.get(1)?);
        let kind = row.get_ref(2)?.as_str()?;
        let from = end(row, 7)?;
        let to = end(row, 10)?;
        // As bookings say it: a receipt names where the pieces arrived as its place.
        let (place, arrival) = match (from.place, to.place) {
            (Some(from), to) => (Some(from), to),
            (None, to) => (to, None),
        };
        let (operation, location) = place.unzip();
        let (to_operation, to_location) = arrival.unzip();
        let word = |column: usize| row.get::<_, Option<String>>(column);
        let uuid = |column: usize| {
            row.get::<_, Option<[u8; 16]>>(column).map(|bytes| bytes.map(Uuid::from_bytes))
        };
        Ok(MovementRow {
            id,
            command_id: id.command(),
            sequence: Some(position(row.get(0)?)?),
            kind: MovementType::from_name(kind).ok_or_else(|| impossible("type", kind))?,
            part: self.part_code(row.get(3)?)?,
            lot: names::lot(row.get_ref(4)?.as_str()?)?,
            to_lot: row.get_ref(5)?.as_str_or_null()?.map(names::lot).transpose()?,
            quantity: names::quantity(row.get(6)?)?,
            from_account: from.outside,
            operation: operation.map(|id| self.operation_code(id)).transpose()?,
            location: location.map(|id| self.location_code(id)).transpose()?,
            to_account: to.outside,
            to_operation: to_operation.map(|id| self.operation_code(id)).transpose()?,
            to_location: to_location.map(|id| self.location_code(id)).transpose()?,
            recorded_at: Timestamp::from_micros(row.get(13)?),
            occurred_at: row.get::<_, Option<i64>>(14)?.map(Timestamp::from_micros),
            user: self.user_name(row.get(15)?)?,
            station: word(16)?,
            shift: word(17)?,
            reason: row
                .get_ref(18)?
                .as_str_or_null()?
                .map(|text| names::word::<ReasonCode>("reason", text))
                .transpose()?,
            notes: row.get_ref(19)?.as_str_or_null()?.map(names::note).transpose()?,
            reverses: row.get::<_, Option<[u8; 16]>>(20)?.map(movement_id),
            reversed_by: row.get::<_, Option<[u8; 16]>>(21)?.map(movement_id),
            import_id: uuid(22)?.map(ImportId),
            session_id: uuid(23)?.map(SessionId),
        })
    }
}

/// One end: account, operation and location from column `first` on.
fn end(row: &Row<'_>, first: usize) -> Result<End, ReadError> {
    let account = row.get_ref(first)?.as_str()?;
    if account == "stock" {
        return Ok(End { outside: None, place: Some((row.get(first + 1)?, row.get(first + 2)?)) });
    }
    match Outside::from_name(account) {
        Some(outside) => Ok(End { outside: Some(outside), place: None }),
        None => Err(impossible("account", account)),
    }
}

struct End {
    outside: Option<Outside>,
    place: Option<(i64, i64)>,
}

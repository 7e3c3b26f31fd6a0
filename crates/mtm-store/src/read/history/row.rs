//! A movement as people and followers see it.

use std::collections::HashMap;

use mtm_core::movement::{MovementType, Outside};
use mtm_core::word::{ImportId, LotNumber, MovementId, ReasonCode, SessionId};

use super::super::names::{self, position};
use super::super::{Reader, id_list, impossible};
use super::statement::{LIFE, LISTED};
use crate::query::{MovementRow, ReadError};
use crate::sql::{Row, moment, optional_moment, optional_uuid, params, uuid};

impl Reader<'_> {
    /// The movements at `sequences`, in that order. One that was removed past the program is left out:
    /// whoever looks for what happened must be able to read the rest, and verification names it.
    pub(in super::super) fn movements_at(
        &self,
        sequences: &[i64],
    ) -> Result<Vec<MovementRow>, ReadError> {
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = self.connection.prepare_cached(LISTED.on(&self.connection))?;
        let mut rows = statement.query(params![id_list(sequences)])?;
        let mut found = HashMap::with_capacity(sequences.len());
        while let Some(row) = rows.next()? {
            found.insert(row.get::<i64>(0)?, self.movement_row(&row)?);
        }
        Ok(sequences.iter().filter_map(|sequence| found.remove(sequence)).collect())
    }

    /// The newest `most` movements of a lot, oldest first.
    pub(in super::super) fn movements_of(
        &self,
        lot: &LotNumber,
        most: u16,
    ) -> Result<Vec<MovementRow>, ReadError> {
        let mut statement = self.connection.prepare_cached(LIFE.on(&self.connection))?;
        let mut movements =
            statement.query_all(params![lot.as_str(), most], |row| self.movement_row(row))?;
        movements.sort_unstable_by_key(|movement| movement.sequence);
        Ok(movements)
    }

    pub(super) fn movement_row(&self, row: &Row<'_>) -> Result<MovementRow, ReadError> {
        let id = MovementId(uuid(row, 1)?);
        let kind = row.text(2)?;
        let from = end(row, 7)?;
        let to = end(row, 10)?;
        // As bookings say it: a receipt names where the pieces arrived as its place.
        let (place, arrival) = match (from.place, to.place) {
            (Some(from), to) => (Some(from), to),
            (None, to) => (to, None),
        };
        let (operation, location) = place.unzip();
        let (to_operation, to_location) = arrival.unzip();
        let (recorded_at, occurred_at) = (moment(row, 13)?, optional_moment(row, 14)?);
        let periods = &self.catalogue.periods;
        Ok(MovementRow {
            id,
            command_id: id.command(),
            sequence: row.get::<Option<i64>>(0)?.map(position).transpose()?,
            kind: MovementType::from_name(kind).ok_or_else(|| impossible("type", kind))?,
            part: self.part_code(row.get(3)?)?,
            lot: names::lot(row.text(4)?)?,
            to_lot: row.optional_text(5)?.map(names::lot).transpose()?,
            quantity: names::quantity(row.get(6)?)?,
            from_account: from.outside,
            operation: operation.map(|id| self.operation_code(id)).transpose()?,
            location: location.map(|id| self.location_code(id)).transpose()?,
            to_account: to.outside,
            to_operation: to_operation.map(|id| self.operation_code(id)).transpose()?,
            to_location: to_location.map(|id| self.location_code(id)).transpose()?,
            recorded_at,
            occurred_at,
            in_closed_period: occurred_at.is_some_and(|at| periods.held(at, recorded_at)),
            user: self.user_name(row.get(15)?)?,
            station: row.get(16)?,
            shift: row.get(17)?,
            reason: row
                .optional_text(18)?
                .map(|text| names::word::<ReasonCode>("reason", text))
                .transpose()?,
            notes: row.optional_text(19)?.map(names::note).transpose()?,
            reverses: optional_uuid(row, 20)?.map(MovementId),
            reversed_by: optional_uuid(row, 21)?.map(MovementId),
            import_id: optional_uuid(row, 22)?.map(ImportId),
            session_id: optional_uuid(row, 23)?.map(SessionId),
        })
    }
}

/// One end: account, operation and location from column `first` on.
fn end(row: &Row<'_>, first: usize) -> Result<End, ReadError> {
    let account = row.text(first)?;
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

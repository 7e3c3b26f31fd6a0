//! The filters of a history query with every code resolved.

use mtm_core::word::fold;
use rusqlite::{OptionalExtension, params};

use super::super::code::{lot_pattern, work_order_pattern};
use super::super::{Reader, id_list};
use super::statement::{self, Finder};
use crate::query::{HistoryQuery, Pattern, ReadError};

/// So many parts are still looked up one by one.
const FEW_PARTS: usize = 32;
/// So many movements of a range of lots are still gathered.
const FEW_MOVEMENTS: i64 = 5_000;
/// So many lots of a range of work orders are still gathered.
const FEW_LOTS: i64 = 1_000;

/// What leads to the movements.
pub(super) enum Driver {
    /// The log itself.
    Walk,
    /// Each of these parts.
    Parts(Vec<i64>),
    /// A range of keys.
    Range(Finder, Key, Option<Key>),
}

/// A bound of a range.
pub(super) enum Key {
    Text(String),
    Id([u8; 16]),
}

impl rusqlite::ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Id(bytes) => bytes.to_sql(),
        }
    }
}

/// Which movements to find.
pub(super) struct Filter {
    /// First and last sequence.
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) driver: Driver,
    pub(super) kinds: Option<String>,
    pub(super) users: Option<String>,
    pub(super) operations: Option<String>,
    pub(super) locations: Option<String>,
    pub(super) parts: Option<String>,
    pub(super) reversed: Option<bool>,
    pub(super) import: Option<[u8; 16]>,
    lot: Option<Pattern>,
    station: Option<Pattern>,
    work_order: Option<Pattern>,
    text: Option<Pattern>,
}

/// The texts of a movement that filters look at.
pub(super) struct Texts<'r> {
    pub(super) lot: &'r str,
    pub(super) to_lot: Option<&'r str>,
    pub(super) station: Option<&'r str>,
    pub(super) notes: Option<&'r str>,
}

impl Filter {
    /// `None` where nothing can match: a code that does not exist.
    pub(super) fn new(
        reader: &Reader<'_>,
        query: &HistoryQuery,
    ) -> Result<Option<Self>, ReadError> {
        let users = query.user.as_ref().map(|user| reader.users_like(user)).transpose()?;
        let operations = query.operation.as_ref().map(|op| reader.operations(op)).transpose()?;
        let locations = query.location.as_ref().map(|at| reader.locations(at)).transpose()?;
        let parts: Option<Vec<i64>> = match &query.part {
            Some(part) => Some(reader.parts(part)?.into_iter().map(|(_, id)| id).collect()),
            None => None,
        };
        let none = |ids: &Option<_>| ids.as_ref().is_some_and(std::collections::HashSet::is_empty);
        if none(&users)
            || none(&operations)
            || none(&locations)
            || parts.as_ref().is_some_and(Vec::is_empty)
        {
            return Ok(None);
        }
        let lot = query.lot.as_ref().map(lot_pattern);
        let work_order = query.work_order.as_ref().map(work_order_pattern);
        let driver = driver(reader, query, lot.as_ref(), work_order.as_ref(), parts.as_deref())?;
        let kinds = (!query.kinds.is_empty()).then(|| {
            let names: Vec<_> = query.kinds.iter().map(|kind| kind.as_str()).collect();
            serde_json::json!(names).to_string()
        });
        let (low, high) = stretch(reader, query)?;
        Ok(Some(Self {
            low,
            high,
            driver,
            kinds,
            users: users.as_ref().map(id_list),
            operations: operations.as_ref().map(id_list),
            locations: locations.as_ref().map(id_list),
            parts: parts.as_ref().map(id_list),
            reversed: query.reversed,
            import: query.import.map(|import| *import.0.as_bytes()),
            lot,
            station: query.station.clone(),
            work_order,
            text: query.text.clone(),
        }))
    }

    /// Whether every movement of the stretch matches.
    pub(super) fn is_everything(&self) -> bool {
        matches!(self.driver, Driver::Walk)
            && self.kinds.is_none()
            && self.users.is_none()
            && self.operations.is_none()
            && self.locations.is_none()
            && self.parts.is_none()
            && self.reversed.is_none()
            && self.import.is_none()
            && self.lot.is_none()
            && self.station.is_none()
            && self.work_order.is_none()
            && self.text.is_none()
    }

    /// Whether the texts of a movement, and those of its lot, match.
    pub(super) fn admits(&self, reader: &Reader<'_>, row: &Texts<'_>) -> Result<bool, ReadError> {
        let lot = |pattern: &Pattern| {
            pattern.matches(row.lot) || row.to_lot.is_some_and(|lot| pattern.matches(lot))
        };
        if self.lot.as_ref().is_some_and(|pattern| !lot(pattern)) {
            return Ok(false);
        }
        if let Some(pattern) = &self.station
            && !row.station.is_some_and(|station| pattern.matches(&fold(station)))
        {
            return Ok(false);
        }
        let text = self.text.as_ref().filter(|pattern| {
            // What the movement itself says settles it without looking at the lot.
            !row.notes.is_some_and(|notes| pattern.matches(&fold(notes)))
        });
        if self.work_order.is_none() && text.is_none() {
            return Ok(true);
        }
        let mut statement = reader.connection.prepare_cached(statement::LOT_TEXTS)?;
        let (order, notes): (Option<String>, Option<String>) = statement
            .query_row([row.lot], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .unwrap_or_default();
        let matches = |pattern: &Pattern, text: Option<String>| {
            text.is_some_and(|text| pattern.matches(&fold(&text)))
        };
        Ok(self.work_order.as_ref().is_none_or(|pattern| matches(pattern, order))
            && text.is_none_or(|pattern| matches(pattern, notes)))
    }
}

fn driver(
    reader: &Reader<'_>,
    query: &HistoryQuery,
    lot: Option<&Pattern>,
    work_order: Option<&Pattern>,
    parts: Option<&[i64]>,
) -> Result<Driver, ReadError> {
    if let Some(command) = query.command {
        let (first, last) = command.movement_range();
        let (first, last) = (Key::Id(*first.0.as_bytes()), Key::Id(*last.0.as_bytes()));
        return Ok(Driver::Range(statement::OF_COMMAND, first, Some(last)));
    }
    if let Some((from, to)) = lot.and_then(Pattern::range)
        && few(reader, statement::LOTS_PROBE, &from, &to, FEW_MOVEMENTS)?
    {
        return Ok(Driver::Range(statement::OF_LOTS, Key::Text(from), Some(Key::Text(to))));
    }
    if let Some((from, to)) = work_order.and_then(Pattern::range)
        && few(reader, statement::WORK_ORDERS_PROBE, &from, &to, FEW_LOTS)?
    {
        return Ok(Driver::Range(statement::OF_WORK_ORDERS, Key::Text(from), Some(Key::Text(to))));
    }
    if let Some(import) = query.import {
        return Ok(Driver::Range(statement::OF_IMPORT, Key::Id(*import.0.as_bytes()), None));
    }
    match parts {
        Some(parts) if parts.len() <= FEW_PARTS => Ok(Driver::Parts(parts.to_vec())),
        _ => Ok(Driver::Walk),
    }
}

fn few(
    reader: &Reader<'_>,
    probe: &str,
    from: &str,
    to: &str,
    most: i64,
) -> Result<bool, ReadError> {
    let mut statement = reader.connection.prepare_cached(probe)?;
    let count: i64 = statement.query_row(params![from, to, most + 1], |row| row.get(0))?;
    Ok(count <= most)
}

/// First and last sequence that the query's bounds allow.
fn stretch(reader: &Reader<'_>, query: &HistoryQuery) -> Result<(i64, i64), ReadError> {
    let mut low = match query.from {
        Some(from) => reader.first_movement_from(from)?,
        None => 1,
    };
    if let Some(after) = query.after_sequence {
        low = low.max(i64::try_from(after).unwrap_or(i64::MAX).saturating_add(1));
    }
    let high = match query.to {
        Some(to) => reader.first_movement_from(to)? - 1,
        None => reader.newest_movement()?,
    };
    Ok((low, high))
}

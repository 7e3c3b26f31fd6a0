//! The filters of a history query with every code resolved.

use mtm_core::shift::ShiftKey;
use mtm_core::word::{SessionId, fold};

use super::super::code::{lot_pattern, work_order_pattern};
use super::super::dialect::word_list;
use super::super::{Reader, id_list};
use super::statement::{self, Condition, Finder};
use crate::query::{HistoryQuery, Pattern, ReadError};
use crate::sql::{Bind, Value, params};

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

impl Bind for Key {
    fn bind(&self) -> Value<'_> {
        match self {
            Self::Text(text) => text.bind(),
            Self::Id(bytes) => bytes.bind(),
        }
    }
}

/// Which movements to find.
pub(super) struct Filter {
    /// First and last sequence.
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) driver: Driver,
    kinds: Option<String>,
    users: Option<String>,
    operations: Option<String>,
    locations: Option<String>,
    parts: Option<String>,
    reversed: Option<bool>,
    import: Option<[u8; 16]>,
    lot: Option<Pattern>,
    station: Option<Pattern>,
    shift: Option<String>,
    session: Option<SessionId>,
    work_order: Option<Pattern>,
    text: Option<Pattern>,
}

/// The texts of a movement, and of its lot, that filters look at.
pub(super) struct Texts<'r> {
    pub(super) lot: &'r str,
    pub(super) to_lot: Option<&'r str>,
    pub(super) station: Option<&'r str>,
    pub(super) notes: Option<&'r str>,
    pub(super) shift: Option<&'r str>,
    pub(super) session: Option<SessionId>,
    /// What its lot carries; unknown where [`Filter::looks_at_lots`] is not so.
    pub(super) work_order: Option<&'r str>,
    pub(super) lot_notes: Option<&'r str>,
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
        let kinds = (!query.kinds.is_empty())
            .then(|| word_list(query.kinds.iter().map(|kind| kind.as_str())));
        let (low, high) = stretch(reader, query, &driver)?;
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
            shift: query.shift.as_ref().map(ToString::to_string),
            session: query.session,
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
            && !self.looks_at_texts()
    }

    /// The values of a finder, but for what drives it.
    pub(super) fn values(&self, low: i64, high: i64, limit: i64) -> Vec<Value<'_>> {
        vec![
            Value::Int(low),
            Value::Int(high),
            self.kinds.bind(),
            self.users.bind(),
            self.operations.bind(),
            self.locations.bind(),
            self.parts.bind(),
            self.reversed.bind(),
            self.import.bind(),
            Value::Int(limit),
        ]
    }

    /// What a finder is asked.
    pub(super) fn conditions(&self) -> Vec<Condition> {
        let asked = [
            (Condition::Kinds, self.kinds.is_some()),
            (Condition::Users, self.users.is_some()),
            (Condition::Operations, self.operations.is_some()),
            (Condition::Locations, self.locations.is_some()),
            (Condition::Parts, self.parts.is_some() && !matches!(self.driver, Driver::Parts(_))),
            (Condition::Reversed, self.reversed.is_some()),
            (Condition::Import, self.import.is_some()),
            (Condition::Lots, self.looks_at_lots()),
        ];
        asked.into_iter().filter_map(|(condition, is)| is.then_some(condition)).collect()
    }

    /// Whether a filter looks at texts, so that not every row that is found matches.
    pub(super) fn looks_at_texts(&self) -> bool {
        self.lot.is_some()
            || self.station.is_some()
            || self.shift.is_some()
            || self.session.is_some()
            || self.looks_at_lots()
    }

    /// Whether a filter looks at what the lot carries.
    pub(super) fn looks_at_lots(&self) -> bool {
        self.work_order.is_some() || self.text.is_some()
    }

    /// Whether the texts match.
    pub(super) fn admits(&self, row: &Texts<'_>) -> bool {
        let folded = |pattern: &Pattern, text: Option<&str>| {
            text.is_some_and(|text| pattern.matches(&fold(text)))
        };
        let lot = |pattern: &Pattern| {
            pattern.matches(row.lot) || row.to_lot.is_some_and(|lot| pattern.matches(lot))
        };
        self.lot.as_ref().is_none_or(lot)
            && self.station.as_ref().is_none_or(|pattern| folded(pattern, row.station))
            && self.shift.as_deref().is_none_or(|shift| row.shift == Some(shift))
            && self.session.is_none_or(|session| row.session == Some(session))
            && self.work_order.as_ref().is_none_or(|pattern| folded(pattern, row.work_order))
            && self
                .text
                .as_ref()
                .is_none_or(|pattern| folded(pattern, row.notes) || folded(pattern, row.lot_notes))
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
    if let Some(session) = query.session {
        return Ok(Driver::Range(statement::OF_SESSION, Key::Id(*session.0.as_bytes()), None));
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

/// First and last sequence that the query's bounds allow. A shift is looked for on the days around
/// it only. Where the log ends is asked only for a walk from there.
fn stretch(
    reader: &Reader<'_>,
    query: &HistoryQuery,
    driver: &Driver,
) -> Result<(i64, i64), ReadError> {
    let days = query.shift.as_ref().and_then(ShiftKey::within);
    let (from, to) = (
        query.from.max(days.map(|(from, _)| from)),
        match (query.to, days) {
            (Some(to), Some((_, end))) => Some(to.min(end)),
            (to, days) => to.or(days.map(|(_, end)| end)),
        },
    );
    let mut low = match from {
        Some(from) => reader.first_movement_from(from)?,
        None => 1,
    };
    if let Some(after) = query.after_sequence {
        low = low.max(i64::try_from(after).unwrap_or(i64::MAX).saturating_add(1));
    }
    let high = match to {
        Some(to) => reader.first_movement_from(to)? - 1,
        None if matches!(driver, Driver::Walk) => reader.newest_movement()?,
        None => i64::MAX,
    };
    Ok((low, high))
}

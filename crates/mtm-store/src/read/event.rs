//! The outbox: what the world is told, in order, gap-free.
//!
//! A movement's event is rendered here from its movement, as it was when it was recorded: its
//! later reversal is another event and does not show in it.

use mtm_core::code::Code;
use mtm_core::event::{Event, EventType};
use mtm_core::rejection::Rejection;
use mtm_core::word::EventId;

use super::dialect::{Dialects, id_list, json_each, json_numbers, json_words, word_list};
use super::names::position;
use super::{Reader, impossible};
use crate::query::{MAX_LIMIT, MovementRow, ReadError};
use crate::sql::{Row, moment, params, uuid};

macro_rules! after {
    ($list:ident) => {
        concat!(
            "SELECT position, id, type, subject, at, movement_sequence, traceparent, data
             FROM outbox
             WHERE position > ?1 AND (?2 IS NULL OR type IN (SELECT value FROM ",
            $list!("?2"),
            ")) ORDER BY position LIMIT ?3"
        )
    };
}

pub(super) const AFTER: Dialects =
    Dialects { sqlite: after!(json_each), mariadb: after!(json_words) };
macro_rules! at {
    ($list:ident) => {
        concat!(
            "SELECT position, id, type, subject, at, movement_sequence, traceparent, data
             FROM outbox WHERE position IN (SELECT value FROM ",
            $list!("?1"),
            ") ORDER BY position"
        )
    };
}

pub(super) const AT: Dialects = Dialects { sqlite: at!(json_each), mariadb: at!(json_numbers) };
pub(super) const OLDEST: &str = "SELECT min(position) FROM outbox";
pub(super) const NEWEST: &str = "SELECT max(position) FROM outbox";

impl Reader<'_> {
    /// At most `limit` events after position `after`; of `types` only, where any are named.
    pub(crate) fn events_after(
        &self,
        after: u64,
        types: &[EventType],
        limit: u16,
    ) -> Result<Vec<Event>, ReadError> {
        self.refuse_expired(after)?;
        let types = (!types.is_empty()).then(|| word_list(types.iter().map(|kind| kind.as_str())));
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(AFTER.on(&self.connection))?;
        let limit = limit.clamp(1, MAX_LIMIT);
        let told = statement.query_all(params![after, types, limit], event)?;
        self.whole(told)
    }

    /// The events at these places that are still kept, in order.
    pub(crate) fn events_at(&self, positions: &[u64]) -> Result<Vec<Event>, ReadError> {
        let positions: Vec<i64> = positions.iter().map(|it| it.cast_signed()).collect();
        let mut statement = self.connection.prepare_cached(AT.on(&self.connection))?;
        let told = statement.query_all(params![id_list(&positions)], event)?;
        self.whole(told)
    }

    /// Events with the movements that they tell of.
    fn whole(&self, told: Vec<(Event, Option<i64>)>) -> Result<Vec<Event>, ReadError> {
        let sequences: Vec<_> = told.iter().filter_map(|(_, sequence)| *sequence).collect();
        let mut movements = self.movements_at(&sequences)?.into_iter();
        let tell = |(event, sequence): (Event, Option<i64>)| {
            let Some(sequence) = sequence else { return Ok(event) };
            let movement = movements.next().ok_or_else(|| impossible("event", sequence))?;
            let movement = MovementRow { reversed_by: None, ..movement };
            let data =
                serde_json::to_value(movement).map_err(|error| impossible("event", error))?;
            Ok(Event { data, ..event })
        };
        told.into_iter().map(tell).collect()
    }

    /// Nothing is left out silently: events after `after` are all there, or there is no answer.
    fn refuse_expired(&self, after: u64) -> Result<(), ReadError> {
        match self.oldest_event()? {
            Some(oldest) if after.saturating_add(1) < oldest => {
                let message = format!("event {after} is not among those kept, from {oldest} on");
                Err(ReadError::Refused(Rejection::new(Code::EventsExpired, None, message)))
            }
            _ => Ok(()),
        }
    }

    /// Position of the oldest event kept; `None` when there is none.
    pub(crate) fn oldest_event(&self) -> Result<Option<u64>, ReadError> {
        self.edge(OLDEST)
    }

    /// Position of the newest event; `None` when there is none.
    pub(crate) fn newest_event(&self) -> Result<Option<u64>, ReadError> {
        self.edge(NEWEST)
    }

    fn edge(&self, sql: &str) -> Result<Option<u64>, ReadError> {
        let edge: Option<i64> =
            self.connection.prepare_cached(sql)?.query_row(&[], |row| row.get(0))?;
        edge.map(position).transpose()
    }
}

/// An event without its movement, and the place of that where it has one.
fn event(row: &Row<'_>) -> Result<(Event, Option<i64>), ReadError> {
    let movement = row.get::<Option<i64>>(5)?;
    let data = row.optional_text(7)?.unwrap_or("null");
    let event = Event {
        id: EventId(uuid(row, 1)?),
        sequence: position(row.get(0)?)?,
        kind: row.get(2)?,
        subject: row.get(3)?,
        time: moment(row, 4)?,
        traceparent: row.get(6)?,
        data: serde_json::from_str(data).map_err(|error| impossible("event", error))?,
    };
    Ok((event, movement))
}

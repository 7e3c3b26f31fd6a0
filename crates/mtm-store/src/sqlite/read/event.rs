//! The outbox: what the world is told, in order, gap-free.
//!
//! A movement's event is rendered here from its movement, as it was when it was recorded: its
//! later reversal is another event and does not show in it.

use mtm_core::event::{Event, EventType};
use mtm_core::word::{EventId, Timestamp};
use rusqlite::{Row, params};
use uuid::Uuid;

use super::names::position;
use super::{Reader, impossible};
use crate::query::{MAX_LIMIT, ReadError};

pub(super) const AFTER: &str = "
    SELECT position, id, type, subject, at, movement_sequence, traceparent, data FROM outbox
    WHERE position > ?1 AND (?2 IS NULL OR type IN (SELECT value FROM json_each(?2)))
    ORDER BY position LIMIT ?3";
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
        let types = (!types.is_empty()).then(|| {
            let names: Vec<_> = types.iter().map(|kind| kind.as_str()).collect();
            serde_json::json!(names).to_string()
        });
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(AFTER)?;
        let mut rows = statement.query(params![after, types, limit.clamp(1, MAX_LIMIT)])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(self.event(row)?);
        }
        Ok(events)
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
            self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        edge.map(position).transpose()
    }

    fn event(&self, row: &Row<'_>) -> Result<Event, ReadError> {
        let data = match row.get::<_, Option<i64>>(5)? {
            Some(sequence) => {
                let movement = self.movement_at(sequence)?;
                serde_json::to_value(crate::query::MovementRow { reversed_by: None, ..movement })
            }
            None => serde_json::from_str(row.get_ref(7)?.as_str_or_null()?.unwrap_or("null")),
        };
        Ok(Event {
            id: EventId(Uuid::from_bytes(row.get(1)?)),
            sequence: position(row.get(0)?)?,
            kind: row.get(2)?,
            subject: row.get(3)?,
            time: Timestamp::from_micros(row.get(4)?),
            traceparent: row.get(6)?,
            data: data.map_err(|error| impossible("event", error))?,
        })
    }
}

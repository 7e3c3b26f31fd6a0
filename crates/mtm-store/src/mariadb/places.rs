//! The places that wait to be given: what stands in `seal_queue`, numbered on from where the
//! chain, the log and the outbox end in the moment that is read.
//!
//! The sealer writes them ([`super::sealer`]); a copy, which is taken while bookings go on, takes
//! them over as if it had been the sealer ([`crate::copy`]).

use mtm_core::audit::{self, Hash};
use mtm_core::event::EventType;
use uuid::Uuid;

use crate::entry::{self, MovementEntry};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, params};

/// The queue's beginning, each movement with the columns of its entry.
const WAITING: &str = concat!(
    "SELECT q.id, q.movement_id, q.audit_kind, q.entry, q.event_id, q.event_type, q.subject,
            q.data, q.user_id, q.at, q.traceparent, ",
    entry::columns!(),
    " FROM seal_queue AS q LEFT JOIN movement ON movement.id = q.movement_id
      ORDER BY q.id LIMIT ?1"
);

/// What is given its place at once.
pub(crate) struct Places {
    /// The newest entry before them.
    pub(super) after: u64,
    /// The rows of the queue, in its order.
    pub(super) queue: Vec<Waiting>,
    pub(crate) entries: Vec<PlacedEntry>,
    pub(crate) events: Vec<PlacedEvent>,
    ends: Ends,
}

/// A row of the queue.
pub(super) struct Waiting {
    pub(super) row: i64,
    /// The movement that it stands for, where it stands for one.
    pub(super) movement: Option<PlacedMovement>,
}

/// A movement's place in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedMovement {
    pub(crate) id: Uuid,
    pub(crate) sequence: u64,
}

/// A link of the audit chain.
pub(crate) struct PlacedEntry {
    pub(crate) sequence: u64,
    pub(crate) kind: String,
    pub(crate) movement: Option<u64>,
    pub(crate) user: i64,
    pub(crate) at: i64,
    pub(crate) entry: String,
    pub(crate) hash: Hash,
}

/// An event's place in the outbox.
pub(crate) struct PlacedEvent {
    pub(crate) position: u64,
    pub(crate) id: [u8; 16],
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) at: i64,
    pub(crate) movement: Option<u64>,
    pub(crate) traceparent: Option<String>,
    pub(crate) data: Option<String>,
}

/// Where chain, log and outbox end.
struct Ends {
    audit: u64,
    hash: Hash,
    movement: u64,
    outbox: u64,
}

impl Places {
    /// The places of at most `limit` rows that wait.
    pub(crate) fn read(connection: Connection<'_>, limit: i64) -> Result<Self, Error> {
        let ends = Ends::read(connection)?;
        let mut places = Self {
            after: ends.audit,
            queue: Vec::new(),
            entries: Vec::new(),
            events: Vec::new(),
            ends,
        };
        let mut statement = connection.prepare_cached(WAITING)?;
        let mut rows = statement.query(params![limit])?;
        while let Some(row) = rows.next()? {
            let waiting = row.get(0)?;
            if !row.is_null(1)? {
                places.movement(&row, waiting)?;
                continue;
            }
            places.queue.push(Waiting { row: waiting, movement: None });
            if row.is_null(2)? {
                places.ends.outbox += 1;
                places.events.push(PlacedEvent {
                    position: places.ends.outbox,
                    id: row.get(4)?,
                    kind: row.get(5)?,
                    subject: row.get(6)?,
                    at: row.get(9)?,
                    movement: None,
                    traceparent: row.get(10)?,
                    data: row.get(7)?,
                });
            } else {
                let (kind, text): (String, String) = (row.get(2)?, row.get(3)?);
                places.entry(kind, None, row.get(8)?, row.get(9)?, text);
            }
        }
        Ok(places)
    }

    fn movement(&mut self, row: &Row<'_>, waiting: i64) -> Result<(), Error> {
        self.ends.movement += 1;
        let sequence = self.ends.movement;
        let MovementEntry { text, record, lot, .. } = MovementEntry::read(row, 11, sequence)?;
        let (user, at) = (record.user.0, record.recorded_at.micros());
        let movement = Some(PlacedMovement { id: record.id.0, sequence });
        self.queue.push(Waiting { row: waiting, movement });
        self.entry("movement".to_owned(), Some(sequence), user, at, text);
        self.ends.outbox += 1;
        self.events.push(PlacedEvent {
            position: self.ends.outbox,
            id: *record.id.0.as_bytes(),
            kind: EventType::MovementRecorded.as_str().to_owned(),
            subject: lot.to_string(),
            at,
            movement: Some(sequence),
            traceparent: row.get(10)?,
            data: None,
        });
        Ok(())
    }

    fn entry(&mut self, kind: String, movement: Option<u64>, user: i64, at: i64, entry: String) {
        self.ends.audit += 1;
        self.ends.hash = audit::chain(&self.ends.hash, entry.as_bytes());
        let (sequence, hash) = (self.ends.audit, self.ends.hash);
        self.entries.push(PlacedEntry { sequence, kind, movement, user, at, entry, hash });
    }

    /// The movements among them.
    pub(crate) fn movements(&self) -> impl Iterator<Item = PlacedMovement> {
        self.queue.iter().filter_map(|waiting| waiting.movement)
    }

    /// Where the chain ends with them.
    pub(crate) const fn head(&self) -> (u64, Hash) {
        (self.ends.audit, self.ends.hash)
    }

    /// Where the outbox ends with them.
    pub(super) const fn newest(&self) -> u64 {
        self.ends.outbox
    }
}

impl Ends {
    fn read(connection: Connection<'_>) -> Result<Self, Error> {
        let number = |sql| {
            let found: Option<u64> = connection.query_row(sql, params![], |row| row.get(0))?;
            Ok::<_, Error>(found.unwrap_or(0))
        };
        let last: Option<(u64, [u8; 32])> = connection
            .query_row(
                "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1",
                params![],
                |row| Ok::<_, Error>((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let (audit, hash) = last.unwrap_or((0, Hash::GENESIS.0));
        Ok(Self {
            audit,
            hash: Hash(hash),
            movement: number("SELECT max(sequence) FROM movement")?,
            outbox: number("SELECT max(position) FROM outbox")?,
        })
    }
}

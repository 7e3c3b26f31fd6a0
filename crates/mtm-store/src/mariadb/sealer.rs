//! Giving places: what was committed gets its feed position, its link in the audit chain and its
//! events, in the order in which it became visible, by the one server that holds the lease.
//!
//! What has no place yet stands in `seal_queue`, written by the transaction that did it. A pass
//! reads the queue's beginning, numbers it on from where chain and log end, and hands all of it
//! to `mtm_seal`, which writes it and empties the queue in one transaction if the lease is still
//! this server's. A transaction that commits late is late in the queue and numbered then: nothing
//! is skipped, whatever identity it has. A server that was paused and lost its lease meanwhile is
//! refused (the fence), and does not double anything.

use std::time::{Duration, Instant};

use mtm_core::audit::{self, Hash};
use mtm_core::event::EventType;
use serde_json::{Value, json};
use uuid::Uuid;

use super::engine::Shared;
use super::fault::is_conflict;
use super::follow;
use super::posting::{hex, hex_id};
use crate::entry::{self, MovementEntry};
use crate::sql::{Connection, Row, Wire, params};
use crate::write::Failure;

/// Rows of the queue sealed at once.
const BATCH: i64 = 500;
/// How long a lease lasts unless it is renewed.
const LEASE_SECONDS: i64 = 3;
/// When a lease is renewed.
const RENEW: Duration = Duration::from_secs(1);

/// The queue's beginning, each movement with the columns of its entry.
const WAITING: &str = concat!(
    "SELECT q.id, q.movement_id, q.audit_kind, q.entry, q.event_id, q.event_type, q.subject,
            q.data, q.user_id, q.at, q.traceparent, ",
    entry::columns!(),
    " FROM seal_queue AS q LEFT JOIN movement ON movement.id = q.movement_id
      ORDER BY q.id LIMIT ?1"
);

/// Where a pass ended.
pub(super) enum Sealed {
    /// Nothing waited.
    Nothing,
    /// Nothing waits any more that was there when the pass began.
    All,
    /// More waits.
    More,
    /// Another server holds the lease.
    Elsewhere,
}

/// This server as a candidate for the lease.
pub(super) struct Sealer {
    server: Uuid,
    held: Option<Held>,
    tried: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Held {
    fence: i64,
    renewed: Instant,
}

impl Sealer {
    pub(super) fn new(server: Uuid) -> Self {
        Self { server, held: None, tried: None }
    }

    /// Seals what waits, if the lease is or becomes this server's. A conflict with another node
    /// of a cluster says only that there is something to read again.
    pub(super) fn pass(&mut self, shared: &Shared, wire: &Wire) -> Result<Sealed, Failure> {
        match self.seal(shared, wire) {
            Err(Failure::Server(error)) if is_conflict(&error) => {
                tracing::debug!(%error, "others were faster than the sealer");
                Ok(Sealed::More)
            }
            sealed => sealed,
        }
    }

    fn seal(&mut self, shared: &Shared, wire: &Wire) -> Result<Sealed, Failure> {
        let connection = Connection::MariaDb(wire);
        let Some(fence) = self.lease(connection)? else { return Ok(Sealed::Elsewhere) };
        let batch = Batch::read(connection)?;
        if batch.queue.is_empty() {
            return Ok(Sealed::Nothing);
        }
        let full = i64::try_from(batch.queue.len()).unwrap_or(i64::MAX) >= BATCH;
        let payload = batch.payload(self.server, fence);
        let status: String = connection.query_row(
            "CALL mtm_seal(?1, ?2)",
            params![payload.to_string(), None::<&str>],
            |row| row.get(0).map_err(Failure::from),
        )?;
        match status.as_str() {
            "sealed" => {
                follow::publish(shared, batch.newest);
                Ok(if full { Sealed::More } else { Sealed::All })
            }
            // Read again: another server sealed while its lease was ending.
            "moved" => Ok(Sealed::More),
            _ => {
                self.held = None;
                Ok(Sealed::Elsewhere)
            }
        }
    }

    /// Lets others seal at once.
    pub(super) fn release(&mut self, wire: &Wire) -> Result<(), Failure> {
        if self.held.take().is_some() {
            Connection::MariaDb(wire).execute(
                "UPDATE lease SET expires_at = '2000-01-01 00:00:00'
                 WHERE name = 'sealer' AND owner = ?1",
                params![self.server.as_bytes()],
            )?;
        }
        Ok(())
    }

    /// The fence under which this server may seal, where it may.
    fn lease(&mut self, connection: Connection<'_>) -> Result<Option<i64>, Failure> {
        if let Some(held) = self.held
            && held.renewed.elapsed() < RENEW
        {
            return Ok(Some(held.fence));
        }
        if self.held.is_none() && self.tried.is_some_and(|tried| tried.elapsed() < RENEW / 4) {
            return Ok(None);
        }
        let asked = Instant::now();
        self.tried = Some(asked);
        let renewed = connection.execute(
            "UPDATE lease SET expires_at = now(6) + INTERVAL ?2 SECOND
             WHERE name = 'sealer' AND owner = ?1 AND expires_at > now(6)",
            params![self.server.as_bytes(), LEASE_SECONDS],
        )?;
        if renewed == 0 {
            connection.execute(
                "UPDATE lease SET owner = ?1, fence = fence + 1,
                        expires_at = now(6) + INTERVAL ?2 SECOND
                 WHERE name = 'sealer' AND expires_at <= now(6)",
                params![self.server.as_bytes(), LEASE_SECONDS],
            )?;
        }
        let fence: Vec<i64> = connection.prepare_cached(
            "SELECT fence FROM lease WHERE name = 'sealer' AND owner = ?1 AND expires_at > now(6)",
        )?
        .query_all(params![self.server.as_bytes()], |row| row.get(0).map_err(Failure::from))?;
        self.held = fence.first().map(|&fence| Held { fence, renewed: asked });
        Ok(self.held.map(|held| held.fence))
    }
}

/// What is sealed at once.
struct Batch {
    after: i64,
    newest: u64,
    movements: Vec<Value>,
    entries: Vec<Value>,
    events: Vec<Value>,
    queue: Vec<i64>,
}

/// Where chain, log and outbox end.
struct Ends {
    audit: u64,
    hash: Hash,
    movement: u64,
    outbox: u64,
}

impl Batch {
    fn read(connection: Connection<'_>) -> Result<Self, Failure> {
        let mut ends = Ends::read(connection)?;
        let mut batch = Self {
            after: ends.audit.cast_signed(),
            newest: 0,
            movements: Vec::new(),
            entries: Vec::new(),
            events: Vec::new(),
            queue: Vec::new(),
        };
        let mut statement = connection.prepare_cached(WAITING)?;
        let mut rows = statement.query(params![BATCH])?;
        while let Some(row) = rows.next()? {
            batch.queue.push(row.get(0)?);
            if !row.is_null(1)? {
                batch.movement(&row, &mut ends)?;
            } else if !row.is_null(2)? {
                let (kind, text): (String, String) = (row.get(2)?, row.get(3)?);
                let (user, at): (i64, i64) = (row.get(8)?, row.get(9)?);
                batch.entry(&mut ends, &kind, None, user, at, &text);
            } else {
                ends.outbox += 1;
                batch.events.push(json!({
                    "position": ends.outbox, "id": hex(&row.get::<[u8; 16]>(4)?),
                    "type": row.text(5)?, "subject": row.text(6)?, "at": row.get::<i64>(9)?,
                    "movement": null, "traceparent": row.optional_text(10)?,
                    "data": row.optional_text(7)?,
                }));
            }
        }
        batch.newest = ends.outbox;
        Ok(batch)
    }

    fn movement(&mut self, row: &Row<'_>, ends: &mut Ends) -> Result<(), Failure> {
        ends.movement += 1;
        let entry = MovementEntry::read(row, 11, ends.movement)?;
        let record = &entry.record;
        let (user, at) = (record.user.0, record.recorded_at.micros());
        self.movements.push(json!({ "id": hex_id(record.id.0), "sequence": ends.movement }));
        self.entry(ends, "movement", Some(ends.movement), user, at, &entry.text);
        ends.outbox += 1;
        self.events.push(json!({
            "position": ends.outbox, "id": hex_id(record.id.0),
            "type": EventType::MovementRecorded.as_str(), "subject": entry.lot,
            "at": at, "movement": ends.movement, "traceparent": row.optional_text(10)?,
            "data": null,
        }));
        Ok(())
    }

    fn entry(
        &mut self,
        ends: &mut Ends,
        kind: &str,
        movement: Option<u64>,
        user: i64,
        at: i64,
        text: &str,
    ) {
        ends.audit += 1;
        ends.hash = audit::chain(&ends.hash, text.as_bytes());
        self.entries.push(json!({
            "sequence": ends.audit, "kind": kind, "movement": movement, "user": user, "at": at,
            "entry": text, "hash": ends.hash.hex(),
        }));
    }

    fn payload(&self, server: Uuid, fence: i64) -> Value {
        json!({
            "owner": hex_id(server), "fence": fence, "after": self.after,
            "movements": self.movements, "entries": self.entries, "events": self.events,
            "queue": self.queue,
        })
    }
}

impl Ends {
    fn read(connection: Connection<'_>) -> Result<Self, Failure> {
        let number = |sql| -> Result<u64, Failure> {
            let found: Option<u64> =
                connection.query_row(sql, params![], |row| row.get(0).map_err(Failure::from))?;
            Ok(found.unwrap_or(0))
        };
        let last: Vec<(u64, [u8; 32])> = connection
            .prepare_cached("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")?
            .query_all(params![], |row| Ok::<_, Failure>((row.get(0)?, row.get(1)?)))?;
        let (audit, hash) = last.first().copied().unwrap_or((0, Hash::GENESIS.0));
        Ok(Self {
            audit,
            hash: Hash(hash),
            movement: number("SELECT max(sequence) FROM movement")?,
            outbox: number("SELECT max(position) FROM outbox")?,
        })
    }
}

//! Giving places: what was committed gets its feed position, its link in the audit chain and its
//! events, in the order in which it became visible, by the one server that holds the lease.
//!
//! What has no place yet stands in `seal_queue`, written by the transaction that did it. A pass
//! reads the queue's beginning, numbers it on from where chain and log end, and hands all of it
//! to `mtm_seal_v2`, which writes it and empties the queue in one transaction if the lease is still
//! this server's. A transaction that commits late is late in the queue and numbered then: nothing
//! is skipped, whatever identity it has. A server that was paused and lost its lease meanwhile is
//! refused (the fence), and does not double anything.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::engine::Shared;
use super::fault::is_conflict;
use super::follow;
use super::places::Places;
use super::posting::{hex, hex_id};
use super::rows::Rows;
use crate::sql::{Connection, Wire, params};
use crate::write::Failure;

/// Rows of the queue sealed at once.
const BATCH: i64 = 500;
/// How long a lease lasts unless it is renewed.
const LEASE_SECONDS: i64 = 3;
/// When a lease is renewed.
const RENEW: Duration = Duration::from_secs(1);

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
        let places = Places::read(connection, BATCH)?;
        if places.queue.is_empty() {
            return Ok(Sealed::Nothing);
        }
        let full = i64::try_from(places.queue.len()).unwrap_or(i64::MAX) >= BATCH;
        let newest = places.newest();
        let status = Batch::of(&places)?.write(connection, self.server, fence)?;
        match status.as_str() {
            "sealed" => {
                follow::publish(shared, newest);
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

/// What is sealed at once, as `mtm_seal_v2` takes it.
#[derive(Default)]
struct Batch {
    after: i64,
    /// A row for each of the queue.
    places: Rows,
    entries: Rows,
    events: Rows,
}

impl Batch {
    fn of(places: &Places) -> Result<Self, Failure> {
        let mut batch = Self { after: places.after.cast_signed(), ..Self::default() };
        for waiting in &places.queue {
            match waiting.movement {
                None => batch.places.add(&[&waiting.row])?,
                Some(placed) => {
                    batch.places.add(&[&waiting.row, &hex_id(placed.id), &placed.sequence])?;
                }
            }
        }
        for it in &places.entries {
            let hash = it.hash.hex();
            batch.entries.add(&[
                &it.sequence,
                &it.kind,
                &it.movement,
                &it.user,
                &it.at,
                &hash,
                &it.entry,
            ])?;
        }
        for it in &places.events {
            batch.events.add(&[
                &it.position,
                &hex(&it.id),
                &it.kind,
                &it.subject,
                &it.at,
                &it.movement,
                &it.traceparent,
                &it.data,
            ])?;
        }
        Ok(batch)
    }

    /// Writes it, if the lease is still this server's. What became of it.
    fn write(
        mut self,
        connection: Connection<'_>,
        server: Uuid,
        fence: i64,
    ) -> Result<String, Failure> {
        connection.query_row(
            "CALL mtm_seal_v2(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                server.as_bytes(),
                fence,
                self.after,
                self.places.take(),
                self.entries.take(),
                self.events.take(),
                None::<&str>,
            ],
            |row| row.get(0).map_err(Failure::from),
        )
    }
}

//! What a piece of work inside the writer's transaction can use.

use std::sync::Arc;

use mtm_core::audit;
use mtm_core::catalogue::Catalogue;
use mtm_core::event::EventType;
use mtm_core::view::Limits;
use mtm_core::word::{EventId, Timestamp, UserId};
use rusqlite::{Connection, params};
use serde_json::Value;
use uuid::Uuid;

use super::failure::Failure;
use super::state::State;
use crate::clock::Clock;

/// The writer's transaction, as a piece of work sees it. Everything done through it is committed
/// together before anybody is answered, or not at all.
pub(crate) struct WriteContext<'w> {
    pub(super) connection: &'w Connection,
    pub(super) state: &'w mut State,
    pub(super) clock: &'w dyn Clock,
    pub(super) limits: Limits,
}

impl WriteContext<'_> {
    /// The connection, inside the transaction. Never begin, commit or roll back on it.
    pub(crate) fn connection(&self) -> &Connection {
        self.connection
    }

    /// The way to the tables, inside the transaction. Never begin, commit or roll back on it.
    pub(crate) fn sql(&self) -> crate::sql::Connection<'_> {
        self.connection.into()
    }

    /// The moment at which the next thing is recorded: later than everything recorded before.
    /// Stays the same until something is recorded at it.
    pub(crate) fn now(&self) -> Timestamp {
        self.state.heads.next_moment(self.clock.now())
    }

    /// A `UUIDv7` never given before.
    pub(crate) fn fresh_uuid(&self) -> Uuid {
        self.clock.fresh_uuid()
    }

    /// Master data and holds as this transaction sees them.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.state.catalogue
    }

    /// The catalogue to change; the world sees the change when the transaction is committed.
    pub(crate) fn catalogue_mut(&mut self) -> &mut Catalogue {
        Arc::make_mut(&mut self.state.catalogue)
    }

    /// Appends an entry to the audit chain. `facts` hold no secrets, people as user ids, and
    /// free text only hashed.
    pub(crate) fn audit(
        &mut self,
        kind: &str,
        user: UserId,
        at: Timestamp,
        facts: &Value,
    ) -> Result<u64, Failure> {
        let entry = audit::entry(kind, user, at, facts);
        self.append_entry(kind, None, user, at, &entry)
    }

    /// Appends a canonical entry to the audit chain and returns its position.
    pub(super) fn append_entry(
        &mut self,
        kind: &str,
        movement: Option<u64>,
        user: UserId,
        at: Timestamp,
        entry: &str,
    ) -> Result<u64, Failure> {
        let heads = &mut self.state.heads;
        let hash = audit::chain(&heads.hash, entry.as_bytes());
        let position = heads.audit + 1;
        self.connection
            .prepare_cached(
                "INSERT INTO audit (sequence, kind, movement_sequence, user_id, at, entry, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                position.cast_signed(),
                kind,
                movement.map(u64::cast_signed),
                user.0,
                at.micros(),
                entry,
                hash.0,
            ])?;
        heads.audit = position;
        heads.hash = hash;
        heads.at = heads.at.max(at);
        Ok(position)
    }

    /// Tells the world: appends an event to the outbox and returns its position.
    pub(crate) fn emit(
        &mut self,
        kind: EventType,
        subject: &str,
        at: Timestamp,
        data: &Value,
        traceparent: Option<&str>,
    ) -> Result<u64, Failure> {
        let position = self.state.heads.outbox + 1;
        self.connection
            .prepare_cached(
                "INSERT INTO outbox (position, id, type, subject, at, traceparent, data)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                position.cast_signed(),
                EventId(self.clock.fresh_uuid()).0.as_bytes(),
                kind.as_str(),
                subject,
                at.micros(),
                traceparent,
                data.to_string(),
            ])?;
        self.state.heads.outbox = position;
        Ok(position)
    }

    /// Moves the lot counter to at least `lot`, above the numbers of an earlier system.
    pub(crate) fn raise_lot_counter(&mut self, lot: u64) -> Result<(), Failure> {
        self.state.heads.raise_lots(self.connection, lot)?;
        self.state.store_lot_counter(self.connection)
    }
}

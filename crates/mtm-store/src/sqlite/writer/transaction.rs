//! The writer's transaction and how the books are kept inside it.

use std::sync::Arc;

use mtm_core::audit;
use mtm_core::catalogue::Catalogue;
use mtm_core::command::Command;
use mtm_core::event::EventType;
use mtm_core::outcome::Outcome;
use mtm_core::view::Limits;
use mtm_core::word::{EventId, Timestamp, UserId};
use rusqlite::{Connection, params};
use serde_json::Value;

use super::state::State;
use crate::clock::Clock;
use crate::write::{Books, Failure};

/// The writer's transaction. Everything done through it is committed together before anybody is
/// answered, or not at all.
pub(super) struct Transaction<'w> {
    pub(super) connection: &'w Connection,
    pub(super) state: &'w mut State,
    pub(super) clock: &'w dyn Clock,
    pub(super) limits: Limits,
}

impl Transaction<'_> {
    /// The moment at which the next thing is recorded: later than everything recorded before.
    /// Stays the same until something is recorded at it.
    pub(super) fn now(&self) -> Timestamp {
        self.state.heads.next_moment(self.clock.now())
    }

    /// Appends a canonical entry to the audit chain, beside its movement where it has one.
    pub(super) fn append_entry(
        &mut self,
        kind: &str,
        movement: Option<u64>,
        user: UserId,
        at: Timestamp,
        entry: &str,
    ) -> Result<(), Failure> {
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
        Ok(())
    }
}

impl Books for Transaction<'_> {
    fn sql(&self) -> crate::sql::Connection<'_> {
        self.connection.into()
    }

    fn clock(&self) -> &dyn Clock {
        self.clock
    }

    fn now(&self) -> Timestamp {
        Transaction::now(self)
    }

    fn recorded(&mut self, at: Timestamp) {
        let heads = &mut self.state.heads;
        heads.at = heads.at.max(at);
    }

    fn catalogue(&self) -> &Catalogue {
        &self.state.catalogue
    }

    fn catalogue_mut(&mut self) -> &mut Catalogue {
        Arc::make_mut(&mut self.state.catalogue)
    }

    fn append_entry(
        &mut self,
        kind: &str,
        user: UserId,
        at: Timestamp,
        entry: &str,
    ) -> Result<(), Failure> {
        Transaction::append_entry(self, kind, None, user, at, entry)
    }

    fn append_event(
        &mut self,
        kind: EventType,
        subject: &str,
        at: Timestamp,
        data: &Value,
        traceparent: Option<&str>,
    ) -> Result<(), Failure> {
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
        Ok(())
    }

    fn execute(
        &mut self,
        command: &Command,
        traceparent: Option<&str>,
    ) -> Result<Outcome, Failure> {
        Transaction::execute(self, command, traceparent)
    }

    fn raise_lot_counter(&mut self, lot: u64) -> Result<(), Failure> {
        self.state.heads.raise_lots(self.connection, lot)?;
        self.state.store_lot_counter(self.connection)
    }
}

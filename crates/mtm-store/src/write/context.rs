//! What a piece of work inside a write transaction can use.

use mtm_core::audit;
use mtm_core::catalogue::Catalogue;
use mtm_core::command::{Command, LotAttributes};
use mtm_core::event::EventType;
use mtm_core::outcome::Outcome;
use mtm_core::word::{Timestamp, UserId};
use serde_json::Value;
use uuid::Uuid;

use super::failure::Failure;
use crate::clock::Clock;
use crate::sql::Connection;

/// How an engine keeps the books inside one of its transactions.
pub(crate) trait Books {
    /// The way to the tables. Never begin, commit or roll back on it.
    fn sql(&self) -> Connection<'_>;

    /// Where moments and identities come from.
    fn clock(&self) -> &dyn Clock;

    /// The moment at which the next thing is recorded. Stays the same until something is.
    fn now(&self) -> Timestamp;

    /// Something was recorded at `at`.
    fn recorded(&mut self, at: Timestamp);

    /// Master data and holds as this transaction sees them.
    fn catalogue(&self) -> &Catalogue;

    /// The catalogue to change; the world sees the change when the transaction is committed.
    fn catalogue_mut(&mut self) -> &mut Catalogue;

    /// Appends a canonical entry to the audit chain.
    fn append_entry(
        &mut self,
        kind: &str,
        user: UserId,
        at: Timestamp,
        entry: &str,
    ) -> Result<(), Failure>;

    /// Appends an event to the outbox. `by` is whoever did what it tells.
    fn append_event(
        &mut self,
        kind: EventType,
        subject: &str,
        at: Timestamp,
        data: &Value,
        traceparent: Option<&str>,
    ) -> Result<(), Failure>;

    /// `commands` come next, and an engine far away may read at once what they need.
    fn expect(&mut self, _commands: &[Command]) -> Result<(), Failure> {
        Ok(())
    }

    /// What is recorded next is later than every fact that was told late, on whichever server, and
    /// what is told late from now on waits for the end of this transaction.
    fn after_late_facts(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Decides on one command and writes what it does. A refusal comes before anything is
    /// written.
    fn execute(&mut self, command: &Command, traceparent: Option<&str>)
    -> Result<Outcome, Failure>;

    /// Moves the lot counter to at least `lot`, above the numbers of an earlier system.
    fn raise_lot_counter(&mut self, lot: u64) -> Result<(), Failure>;
}

/// A transaction, as a piece of work sees it. Everything done through it is committed together
/// before anybody is answered, or not at all.
pub(crate) struct WriteContext<'w> {
    books: &'w mut (dyn Books + 'w),
}

impl<'w> WriteContext<'w> {
    /// Work on `books`.
    pub(crate) fn new(books: &'w mut (dyn Books + 'w)) -> Self {
        Self { books }
    }

    /// The way to the tables, inside the transaction. Never begin, commit or roll back on it.
    pub(crate) fn sql(&self) -> Connection<'_> {
        self.books.sql()
    }

    /// The moment at which the next thing is recorded: later than everything recorded before.
    /// Stays the same until something is recorded at it.
    pub(crate) fn now(&self) -> Timestamp {
        self.books.now()
    }

    /// Something was recorded at `at`.
    pub(super) fn recorded(&mut self, at: Timestamp) {
        self.books.recorded(at);
    }

    /// A `UUIDv7` never given before.
    pub(crate) fn fresh_uuid(&self) -> Uuid {
        self.books.clock().fresh_uuid()
    }

    /// Master data and holds as this transaction sees them.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        self.books.catalogue()
    }

    /// The catalogue to change; the world sees the change when the transaction is committed.
    pub(crate) fn catalogue_mut(&mut self) -> &mut Catalogue {
        self.books.catalogue_mut()
    }

    /// Appends an entry to the audit chain. `facts` hold no secrets, people as user ids, and
    /// free text only hashed.
    pub(crate) fn audit(
        &mut self,
        kind: &str,
        user: UserId,
        at: Timestamp,
        facts: &Value,
    ) -> Result<(), Failure> {
        let entry = audit::entry(kind, user, at, facts);
        self.books.append_entry(kind, user, at, &entry)
    }

    /// Tells the world: appends an event to the outbox.
    pub(crate) fn emit(
        &mut self,
        kind: EventType,
        subject: &str,
        at: Timestamp,
        data: &Value,
        traceparent: Option<&str>,
    ) -> Result<(), Failure> {
        self.books.append_event(kind, subject, at, data, traceparent)
    }

    /// Tells which commands come next, so that what they need is read in few questions.
    pub(crate) fn expect(&mut self, commands: &[Command]) -> Result<(), Failure> {
        self.books.expect(commands)
    }

    /// What is recorded next is later than every fact that was told late, on whichever server, and
    /// what is told late from now on waits for the end of this transaction.
    pub(crate) fn after_late_facts(&mut self) -> Result<(), Failure> {
        self.books.after_late_facts()
    }

    /// Decides on one command and writes what it does. A refusal comes before anything is
    /// written.
    pub(crate) fn execute(
        &mut self,
        command: &Command,
        traceparent: Option<&str>,
    ) -> Result<Outcome, Failure> {
        self.books.execute(command, traceparent)
    }

    /// Moves the lot counter to at least `lot`, above the numbers of an earlier system.
    pub(crate) fn raise_lot_counter(&mut self, lot: u64) -> Result<(), Failure> {
        self.books.raise_lot_counter(lot)
    }
}

/// The rows of the item type and the colour that the attributes name.
pub(crate) fn attribute_rows(
    catalogue: &Catalogue,
    attributes: &LotAttributes,
) -> (Option<i64>, Option<i64>) {
    let item_type = attributes.item_type.as_ref().and_then(|code| catalogue.item_type(code));
    let color = attributes.color_code.as_ref().and_then(|code| catalogue.color(code));
    (item_type.map(|record| record.row), color.map(|record| record.row))
}

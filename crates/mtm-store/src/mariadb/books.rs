//! How the books are kept inside a transaction on the server.

use std::cell::OnceCell;
use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{Action, Command};
use mtm_core::decide;
use mtm_core::event::EventType;
use mtm_core::outcome::Outcome;
use mtm_core::posting::Postings;
use mtm_core::view::{Needs, View, needs};
use mtm_core::word::{LotNumber, Timestamp, UserId};
use serde_json::Value;

use super::alike::alike;
use super::connect::Held;
use super::engine::Shared;
use super::late;
use super::posting::{Around, PostingSet};
use crate::clock::Clock;
use crate::sql::{Connection, Wire, params};
use crate::write::{Books, Facts, Failure, Known, reservation};

/// A transaction on the server, or, for a single command, the reading before its call.
pub(super) struct Draft<'d> {
    pub(super) shared: &'d Shared,
    pub(super) wire: &'d Wire,
    pub(super) apart: Apart<'d>,
    pub(super) catalogue: Arc<Catalogue>,
    /// Whether `catalogue` was changed.
    pub(super) changed: bool,
    /// What was decided and is not written yet, and how it leaves lots, stock and past.
    pub(super) set: PostingSet,
    /// Whether the transaction has the turn of late facts.
    pub(super) in_turn: bool,
    known: Known,
}

/// From how many rows on what was decided is written before anything else is decided: a call
/// stays small, and many commands still share its price.
const MOST_PENDING: usize = 500;

/// A connection outside of any transaction, for leasing lot numbers.
pub(super) enum Apart<'d> {
    /// The draft's own: it is in no transaction.
    Same(&'d Wire),
    /// Another one, taken when it is first needed.
    Other(&'d Shared, OnceCell<(Wire, Held)>),
}

impl<'d> Apart<'d> {
    /// For a draft whose own connection is inside a transaction.
    pub(super) fn in_transaction(shared: &'d Shared) -> Self {
        Self::Other(shared, OnceCell::new())
    }

    fn wire(&self) -> Result<&Wire, Failure> {
        match self {
            Self::Same(wire) => Ok(wire),
            Self::Other(shared, cell) => {
                if let Some((wire, _)) = cell.get() {
                    return Ok(wire);
                }
                let (connection, held) = shared.runtime.block_on(shared.writers.acquire())?.apart();
                let wire = Wire::new(connection, shared.runtime.clone());
                Ok(&cell.get_or_init(|| (wire, held)).0)
            }
        }
    }
}

/// What a command does by itself, and what has to be written before it: reversals ask the log,
/// holds concern what was decided before.
pub(super) fn stands_alone(action: &Action) -> bool {
    matches!(action, Action::Reverse(_) | Action::PlaceHold(_) | Action::ReleaseHold(_))
        || reservation::writes(action)
}

impl<'d> Draft<'d> {
    /// Nothing is decided yet.
    pub(super) fn new(shared: &'d Shared, wire: &'d Wire, apart: Apart<'d>) -> Self {
        let catalogue = shared.catalogue.load_full();
        Self {
            shared,
            wire,
            apart,
            catalogue,
            changed: false,
            set: PostingSet::default(),
            in_turn: false,
            known: Known::default(),
        }
    }

    /// Reads what deciding on `commands` needs and is not known, in few questions.
    pub(super) fn expect(&mut self, commands: &[&Command]) -> Result<(), Failure> {
        let catalogue = Arc::clone(&self.catalogue);
        let connection = Connection::MariaDb(self.wire);
        self.known.load(connection, &catalogue, commands.iter().copied())?;
        let parts = self.known.past.unknown_parts(&catalogue, commands);
        for (part, receipts) in self.shared.receipts.of(connection, &parts)? {
            self.known.past.add_receipts(part, receipts);
        }
        let looks = self.known.past.unknown_looks(commands);
        for (look, recent) in alike(connection, &looks, self.now())? {
            self.known.past.add_recent(look, recent);
        }
        Ok(())
    }

    /// What deciding on `command` needs to know of lots and stock, and of the log for undoing.
    fn facts(&mut self, command: &Command, needs: &Needs<'_>) -> Result<Facts, Failure> {
        if needs.reversal.is_some() {
            return Facts::read(Connection::MariaDb(self.wire), &self.catalogue, needs);
        }
        self.expect(&[command])?;
        Ok(self.known.facts(&self.catalogue, needs))
    }

    /// Reads what deciding on `command` needs, decides, and adds what is to be written.
    pub(super) fn decide(
        &mut self,
        command: &Command,
        traceparent: Option<&str>,
    ) -> Result<(Postings, Outcome), Failure> {
        let now = self.now();
        let catalogue = Arc::clone(&self.catalogue);
        let catalogue = &*catalogue;
        let needs = needs(&command.action);
        let Facts { stock, lots, reversals, reservations, versions } =
            self.facts(command, &needs)?;
        let view = View {
            now,
            catalogue,
            limits: **self.shared.limits.load(),
            stock,
            lots,
            reservations,
            fresh_lots: self.fresh_lots(needs.fresh_lots)?,
            receipts: self.known.past.receipts(catalogue, &needs),
            recent: self.known.past.recent(command),
            reversals,
        };
        let postings = decide(&view, command)?;
        let kind = Outcome::kind_of(&command.action);
        let outcome = Outcome::new(command.id, kind, &postings, None, now);
        let written: Vec<(LotNumber, i64)> = (view.lots.iter().zip(&versions))
            .filter_map(|(fact, version)| Some((fact.lot.clone(), (*version)?)))
            .collect();
        let clock = &*self.shared.clock;
        let around = Around { command, traceparent, at: now, catalogue, clock };
        self.set.add(around, &postings, &written)?;
        drop(view);
        self.known.decided(&postings);
        self.known.past.decided(command, &postings, now);
        self.shared.recorded(now);
        Ok((postings, outcome))
    }

    /// Writes what was decided and is not written yet, inside the transaction.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        if self.set.len() == 0 {
            return Ok(());
        }
        let [lots, new_lots, movements, lot_changes, holds, releases, queue] = self.set.take()?;
        let status: String = self.sql().query_row(
            "CALL mtm_apply_v3(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![lots, new_lots, movements, lot_changes, holds, releases, queue, None::<&str>],
            |row| row.get(0).map_err(Failure::from),
        )?;
        if status != "done" {
            return Err(Failure::Stale);
        }
        self.known.written();
        Ok(())
    }
}

impl Draft<'_> {
    /// What belongs at the end of the transaction.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        self.flush()?;
        if self.in_turn {
            late::keep(self.sql(), self.now())?;
        }
        Ok(())
    }

    /// Administrative work books late facts too. No closing is under way beside it.
    fn take_turn(&mut self, commands: &[Command]) -> Result<(), Failure> {
        let late = || commands.iter().any(|command| late::is_late(self.shared, command));
        if !self.in_turn && late() {
            late::turn(self.sql())?;
            self.in_turn = true;
        }
        Ok(())
    }

    fn fresh_lots(&self, count: u16) -> Result<Vec<LotNumber>, Failure> {
        if count == 0 {
            return Ok(Vec::new());
        }
        self.shared.lots.fresh(Connection::MariaDb(self.apart.wire()?), count)
    }
}

impl Books for Draft<'_> {
    fn sql(&self) -> Connection<'_> {
        Connection::MariaDb(self.wire)
    }

    fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    fn now(&self) -> Timestamp {
        self.shared.moment()
    }

    fn recorded(&mut self, at: Timestamp) {
        self.shared.recorded(at);
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn catalogue_mut(&mut self) -> &mut Catalogue {
        self.changed = true;
        Arc::make_mut(&mut self.catalogue)
    }

    fn append_entry(
        &mut self,
        kind: &str,
        user: UserId,
        at: Timestamp,
        entry: &str,
    ) -> Result<(), Failure> {
        // In the order in which things were done.
        self.flush()?;
        self.sql()
            .execute("CALL mtm_note(?1, ?2, ?3, ?4)", params![kind, entry, user.0, at.micros()])?;
        self.recorded(at);
        Ok(())
    }

    fn append_event(
        &mut self,
        kind: EventType,
        subject: &str,
        at: Timestamp,
        data: &Value,
        traceparent: Option<&str>,
    ) -> Result<(), Failure> {
        self.flush()?;
        self.sql().execute(
            "CALL mtm_event(?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                self.shared.clock.fresh_uuid().as_bytes(),
                kind.as_str(),
                subject,
                data.to_string(),
                at.micros(),
                traceparent,
            ],
        )?;
        Ok(())
    }

    fn expect(&mut self, commands: &[Command]) -> Result<(), Failure> {
        self.take_turn(commands)?;
        Draft::expect(self, &commands.iter().collect::<Vec<_>>())
    }

    fn after_late_facts(&mut self) -> Result<(), Failure> {
        late::turn(self.sql())?;
        self.recorded(late::kept(self.sql())?);
        Ok(())
    }

    fn execute(
        &mut self,
        command: &Command,
        traceparent: Option<&str>,
    ) -> Result<Outcome, Failure> {
        self.take_turn(std::slice::from_ref(command))?;
        let alone = stands_alone(&command.action);
        if alone || self.set.len() >= MOST_PENDING {
            self.flush()?;
        }
        let (postings, outcome) = self.decide(command, traceparent)?;
        if alone {
            self.flush()?;
            self.known.clear();
            reservation::write(self.sql(), command, &postings, outcome.recorded_at)?;
        }
        if let Some(hold) = &postings.new_hold {
            let active = mtm_core::catalogue::ActiveHold {
                id: mtm_core::word::HoldId::placed_by(command.id),
                target: hold.target.clone(),
                reason: hold.reason.clone(),
            };
            Arc::make_mut(&mut self.catalogue).holds.put(active);
        }
        if let Some(hold) = &postings.released {
            Arc::make_mut(&mut self.catalogue).holds.release(hold.id);
        }
        Ok(outcome)
    }

    fn raise_lot_counter(&mut self, lot: u64) -> Result<(), Failure> {
        self.sql().execute("CALL mtm_skip_lots(?1)", params![lot.cast_signed()])?;
        self.shared.lots.forget();
        Ok(())
    }
}

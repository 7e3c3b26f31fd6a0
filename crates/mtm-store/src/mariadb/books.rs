//! How the books are kept inside a transaction on the server.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Command;
use mtm_core::decide;
use mtm_core::event::EventType;
use mtm_core::outcome::Outcome;
use mtm_core::posting::Postings;
use mtm_core::view::{View, needs};
use mtm_core::word::{LotNumber, Timestamp, UserId};
use serde_json::Value;

use super::engine::Shared;
use super::{past, posting};
use crate::clock::Clock;
use crate::sql::{Connection, Wire, params};
use crate::write::{Books, Facts, Failure};

/// A transaction on the server, or, for a single command, the reading before its call.
pub(super) struct Draft<'d> {
    pub(super) shared: &'d Shared,
    pub(super) wire: &'d Wire,
    pub(super) apart: Apart<'d>,
    pub(super) catalogue: Arc<Catalogue>,
    /// Whether `catalogue` was changed.
    pub(super) changed: bool,
}

/// A connection outside of any transaction, for leasing lot numbers.
pub(super) enum Apart<'d> {
    /// The draft's own: it is in no transaction.
    Same(&'d Wire),
    /// Another one, taken when it is first needed.
    Other(&'d Shared, OnceCell<Wire>),
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
                if let Some(wire) = cell.get() {
                    return Ok(wire);
                }
                let connection = shared.runtime.block_on(shared.writers.acquire())?;
                Ok(cell.get_or_init(|| Wire::new(connection, shared.runtime.clone())))
            }
        }
    }
}

/// A decided command.
pub(super) struct Decided {
    pub(super) postings: Postings,
    pub(super) outcome: Outcome,
    pub(super) posting: Value,
}

impl Draft<'_> {
    /// Reads what deciding on `command` needs, decides, and says what is to be written.
    pub(super) fn decide(
        &self,
        command: &Command,
        traceparent: Option<&str>,
    ) -> Result<Decided, Failure> {
        let now = self.now();
        let catalogue = &*self.catalogue;
        let connection = Connection::MariaDb(self.wire);
        let needs = needs(&command.action);
        // A lot's version is read before its stock: what changes in between makes it stale.
        let Facts { stock, lots, reversals, versions, .. } =
            Facts::read(connection, catalogue, &needs)?;
        let versions: BTreeMap<LotNumber, i64> =
            lots.iter().map(|fact| fact.lot.clone()).zip(versions).collect();
        let view = View {
            now,
            catalogue,
            limits: **self.shared.limits.load(),
            stock,
            lots,
            fresh_lots: self.fresh_lots(needs.fresh_lots)?,
            receipts: past::receipts(connection, catalogue, &needs)?,
            recent: past::recent(connection, &needs, command, now)?,
            reversals,
        };
        let postings = decide(&view, command)?;
        let kind = Outcome::kind_of(&command.action);
        let outcome = Outcome::new(command.id, kind, &postings, None, now);
        let clock = &*self.shared.clock;
        let posting =
            posting::posting(command, traceparent, &postings, now, &versions, catalogue, clock);
        Ok(Decided { postings, outcome, posting })
    }
}

impl Draft<'_> {
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

    fn execute(
        &mut self,
        command: &Command,
        traceparent: Option<&str>,
    ) -> Result<Outcome, Failure> {
        let Decided { postings, outcome, posting } = self.decide(command, traceparent)?;
        let sql = self.sql();
        let status: String = sql.query_row(
            "CALL mtm_apply(?1, ?2)",
            params![posting.to_string(), None::<&str>],
            |row| row.get(0).map_err(Failure::from),
        )?;
        if status != "done" {
            return Err(Failure::Stale);
        }
        self.recorded(outcome.recorded_at);
        if let Some(hold) = &postings.new_hold {
            let active = mtm_core::catalogue::ActiveHold {
                id: mtm_core::word::HoldId::placed_by(command.id),
                target: hold.target.clone(),
                reason: hold.reason.clone(),
            };
            Arc::make_mut(&mut self.catalogue).holds.push(active);
        }
        if let Some(hold) = &postings.released {
            Arc::make_mut(&mut self.catalogue).holds.retain(|active| active.id != hold.id);
        }
        Ok(outcome)
    }

    fn raise_lot_counter(&mut self, lot: u64) -> Result<(), Failure> {
        self.sql().execute(
            "UPDATE site SET lot_counter = ?1 WHERE id = 1 AND lot_counter < ?1",
            params![lot.cast_signed()],
        )?;
        self.shared.lots.forget();
        Ok(())
    }
}

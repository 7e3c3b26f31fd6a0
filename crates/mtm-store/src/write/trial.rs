//! Trying commands out: what would become of them, one after the other, without writing anything.
//!
//! A file of a hundred thousand rows is judged on a snapshot, beside the bookings of others. What
//! the rows do to stock is kept in memory, so that they see each other as they would in the
//! ledger; the verdicts come from [`decide`], like every other. Everything that the commands name
//! is loaded before, in few questions.
//!
//! Undoing reads the log, which nothing is appended to here: it is tried out by itself (`undo`).

mod undo;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Command;
use mtm_core::decide;
use mtm_core::posting::Postings;
use mtm_core::rejection::Rejection;
use mtm_core::view::{Limits, View, needs};
use mtm_core::word::{LotNumber, Timestamp};

use super::facts::Facts;
use super::failure::Failure;
use super::known::Known;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::mariadb;
use crate::sql::Connection;
use crate::sqlite::writer::last_receipts;

/// Lots received in a trial are numbered from here: above what a plant ever gave out, so that no
/// row of a file can mean one.
const TRIED_LOTS: u64 = 9_900_000_000;

impl Ledger {
    /// Says of each command whether it would be booked, if those before it were: why not, where
    /// it would not. Nothing is written, and nobody waits for it. Not for undoing.
    pub async fn try_out(&self, commands: Vec<Command>) -> Result<Vec<Option<Rejection>>, Fault> {
        let (catalogue, limits, now) = (self.catalogue(), self.limits(), self.clock().now());
        self.query_along(move |connection| {
            let mut trial = Trial::of(connection, &catalogue, limits, now, &commands)?;
            commands.iter().map(|command| trial.judge(command).map_err(Fault::from)).collect()
        })
        .await
    }
}

/// The ledger as it would be.
struct Trial<'c> {
    catalogue: &'c Catalogue,
    limits: Limits,
    now: Timestamp,
    known: Known,
    last_lot: u64,
}

impl<'c> Trial<'c> {
    fn of(
        connection: Connection<'c>,
        catalogue: &'c Catalogue,
        limits: Limits,
        now: Timestamp,
        commands: &[Command],
    ) -> Result<Self, Failure> {
        let mut known = Known::default();
        known.load(connection, catalogue, commands)?;
        let all: Vec<&Command> = commands.iter().collect();
        for part in known.past.unknown_parts(catalogue, &all) {
            let receipts = match connection {
                Connection::Sqlite(connection) => last_receipts(connection, part)?.into(),
                server @ Connection::MariaDb(_) => mariadb::last_receipts(server, part)?,
            };
            known.past.add_receipts(part, receipts);
        }
        Ok(Self { catalogue, limits, now, known, last_lot: TRIED_LOTS })
    }

    fn judge(&mut self, command: &Command) -> Result<Option<Rejection>, Failure> {
        let needs = needs(&command.action);
        if needs.reversal.is_some() {
            return Err(Failure::Broken("undoing cannot be tried out".to_owned()));
        }
        let Facts { stock, lots, reservations, .. } = self.known.facts(self.catalogue, &needs);
        let view = View {
            now: self.now,
            catalogue: self.catalogue,
            limits: self.limits,
            stock,
            lots,
            reservations,
            fresh_lots: self.fresh_lots(needs.fresh_lots),
            receipts: self.known.past.receipts(self.catalogue, &needs),
            recent: Vec::new(),
            reversals: Vec::new(),
        };
        match decide(&view, command) {
            Ok(postings) => {
                drop(view);
                self.take_over(command, &postings);
                Ok(None)
            }
            Err(rejection) => Ok(Some(rejection)),
        }
    }

    fn fresh_lots(&self, count: u16) -> Vec<LotNumber> {
        (1..=u64::from(count)).map(|n| LotNumber::allocated(self.last_lot + n)).collect()
    }

    /// What was accepted is there for those that follow.
    fn take_over(&mut self, command: &Command, postings: &Postings) {
        for lot in &postings.new_lots {
            self.last_lot += u64::from(lot.lot.counter() == Some(self.last_lot + 1));
        }
        self.known.decided(postings);
        self.known.past.decided(command, postings, self.now);
        self.now = self.now.plus_micros(1);
    }
}

//! Trying commands out: what would become of them, one after the other, without writing anything.
//!
//! A file of a hundred thousand rows is judged on a snapshot, beside the bookings of others. What
//! the rows do to stock is kept in memory, so that they see each other as they would in the
//! ledger; the verdicts come from [`decide`], like every other. Everything that the commands name
//! is loaded before, in few questions.
//!
//! Deliberately absent: undoing. Its commands read the log, which nothing is appended to here.

mod known;

use std::collections::VecDeque;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Command;
use mtm_core::decide;
use mtm_core::movement::MovementType;
use mtm_core::plausibility::HISTORY;
use mtm_core::posting::Postings;
use mtm_core::rejection::Rejection;
use mtm_core::view::{Limits, Needs, View, needs};
use mtm_core::word::{LotNumber, Quantity, Timestamp};

use self::known::Known;
use super::failure::Failure;
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
    connection: Connection<'c>,
    catalogue: &'c Catalogue,
    limits: Limits,
    now: Timestamp,
    known: Known<'c>,
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
        let mut known = Known::new(connection, catalogue);
        known.load(commands)?;
        Ok(Self { connection, catalogue, limits, now, known, last_lot: TRIED_LOTS })
    }

    fn judge(&mut self, command: &Command) -> Result<Option<Rejection>, Failure> {
        let needs = needs(&command.action);
        if needs.reversal.is_some() {
            return Err(Failure::Broken("undoing cannot be tried out".to_owned()));
        }
        let (stock, lots) = self.known.facts(&needs);
        let view = View {
            now: self.now,
            catalogue: self.catalogue,
            limits: self.limits,
            stock,
            lots,
            fresh_lots: self.fresh_lots(needs.fresh_lots),
            receipts: self.receipts(&needs)?,
            recent: Vec::new(),
            reversals: Vec::new(),
        };
        match decide(&view, command) {
            Ok(postings) => {
                drop(view);
                self.take_over(&postings);
                Ok(None)
            }
            Err(rejection) => Ok(Some(rejection)),
        }
    }

    fn fresh_lots(&self, count: u16) -> Vec<LotNumber> {
        (1..=u64::from(count)).map(|n| LotNumber::allocated(self.last_lot + n)).collect()
    }

    fn receipts(&mut self, needs: &Needs<'_>) -> Result<Vec<Quantity>, Failure> {
        let Some(part) = needs.receipts_of.and_then(|code| self.catalogue.part(code)) else {
            return Ok(Vec::new());
        };
        if let Some(receipts) = self.known.receipts.get(&part.row) {
            return Ok(receipts.iter().copied().collect());
        }
        let found: VecDeque<Quantity> = match self.connection {
            Connection::Sqlite(connection) => last_receipts(connection, part.row)?,
            server @ Connection::MariaDb(_) => mariadb::last_receipts(server, part.row)?.into(),
        };
        let receipts = found.iter().copied().collect();
        self.known.receipts.insert(part.row, found);
        Ok(receipts)
    }

    /// What was accepted is there for those that follow.
    fn take_over(&mut self, postings: &Postings) {
        self.now = self.now.plus_micros(1);
        for lot in &postings.new_lots {
            self.last_lot += u64::from(lot.lot.counter() == Some(self.last_lot + 1));
            self.known.add(lot);
        }
        for balance in &postings.balances {
            self.known.settle(&balance.bucket, balance.after);
        }
        for receipt in postings.movements.iter().filter(|it| it.kind == MovementType::In) {
            if let Some(receipts) = self.known.receipts.get_mut(&receipt.part.id) {
                receipts.truncate(HISTORY - 1);
                receipts.push_front(receipt.quantity);
            }
        }
    }
}

//! A small plant with a home of its own.

use std::num::NonZeroU16;
use std::path::Path;
use std::sync::Arc;

use mtm_core::command::{
    Action, Actor, Command, Confirmations, Context, LotAttributes, Move, Pick, Receive, Reverse,
    ReverseTarget, Take,
};
use mtm_core::outcome::Outcome;
use mtm_core::policy::Role;
use mtm_core::word::{
    CommandId, LocationCode, LotNumber, MovementId, Note, OperationCode, PartCode, Quantity,
    UserId, UserName,
};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{
    Answer, Clock, IdempotencyKey, Ledger, ManualClock, Mode, OpenOptions, PostError, Submission,
};

use crate::engine::Engine;
use crate::home::{self, Home};

/// The plant, with parts `P-1`, `P-2`, operations `10`, `20`, locations `A-1`, `A-2`.
pub(crate) struct Plant {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) home: Home,
}

/// The user that books in tests: the system's own, as a lead.
pub(crate) fn actor() -> Actor {
    Actor { id: UserId(1), name: UserName::parse("system").unwrap(), role: Role::Lead }
}

pub(crate) fn part(code: &str) -> PartCode {
    PartCode::parse(code).unwrap()
}

pub(crate) fn operation(code: &str) -> OperationCode {
    OperationCode::parse(code).unwrap()
}

pub(crate) fn location(code: &str) -> LocationCode {
    LocationCode::parse(code).unwrap()
}

pub(crate) fn pieces(n: i64) -> Quantity {
    Quantity::pieces(n).unwrap()
}

pub(crate) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey { key: text.to_owned(), fingerprint: [7; 32], user: UserId(1) }
}

pub(crate) fn receive(part_code: &str, quantity: i64) -> Receive {
    Receive {
        part: part(part_code),
        operation: operation("10"),
        location: location("A-1"),
        quantity: pieces(quantity),
        containers: NonZeroU16::MIN,
        lot: None,
        attributes: LotAttributes::default(),
        reason: None,
    }
}

pub(crate) fn of_lot(lot: &LotNumber) -> Pick {
    Pick { lot: Some(lot.clone()), ..Pick::default() }
}

pub(crate) fn take(lot: &LotNumber, quantity: i64) -> Action {
    Action::Take(Take {
        pick: of_lot(lot),
        quantity: Some(pieces(quantity)),
        reason: None,
        notes: None,
        reservation: None,
    })
}

pub(crate) fn to_location(lot: &LotNumber, quantity: Option<i64>, to: &str) -> Action {
    Action::Move(Move {
        pick: of_lot(lot),
        quantity: quantity.map(pieces),
        to_operation: None,
        to_location: Some(location(to)),
        notes: Some(Note::parse("to be looked at").unwrap()),
    })
}

pub(crate) fn undo(movement: MovementId) -> Action {
    Action::Reverse(Reverse {
        target: ReverseTarget::Movement(movement),
        reason: Note::parse("a slip").unwrap(),
    })
}

impl Plant {
    /// A plant on the embedded engine, whose file tests look into.
    pub(crate) async fn new() -> Self {
        Self::on(Engine::Sqlite).await
    }

    pub(crate) async fn on(engine: Engine) -> Self {
        Self::in_home(Home::new(engine)).await
    }

    /// A plant whose file is at `path`.
    pub(crate) async fn at(path: &Path) -> Self {
        Self::in_home(Home::at(path)).await
    }

    async fn in_home(home: Home) -> Self {
        let clock = Arc::new(ManualClock::new(home::opening(), 7));
        let options = OpenOptions { create: true, clock: clock.clone(), ..OpenOptions::default() };
        let ledger = home.open(options).await;
        let masters = [
            (MasterNoun::Part, "P-1"),
            (MasterNoun::Part, "P-2"),
            (MasterNoun::Operation, "10"),
            (MasterNoun::Operation, "20"),
            (MasterNoun::Location, "A-1"),
            (MasterNoun::Location, "A-2"),
        ];
        let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
        ledger.create_masters(masters, actor()).await.unwrap();
        Self { ledger, clock, home }
    }

    /// Closes the ledger and opens it again.
    pub(crate) async fn restart(&mut self) {
        self.ledger.close().await;
        self.ledger = self.open_another().await;
    }

    /// Opens the ledger a second time.
    pub(crate) async fn open_another(&self) -> Ledger {
        let options = OpenOptions { clock: self.clock.clone(), ..OpenOptions::default() };
        self.home.open(options).await
    }

    pub(crate) fn command(&self, action: Action) -> Command {
        Command {
            id: CommandId::from_fresh(self.clock.fresh_uuid()),
            context: Context {
                actor: actor(),
                station: None,
                app_version: None,
                occurred_at: None,
                shift: None,
                import: None,
                session: None,
                intent_window: None,
            },
            confirm: Confirmations::default(),
            action,
        }
    }

    /// Books one command without a key.
    pub(crate) async fn book(&self, action: Action) -> Result<Outcome, PostError> {
        let submission = Submission::single(None, self.command(action));
        self.ledger.post(submission).await?.into_single()
    }

    /// Books one command under a key.
    pub(crate) async fn book_once(&self, text: &str, action: Action) -> Result<Answer, PostError> {
        self.ledger.post(Submission::single(Some(key(text)), self.command(action))).await
    }

    pub(crate) fn batch(&self, actions: Vec<Action>, atomic: bool, mode: Mode) -> Submission {
        let commands = actions.into_iter().map(|action| self.command(action)).collect();
        Submission { key: None, commands, atomic, mode, traceparent: None }
    }

    /// A receipt of `quantity` pieces of `P-1`, and its lot.
    pub(crate) async fn lot_of(&self, quantity: i64) -> LotNumber {
        let outcome = self.book(Action::Receive(receive("P-1", quantity))).await.unwrap();
        outcome.lots[0].clone()
    }

    /// The first column of the first row of a query, past the program.
    pub(crate) fn value(&self, sql: &str) -> String {
        self.home.rows(sql).remove(0)
    }

    pub(crate) fn engine(&self) -> Engine {
        self.home.engine()
    }

    /// The one bucket's pieces, as the table says.
    pub(crate) fn on_hand(&self) -> Quantity {
        let units = self.value("SELECT sum(quantity) FROM stock");
        Quantity::from_units(units.parse().unwrap()).unwrap()
    }

    /// Every row of every table that bookings write, as text.
    pub(crate) fn everything(&self) -> String {
        let tables = ["lot", "movement", "stock", "audit", "outbox", "idempotency_key", "hold"];
        let counts = tables.map(|table| {
            let rows = self.value(&format!("SELECT count(*) FROM {table}"));
            format!("{table} {rows}")
        });
        let stock = self.home.rows(
            "SELECT lot || ' ' || operation_id || ' ' || location_id || ' ' || quantity
             FROM stock ORDER BY lot, operation_id, location_id",
        );
        let numbers = if self.engine().uses_every_number() {
            self.value("SELECT lot_counter FROM site")
        } else {
            String::new()
        };
        format!("{}: {}: {numbers}", counts.join(", "), stock.join(", "))
    }
}

/// The refusal's code.
pub(crate) fn refused(error: &PostError) -> &'static str {
    match error {
        PostError::Rejected(rejection) => rejection.code.as_str(),
        PostError::Fault(fault) => panic!("expected a refusal, not {fault:?}"),
    }
}

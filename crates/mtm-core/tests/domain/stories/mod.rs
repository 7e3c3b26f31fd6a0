//! The rules of bookings, told as small stories on a small plant.

mod adjust;
mod complete;
mod guard;
mod hold;
mod lot;
mod merge;
mod mirror;
mod receive;
mod reserve;
mod reverse;
mod routing;
mod take;
mod transfer;

use std::num::NonZeroU16;

use mtm_core::code::Code;
use mtm_core::command::{
    Action, Adjust, ChangeLot, Command, Complete, Confirmations, Context, Count, EndReservation,
    HoldSubject, LotAttributes, Merge, Mirror, Move, Open, Pick, PickRule, PlaceHold, Receive,
    ReleaseHold, Reserve, Reverse, ReverseTarget, Scrap, Split, Take,
};
use mtm_core::policy::Role;
use mtm_core::rejection::Details;
use mtm_core::word::{
    CommandId, Delta, LocationCode, LotNumber, Note, OperationCode, PartCode, Quantity, ReasonCode,
};
use mtm_core::{Postings, Rejection, decide};

use crate::model::steps::{context, uuid};
use crate::model::{Plant, World};

/// A part with colour and default item type.
const GEAR: &str = "11058-1779";
/// A part with a bound of its own.
const SHAFT: &str = "24 126 251";
const RACK: &str = "R-E4-18";
const DOCK: &str = "DC-A0-01";
const QUALITY: &str = "NCM";

/// A plant where things happen, one after the other.
struct Floor {
    world: World,
    who: Context,
    confirm: Confirmations,
    asked: u64,
}

impl Floor {
    /// An empty plant with a lead at work.
    fn new() -> Self {
        Self {
            world: World::new(Plant::small()),
            who: context(2, Role::Lead),
            confirm: Confirmations::default(),
            asked: 0,
        }
    }

    /// The same plant, asked by user `id` with `role` from now on.
    fn user(&mut self, id: i64, role: Role) -> &mut Self {
        self.who = Context { intent_window: self.who.intent_window, ..context(id, role) };
        self
    }

    fn confirm(&mut self, code: Code) -> &mut Self {
        assert!(self.confirm.add(code.as_str()), "{code} cannot be confirmed");
        self
    }

    fn wait(&mut self, seconds: i64) -> &mut Self {
        self.world.now = self.world.now.plus_micros(seconds * 1_000_000);
        self
    }

    /// The id that the next command will have.
    fn next_command(&self) -> CommandId {
        CommandId::from_fresh(uuid(self.asked + 1))
    }

    /// Asks, and books what was decided.
    fn ask(&mut self, wish: impl Wish) -> Result<Postings, Rejection> {
        self.world.now = self.world.now.plus_micros(1);
        let id = self.next_command();
        self.asked += 1;
        let (context, confirm) = (self.who.clone(), std::mem::take(&mut self.confirm));
        let command = Command { id, context, confirm, action: wish.action() };
        let postings = decide(&self.world.view(&command), &command)?;
        self.world.apply(&command, &postings);
        Ok(postings)
    }

    /// Asks for what must be accepted.
    #[track_caller]
    fn book(&mut self, wish: impl Wish) -> Postings {
        self.ask(wish).unwrap_or_else(|refusal| panic!("{}: {refusal}", refusal.code))
    }

    /// Asks for what must be refused, and that nothing changes.
    #[track_caller]
    fn refused(&mut self, wish: impl Wish) -> Rejection {
        let (stock, lots) = (self.world.pieces(), self.world.lots.len());
        let refusal = self.ask(wish).expect_err("it was accepted");
        assert_eq!((self.world.pieces(), self.world.lots.len()), (stock, lots));
        refusal
    }

    /// Receives `pieces` of `part` at operation 10 in `location` and says the lot.
    #[track_caller]
    fn receive(&mut self, part: &str, location: &str, pieces: i64) -> LotNumber {
        let postings = self.book(receive(part, location, pieces));
        postings.new_lots[0].lot.clone()
    }

    /// Pieces of `lot` at `location`, whatever the operation.
    fn at(&self, lot: &LotNumber, location: &str) -> i64 {
        let stock = self.world.stock.iter();
        stock
            .filter(|(bucket, _)| bucket.lot == *lot)
            .filter(|(bucket, _)| bucket.place.location.code.as_str() == location)
            .map(|(_, quantity)| quantity.whole())
            .sum()
    }

    /// All pieces of `lot`.
    fn of(&self, lot: &LotNumber) -> i64 {
        let stock = self.world.stock.iter().filter(|(bucket, _)| bucket.lot == *lot);
        stock.map(|(_, quantity)| quantity.whole()).sum()
    }
}

fn pieces(n: i64) -> Quantity {
    Quantity::pieces(n).unwrap()
}

fn note(text: &str) -> Note {
    Note::parse(text).unwrap()
}

fn reason(code: &str) -> ReasonCode {
    ReasonCode::parse(code).unwrap()
}

fn part(code: &str) -> PartCode {
    PartCode::parse(code).unwrap()
}

fn operation(code: &str) -> OperationCode {
    OperationCode::parse(code).unwrap()
}

fn location(code: &str) -> LocationCode {
    LocationCode::parse(code).unwrap()
}

fn lot(number: &str) -> LotNumber {
    LotNumber::parse(number).unwrap()
}

fn named(lot: &LotNumber) -> Pick {
    Pick { lot: Some(lot.clone()), ..Pick::default() }
}

fn standing(part_code: &str, at: &str) -> Pick {
    Pick {
        part: Some(part(part_code)),
        operation: Some(operation("10")),
        location: Some(location(at)),
        ..Pick::default()
    }
}

fn oldest(part_code: &str, at: &str) -> Pick {
    Pick { rule: PickRule::Fifo, ..standing(part_code, at) }
}

fn receive(part_code: &str, at: &str, n: i64) -> Receive {
    Receive {
        part: part(part_code),
        operation: operation("10"),
        location: location(at),
        quantity: pieces(n),
        containers: NonZeroU16::MIN,
        lot: None,
        attributes: LotAttributes::default(),
        reason: None,
    }
}

fn take(pick: Pick, n: impl Into<Option<i64>>) -> Take {
    Take { pick, quantity: n.into().map(pieces), reason: None, notes: None, reservation: None }
}

fn scrap(pick: Pick, n: i64) -> Scrap {
    Scrap { pick, quantity: Some(pieces(n)), reason: reason("damaged"), notes: None }
}

fn carry(pick: Pick, n: impl Into<Option<i64>>, to: &str) -> Move {
    Move {
        pick,
        quantity: n.into().map(pieces),
        to_operation: None,
        to_location: Some(location(to)),
        notes: None,
    }
}

fn split(pick: Pick, n: i64) -> Split {
    Split { pick, quantity: pieces(n), notes: None }
}

fn merge<'l>(lots: impl IntoIterator<Item = &'l LotNumber>, into: &LotNumber) -> Merge {
    Merge {
        lots: lots.into_iter().cloned().collect(),
        into: into.clone(),
        operation: None,
        location: None,
        notes: None,
    }
}

fn counted(pick: Pick, n: i64) -> Adjust {
    let count = Count::Counted(pieces(n));
    Adjust { pick, count, expected: None, reason: reason("count"), notes: None }
}

fn off_by(pick: Pick, n: i64) -> Adjust {
    Adjust { count: Count::Delta(Delta::pieces(n).unwrap()), ..counted(pick, 0) }
}

fn complete(pick: Pick, [good, scrap, rework]: [i64; 3]) -> Complete {
    Complete {
        pick,
        good: pieces(good),
        scrap: pieces(scrap),
        rework: pieces(rework),
        to_operation: Some(operation("20")),
        to_location: None,
        rework_operation: None,
        rework_location: None,
        scrap_reason: (scrap > 0).then(|| reason("damaged")),
        notes: None,
    }
}

fn undo(target: ReverseTarget) -> Reverse {
    Reverse { target, reason: note("booked by mistake") }
}

fn hold(subject: HoldSubject) -> PlaceHold {
    PlaceHold { subject, reason: reason("quality"), notes: None }
}

fn candidates(refusal: &Rejection) -> Vec<&str> {
    match &refusal.details {
        Details::Candidates(lines) | Details::Available(lines) => {
            lines.iter().map(|line| line.lot.as_str()).collect()
        }
        other => panic!("{other:?} names no lots"),
    }
}

/// Anything that can be asked for.
trait Wish {
    fn action(self) -> Action;
}

macro_rules! wishes {
    ($($variant:ident($name:ident)),* $(,)?) => {
        $(impl Wish for $name {
            fn action(self) -> Action {
                Action::$variant(self)
            }
        })*
    };
}

wishes!(
    Receive(Receive),
    Open(Open),
    Take(Take),
    Scrap(Scrap),
    Move(Move),
    Adjust(Adjust),
    Complete(Complete),
    Reverse(Reverse),
    Split(Split),
    Merge(Merge),
    PlaceHold(PlaceHold),
    ReleaseHold(ReleaseHold),
    Reserve(Reserve),
    EndReservation(EndReservation),
    ChangeLot(ChangeLot),
    Mirror(Mirror),
);

impl Wish for Action {
    fn action(self) -> Action {
        self
    }
}

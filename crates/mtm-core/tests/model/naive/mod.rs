//! The rules once more, the plain way: maps, loops, and no view.
//!
//! For each command [`Naive::judge`] says either which movements it makes, or the set of refusals
//! any of which is right. Rules are checked in stages (enough said, names, permission, bounds,
//! doubts, stock); a later stage counts only when nothing is wrong in the earlier ones.

mod book;
mod merge;
mod names;
mod routes;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::code::Code;
use mtm_core::command::{Action, Command, Pick, PickRule};
use mtm_core::policy::Role;
use mtm_core::word::{CommandId, HoldId, ImportId, MovementId, SessionId, Timestamp};

use super::Plant;

/// Part row, operation row, location row, lot.
pub type Spot = (i64, i64, i64, String);

/// One end of a movement: a spot, or the name of an outside account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// On hand.
    Spot(Spot),
    /// Outside.
    Outside(&'static str),
}

/// A movement that shall be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its type.
    pub kind: &'static str,
    /// Pieces.
    pub pieces: i64,
    /// Where they leave.
    pub from: End,
    /// Where they arrive.
    pub to: End,
    /// What it undoes.
    pub undoes: Option<MovementId>,
}

/// What a lot is known by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Part row.
    pub part: i64,
    /// Item type, colour, work order, notes.
    pub carries: [Option<String>; 4],
    /// When it was received.
    pub received_at: i64,
    /// Who received it.
    pub received_by: Option<i64>,
    /// The lot it was split from.
    pub parent: Option<String>,
    /// Version of what it carries.
    pub version: i64,
}

/// What an accepted command does.
#[derive(Debug, Clone, Default)]
pub struct Effect {
    /// Lots made.
    pub lots: Vec<(String, Sheet)>,
    /// Movements made, in order.
    pub steps: Vec<Step>,
    /// A lot that carries something else from now on.
    pub change: Option<(String, [Option<String>; 4])>,
    /// What is blocked from now on.
    pub block: Option<Block>,
    /// Which hold ends.
    pub unblock: Option<HoldId>,
    /// Whether the answer says that pieces came to an operation outside their routing.
    pub off: bool,
}

/// What a hold is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A lot.
    Lot(String),
    /// A part row.
    Part(i64),
    /// A location row.
    Location(i64),
}

/// The refusals any of which would be right.
pub type Wrongs = BTreeSet<Code>;

/// Ends a stage: nothing wrong so far?
fn stage(wrongs: &Wrongs) -> Result<(), Wrongs> {
    if wrongs.is_empty() { Ok(()) } else { Err(wrongs.clone()) }
}

fn refuse<T>(code: Code) -> Result<T, Wrongs> {
    Err(Wrongs::from([code]))
}

#[derive(Debug, Clone)]
struct Done {
    id: MovementId,
    step: Step,
    part: i64,
    user: i64,
    at: i64,
    import: Option<ImportId>,
    session: Option<SessionId>,
    undone: bool,
}

/// What a person would call the same booking.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Likeness {
    kind: &'static str,
    words: Vec<Option<String>>,
    numbers: Vec<Option<i64>>,
}

/// The plain model.
#[derive(Debug, Clone, Default)]
pub struct Naive {
    /// Pieces by spot, above zero.
    pub stock: BTreeMap<Spot, i64>,
    /// Lots by number.
    pub lots: BTreeMap<String, Sheet>,
    log: Vec<Done>,
    accepted: Vec<(i64, i64, CommandId, Likeness)>,
    holds: Vec<(HoldId, Block)>,
    counter: u64,
}

impl Naive {
    /// What `command` should lead to at `now`.
    pub fn judge(
        &self,
        plant: &Plant,
        now: Timestamp,
        command: &Command,
    ) -> Result<Effect, Wrongs> {
        let at = Case { naive: self, plant, now: now.micros(), command };
        match &command.action {
            Action::Receive(action) => at.receive(action),
            Action::Take(action) => at.take(action),
            Action::Scrap(action) => at.scrap(action),
            Action::Move(action) => at.transfer(action),
            Action::Adjust(action) => at.adjust(action),
            Action::Complete(action) => at.complete(action),
            Action::Reverse(action) => at.reverse(action),
            Action::Split(action) => at.split(action),
            Action::Merge(action) => at.merge(action),
            Action::PlaceHold(action) => at.place_hold(action),
            Action::ReleaseHold(action) => at.release_hold(action),
            Action::ChangeLot(action) => at.change_lot(action),
            Action::Open(action) => at.open(action),
            Action::Reserve(_) | Action::EndReservation(_) => {
                unreachable!("random steps reserve nothing: stories do")
            }
            Action::Mirror(_) => unreachable!("random steps make no mirrors: no person does"),
        }
    }

    /// Remembers that `command` had `effect` at `now`.
    pub fn absorb(&mut self, now: Timestamp, command: &Command, effect: Effect) {
        for (number, sheet) in effect.lots {
            self.lots.insert(number, sheet);
        }
        for (step, position) in effect.steps.into_iter().zip(1..) {
            for (end, sign) in [(&step.from, -1), (&step.to, 1)] {
                if let End::Spot(spot) = end {
                    *self.stock.entry(spot.clone()).or_default() += sign * step.pieces;
                }
            }
            if let Some(original) = step.undoes {
                self.log
                    .iter_mut()
                    .filter(|done| done.id == original)
                    .for_each(|d| d.undone = true);
            }
            let part = [&step.from, &step.to].into_iter().find_map(|end| match end {
                End::Spot(spot) => Some(spot.0),
                End::Outside(_) => None,
            });
            self.log.push(Done {
                id: command.id.movement(position),
                part: part.expect("a movement touches stock"),
                step,
                user: command.context.actor.id.0,
                at: now.micros(),
                import: command.context.import,
                session: command.context.session,
                undone: false,
            });
        }
        assert!(self.stock.values().all(|pieces| *pieces >= 0), "the model itself went wrong");
        self.stock.retain(|_, pieces| *pieces > 0);
        if let Some((lot, carries)) = effect.change {
            let sheet = self.lots.get_mut(&lot).expect("changed lots exist");
            sheet.carries = carries;
            sheet.version += 1;
        }
        if let Some(block) = effect.block {
            self.holds.push((HoldId::placed_by(command.id), block));
        }
        if let Some(released) = effect.unblock {
            self.holds.retain(|(id, _)| *id != released);
        }
        while self.lots.contains_key(&self.number(0)) {
            self.counter += 1;
        }
        if let Some(likeness) = names::likeness(&command.action) {
            let user = command.context.actor.id.0;
            self.accepted.push((user, now.micros(), command.id, likeness));
        }
    }

    /// The number of the next lot but `ahead`.
    fn number(&self, ahead: u64) -> String {
        format!("{:010}", self.counter + 1 + ahead)
    }

    /// The next `count` numbers that no lot has.
    fn numbers(&self, count: usize) -> Vec<String> {
        let numbers = (0..).map(|ahead| self.number(ahead));
        numbers.filter(|number| !self.lots.contains_key(number)).take(count).collect()
    }
}

/// A command to be judged, and everything to judge it by.
struct Case<'a> {
    naive: &'a Naive,
    plant: &'a Plant,
    now: i64,
    command: &'a Command,
}

/// The rows that a pick names.
struct Narrowing {
    part: Option<i64>,
    operation: Option<i64>,
    location: Option<i64>,
    lot: Option<String>,
}

impl Case<'_> {
    fn is_lead(&self) -> bool {
        matches!(self.command.context.actor.role, Role::Lead | Role::Admin)
    }

    /// What is wrong with taking pieces out of `spot`, as far as holds go.
    fn blocked(&self, spot: &Spot, explained: bool) -> Option<Code> {
        let (part, _, location, lot) = spot;
        let held = self.naive.holds.iter().any(|(_, block)| match block {
            Block::Lot(held) => held == lot,
            Block::Part(row) => row == part,
            Block::Location(row) => row == location,
        });
        let insists = self.command.confirm.hold && self.is_lead();
        match (held, insists, explained) {
            (false, ..) | (true, true, true) => None,
            (true, true, false) => Some(Code::ReasonRequired),
            (true, false, _) => Some(Code::OnHold),
        }
    }

    /// Was the same thing booked by the same person a moment ago?
    fn repeated(&self) -> Wrongs {
        let mut wrongs = Wrongs::new();
        let (Some(window), Some(mine)) =
            (self.command.context.intent_window, names::likeness(&self.command.action))
        else {
            return wrongs;
        };
        let twin = self.naive.accepted.iter().any(|(user, at, id, likeness)| {
            let undone = self.naive.log.iter().any(|done| done.id.command() == *id && done.undone);
            *user == self.command.context.actor.id.0
                && self.now - at < i64::from(window) * 1_000_000
                && *likeness == mine
                && !undone
        });
        if twin && !self.command.confirm.duplicate {
            wrongs.insert(Code::PossibleDuplicate);
        }
        wrongs
    }

    /// The spots with stock that a pick narrows down to.
    fn standing(&self, narrowing: &Narrowing) -> Vec<(Spot, i64)> {
        let spots = self.naive.stock.iter().map(|(spot, pieces)| (spot.clone(), *pieces));
        spots
            .filter(|((part, operation, location, lot), _)| {
                narrowing.part.is_none_or(|row| row == *part)
                    && narrowing.operation.is_none_or(|row| row == *operation)
                    && narrowing.location.is_none_or(|row| row == *location)
                    && narrowing.lot.as_ref().is_none_or(|number| number == lot)
            })
            .collect()
    }

    /// Which pieces leave where, when `pieces` (or a whole lot) are asked for.
    fn choose(
        &self,
        pick: &Pick,
        narrowing: &Narrowing,
        pieces: Option<i64>,
        explained: bool,
    ) -> Result<Vec<(Spot, i64)>, Wrongs> {
        let mut found = self.standing(narrowing);
        if found.is_empty() {
            return refuse(Code::InsufficientStock);
        }
        if let (PickRule::Fifo, None, Some(pieces)) = (pick.rule, &pick.lot, pieces) {
            found.sort_by_key(|(spot, _)| (self.naive.lots[&spot.3].received_at, spot.3.clone()));
            let total: i64 = found.iter().map(|(_, there)| there).sum();
            let held = found.iter().find_map(|(spot, _)| self.blocked(spot, explained));
            found.retain(|(spot, _)| self.blocked(spot, explained).is_none());
            let free: i64 = found.iter().map(|(_, there)| there).sum();
            if free < pieces {
                let code = if total >= pieces { held } else { None };
                return refuse(code.unwrap_or(Code::InsufficientStock));
            }
            let mut left = pieces;
            for (_, there) in &mut found {
                *there = left.min(*there);
                left -= *there;
            }
            found.retain(|(_, taken)| *taken > 0);
            return Ok(found);
        }
        if found.len() > 1 {
            return refuse(Code::AmbiguousLot);
        }
        let (spot, there) = found.remove(0);
        let mut wrongs: Wrongs = self.blocked(&spot, explained).into_iter().collect();
        let pieces = pieces.unwrap_or(there);
        if pieces > there {
            wrongs.insert(Code::InsufficientStock);
        }
        stage(&wrongs)?;
        Ok(vec![(spot, pieces)])
    }
}

//! Random steps over a small plant: small enough that commands meet each other's stock.

use std::num::NonZeroU16;

use mtm_core::Action;
use mtm_core::command::{
    Actor, Adjust, ChangeLot, Command, Complete, Confirmations, Context, Count, EndReservation,
    HoldSubject, LotAttributes, LotChanges, Merge, Move, Patch, Pick, PickRule, PlaceHold, Receive,
    ReleaseHold, Reserve, Reverse, ReverseTarget, Scrap, Split, Take,
};
use mtm_core::routing::{RoutingDraft, StepDraft};
use mtm_core::word::{
    CommandId, Delta, LocationCode, LotNumber, Note, OperationCode, PartCode, Quantity, ReasonCode,
    Timestamp,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::made::Made;

pub(super) const PARTS: &[&str] = &["A-1", "B 2", "50"];
pub(super) const OPERATIONS: &[&str] = &["10", "20"];
pub(super) const LOCATIONS: &[&str] = &["R-1", "R-2", "DOCK"];

/// What a step does; numbers choose among what exists when it runs.
#[derive(Debug, Clone)]
enum Deed {
    Receive { containers: u16, own_lot: bool, dunnage: bool },
    Take { fifo: bool, reserved: bool },
    Move,
    Scrap { reason: bool },
    Adjust { counted: bool, expected: bool },
    Complete { scrap: i64, rework: i64 },
    ReverseOne,
    ReverseCommand,
    Split,
    Merge { two: bool },
    Hold { kind: u8 },
    Release,
    Reserve { all: bool },
    EndReservation,
    Change { version: i64 },
}

/// One random step.
#[derive(Debug, Clone)]
pub(super) struct Step {
    deed: Deed,
    lot: Option<usize>,
    part: usize,
    operation: usize,
    location: usize,
    target: usize,
    quantity: Option<i64>,
    confirm: bool,
    guarded: bool,
    repeat: Option<usize>,
    altered: bool,
    seconds: i64,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (1_u16..4, prop::bool::weighted(0.1), any::<bool>()).prop_map(
            |(containers, own_lot, dunnage)| Deed::Receive { containers, own_lot, dunnage }
        ),
        4 => (any::<bool>(), prop::bool::weighted(0.3))
            .prop_map(|(fifo, reserved)| Deed::Take { fifo, reserved }),
        4 => Just(Deed::Move),
        2 => prop::bool::weighted(0.8).prop_map(|reason| Deed::Scrap { reason }),
        2 => any::<(bool, bool)>()
            .prop_map(|(counted, expected)| Deed::Adjust { counted, expected }),
        2 => (0_i64..3, 0_i64..3).prop_map(|(scrap, rework)| Deed::Complete { scrap, rework }),
        3 => Just(Deed::ReverseOne),
        2 => Just(Deed::ReverseCommand),
        2 => Just(Deed::Split),
        4 => any::<bool>().prop_map(|two| Deed::Merge { two }),
        1 => (0_u8..3).prop_map(|kind| Deed::Hold { kind }),
        2 => Just(Deed::Release),
        3 => prop::bool::weighted(0.3).prop_map(|all| Deed::Reserve { all }),
        1 => Just(Deed::EndReservation),
        1 => (1_i64..3).prop_map(|version| Deed::Change { version }),
    ]
}

/// One of these codes; rarely one past the end, which does not exist: a script of refusals compares
/// little.
fn one_of(codes: &[&str]) -> impl Strategy<Value = usize> {
    prop_oneof![24 => 0..codes.len(), 1 => Just(codes.len())]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let what = (deed(), prop::option::weighted(0.6, 0_usize..40));
    let names = (one_of(PARTS), one_of(OPERATIONS), one_of(LOCATIONS), 0_usize..40);
    let how = (prop::option::weighted(0.8, 0_i64..60), any::<bool>(), any::<bool>());
    let when = (prop::option::weighted(0.1, 0_usize..60), prop::bool::weighted(0.3), 1_i64..15);
    (what, names, how, when).prop_map(|(what, names, how, when)| Step {
        deed: what.0,
        lot: what.1,
        part: names.0,
        operation: names.1,
        location: names.2,
        target: names.3,
        quantity: how.0,
        confirm: how.1,
        guarded: how.2,
        repeat: when.0,
        altered: when.1,
        seconds: when.2,
    })
}

impl Step {
    pub(super) fn pause_micros(&self) -> i64 {
        self.seconds * 1_000_000
    }

    /// Which earlier submission this one repeats.
    pub(super) fn repeats(&self, earlier: usize) -> Option<usize> {
        self.repeat.filter(|_| earlier > 0).map(|choice| choice % earlier)
    }

    /// The key's fingerprint; a repetition is sometimes of something else.
    pub(super) fn fingerprint(&self, key: &str) -> [u8; 32] {
        let mut fingerprint = [0; 32];
        for (slot, byte) in fingerprint.iter_mut().zip(key.bytes()) {
            *slot = byte;
        }
        fingerprint[31] = u8::from(self.repeat.is_some() && self.altered);
        fingerprint
    }

    pub(super) fn command(&self, id: Uuid, actor: &Actor, made: &Made) -> Command {
        Command {
            id: CommandId::from_fresh(id),
            context: Context {
                actor: actor.clone(),
                station: None,
                app_version: None,
                occurred_at: None,
                shift: Some("2026-11-23/1".to_owned()),
                import: None,
                session: None,
                intent_window: self.guarded.then_some(10),
            },
            confirm: if self.confirm { Confirmations::ALL } else { Confirmations::default() },
            action: self.action(made),
        }
    }

    fn action(&self, made: &Made) -> Action {
        match self.deed {
            Deed::Receive { containers, own_lot, dunnage } => {
                Action::Receive(self.receive(containers, own_lot, dunnage))
            }
            Deed::Take { fifo, reserved } => Action::Take(self.take(made, fifo, reserved)),
            Deed::Move => Action::Move(Move {
                pick: self.pick(made),
                quantity: self.quantity(),
                to_operation: self.guarded.then(|| Self::operation(self.elsewhere(OPERATIONS))),
                to_location: Some(Self::location(self.elsewhere(LOCATIONS))),
                notes: self.notes(),
            }),
            Deed::Scrap { reason } => Action::Scrap(Scrap {
                pick: self.pick(made),
                quantity: self.quantity(),
                reason: ReasonCode::parse(if reason { "damaged" } else { "other" }).unwrap(),
                notes: self.notes(),
            }),
            Deed::Adjust { counted, expected } => {
                Action::Adjust(self.adjust(made, counted, expected))
            }
            Deed::Complete { scrap, rework } => {
                Action::Complete(self.complete(made, scrap, rework))
            }
            Deed::ReverseOne => reverse(ReverseTarget::Movement(made.movement(self.target))),
            Deed::ReverseCommand => {
                reverse(ReverseTarget::Command(made.movement(self.target).command()))
            }
            Deed::Split => {
                let pick = Pick { lot: Some(made.lot(self.target)), ..self.pick(made) };
                Action::Split(Split { pick, quantity: self.some(), notes: self.notes() })
            }
            Deed::Merge { two } => Action::Merge(self.merge(made, two)),
            Deed::Hold { kind } => Action::PlaceHold(PlaceHold {
                subject: match kind {
                    0 => HoldSubject::Lot(made.lot(self.target)),
                    1 => HoldSubject::Part(self.part()),
                    _ => HoldSubject::Location(Self::location(self.location)),
                },
                reason: ReasonCode::parse("quality").unwrap(),
                notes: self.notes(),
            }),
            Deed::Release => Action::ReleaseHold(ReleaseHold {
                hold: made.hold(self.target),
                notes: self.notes(),
            }),
            Deed::Reserve { all } => Action::Reserve(Reserve {
                lot: made.lot(self.target),
                quantity: (!all).then(|| self.some()),
                work_order: Some("60723".parse().unwrap()),
                purpose: self.notes(),
                ends_at: self.guarded.then(|| Timestamp::parse("2026-11-23T06:08:00Z").unwrap()),
            }),
            Deed::EndReservation => {
                let (reservation, lot) = made.reservation(self.target);
                Action::EndReservation(EndReservation { reservation, lot, notes: self.notes() })
            }
            Deed::Change { version } => Action::ChangeLot(ChangeLot {
                lot: made.lot(self.target),
                version,
                changes: LotChanges {
                    work_order: Patch::Set("WO-000001".parse().unwrap()),
                    notes: Patch::Clear,
                    ..LotChanges::default()
                },
            }),
        }
    }

    fn take(&self, made: &Made, fifo: bool, reserved: bool) -> Take {
        let rule = if fifo { PickRule::Fifo } else { PickRule::Exact };
        let reservation = reserved.then(|| made.reservation(self.target));
        let mut pick = Pick { rule, ..self.pick(made) };
        if let Some((_, lot)) = &reservation
            && pick.lot.is_some()
        {
            pick.lot = Some(lot.clone());
        }
        Take {
            pick,
            quantity: self.quantity(),
            reason: None,
            notes: self.notes(),
            reservation: reservation.map(|(id, _)| id),
        }
    }

    /// The lots received after the one they become part of: often containers of one receipt.
    fn merge(&self, made: &Made, two: bool) -> Merge {
        let narrow = self.guarded && self.confirm;
        Merge {
            lots: (1..=1 + usize::from(two)).map(|n| made.lot(self.target + n)).collect(),
            into: made.lot(self.target),
            operation: narrow.then(|| Self::operation(self.operation)),
            location: narrow.then(|| Self::location(self.location)),
            notes: self.notes(),
        }
    }

    fn receive(&self, containers: u16, own_lot: bool, dunnage: bool) -> Receive {
        let own = || LotNumber::parse(&format!("OWN-{}", self.target % 5)).unwrap();
        Receive {
            part: self.part(),
            operation: Self::operation(self.operation),
            location: Self::location(self.location),
            quantity: self.some(),
            containers: NonZeroU16::new(containers).unwrap(),
            lot: own_lot.then(own),
            attributes: LotAttributes {
                item_type: dunnage.then(|| "dunnage".parse().unwrap()),
                work_order: self.confirm.then(|| "60723".parse().unwrap()),
                color_code: None,
                notes: self.notes(),
            },
            reason: None,
        }
    }

    fn adjust(&self, made: &Made, counted: bool, expected: bool) -> Adjust {
        let some = self.some();
        Adjust {
            pick: self.pick(made),
            count: if counted {
                Count::Counted(some)
            } else {
                Count::Delta(Delta::pieces(some.whole() - 20).unwrap())
            },
            expected: expected.then_some(some),
            reason: ReasonCode::parse("count").unwrap(),
            notes: self.notes(),
        }
    }

    fn complete(&self, made: &Made, scrap: i64, rework: i64) -> Complete {
        Complete {
            pick: self.pick(made),
            good: self.some(),
            scrap: pieces(scrap),
            rework: pieces(rework),
            // As often by the routing.
            to_operation: (self.seconds % 2 == 0)
                .then(|| Self::operation(self.elsewhere(OPERATIONS))),
            to_location: None,
            rework_operation: None,
            rework_location: self.guarded.then(|| Self::location(self.elsewhere(LOCATIONS))),
            scrap_reason: self.confirm.then(|| ReasonCode::parse("damaged").unwrap()),
            notes: self.notes(),
        }
    }

    fn quantity(&self) -> Option<Quantity> {
        self.quantity.map(pieces)
    }

    fn some(&self) -> Quantity {
        pieces(self.quantity.unwrap_or(12))
    }

    fn notes(&self) -> Option<Note> {
        self.confirm.then(|| Note::parse("seen").unwrap())
    }

    fn pick(&self, made: &Made) -> Pick {
        let narrow = self.lot.is_none() || (self.guarded && self.confirm);
        Pick {
            lot: self.lot.map(|choice| made.lot(choice)),
            part: self.lot.is_none().then(|| self.part()),
            operation: narrow.then(|| Self::operation(self.operation)),
            location: narrow.then(|| Self::location(self.location)),
            rule: PickRule::Exact,
        }
    }

    /// Another of these codes, rarely one past the end.
    fn elsewhere(&self, codes: &[&str]) -> usize {
        if self.target == 39 { codes.len() } else { self.target % codes.len() }
    }

    fn part(&self) -> PartCode {
        PartCode::parse(PARTS.get(self.part).unwrap_or(&"NO SUCH PART")).unwrap()
    }

    fn operation(choice: usize) -> OperationCode {
        OperationCode::parse(OPERATIONS.get(choice).unwrap_or(&"99")).unwrap()
    }

    fn location(choice: usize) -> LocationCode {
        LocationCode::parse(LOCATIONS.get(choice).unwrap_or(&"NOWHERE")).unwrap()
    }
}

fn reverse(target: ReverseTarget) -> Action {
    Action::Reverse(Reverse { target, reason: Note::parse("mistake").unwrap() })
}

fn pieces(pieces: i64) -> Quantity {
    Quantity::pieces(pieces).unwrap()
}

/// Routings: of the first part from 10 on to 20 at the dock, of the second outside 10.
pub(super) fn routings() -> Vec<RoutingDraft> {
    let step = |operation: &str, location: Option<&str>| StepDraft {
        position: None,
        operation: OperationCode::parse(operation).unwrap(),
        location: location.map(|code| LocationCode::parse(code).unwrap()),
        yields: None,
    };
    let draft = |part: &str, steps| RoutingDraft {
        part: PartCode::parse(part).unwrap(),
        effective_from: None,
        steps,
    };
    vec![
        draft(PARTS[0], vec![step("10", None), step("20", Some("DOCK"))]),
        draft(PARTS[1], vec![step("20", None)]),
    ]
}

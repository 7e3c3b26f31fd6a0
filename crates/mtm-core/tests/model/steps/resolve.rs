//! From positions to the things that stand there now.

use std::num::NonZeroU16;

use mtm_core::command::{
    Action, Adjust, ChangeLot, Complete, Count, HoldSubject, Merge, Move, Open, Pick, PickRule,
    PlaceHold, Receive, ReleaseHold, Reverse, ReverseTarget, Scrap, Split, Take,
};
use mtm_core::movement::Bucket;
use mtm_core::word::{Delta, HoldId, LotNumber, MovementId, Quantity};

use super::super::World;
use super::words::{
    any_lot, carried, changes, import_id, location, note, nth, operation, own_lot, part, pieces,
    reason, session_id,
};
use super::{Aim, Ask, Naming, Share, uuid};

impl Aim {
    /// The pick, and the pieces of the bucket aimed at.
    fn resolve(self, world: &World) -> (Pick, i64) {
        let stock: Vec<(&Bucket, i64)> =
            world.stock.iter().map(|(bucket, pieces)| (bucket, pieces.whole())).collect();
        let aimed = stock.get(usize::from(self.bucket) % stock.len().max(1));
        let bucket = aimed.map(|(bucket, _)| *bucket);
        let lot_of = |n: u8| match nth(stock.iter(), n) {
            Some((bucket, _)) => bucket.lot.clone(),
            None => LotNumber::parse("NO-SUCH-LOT").unwrap(),
        };
        let pick = Pick {
            lot: match self.lot {
                Naming::Omit => None,
                Naming::Right => Some(bucket.map_or_else(|| lot_of(0), |b| b.lot.clone())),
                Naming::Other(n) => Some(lot_of(n)),
            },
            part: choose(self.part, bucket.map(|b| b.part.code.clone()), part),
            operation: choose(
                self.operation,
                bucket.map(|b| b.place.operation.code.clone()),
                operation,
            ),
            location: choose(
                self.location,
                bucket.map(|b| b.place.location.code.clone()),
                location,
            ),
            rule: if self.fifo { PickRule::Fifo } else { PickRule::Exact },
        };
        (pick, aimed.map_or(0, |(_, pieces)| *pieces))
    }
}

fn choose<T>(naming: Naming, right: Option<T>, other: impl Fn(u8) -> T) -> Option<T> {
    match naming {
        Naming::Omit => None,
        Naming::Right => Some(right.unwrap_or_else(|| other(0))),
        Naming::Other(n) => Some(other(n)),
    }
}

impl Share {
    fn of(self, there: i64) -> Option<Quantity> {
        let wanted = match self {
            Self::Whole => return None,
            Self::All => there,
            Self::Percent(percent) => (there * i64::from(percent) / 100).max(1),
            Self::Over(more) => there + i64::from(more) + 1,
            Self::Nothing => 0,
        };
        Some(pieces(wanted))
    }
}

impl Ask {
    pub(super) fn action(&self, world: &World) -> Action {
        match self {
            Self::Adjust(..) | Self::Complete(..) => self.result(world),
            Self::Receive(..) | Self::Open(..) => self.arrival(world),
            Self::Take(..) | Self::Scrap(..) | Self::Move(..) => self.departure(world),
            _ => self.correction(world),
        }
    }

    fn arrival(&self, world: &World) -> Action {
        match self {
            Self::Receive([p, o, l], quantity, containers, own, attributes, why) => {
                Action::Receive(Receive {
                    part: part(*p),
                    operation: operation(*o),
                    location: location(*l),
                    quantity: pieces(*quantity),
                    containers: NonZeroU16::new((*containers).into()).unwrap(),
                    lot: own.map(own_lot),
                    attributes: carried(*attributes),
                    reason: why.map(|index| reason("count", index)),
                })
            }
            Self::Open([p, o, l], lot, quantity) => Action::Open(Open {
                part: part(*p),
                operation: operation(*o),
                location: location(*l),
                lot: own_lot(*lot),
                quantity: pieces(*quantity),
                attributes: carried([*p, *o, *l, *lot]),
                received_at: world.now.plus_micros(-i64::from(*lot) * 3_600_000_000),
                received_by: None,
            }),
            other => unreachable!("{other:?} goes elsewhere"),
        }
    }

    fn departure(&self, world: &World) -> Action {
        match self {
            Self::Take(aim, share, why, noted) => {
                let (pick, there) = aim.resolve(world);
                Action::Take(Take {
                    pick,
                    quantity: share.of(there),
                    reason: why.map(|index| reason("shipped", index)),
                    notes: noted.then(|| note("for the press")),
                    reservation: None,
                })
            }
            Self::Scrap(aim, share, why, noted) => {
                let (pick, there) = aim.resolve(world);
                Action::Scrap(Scrap {
                    pick,
                    quantity: share.of(there),
                    reason: reason("damaged", *why),
                    notes: noted.then(|| note("dropped")),
                })
            }
            Self::Move(aim, share, [o, l], noted) => {
                let (pick, there) = aim.resolve(world);
                Action::Move(Move {
                    pick,
                    quantity: share.of(there),
                    to_operation: o.map(operation),
                    to_location: l.map(location),
                    notes: noted.then(|| note("make room")),
                })
            }
            other => unreachable!("{other:?} goes elsewhere"),
        }
    }

    fn result(&self, world: &World) -> Action {
        match self {
            Self::Adjust(aim, absolute, off, expected, why) => {
                let (pick, there) = aim.resolve(world);
                let near = |off: i8| pieces((there + i64::from(off)).max(0));
                let count = if *absolute {
                    Count::Counted(near(*off))
                } else {
                    Count::Delta(Delta::pieces(i64::from(*off)).unwrap())
                };
                Action::Adjust(Adjust {
                    pick,
                    count,
                    expected: expected.map(near),
                    reason: reason("count", *why),
                    notes: None,
                })
            }
            Self::Complete(aim, shares, [to_o, to_l], [back_o, back_l], why) => {
                let (pick, there) = aim.resolve(world);
                let [good, scrap, rework] =
                    shares.map(|percent| pieces(there * i64::from(percent) / 100));
                Action::Complete(Complete {
                    pick,
                    good,
                    scrap,
                    rework,
                    to_operation: to_o.map(operation),
                    to_location: to_l.map(location),
                    rework_operation: back_o.map(operation),
                    rework_location: back_l.map(location),
                    scrap_reason: why.map(|index| reason("damaged", index)),
                    notes: None,
                })
            }
            other => unreachable!("{other:?} goes elsewhere"),
        }
    }

    fn correction(&self, world: &World) -> Action {
        match self {
            Self::Split(aim, share, explained) => {
                let (pick, there) = aim.resolve(world);
                let notes = explained.then(|| note("half for the other line"));
                Action::Split(Split { pick, quantity: share.of(there).unwrap_or_default(), notes })
            }
            Self::Merge(into, lots, placed, noted) => {
                Action::Merge(merge(world, *into, *lots, *placed, *noted))
            }
            Self::Reverse(kind, which) => Action::Reverse(Reverse {
                target: target(world, *kind, *which),
                reason: note("booked by mistake"),
            }),
            Self::Hold(kind, which, why) => Action::PlaceHold(PlaceHold {
                subject: match kind % 3 {
                    0 => HoldSubject::Lot(any_lot(world, *which)),
                    1 => HoldSubject::Part(part(*which)),
                    _ => HoldSubject::Location(location(*which)),
                },
                reason: reason("quality", *why),
                notes: None,
            }),
            Self::Release(which) => {
                let hold = nth(world.catalogue().holds.iter(), *which);
                let hold = hold.map_or(HoldId(uuid(9_000_000)), |hold| hold.id);
                Action::ReleaseHold(ReleaseHold { hold, notes: None })
            }
            Self::Change(which, off, new) => {
                let lot = any_lot(world, *which);
                let version = world.lots.get(&lot).map_or(1, |lot| lot.fact.version);
                let changes = changes(*new);
                Action::ChangeLot(ChangeLot {
                    lot,
                    version: version + i64::from(*off / 200),
                    changes,
                })
            }
            other => unreachable!("{other:?} goes elsewhere"),
        }
    }
}

/// Mostly lots that stand beside the one that they become part of, and carry the same.
fn merge(world: &World, into: u8, lots: [u8; 2], placed: bool, noted: bool) -> Merge {
    let aimed = nth(world.stock.keys(), into);
    let marks = |lot: &LotNumber| {
        let carries = &world.lots[lot].fact.attributes;
        (carries.item_type.clone(), carries.work_order.clone(), carries.color_code.clone())
    };
    let beside: Vec<LotNumber> = world
        .stock
        .keys()
        .filter(|bucket| {
            aimed.is_some_and(|aimed| {
                (&bucket.part, &bucket.place) == (&aimed.part, &aimed.place)
                    && bucket.lot != aimed.lot
                    && marks(&bucket.lot) == marks(&aimed.lot)
            })
        })
        .map(|bucket| bucket.lot.clone())
        .collect();
    let [first, second] = lots.map(|index| {
        let alike = if index < 225 { nth(beside.iter(), index) } else { None };
        alike.cloned().unwrap_or_else(|| any_lot(world, index))
    });
    // The same lot twice only now and then.
    let both = first != second || lots[1] > 240;
    Merge {
        lots: [first, second].into_iter().take(1 + usize::from(both)).collect(),
        into: aimed.map_or_else(|| any_lot(world, into), |bucket| bucket.lot.clone()),
        operation: aimed.filter(|_| placed).map(|bucket| bucket.place.operation.code.clone()),
        location: aimed.filter(|_| placed).map(|bucket| bucket.place.location.code.clone()),
        notes: noted.then(|| note("one skid")),
    }
}

fn target(world: &World, kind: u8, which: [u8; 3]) -> ReverseTarget {
    let movement = |index: u8| {
        let logged = nth(world.log.iter().rev(), index);
        logged.map_or(MovementId(uuid(8_000_000)), |logged| logged.record.id)
    };
    match kind % 5 {
        0 => ReverseTarget::Movement(movement(which[0])),
        1 => ReverseTarget::Command(movement(which[0]).command()),
        2 => ReverseTarget::Movements(which.map(movement).to_vec()),
        3 => ReverseTarget::Import(import_id(which[0])),
        _ => ReverseTarget::Session(session_id(which[0])),
    }
}

//! Another system's bookings, booked here too.

use mtm_core::code::Code;
use mtm_core::command::{HoldSubject, LotAttributes, Mirror, MirrorStep, Mirrored, Spot};
use mtm_core::movement::MovementType::{Adjust, In, Out, Transfer};
use mtm_core::word::{Quantity, Timestamp};

use super::*;

fn spot(at: &str) -> Spot {
    Spot { operation: operation("10"), location: location(at) }
}

fn mirror(expected: &[(&str, i64)], steps: &[(Mirrored, i64)]) -> Mirror {
    let steps = steps.iter().cloned();
    Mirror {
        part: part(SHAFT),
        lot: lot("4711"),
        expected: expected.iter().map(|(at, n)| (spot(at), pieces(*n))).collect(),
        attributes: LotAttributes { notes: Some(note("from there")), ..LotAttributes::default() },
        received_at: Timestamp::from_micros(7),
        received_by: None,
        steps: steps
            .map(|(what, n)| MirrorStep { what, quantity: pieces(n), notes: Some(note("row 1")) })
            .collect(),
    }
}

#[test]
fn a_lot_lives_here_as_it_lived_there() {
    let mut floor = Floor::new();
    let postings = floor.book(mirror(
        &[],
        &[
            (Mirrored::In(spot(RACK)), 25_002_500),
            (Mirrored::Transfer(spot(RACK), spot(DOCK)), 500),
            (Mirrored::Out(spot(RACK)), 25_000_000),
            (Mirrored::Fewer(spot(RACK)), 2_000),
            (Mirrored::More(spot(DOCK)), 7),
        ],
    ));
    let kinds: Vec<_> = postings.movements.iter().map(|posting| posting.kind).collect();
    assert_eq!(kinds, [In, Transfer, Out, Adjust, Adjust]);
    assert_eq!(postings.movements[3].reason, Some(reason("count")));
    let lot = lot("0000004711");
    assert_eq!((floor.at(&lot, RACK), floor.at(&lot, DOCK)), (0, 507));
    let known = &floor.world.lots[&lot].fact;
    assert_eq!(known.received_at, Timestamp::from_micros(7));
    assert_eq!(known.attributes.notes, Some(note("from there")));
}

#[test]
fn a_lot_that_was_booked_here_is_left_alone() {
    let mut floor = Floor::new();
    floor.book(mirror(&[], &[(Mirrored::Opening(spot(RACK)), 100)]));
    floor.book(take(named(&lot("4711")), 1));
    let out = || (Mirrored::Out(spot(RACK)), 40);
    assert_eq!(floor.refused(mirror(&[(RACK, 100)], &[out()])).code, Code::QuantityChanged);
    // Also where the pieces would suffice, and where only the place differs.
    assert_eq!(floor.refused(mirror(&[(DOCK, 99)], &[out()])).code, Code::QuantityChanged);
    assert_eq!(floor.refused(mirror(&[], &[out()])).code, Code::QuantityChanged);
    assert_eq!(
        floor.refused(mirror(&[(RACK, 99), (DOCK, 1)], &[out()])).code,
        Code::QuantityChanged
    );
    floor.book(mirror(&[(RACK, 99)], &[out()]));
    assert_eq!(floor.of(&lot("4711")), 59);
}

#[test]
fn what_holds_here_holds_for_what_was_booked_there() {
    let mut floor = Floor::new();
    floor.book(mirror(&[], &[(Mirrored::In(spot(RACK)), 100)]));
    let too_many = mirror(&[(RACK, 100)], &[(Mirrored::Out(spot(RACK)), 101)]);
    assert_eq!(floor.refused(too_many).code, Code::InsufficientStock);
    let other = Mirror { part: part(GEAR), ..mirror(&[], &[(Mirrored::In(spot(RACK)), 1)]) };
    let refusal = floor.refused(other).code;
    assert!(matches!(refusal, Code::AlreadyExists | Code::QuantityChanged), "{refusal}");
    let nothing = mirror(&[(RACK, 100)], &[(Mirrored::Out(spot(RACK)), 0)]);
    assert_eq!(floor.refused(nothing).code, Code::QuantityOutOfRange);
    floor.book(hold(HoldSubject::Lot(lot("4711"))));
    let held = mirror(&[(RACK, 100)], &[(Mirrored::Out(spot(RACK)), 10)]);
    assert_eq!(floor.refused(held).code, Code::OnHold);
    // More may come to held material.
    floor.book(mirror(&[(RACK, 100)], &[(Mirrored::More(spot(RACK)), 1)]));
    assert_eq!(floor.of(&lot("4711")), 101);
}

#[test]
fn a_lot_may_come_and_go_between_two_looks() {
    let mut floor = Floor::new();
    let postings =
        floor.book(mirror(&[], &[(Mirrored::In(spot(RACK)), 60), (Mirrored::Out(spot(RACK)), 60)]));
    assert_eq!(postings.balances[0].after, Quantity::ZERO);
    assert_eq!(floor.of(&lot("4711")), 0);
    floor.book(mirror(&[], &[(Mirrored::Opening(spot("R-GONE")), 5)]));
    assert_eq!(floor.at(&lot("4711"), "R-GONE"), 5);
}

//! Pieces change location and operation.

use mtm_core::movement::MovementType;

use super::*;

#[test]
fn part_of_a_lot_moves_and_keeps_its_number_in_both_places() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let before = floor.world.lots[&lot].clone();
    let postings = floor.book(carry(named(&lot), 10, DOCK));
    assert_eq!(postings.movements[0].kind, MovementType::Transfer);
    assert!(postings.new_lots.is_empty());
    assert_eq!((floor.at(&lot, RACK), floor.at(&lot, DOCK)), (20, 10));
    assert_eq!(floor.world.lots[&lot], before, "what it carries travels untouched");
}

#[test]
fn a_later_part_joins_the_earlier_one() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(carry(named(&lot), 10, DOCK));
    let from_rack = Pick { location: Some(location(RACK)), ..named(&lot) };
    let postings = floor.book(carry(from_rack, None, DOCK));
    let told: Vec<(i64, i64)> =
        postings.balances.iter().map(|b| (b.before.whole(), b.after.whole())).collect();
    assert_eq!(told, [(20, 0), (10, 30)]);
}

#[test]
fn the_operation_alone_can_change() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let onward = Move {
        to_location: None,
        to_operation: Some(operation("20")),
        ..carry(named(&lot), None, RACK)
    };
    floor.book(onward.clone());
    assert_eq!(floor.at(&lot, RACK), 30);
    let refusal = floor.refused(onward);
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::SamePlace, Some("to_operation")));
}

#[test]
fn a_move_to_where_the_pieces_are_is_refused() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let refusal = floor.refused(carry(named(&lot), 10, RACK));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::SamePlace, Some("to_location")));
    floor.receive(SHAFT, RACK, 5);
    assert_eq!(floor.refused(carry(oldest(SHAFT, RACK), 32, RACK)).code, Code::SamePlace);
}

#[test]
fn a_move_must_say_where_to() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let nowhere = Move { to_location: None, ..carry(named(&lot), 1, RACK) };
    assert_eq!(floor.refused(nowhere).code, Code::InvalidBody);
    for at in ["R-GONE", "NOWHERE"] {
        let refusal = floor.refused(carry(named(&lot), 1, at));
        assert_eq!(refusal.code, Code::UnknownLocation);
        assert_eq!(refusal.field.as_deref(), Some("to_location"));
    }
    for step in ["99", "777"] {
        let to_operation = Some(operation(step));
        let refusal = floor.refused(Move { to_operation, ..carry(named(&lot), 1, DOCK) });
        assert_eq!(refusal.code, Code::UnknownOperation);
        assert_eq!(refusal.field.as_deref(), Some("to_operation"));
    }
}

#[test]
fn fifo_moves_several_lots_and_keeps_them_apart() {
    let mut floor = Floor::new();
    let lots = [30, 20].map(|n| floor.receive(SHAFT, RACK, n));
    floor.book(carry(oldest(SHAFT, RACK), 40, DOCK));
    assert_eq!(lots.each_ref().map(|lot| floor.at(lot, DOCK)), [30, 10]);
    assert_eq!(lots.each_ref().map(|lot| floor.at(lot, RACK)), [0, 10]);
}

#[test]
fn moving_part_of_a_lot_that_stands_twice_destroys_nothing() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(carry(named(&lot), 10, DOCK));
    for _ in 0..20 {
        floor.book(carry(Pick { location: Some(location(RACK)), ..named(&lot) }, 1, DOCK));
        floor.book(carry(Pick { location: Some(location(DOCK)), ..named(&lot) }, 1, QUALITY));
        assert_eq!(floor.of(&lot), 30);
    }
}

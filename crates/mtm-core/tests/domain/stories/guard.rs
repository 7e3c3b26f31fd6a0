//! Slips and double clicks are questioned, and one answer settles it.

use super::*;

fn guarded() -> Floor {
    let mut floor = Floor::new();
    floor.who.intent_window = Some(10);
    floor
}

#[test]
fn the_same_booking_within_ten_seconds_is_questioned() {
    let mut floor = guarded();
    let first = floor.next_command();
    floor.receive(SHAFT, RACK, 30);
    let refusal = floor.wait(9).refused(receive(SHAFT, RACK, 30));
    assert_eq!(refusal.code, Code::PossibleDuplicate);
    let Details::Twin { command, .. } = refusal.details else { panic!("no twin named") };
    assert_eq!(command, first);
    floor.confirm(Code::PossibleDuplicate).book(receive(SHAFT, RACK, 30));
    // The confirmed one starts the window anew.
    assert_eq!(floor.wait(9).refused(receive(SHAFT, RACK, 30)).code, Code::PossibleDuplicate);
    floor.wait(2).book(receive(SHAFT, RACK, 30));
}

#[test]
fn every_repeatable_booking_is_watched() {
    let mut floor = guarded();
    let lot = floor.receive(SHAFT, RACK, 30);
    let actions = [
        Action::Take(take(named(&lot), 1)),
        Action::Scrap(scrap(named(&lot), 1)),
        Action::Adjust(off_by(Pick { location: Some(location(RACK)), ..named(&lot) }, 1)),
        Action::Move(carry(named(&lot), 1, DOCK)),
    ];
    for action in actions {
        floor.book(action.clone());
        assert_eq!(floor.refused(action.clone()).code, Code::PossibleDuplicate, "{action:?}");
    }
}

#[test]
fn what_is_asked_comes_before_what_is_left() {
    // The second press of "take the lot" must not look like a lack of stock.
    let mut floor = guarded();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(take(named(&lot), None));
    assert_eq!(floor.refused(take(named(&lot), None)).code, Code::PossibleDuplicate);
}

#[test]
fn any_difference_makes_it_another_booking() {
    let mut floor = guarded();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.receive(SHAFT, RACK, 31);
    floor.receive(SHAFT, DOCK, 30);
    floor.receive(GEAR, RACK, 30);
    floor.book(Receive { operation: operation("20"), ..receive(SHAFT, RACK, 30) });
    let containers = std::num::NonZeroU16::new(2).unwrap();
    floor.book(Receive { containers, ..receive(SHAFT, RACK, 30) });
    floor.book(take(named(&lot), 1));
    floor.book(take(named(&LotNumber::allocated(2)), 1));
    floor.book(carry(named(&lot), 1, DOCK));
    let from_rack = || Pick { location: Some(location(RACK)), ..named(&lot) };
    floor.book(carry(from_rack(), 1, QUALITY));
    for step in ["20", "N/A"] {
        let to_operation = Some(operation(step));
        floor.book(Move { to_operation, ..carry(from_rack(), 1, QUALITY) });
    }
    floor.book(scrap(named(&LotNumber::allocated(2)), 1));
}

#[test]
fn another_person_may_book_the_same() {
    let mut floor = guarded();
    floor.receive(SHAFT, RACK, 30);
    floor.user(3, Role::Operator).receive(SHAFT, RACK, 30);
}

#[test]
fn what_was_undone_is_no_repetition() {
    let mut floor = guarded();
    let command = floor.next_command();
    floor.receive(SHAFT, RACK, 30);
    floor.book(undo(ReverseTarget::Command(command)));
    floor.receive(SHAFT, RACK, 30);
}

#[test]
fn the_guard_sleeps_where_it_does_not_apply() {
    for window in [None, Some(0)] {
        let mut floor = Floor::new();
        floor.who.intent_window = window;
        floor.receive(SHAFT, RACK, 30);
        floor.receive(SHAFT, RACK, 30);
    }
    // Counting twice changes nothing the second time; completing is not watched.
    let mut floor = guarded();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(counted(named(&lot), 29));
    floor.book(counted(named(&lot), 29));
    let here = Pick { operation: Some(operation("10")), ..named(&lot) };
    floor.book(complete(here.clone(), [5, 0, 0]));
    floor.book(complete(here, [5, 0, 0]));
}

#[test]
fn a_part_number_in_the_quantity_field_is_questioned() {
    let mut floor = Floor::new();
    let refusal = floor.refused(receive(SHAFT, RACK, 500));
    assert_eq!(refusal.code, Code::ImplausibleQuantity);
    assert_eq!(refusal.field.as_deref(), Some("quantity"));
    let postings = floor.confirm(Code::ImplausibleQuantity).book(receive(SHAFT, RACK, 500));
    assert_eq!(postings.warnings[0].code, "implausible_quantity", "and stays flagged");
}

#[test]
fn digits_typed_twice_are_questioned_from_three_receipts_on() {
    let mut floor = Floor::new();
    for _ in 0..2 {
        floor.receive(SHAFT, RACK, 50);
    }
    floor.receive(SHAFT, RACK, 5050);
    assert_eq!(floor.refused(receive(SHAFT, RACK, 5050)).code, Code::ImplausibleQuantity);
    // What is usual for one part is not for another.
    floor.receive(GEAR, RACK, 5050);
}

#[test]
fn ten_times_the_usual_is_questioned_from_twenty_receipts_on() {
    let mut floor = Floor::new();
    for _ in 0..20 {
        floor.receive(SHAFT, RACK, 100);
    }
    assert_eq!(floor.refused(receive(SHAFT, RACK, 1001)).code, Code::ImplausibleQuantity);
    floor.receive(SHAFT, RACK, 1000);
    let mut young = Floor::new();
    for _ in 0..19 {
        young.receive(SHAFT, RACK, 100);
    }
    young.receive(SHAFT, RACK, 1001);
}

#[test]
fn takes_and_moves_are_not_judged_by_their_size() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 5000);
    floor.book(take(named(&lot), 500));
    floor.book(carry(named(&lot), 500, DOCK));
}

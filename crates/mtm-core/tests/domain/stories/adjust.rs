//! A count corrects a bucket.

use mtm_core::approval::ApprovalPolicy;
use mtm_core::movement::{Account, MovementType, Outside};

use super::*;

#[test]
fn fewer_go_to_the_count_account_and_more_come_from_it() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let down = floor.book(counted(named(&lot), 27));
    assert_eq!(down.movements[0].kind, MovementType::Adjust);
    assert_eq!(down.movements[0].quantity, pieces(3));
    assert_eq!(down.movements[0].to, Account::Outside(Outside::Count));
    let up = floor.book(off_by(named(&lot), 5));
    assert_eq!(up.movements[0].from, Account::Outside(Outside::Count));
    assert_eq!(up.movements[0].reason, Some(reason("count")));
    assert_eq!(floor.of(&lot), 32);
}

#[test]
fn a_count_that_agrees_moves_nothing_and_says_which_bucket() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    for action in [counted(named(&lot), 30), off_by(named(&lot), 0)] {
        let postings = floor.book(action);
        assert!(postings.movements.is_empty());
        assert_eq!(postings.confirmed_count.map(|bucket| bucket.lot), Some(lot.clone()));
        assert_eq!(postings.balances[0].after, pieces(30));
    }
}

#[test]
fn a_stale_expectation_is_refused_with_what_is_there() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let sure = |n| Adjust { expected: Some(pieces(n)), ..counted(named(&lot), 25) };
    let refusal = floor.refused(sure(31));
    assert_eq!(refusal.code, Code::QuantityChanged);
    assert_eq!(refusal.field.as_deref(), Some("expected_quantity"));
    assert_eq!(candidates(&refusal), [lot.as_str()]);
    floor.book(sure(30));
    assert_eq!(floor.of(&lot), 25);
}

#[test]
fn an_expectation_of_an_empty_place_counts_too() {
    let mut floor = Floor::new();
    let empty = |expected| Adjust { expected, ..counted(standing(SHAFT, RACK), 0) };
    floor.book(empty(None));
    floor.book(empty(Some(Quantity::ZERO)));
    assert_eq!(floor.refused(empty(Some(pieces(3)))).code, Code::QuantityChanged);
}

#[test]
fn what_is_too_large_for_one_person_is_refused_until_a_second_has_approved_it() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 300);
    let most = ApprovalPolicy { pieces: Some(pieces(50)), percent: None };
    floor.world.edit_plant(|plant| plant.approval = most);
    floor.book(off_by(named(&lot), 50));
    floor.book(counted(named(&lot), 300));
    for wish in [counted(named(&lot), 249), off_by(named(&lot), 51)] {
        let refusal = floor.refused(wish);
        assert_eq!(refusal.code, Code::ApprovalRequired);
        assert_eq!(candidates(&refusal), [lot.as_str()]);
    }
    // What could not be booked anyway is refused for that.
    assert_eq!(floor.refused(off_by(named(&lot), -301)).code, Code::InsufficientStock);
    let asked = floor.confirm(Code::ApprovalRequired).refused(off_by(named(&lot), -60));
    assert_eq!(asked.code, Code::ApprovalRequired, "asking books nothing");
    floor.confirm.approved = true;
    floor.book(off_by(named(&lot), -60));
    assert_eq!(floor.of(&lot), 240);
    let share = ApprovalPolicy { pieces: None, percent: Some(10) };
    floor.world.edit_plant(|plant| plant.approval = share);
    floor.book(off_by(named(&lot), -24));
    assert_eq!(floor.refused(off_by(named(&lot), -24)).code, Code::ApprovalRequired);
}

#[test]
fn a_correction_cannot_go_below_nothing() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let refusal = floor.refused(off_by(named(&lot), -31));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InsufficientStock, Some("delta")));
    floor.book(off_by(named(&lot), -30));
    assert_eq!(floor.of(&lot), 0);
}

#[test]
fn an_upward_correction_is_bounded_like_a_receipt() {
    let mut floor = Floor::new();
    let lot = floor.receive(GEAR, RACK, 30);
    let refusal = floor.refused(counted(named(&lot), 100_031));
    assert_eq!(refusal.code, Code::QuantityOutOfRange);
    assert_eq!(refusal.field.as_deref(), Some("counted"));
    assert_eq!(floor.refused(off_by(named(&lot), 100_001)).code, Code::QuantityOutOfRange);
    floor.book(off_by(named(&lot), 100_000));
    // The way down is as far as there are pieces.
    floor.book(counted(named(&lot), 0));
}

#[test]
fn a_part_number_counted_into_the_quantity_is_questioned() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let refusal = floor.refused(counted(named(&lot), 500));
    assert_eq!(refusal.code, Code::ImplausibleQuantity);
    assert_eq!(refusal.field.as_deref(), Some("counted"));
    let postings = floor.confirm(Code::ImplausibleQuantity).book(counted(named(&lot), 500));
    assert_eq!(postings.warnings[0].code, "implausible_quantity");
}

#[test]
fn several_lots_must_be_told_apart() {
    let mut floor = Floor::new();
    floor.receive(SHAFT, RACK, 30);
    floor.receive(SHAFT, RACK, 20);
    assert_eq!(floor.refused(counted(standing(SHAFT, RACK), 50)).code, Code::AmbiguousLot);
    assert_eq!(floor.refused(counted(oldest(SHAFT, RACK), 50)).code, Code::AmbiguousLot);
}

#[test]
fn pieces_of_a_known_lot_may_turn_up_where_none_were() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let there = Pick { lot: Some(lot.clone()), ..standing(SHAFT, DOCK) };
    floor.book(counted(there, 4));
    assert_eq!((floor.at(&lot, RACK), floor.at(&lot, DOCK)), (30, 4));
    // But not of another part, not where nothing new may go, and not "somewhere".
    let other_part = Pick { lot: Some(lot.clone()), ..standing(GEAR, DOCK) };
    assert_eq!(floor.refused(counted(other_part, 4)).code, Code::InsufficientStock);
    let gone = Pick { lot: Some(lot.clone()), ..standing(SHAFT, "R-GONE") };
    assert_eq!(floor.refused(counted(gone, 4)).code, Code::UnknownLocation);
    let untold = Pick { location: Some(location(DOCK)), ..named(&lot) };
    floor.world.edit_plant(|plant| plant.parts[1].retired = true);
    floor.book(counted(untold, 5));
    let empty = Pick { lot: Some(lot.clone()), ..standing(SHAFT, QUALITY) };
    assert_eq!(floor.refused(counted(empty, 4)).code, Code::UnknownPart);
    let somewhere = Pick { location: Some(location(QUALITY)), ..named(&lot) };
    assert_eq!(floor.refused(counted(somewhere, 4)).code, Code::InsufficientStock);
}

#[test]
fn that_nothing_stands_there_is_agreed_as_a_number_and_as_a_difference() {
    let mut floor = Floor::new();
    for agreed in [counted(standing(SHAFT, RACK), 0), off_by(standing(SHAFT, RACK), 0)] {
        assert!(floor.book(agreed).movements.is_empty());
    }
    let refusal = floor.refused(off_by(standing(SHAFT, RACK), 1));
    assert_eq!(refusal.code, Code::InsufficientStock);
}

#[test]
fn found_material_without_a_lot_is_a_receipt() {
    let mut floor = Floor::new();
    let refusal = floor.refused(counted(standing(SHAFT, RACK), 4));
    assert_eq!(refusal.code, Code::InsufficientStock);
    assert!(refusal.message.contains("`in`"), "{refusal}");
}

#[test]
fn a_correction_needs_a_reason_of_its_kind() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let because = |code| Adjust { reason: reason(code), ..counted(named(&lot), 29) };
    assert_eq!(floor.refused(because("damaged")).code, Code::UnknownReason);
    assert_eq!(floor.refused(because("other")).code, Code::ReasonRequired);
    floor.book(Adjust { notes: Some(note("rats")), ..because("other") });
}

//! Lots become one.

use mtm_core::command::{LotChanges, Patch};
use mtm_core::word::{ColorCode, WorkOrder};

use super::*;

/// Two lots beside each other: ten and twenty pieces, the first received a minute earlier.
fn two() -> (Floor, LotNumber, LotNumber) {
    let mut floor = Floor::new();
    let first = floor.receive(SHAFT, RACK, 10);
    floor.wait(60);
    let second = floor.receive(SHAFT, RACK, 20);
    (floor, first, second)
}

#[test]
fn lots_become_one_and_no_piece_is_lost() {
    let (mut floor, first, second) = two();
    let third = floor.receive(SHAFT, RACK, 5);
    let postings = floor.book(merge([&second, &third], &first));
    assert_eq!([&first, &second, &third].map(|lot| floor.of(lot)), [35, 0, 0]);
    assert_eq!(postings.movements.len(), 2);
    assert!(postings.new_lots.is_empty() && postings.warnings.is_empty());
}

#[test]
fn the_answer_says_which_lot_the_pieces_joined() {
    let (mut floor, first, second) = two();
    let command = floor.next_command();
    let postings = floor.book(merge([&second], &first));
    let outcome =
        mtm_core::outcome::Outcome::new(command, "transfer", &postings, Some(7), floor.world.now);
    assert_eq!(outcome.lots, [second.clone(), first.clone()]);
    let line = &outcome.movements[0];
    assert_eq!((&line.lot, line.to_lot.as_ref()), (&second, Some(&first)));
}

#[test]
fn what_came_earlier_loses_its_date_and_that_is_said() {
    let (mut floor, first, second) = two();
    let postings = floor.book(merge([&first], &second));
    let codes: Vec<_> = postings.warnings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["received_earlier"]);
    assert_eq!((floor.of(&first), floor.of(&second)), (0, 30));
}

#[test]
fn undoing_a_merge_gives_each_lot_back_what_it_gave() {
    let (mut floor, first, second) = two();
    let third = floor.receive(SHAFT, RACK, 5);
    let before = (floor.world.pieces(), floor.world.lots.clone());
    let command = floor.next_command();
    floor.book(merge([&second, &third], &first));
    floor.book(undo(ReverseTarget::Command(command)));
    assert_eq!((floor.world.pieces(), floor.world.lots.clone()), before);
}

#[test]
fn a_merge_is_not_undone_when_its_pieces_went_on() {
    let (mut floor, first, second) = two();
    let command = floor.next_command();
    floor.book(merge([&second], &first));
    floor.book(take(named(&first), 25));
    let refusal = floor.refused(undo(ReverseTarget::Command(command)));
    assert_eq!(refusal.code, Code::ConsumedSince);
    assert!(matches!(refusal.details, Details::Later(later) if later.len() == 1));
}

#[test]
fn a_merge_that_cannot_be_meant_is_refused() {
    let (mut floor, first, second) = two();
    let itself = floor.refused(merge([&second, &first], &first));
    assert_eq!((itself.code, itself.field.as_deref()), (Code::InvalidBody, Some("lots")));
    assert!(itself.message.contains("itself"), "{itself}");
    assert_eq!(floor.refused(merge([&second, &second], &first)).code, Code::InvalidBody);
    assert_eq!(floor.refused(merge([], &first)).code, Code::InvalidBody);
    let many: Vec<_> = (0..=100).map(|n| LotNumber::allocated(n + 900)).collect();
    assert_eq!(floor.refused(merge(&many, &first)).code, Code::InvalidBody);
}

#[test]
fn a_hundred_lots_are_merged_together_and_no_more() {
    let mut floor = Floor::new();
    let containers = std::num::NonZeroU16::new(102).unwrap();
    let received = floor.book(Receive { containers, ..receive(SHAFT, RACK, 1) });
    let lots: Vec<LotNumber> = received.new_lots.into_iter().map(|new| new.lot).collect();
    let refusal = floor.refused(merge(&lots[1..], &lots[0]));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidBody, Some("lots")));
    floor.book(merge(&lots[1..=100], &lots[0]));
    assert_eq!((floor.of(&lots[0]), floor.of(&lots[101])), (101, 1));
}

#[test]
fn unknown_and_empty_lots_are_refused_by_name() {
    let (mut floor, first, second) = two();
    let nobody = lot("4711");
    let unknown = floor.refused(merge([&nobody], &first));
    assert_eq!((unknown.code, unknown.field.as_deref()), (Code::UnknownLot, Some("lots")));
    let unknown = floor.refused(merge([&first], &nobody));
    assert_eq!((unknown.code, unknown.field.as_deref()), (Code::UnknownLot, Some("into")));
    floor.book(take(named(&second), None));
    let empty = floor.refused(merge([&second], &first));
    assert_eq!((empty.code, empty.field.as_deref()), (Code::InsufficientStock, Some("lots")));
    let empty = floor.refused(merge([&first], &second));
    assert_eq!((empty.code, empty.field.as_deref()), (Code::InsufficientStock, Some("into")));
    assert!(empty.message.contains("nothing is left"), "{empty}");
}

#[test]
fn only_lots_of_one_part_at_one_place_become_one() {
    let (mut floor, first, second) = two();
    let gear = floor.receive(GEAR, RACK, 4);
    let other = floor.refused(merge([&gear], &first));
    assert_eq!((other.code, other.field.as_deref()), (Code::LotsDiffer, Some("lots")));
    assert!(other.message.contains(GEAR) && other.message.contains(SHAFT), "{other}");
    floor.book(carry(named(&second), None, DOCK));
    let apart = floor.refused(merge([&second], &first));
    assert_eq!(apart.code, Code::LotsDiffer);
    assert!(apart.message.contains(DOCK) && apart.message.contains(RACK), "{apart}");
}

#[test]
fn of_a_lot_in_two_places_the_one_named_gives_all_it_has_there() {
    let (mut floor, first, second) = two();
    floor.book(carry(named(&second), 8, DOCK));
    let refusal = floor.refused(merge([&second], &first));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::AmbiguousLot, Some("lots")));
    floor.book(Merge { location: Some(location(RACK)), ..merge([&second], &first) });
    assert_eq!((floor.at(&first, RACK), floor.at(&second, RACK)), (22, 0));
    assert_eq!(floor.at(&second, DOCK), 8);
    let elsewhere = Merge { location: Some(location(DOCK)), ..merge([&second], &first) };
    assert_eq!(floor.refused(elsewhere).code, Code::InsufficientStock);
}

#[test]
fn lots_that_carry_different_marks_stay_apart_until_a_lead_changes_that() {
    let mut floor = Floor::new();
    let receive_with = |order: &str, color: Option<&str>, notes: &str| Receive {
        attributes: LotAttributes {
            work_order: Some(WorkOrder::parse(order).unwrap()),
            color_code: color.map(|code| ColorCode::parse(code).unwrap()),
            notes: Some(note(notes)),
            ..LotAttributes::default()
        },
        ..receive(SHAFT, RACK, 10)
    };
    let mut lot =
        |order, color, notes| floor.book(receive_with(order, color, notes)).new_lots[0].lot.clone();
    let one = lot("1", None, "first skid");
    let same = lot("1", None, "second skid");
    let order = lot("2", None, "first skid");
    let red = lot("1", Some("Red"), "first skid");
    for (other, words) in [(&order, "work order"), (&red, "no colour")] {
        let refusal = floor.refused(merge([other], &one));
        assert_eq!(refusal.code, Code::LotsDiffer);
        assert!(refusal.message.contains(words), "{refusal}");
    }
    floor.book(merge([&same], &one));
    let notes = &floor.world.lots[&one].fact.attributes.notes;
    assert_eq!(notes.as_ref(), Some(&note("first skid")), "each keeps its own");
    let changes = LotChanges { color_code: Patch::Clear, ..LotChanges::default() };
    floor.book(ChangeLot { lot: red.clone(), version: 1, changes });
    floor.book(merge([&red], &one));
    assert_eq!(floor.of(&one), 30);
}

#[test]
fn a_hold_on_either_lot_keeps_them_apart_unless_a_lead_says_why() {
    for held_is_target in [false, true] {
        let (mut floor, first, second) = two();
        let held = if held_is_target { &first } else { &second };
        floor.book(hold(HoldSubject::Lot(held.clone())));
        let wish = merge([&second], &first);
        assert_eq!(floor.refused(wish.clone()).code, Code::OnHold);
        floor.user(1, Role::Operator).confirm(Code::OnHold);
        assert_eq!(floor.refused(wish.clone()).code, Code::OnHold, "an operator cannot insist");
        floor.user(2, Role::Lead).confirm(Code::OnHold);
        assert_eq!(floor.refused(wish.clone()).code, Code::ReasonRequired);
        floor.confirm(Code::OnHold);
        let postings = floor.book(Merge { notes: Some(note("same heat")), ..wish });
        assert_eq!(postings.warnings[0].code, "on_hold");
        assert_eq!(floor.of(&first), 30);
    }
}

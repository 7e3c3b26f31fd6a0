//! Material is blocked: nothing leaves it but on a lead's word, with a reason.

use mtm_core::catalogue::HoldTarget;
use mtm_core::word::HoldId;

use super::*;

/// A lot of thirty at the rack, on hold.
fn held() -> (Floor, LotNumber) {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(hold(HoldSubject::Lot(lot.clone())));
    (floor, lot)
}

/// Every way out of a bucket, without notes.
fn ways_out(lot: &LotNumber) -> Vec<Action> {
    vec![
        Action::Take(take(named(lot), 5)),
        Action::Scrap(scrap(named(lot), 5)),
        Action::Move(carry(named(lot), 5, DOCK)),
        Action::Complete(complete(named(lot), [5, 0, 0])),
        Action::Complete(complete(named(lot), [0, 5, 0])),
        Action::Split(split(named(lot), 5)),
        Action::Adjust(counted(named(lot), 25)),
    ]
}

#[test]
fn nothing_leaves_a_held_lot() {
    let (mut floor, lot) = held();
    for action in ways_out(&lot) {
        let refusal = floor.refused(action.clone());
        assert_eq!(refusal.code, Code::OnHold, "{action:?}");
        assert!(refusal.message.contains("quality"), "{refusal}");
    }
}

#[test]
fn an_operator_cannot_insist() {
    let (mut floor, lot) = held();
    floor.user(1, Role::Operator);
    for action in ways_out(&lot) {
        assert_eq!(floor.confirm(Code::OnHold).refused(action).code, Code::OnHold);
    }
}

#[test]
fn a_lead_who_insists_says_why() {
    let (mut floor, lot) = held();
    let unexplained = floor.confirm(Code::OnHold).refused(take(named(&lot), 5));
    assert_eq!(unexplained.code, Code::ReasonRequired);
    let explained = Take { notes: Some(note("customer agreed")), ..take(named(&lot), 5) };
    let postings = floor.confirm(Code::OnHold).book(explained.clone());
    assert_eq!(postings.warnings[0].code, "on_hold");
    // A reason alone is not a confirmation.
    assert_eq!(floor.refused(explained).code, Code::OnHold);
}

#[test]
fn a_reason_code_explains_as_well_as_notes() {
    let (mut floor, lot) = held();
    let shipped = Take { reason: Some(reason("shipped")), ..take(named(&lot), 5) };
    floor.confirm(Code::OnHold).book(shipped);
    floor.confirm(Code::OnHold).book(scrap(named(&lot), 5));
    floor.confirm(Code::OnHold).book(complete(named(&lot), [1, 1, 0]));
    floor
        .confirm(Code::OnHold)
        .book(counted(Pick { operation: Some(operation("10")), ..named(&lot) }, 10));
    assert_eq!(floor.of(&lot), 11);
}

#[test]
fn a_hold_stops_what_leaves_not_what_arrives() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, DOCK, 30);
    floor.book(hold(HoldSubject::Location(location(RACK))));
    floor.receive(SHAFT, RACK, 10);
    floor.book(carry(named(&lot), 10, RACK));
    let from_rack = Pick { location: Some(location(RACK)), ..named(&lot) };
    assert_eq!(floor.refused(take(from_rack.clone(), 1)).code, Code::OnHold);
    // More may be found there, and the count may agree.
    floor.book(counted(from_rack.clone(), 12));
    floor.book(counted(from_rack, 12));
}

#[test]
fn a_hold_on_a_part_blocks_all_its_lots_and_no_other() {
    let mut floor = Floor::new();
    let lots = [floor.receive(SHAFT, RACK, 30), floor.receive(SHAFT, DOCK, 30)];
    let other = floor.receive(GEAR, RACK, 30);
    floor.book(hold(HoldSubject::Part(part(SHAFT))));
    for lot in &lots {
        assert_eq!(floor.refused(take(named(lot), 1)).code, Code::OnHold);
    }
    floor.book(take(named(&other), 1));
}

#[test]
fn fifo_passes_over_held_lots() {
    let mut floor = Floor::new();
    let lots = [30, 20].map(|n| floor.receive(SHAFT, RACK, n));
    floor.book(hold(HoldSubject::Lot(lots[0].clone())));
    floor.book(take(oldest(SHAFT, RACK), 5));
    assert_eq!(lots.each_ref().map(|lot| floor.of(lot)), [30, 15]);
    // With the held lot there would be enough: then the hold is the reason.
    assert_eq!(floor.refused(take(oldest(SHAFT, RACK), 16)).code, Code::OnHold);
    assert_eq!(floor.refused(take(oldest(SHAFT, RACK), 46)).code, Code::InsufficientStock);
}

#[test]
fn undoing_takes_pieces_out_of_a_hold_only_on_a_leads_word() {
    let mut floor = Floor::new();
    let command = floor.next_command();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(hold(HoldSubject::Lot(lot.clone())));
    let target = ReverseTarget::Command(command);
    assert_eq!(floor.refused(undo(target.clone())).code, Code::OnHold);
    floor.confirm(Code::OnHold).book(undo(target));
    assert_eq!(floor.of(&lot), 0);
}

#[test]
fn undoing_a_take_puts_pieces_back_into_a_hold() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let command = floor.next_command();
    floor.book(take(named(&lot), 10));
    floor.book(hold(HoldSubject::Lot(lot.clone())));
    floor.book(undo(ReverseTarget::Command(command)));
    assert_eq!(floor.of(&lot), 30);
}

#[test]
fn a_hold_is_placed_once_and_ends_when_released() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let id = HoldId::placed_by(floor.next_command());
    let placed = floor.book(hold(HoldSubject::Lot(lot.clone())));
    assert_eq!(placed.new_hold.unwrap().target, HoldTarget::Lot(lot.clone()));
    let twice = floor.refused(hold(HoldSubject::Lot(lot.clone())));
    assert_eq!(twice.code, Code::AlreadyExists);
    let release = ReleaseHold { hold: id, notes: None };
    assert_eq!(floor.book(release.clone()).released.map(|hold| hold.id), Some(id));
    floor.book(take(named(&lot), 1));
    assert_eq!(floor.refused(release).code, Code::NotFound);
}

#[test]
fn a_hold_is_on_something_known_for_a_known_reason() {
    let mut floor = Floor::new();
    let cases = [
        (HoldSubject::Lot(lot("12345")), Code::UnknownLot, "lot"),
        (HoldSubject::Part(part("NOPE")), Code::UnknownPart, "part"),
        (HoldSubject::Location(location("X")), Code::UnknownLocation, "location"),
    ];
    for (subject, code, field) in cases {
        let refusal = floor.refused(hold(subject));
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some(field)));
    }
    let subject = HoldSubject::Part(part(SHAFT));
    let refusal = floor.refused(PlaceHold { reason: reason("count"), ..hold(subject) });
    assert_eq!(refusal.code, Code::UnknownReason);
}

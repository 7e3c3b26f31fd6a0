//! Pieces leave, taken or scrapped, and how the stock meant is picked.

use mtm_core::movement::{Account, MovementType, Outside};

use super::*;

#[test]
fn part_of_a_lot_is_taken_and_the_rest_stays() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let postings = floor.book(take(named(&lot), 12));
    assert_eq!(postings.movements[0].kind, MovementType::Out);
    assert_eq!(postings.movements[0].to, Account::Outside(Outside::Consumed));
    assert_eq!(floor.of(&lot), 18);
}

#[test]
fn a_lot_without_a_quantity_is_the_whole_bucket_told_at_zero() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let postings = floor.book(take(named(&lot), None));
    assert_eq!(postings.movements[0].quantity, pieces(30));
    let [balance] = postings.balances.as_slice() else { panic!("one bucket") };
    assert_eq!((balance.before, balance.after), (pieces(30), Quantity::ZERO));
    // And an empty one is a conflict, not an empty booking.
    assert_eq!(floor.refused(take(named(&lot), None)).code, Code::InsufficientStock);
}

#[test]
fn fifty_takes_of_one_from_thirty_are_thirty() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let taken = (0..50).filter(|_| floor.ask(take(named(&lot), 1)).is_ok()).count();
    assert_eq!((taken, floor.of(&lot)), (30, 0));
}

#[test]
fn more_than_there_is_tells_what_there_is() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let refusal = floor.refused(take(named(&lot), 31));
    assert_eq!(refusal.code, Code::InsufficientStock);
    assert_eq!(refusal.field.as_deref(), Some("quantity"));
    let Details::Available(lines) = &refusal.details else { panic!("{refusal:?}") };
    assert_eq!(lines[0].quantity, pieces(30));
}

#[test]
fn nothing_is_not_a_quantity() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    for action in [
        Action::Take(take(named(&lot), 0)),
        Action::Scrap(scrap(named(&lot), 0)),
        Action::Move(carry(named(&lot), 0, DOCK)),
        Action::Split(split(named(&lot), 0)),
        Action::Complete(complete(named(&lot), [0, 0, 0])),
        Action::Receive(receive(SHAFT, RACK, 0)),
    ] {
        assert_eq!(floor.refused(action).code, Code::QuantityOutOfRange);
    }
}

#[test]
fn a_pick_that_says_too_little_is_malformed() {
    let mut floor = Floor::new();
    floor.receive(SHAFT, RACK, 30);
    let vague = Pick { location: None, ..standing(SHAFT, RACK) };
    assert_eq!(floor.refused(take(vague, 1)).code, Code::InvalidBody);
    assert_eq!(floor.refused(take(Pick::default(), 1)).code, Code::InvalidBody);
    // Without a lot nobody can mean "the whole".
    let refusal = floor.refused(take(standing(SHAFT, RACK), None));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidBody, Some("quantity")));
}

#[test]
fn every_name_of_a_pick_must_exist() {
    let mut floor = Floor::new();
    let known = floor.receive(SHAFT, RACK, 30);
    let cases = [
        (named(&lot("12345")), Code::UnknownLot, "lot"),
        (Pick { part: Some(part("NOPE")), ..named(&known) }, Code::UnknownPart, "part"),
        (
            Pick { operation: Some(operation("7")), ..named(&known) },
            Code::UnknownOperation,
            "operation",
        ),
        (
            Pick { location: Some(location("X")), ..named(&known) },
            Code::UnknownLocation,
            "location",
        ),
    ];
    for (pick, code, field) in cases {
        let refusal = floor.refused(take(pick, 1));
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some(field)));
    }
}

#[test]
fn a_lot_that_stands_elsewhere_is_never_taken_instead() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let wrong_place = Pick { location: Some(location(DOCK)), ..named(&lot) };
    let wrong_part = Pick { part: Some(part(GEAR)), ..named(&lot) };
    let wrong_step = Pick { operation: Some(operation("20")), ..named(&lot) };
    for pick in [wrong_place, wrong_part, wrong_step] {
        let refusal = floor.refused(take(pick, 1));
        assert_eq!(refusal.code, Code::InsufficientStock);
        assert_eq!(candidates(&refusal), [lot.as_str()], "where it does stand");
    }
}

#[test]
fn several_lots_are_listed_and_none_is_chosen() {
    let mut floor = Floor::new();
    let (first, second) = (floor.receive(SHAFT, RACK, 30), floor.receive(SHAFT, RACK, 20));
    floor.receive(SHAFT, DOCK, 9);
    let refusal = floor.refused(take(standing(SHAFT, RACK), 1));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::AmbiguousLot, Some("lot")));
    assert_eq!(candidates(&refusal), [first.as_str(), second.as_str()]);
}

#[test]
fn a_single_lot_needs_no_naming() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(take(standing(SHAFT, RACK), 5));
    assert_eq!(floor.of(&lot), 25);
    assert_eq!(floor.refused(take(standing(SHAFT, DOCK), 5)).code, Code::InsufficientStock);
}

#[test]
fn a_lot_in_two_places_is_ambiguous_under_either_rule() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(carry(named(&lot), 10, DOCK));
    for rule in [PickRule::Exact, PickRule::Fifo] {
        let pick = Pick { rule, ..named(&lot) };
        assert_eq!(floor.refused(take(pick.clone(), 5)).code, Code::AmbiguousLot);
        assert_eq!(floor.refused(take(pick.clone(), None)).code, Code::AmbiguousLot);
        floor.book(take(Pick { location: Some(location(DOCK)), ..pick }, 1));
    }
}

#[test]
fn fifo_takes_the_oldest_first_and_spans_lots() {
    let mut floor = Floor::new();
    let lots = [30, 20, 50].map(|n| floor.receive(SHAFT, RACK, n));
    let postings = floor.book(take(oldest(SHAFT, RACK), 45));
    let taken: Vec<i64> = postings.movements.iter().map(|p| p.quantity.whole()).collect();
    assert_eq!(taken, [30, 15]);
    assert_eq!(lots.each_ref().map(|lot| floor.of(lot)), [0, 5, 50]);
}

#[test]
fn fifo_goes_by_receipt_not_by_number() {
    let mut floor = Floor::new();
    let old = Receive { lot: Some(lot("zz-old")), ..receive(SHAFT, RACK, 10) };
    floor.book(old);
    floor.book(Receive { lot: Some(lot("aa-new")), ..receive(SHAFT, RACK, 10) });
    floor.book(take(oldest(SHAFT, RACK), 10));
    assert_eq!((floor.of(&lot("zz-old")), floor.of(&lot("aa-new"))), (0, 10));
}

#[test]
fn fifo_takes_all_or_nothing() {
    let mut floor = Floor::new();
    let lots = [30, 20].map(|n| floor.receive(SHAFT, RACK, n));
    let refusal = floor.refused(take(oldest(SHAFT, RACK), 51));
    assert_eq!(refusal.code, Code::InsufficientStock);
    assert_eq!(refusal.field.as_deref(), Some("quantity"));
    assert_eq!(candidates(&refusal), [lots[0].as_str(), lots[1].as_str()]);
}

#[test]
fn stock_of_retired_masters_can_still_leave() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.world.edit_plant(|plant| {
        plant.parts[1].retired = true;
        plant.operations[0].retired = true;
        plant.locations[0].retired = true;
    });
    floor.book(take(standing(SHAFT, RACK), 5));
    floor.book(carry(named(&lot), None, DOCK));
    assert_eq!(floor.at(&lot, DOCK), 25);
}

#[test]
fn reasons_must_exist_for_their_kind_and_other_needs_notes() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let with = |code: &str, notes: Option<&str>| Take {
        reason: Some(reason(code)),
        notes: notes.map(note),
        ..take(named(&lot), 1)
    };
    floor.book(take(named(&lot), 1));
    let booked = floor.book(with("shipped", Some("truck 4")));
    assert_eq!(booked.movements[0].reason, Some(reason("shipped")));
    assert_eq!(booked.movements[0].notes, Some(note("truck 4")));
    assert_eq!(floor.world.lots[&lot].fact.attributes.notes, None, "notes stay on the movement");
    floor.book(with("other", Some("to the museum")));
    let refusal = floor.refused(with("other", None));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::ReasonRequired, Some("notes")));
    // A reason of another kind is none.
    assert_eq!(floor.refused(with("damaged", None)).code, Code::UnknownReason);
    let scrapped = Scrap { reason: reason("shipped"), ..scrap(named(&lot), 1) };
    assert_eq!(floor.refused(scrapped).code, Code::UnknownReason);
}

#[test]
fn scrap_leaves_into_the_scrap_account_with_its_reason() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let postings = floor.book(scrap(named(&lot), 4));
    let [posting] = postings.movements.as_slice() else { panic!("one movement") };
    assert_eq!(posting.kind, MovementType::Scrap);
    assert_eq!(posting.to, Account::Outside(Outside::Scrap));
    assert_eq!(posting.reason, Some(reason("damaged")));
    assert_eq!(floor.of(&lot), 26);
}

#[test]
fn stock_is_found_under_a_parts_old_and_new_number() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.world.edit_plant(|plant| {
        let old = std::mem::replace(&mut plant.parts[1].code, "SHAFT-2".to_owned());
        plant.parts[1].aliases.push(old);
    });
    floor.book(take(standing(SHAFT, RACK), 1));
    floor.book(take(standing("SHAFT-2", RACK), 1));
    assert_eq!(floor.of(&lot), 28);
}

//! Pieces arrive.

use std::num::NonZeroU16;

use mtm_core::command::{LotAttributes, Open};
use mtm_core::movement::{Account, MovementType, Outside};
use mtm_core::word::{ColorCode, ItemType, Timestamp, WorkOrder};

use super::*;

#[test]
fn one_container_is_one_new_lot_with_the_next_number() {
    let mut floor = Floor::new();
    let postings = floor.book(receive(SHAFT, RACK, 120));
    assert_eq!(postings.new_lots[0].lot, LotNumber::allocated(1));
    let [posting] = postings.movements.as_slice() else { panic!("one movement") };
    assert_eq!(posting.kind, MovementType::In);
    assert_eq!(posting.from, Account::Outside(Outside::Supplier));
    assert_eq!(floor.at(&LotNumber::allocated(1), RACK), 120);
    assert_eq!(floor.receive(SHAFT, RACK, 120), LotNumber::allocated(2));
}

#[test]
fn five_containers_are_five_lots_in_one_command() {
    let mut floor = Floor::new();
    let containers = NonZeroU16::new(5).unwrap();
    let postings = floor.book(Receive { containers, ..receive(SHAFT, RACK, 40) });
    assert_eq!(postings.new_lots.len(), 5);
    assert_eq!(postings.movements.len(), 5);
    for n in 1..=5 {
        assert_eq!(floor.at(&LotNumber::allocated(n), RACK), 40);
    }
}

#[test]
fn the_lot_carries_what_came_with_it_and_the_parts_item_type() {
    let mut floor = Floor::new();
    let attributes = LotAttributes {
        item_type: None,
        work_order: Some(WorkOrder::parse("60723").unwrap()),
        color_code: Some(ColorCode::parse("red").unwrap()),
        notes: Some(note("green skid")),
    };
    let postings = floor.book(Receive { attributes: attributes.clone(), ..receive(GEAR, RACK, 5) });
    let carried = &postings.new_lots[0].attributes;
    assert_eq!(carried.item_type, Some(ItemType::parse("WIP").unwrap()));
    assert_eq!(carried.work_order, attributes.work_order);
    assert_eq!(carried.color_code, Some(ColorCode::parse("Red").unwrap()), "as master data has it");
    assert_eq!(carried.notes, attributes.notes);
    assert_eq!(postings.new_lots[0].received_by, Some(floor.who.actor.id));
    assert_eq!(postings.movements[0].notes, None, "the notes of a receipt are the lot's");
}

#[test]
fn what_should_be_carried_and_is_not_is_a_warning_not_a_refusal() {
    let mut floor = Floor::new();
    let warned = |postings: Postings| -> Vec<String> {
        postings.warnings.into_iter().map(|warning| warning.code).collect()
    };
    assert_eq!(warned(floor.book(receive(GEAR, RACK, 5))), ["color_code_missing"]);
    assert_eq!(warned(floor.book(receive("500", RACK, 5))), ["work_order_missing"]);
    assert!(warned(floor.book(receive(SHAFT, RACK, 5))).is_empty());
}

#[test]
fn only_known_and_active_masters_take_new_stock() {
    let attributes = |item: Option<&str>, color: Option<&str>| LotAttributes {
        item_type: item.map(|text| ItemType::parse(text).unwrap()),
        color_code: color.map(|text| ColorCode::parse(text).unwrap()),
        ..LotAttributes::default()
    };
    let plain = || receive(SHAFT, RACK, 5);
    let cases = [
        (Receive { part: part("NOPE"), ..plain() }, Code::UnknownPart, "part"),
        (Receive { part: part("OLD-1"), ..plain() }, Code::UnknownPart, "part"),
        (Receive { operation: operation("7"), ..plain() }, Code::UnknownOperation, "operation"),
        (Receive { operation: operation("99"), ..plain() }, Code::UnknownOperation, "operation"),
        (Receive { location: location("X"), ..plain() }, Code::UnknownLocation, "location"),
        (Receive { location: location("R-GONE"), ..plain() }, Code::UnknownLocation, "location"),
        (
            Receive { attributes: attributes(Some("Gold"), None), ..plain() },
            Code::UnknownItemType,
            "item_type",
        ),
        (
            Receive { attributes: attributes(Some("Bygone"), None), ..plain() },
            Code::UnknownItemType,
            "item_type",
        ),
        (
            Receive { attributes: attributes(None, Some("Mauve")), ..plain() },
            Code::UnknownColorCode,
            "color_code",
        ),
        (Receive { reason: Some(reason("because")), ..plain() }, Code::UnknownReason, "reason"),
        (Receive { reason: Some(reason("other")), ..plain() }, Code::ReasonRequired, "notes"),
    ];
    let mut floor = Floor::new();
    for (action, code, field) in cases {
        let refusal = floor.refused(action);
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some(field)), "{refusal}");
    }
}

#[test]
fn found_material_is_a_receipt_with_the_reason_of_a_count() {
    let mut floor = Floor::new();
    let postings =
        floor.book(Receive { reason: Some(reason("Count")), ..receive(SHAFT, RACK, 12) });
    assert_eq!(postings.movements[0].reason, Some(reason("count")));
}

#[test]
fn a_quantity_outside_the_bounds_is_never_confirmable() {
    let mut floor = Floor::new();
    let refused = |floor: &mut Floor, part, n| {
        floor.confirm = Confirmations::ALL;
        let refusal = floor.refused(receive(part, RACK, n));
        assert_eq!(refusal.code, Code::QuantityOutOfRange);
        assert_eq!(refusal.field.as_deref(), Some("quantity"));
    };
    refused(&mut floor, GEAR, 0);
    refused(&mut floor, GEAR, 100_001);
    floor.receive(GEAR, RACK, 100_000);
    // The shaft's own bound is higher.
    floor.receive(SHAFT, RACK, 250_000);
    refused(&mut floor, SHAFT, 250_001);
}

#[test]
fn a_number_of_ones_own_is_kept_and_never_used_twice() {
    let mut floor = Floor::new();
    let own = |n| Receive { lot: Some(lot("pallet-7")), ..receive(SHAFT, RACK, n) };
    let postings = floor.book(own(30));
    assert_eq!(postings.new_lots[0].lot.as_str(), "PALLET-7");
    let refusal = floor.refused(own(30));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::AlreadyExists, Some("lot")));
    // Not even when nothing is left of it.
    floor.book(take(named(&lot("pallet-7")), None));
    assert_eq!(floor.refused(own(30)).code, Code::AlreadyExists);
}

#[test]
fn several_containers_cannot_share_a_number() {
    let containers = NonZeroU16::new(2).unwrap();
    let refusal = Floor::new().refused(Receive {
        containers,
        lot: Some(lot("pallet-7")),
        ..receive(SHAFT, RACK, 30)
    });
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidBody, Some("containers")));
}

#[test]
fn an_alias_receives_under_the_parts_present_number() {
    let mut floor = Floor::new();
    floor.world.edit_plant(|plant| {
        plant.parts[1].aliases.push("24-126".to_owned());
    });
    let postings = floor.book(receive("24-126", RACK, 5));
    assert_eq!(postings.movements[0].part.code.as_str(), SHAFT);
}

#[test]
fn a_store_that_is_out_of_numbers_books_nothing() {
    let floor = Floor::new();
    let command = Command {
        id: floor.next_command(),
        context: floor.who.clone(),
        confirm: Confirmations::default(),
        action: Action::Receive(receive(SHAFT, RACK, 5)),
    };
    let mut view = floor.world.view(&command);
    view.fresh_lots.clear();
    assert_eq!(decide(&view, &command).unwrap_err().code, Code::Unavailable);
}

fn opening(number: &str, at: &str, n: i64) -> Open {
    Open {
        part: part(SHAFT),
        operation: operation("10"),
        location: location(at),
        lot: lot(number),
        quantity: pieces(n),
        attributes: LotAttributes { notes: Some(note("as found")), ..LotAttributes::default() },
        received_at: Timestamp::from_micros(7),
        received_by: None,
    }
}

#[test]
fn an_opening_keeps_number_time_and_attributes_and_is_exempt_from_the_bounds() {
    let mut floor = Floor::new();
    let postings = floor.book(opening("4711", RACK, 25_002_500));
    assert_eq!(postings.movements[0].kind, MovementType::Opening);
    let known = &floor.world.lots[&lot("0000004711")].fact;
    assert_eq!(known.received_at, Timestamp::from_micros(7));
    assert_eq!(known.received_by, None);
    assert_eq!(known.attributes.notes, Some(note("as found")));
}

#[test]
fn an_opened_lot_may_stand_in_several_places_but_be_of_one_part() {
    let mut floor = Floor::new();
    floor.book(opening("4711", RACK, 30));
    floor.book(opening("4711", DOCK, 12));
    assert_eq!(floor.of(&lot("4711")), 42);
    let refusal = floor.refused(Open { part: part(GEAR), ..opening("4711", RACK, 1) });
    assert_eq!(refusal.code, Code::AlreadyExists);
    assert_eq!(floor.refused(opening("4711", RACK, 0)).code, Code::QuantityOutOfRange);
}

#[test]
fn an_opening_may_stand_where_nothing_new_may_go() {
    let mut floor = Floor::new();
    floor.book(Open { part: part("OLD-1"), ..opening("4711", "R-GONE", 30) });
    assert_eq!(floor.at(&lot("4711"), "R-GONE"), 30);
}

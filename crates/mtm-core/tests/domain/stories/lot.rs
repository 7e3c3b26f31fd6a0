//! Lots are split and changed.

use mtm_core::command::{LotChanges, Patch};
use mtm_core::word::{ColorCode, ItemType, WorkOrder};

use super::*;

#[test]
fn a_split_makes_a_child_with_everything_the_parent_carries() {
    let mut floor = Floor::new();
    let attributes = LotAttributes {
        color_code: Some(ColorCode::parse("Blue").unwrap()),
        work_order: Some(WorkOrder::parse("1").unwrap()),
        notes: Some(note("green skid")),
        ..LotAttributes::default()
    };
    floor.book(Receive { attributes, ..receive(SHAFT, RACK, 30) });
    let parent = LotNumber::allocated(1);
    floor.wait(60).user(3, Role::Operator);
    let postings = floor.book(split(named(&parent), 12));
    let child = &postings.new_lots[0].lot;
    assert_eq!((floor.at(&parent, RACK), floor.at(child, RACK)), (18, 12));
    let (old, new) = (&floor.world.lots[&parent], &floor.world.lots[child]);
    assert_eq!(new.parent.as_ref(), Some(&parent));
    assert_eq!(new.fact.attributes, old.fact.attributes);
    assert_eq!(new.fact.received_at, old.fact.received_at, "FIFO sees no younger material");
    assert_eq!(new.fact.received_by, old.fact.received_by);
}

#[test]
fn a_split_leaves_some_behind() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let whole = floor.refused(split(named(&lot), 30));
    assert_eq!((whole.code, whole.field.as_deref()), (Code::QuantityOutOfRange, Some("quantity")));
    assert_eq!(floor.refused(split(named(&lot), 31)).code, Code::InsufficientStock);
    assert_eq!(floor.refused(split(standing(SHAFT, RACK), 5)).code, Code::InvalidBody);
}

#[test]
fn a_lot_in_two_places_is_split_in_the_one_named() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    floor.book(carry(named(&lot), 10, DOCK));
    assert_eq!(floor.refused(split(named(&lot), 5)).code, Code::AmbiguousLot);
    let postings = floor.book(split(Pick { location: Some(location(DOCK)), ..named(&lot) }, 5));
    assert_eq!(floor.at(&postings.new_lots[0].lot, DOCK), 5);
}

#[test]
fn undoing_a_split_gives_the_pieces_back_to_the_parent() {
    let mut floor = Floor::new();
    let parent = floor.receive(SHAFT, RACK, 30);
    let command = floor.next_command();
    let child = floor.book(split(named(&parent), 12)).new_lots[0].lot.clone();
    floor.book(undo(ReverseTarget::Movement(command.movement(1))));
    assert_eq!((floor.of(&parent), floor.of(&child)), (30, 0));
    // Its number is spent all the same.
    assert_ne!(floor.receive(SHAFT, RACK, 1), child);
}

#[test]
fn a_split_lot_that_moved_on_is_in_the_way_of_the_undo() {
    let mut floor = Floor::new();
    let parent = floor.receive(SHAFT, RACK, 30);
    let command = floor.next_command();
    let child = floor.book(split(named(&parent), 12)).new_lots[0].lot.clone();
    floor.book(carry(named(&child), 1, DOCK));
    let refusal = floor.refused(undo(ReverseTarget::Command(command)));
    assert_eq!(refusal.code, Code::ConsumedSince);
}

fn change(lot: &LotNumber, version: i64, changes: LotChanges) -> ChangeLot {
    ChangeLot { lot: lot.clone(), version, changes }
}

#[test]
fn what_a_lot_carries_is_set_cleared_or_left() {
    let mut floor = Floor::new();
    let attributes = LotAttributes { notes: Some(note("green skid")), ..LotAttributes::default() };
    let lot = floor.book(Receive { attributes, ..receive(GEAR, RACK, 30) }).new_lots[0].lot.clone();
    let color_code = Patch::Set(ColorCode::parse("BLUE").unwrap());
    floor.book(change(
        &lot,
        1,
        LotChanges { color_code, notes: Patch::Clear, ..LotChanges::default() },
    ));
    let fact = &floor.world.lots[&lot].fact;
    assert_eq!(fact.version, 2);
    assert_eq!(fact.attributes.color_code, Some(ColorCode::parse("Blue").unwrap()));
    assert_eq!(fact.attributes.notes, None);
    assert_eq!(fact.attributes.item_type, Some(ItemType::parse("WIP").unwrap()));
}

#[test]
fn a_change_names_the_version_it_saw() {
    let mut floor = Floor::new();
    let lot = floor.receive(GEAR, RACK, 30);
    let notes = |text| LotChanges { notes: Patch::Set(note(text)), ..LotChanges::default() };
    floor.book(change(&lot, 1, notes("a")));
    assert_eq!(floor.refused(change(&lot, 1, notes("b"))).code, Code::Stale);
    // What is so already changes nothing, not even the version.
    let postings = floor.book(change(&lot, 2, notes("a")));
    assert!(postings.lot_changes.is_empty());
    let nowhere = super::lot("12345");
    assert_eq!(floor.refused(change(&nowhere, 1, notes("b"))).code, Code::UnknownLot);
}

#[test]
fn a_lot_keeps_a_colour_that_was_retired_but_takes_none() {
    let mut floor = Floor::new();
    let attributes = LotAttributes {
        color_code: Some(ColorCode::parse("Red").unwrap()),
        ..LotAttributes::default()
    };
    let lot = floor.book(Receive { attributes, ..receive(GEAR, RACK, 30) }).new_lots[0].lot.clone();
    floor.world.edit_plant(|plant| plant.colors[0].retired = true);
    let notes = Patch::Set(note("still red"));
    floor.book(change(&lot, 1, LotChanges { notes, ..LotChanges::default() }));
    let color_code = Patch::Set(ColorCode::parse("Mauve").unwrap());
    let refusal =
        floor.refused(change(&lot, 2, LotChanges { color_code, ..LotChanges::default() }));
    assert_eq!(refusal.code, Code::UnknownColorCode);
    let item_type = Patch::Set(ItemType::parse("Gold").unwrap());
    let refusal = floor.refused(change(&lot, 2, LotChanges { item_type, ..LotChanges::default() }));
    assert_eq!(refusal.code, Code::UnknownItemType);
}

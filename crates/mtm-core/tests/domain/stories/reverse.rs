//! Bookings are undone.

use mtm_core::movement::MovementType;
use mtm_core::word::{ImportId, MovementId, SessionId};

use super::*;

/// Books and says the id of its first movement.
fn booked(floor: &mut Floor, wish: impl Wish) -> MovementId {
    let id = floor.next_command().movement(1);
    floor.book(wish);
    id
}

fn one(id: MovementId) -> Reverse {
    undo(ReverseTarget::Movement(id))
}

#[test]
fn undoing_a_take_restores_the_same_lot() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let before = floor.world.lots[&lot].clone();
    let id = booked(&mut floor, take(named(&lot), None));
    let postings = floor.book(one(id));
    let [posting] = postings.movements.as_slice() else { panic!("one movement") };
    assert_eq!(posting.kind, MovementType::Reversal);
    assert_eq!(postings.warnings, [], "nothing is left to say");
    assert_eq!(posting.reverses, Some(id));
    assert_eq!(posting.notes, Some(note("booked by mistake")));
    assert_eq!(floor.at(&lot, RACK), 30);
    assert_eq!(floor.world.lots[&lot], before);
}

#[test]
fn a_movement_is_undone_once_and_an_undo_never() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let id = booked(&mut floor, take(named(&lot), 5));
    let reversal = booked(&mut floor, one(id));
    assert_eq!(floor.refused(one(id)).code, Code::AlreadyReversed);
    let again = floor.refused(one(reversal));
    assert_eq!(again.code, Code::AlreadyReversed);
    assert!(again.message.contains("book the movement again"), "{again}");
    assert_eq!(
        floor.refused(undo(ReverseTarget::Command(id.command()))).code,
        Code::AlreadyReversed
    );
    assert_eq!(floor.refused(undo(ReverseTarget::Movements(vec![id]))).code, Code::AlreadyReversed);
}

#[test]
fn what_has_moved_on_is_refused_with_what_is_in_the_way() {
    let mut floor = Floor::new();
    let receipt = floor.next_command().movement(1);
    let lot = floor.receive(SHAFT, RACK, 100);
    let first = booked(&mut floor, take(named(&lot), 30));
    let second = booked(&mut floor, carry(named(&lot), 10, DOCK));
    let refusal = floor.refused(one(receipt));
    assert_eq!(refusal.code, Code::ConsumedSince);
    assert!(refusal.message.starts_with("60 of the 100 pieces"), "{refusal}");
    let Details::Later(later) = &refusal.details else { panic!("{refusal:?}") };
    assert_eq!(later.iter().map(|l| l.id).collect::<Vec<_>>(), [second, first], "newest first");
    // Undone in that order, the receipt can go, too.
    floor.book(one(second));
    floor.book(one(first));
    floor.book(one(receipt));
    assert_eq!(floor.of(&lot), 0);
}

#[test]
fn pieces_that_came_back_are_not_in_the_way() {
    let mut floor = Floor::new();
    let receipt = floor.next_command().movement(1);
    let lot = floor.receive(SHAFT, RACK, 100);
    floor.book(carry(named(&lot), None, DOCK));
    floor.book(carry(named(&lot), None, RACK));
    floor.book(one(receipt));
    assert_eq!(floor.of(&lot), 0);
}

#[test]
fn part_of_a_moved_lot_taken_blocks_the_undo_of_the_move_only() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let moved = booked(&mut floor, carry(named(&lot), 40, DOCK));
    let taken = booked(&mut floor, take(Pick { location: Some(location(DOCK)), ..named(&lot) }, 1));
    assert_eq!(floor.refused(one(moved)).code, Code::ConsumedSince);
    floor.book(one(taken));
    floor.book(one(moved));
    assert_eq!(floor.at(&lot, RACK), 100);
}

#[test]
fn every_kind_of_movement_can_be_undone() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let before = floor.world.pieces();
    let actions = [
        Action::Take(take(named(&lot), 10)),
        Action::Scrap(scrap(named(&lot), 10)),
        Action::Move(carry(named(&lot), 10, DOCK)),
        Action::Adjust(counted(named(&lot), 90)),
        Action::Adjust(counted(named(&lot), 110)),
        Action::Split(split(named(&lot), 10)),
        Action::Complete(complete(named(&lot), [10, 10, 10])),
        Action::Receive(receive(SHAFT, RACK, 7)),
    ];
    for action in actions {
        let command = floor.next_command();
        floor.book(action.clone());
        floor.book(undo(ReverseTarget::Command(command)));
        assert_eq!(floor.world.pieces(), before, "{action:?}");
    }
}

#[test]
fn a_group_is_undone_newest_first_all_or_none() {
    let mut floor = Floor::new();
    floor.who.session = Some(SessionId(uuid(77)));
    let lot = floor.receive(SHAFT, RACK, 100);
    floor.book(carry(named(&lot), None, DOCK));
    let last = booked(&mut floor, take(named(&lot), 60));
    floor.who.session = None;
    let session = || undo(ReverseTarget::Session(SessionId(uuid(77))));
    // Something outside the group is in the way: nothing of it is undone.
    let outside = booked(&mut floor, take(named(&lot), 1));
    assert_eq!(floor.refused(session()).code, Code::ConsumedSince);
    floor.book(one(outside));
    let postings = floor.book(session());
    assert_eq!(postings.movements[0].reverses, Some(last));
    assert_eq!(postings.movements.len(), 3);
    assert_eq!(floor.of(&lot), 0);
}

#[test]
fn what_was_undone_of_a_group_before_is_left_out() {
    let mut floor = Floor::new();
    floor.who.import = Some(ImportId(uuid(88)));
    let ids = [10, 20, 30].map(|n| booked(&mut floor, receive(SHAFT, RACK, n)));
    floor.who.import = None;
    floor.book(one(ids[1]));
    let postings = floor.book(undo(ReverseTarget::Import(ImportId(uuid(88)))));
    let undone: Vec<_> = postings.movements.iter().filter_map(|p| p.reverses).collect();
    assert_eq!(undone, [ids[2], ids[0]]);
    assert_eq!(postings.warnings[0].code, "already_reversed");
    assert!(floor.world.pieces().is_empty());
}

#[test]
fn an_id_named_twice_is_undone_once() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let id = booked(&mut floor, take(named(&lot), 5));
    let command = Command {
        id: floor.next_command(),
        context: floor.who.clone(),
        confirm: Confirmations::default(),
        action: Action::Reverse(undo(ReverseTarget::Movements(vec![id, id]))),
    };
    // A store may hand over a fact for each id of the list.
    let mut view = floor.world.view(&command);
    view.reversals.push(view.reversals[0].clone());
    let postings = decide(&view, &command).unwrap();
    assert_eq!(postings.movements.len(), 1);
}

#[test]
fn what_does_not_exist_cannot_be_undone() {
    let mut floor = Floor::new();
    let known = booked(&mut floor, receive(SHAFT, RACK, 30));
    let unknown = floor.next_command().movement(9);
    let targets = [
        ReverseTarget::Movement(unknown),
        ReverseTarget::Command(unknown.command()),
        ReverseTarget::Movements(vec![known, unknown]),
        ReverseTarget::Movements(Vec::new()),
        ReverseTarget::Session(SessionId(uuid(5))),
        ReverseTarget::Import(ImportId(uuid(5))),
    ];
    for target in targets {
        assert_eq!(floor.refused(undo(target)).code, Code::NotFound);
    }
}

#[test]
fn an_operator_undoes_their_own_for_a_shift() {
    let mut floor = Floor::new();
    floor.user(3, Role::Operator);
    let early = booked(&mut floor, receive(SHAFT, RACK, 30));
    let late = booked(&mut floor, receive(SHAFT, RACK, 20));
    floor.user(4, Role::Operator);
    assert_eq!(floor.refused(one(early)).code, Code::Forbidden);
    floor.user(3, Role::Operator).wait(8 * 3600 - 1);
    floor.book(one(late));
    floor.wait(2);
    assert_eq!(floor.refused(one(early)).code, Code::Forbidden);
    floor.user(2, Role::Lead).wait(10 * 24 * 3600).book(one(early));
}

#[test]
fn lists_and_imports_are_for_leads() {
    let mut floor = Floor::new();
    floor.user(3, Role::Operator);
    floor.who.import = Some(ImportId(uuid(88)));
    let id = booked(&mut floor, receive(SHAFT, RACK, 30));
    for target in [ReverseTarget::Movements(vec![id]), ReverseTarget::Import(ImportId(uuid(88)))] {
        assert_eq!(floor.refused(undo(target)).code, Code::Forbidden);
    }
    floor.book(undo(ReverseTarget::Command(id.command())));
}

#[test]
fn an_undo_restores_even_where_nothing_new_may_go() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 30);
    let id = booked(&mut floor, take(named(&lot), None));
    floor.world.edit_plant(|plant| plant.locations[0].retired = true);
    let postings = floor.book(one(id));
    assert_eq!(postings.warnings[0].code, "retired");
    assert_eq!(floor.at(&lot, RACK), 30);
}

#[test]
fn an_undo_finds_its_pieces_after_the_part_was_renamed() {
    let mut floor = Floor::new();
    let id = booked(&mut floor, receive(SHAFT, RACK, 30));
    floor.world.edit_plant(|plant| {
        let old = std::mem::replace(&mut plant.parts[1].code, "SHAFT-2".to_owned());
        plant.parts[1].aliases.push(old);
    });
    floor.book(one(id));
    assert!(floor.world.pieces().is_empty());
}

#[test]
fn a_command_cannot_undo_more_than_its_ids_can_number() {
    let floor = Floor::new();
    let mut busy = Floor::new();
    let first = booked(&mut busy, receive(SHAFT, RACK, 1));
    let command = Command {
        id: floor.next_command(),
        context: floor.who.clone(),
        confirm: Confirmations::default(),
        action: Action::Reverse(undo(ReverseTarget::Import(ImportId(uuid(88))))),
    };
    let single = Command { action: Action::Reverse(one(first)), ..command.clone() };
    let mut view = busy.world.view(&single);
    let fact = view.reversals[0].clone();
    view.stock[0].quantity = pieces(1_000_000);
    view.reversals = (0..=u32::from(CommandId::MAX_MOVEMENTS))
        .map(|n| {
            let mut fact = fact.clone();
            fact.original.id = CommandId::from_fresh(uuid(u64::from(n) + 1000)).movement(1);
            fact
        })
        .collect();
    assert_eq!(decide(&view, &command).unwrap_err().code, Code::TooLarge);
    view.reversals.pop();
    let postings = decide(&view, &command).unwrap();
    assert_eq!(postings.movements.len(), usize::from(CommandId::MAX_MOVEMENTS));
}

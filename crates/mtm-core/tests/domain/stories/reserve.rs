//! Pieces are kept for something, and whoever would take them for something else is asked.

use mtm_core::reservation::ReservationState::{self, Active, Consumed, Fulfilled};
use mtm_core::word::{MovementId, ReservationId, Timestamp, WorkOrder};

use super::*;

fn reserve(lot: &LotNumber, n: impl Into<Option<i64>>) -> Reserve {
    Reserve {
        lot: lot.clone(),
        quantity: n.into().map(pieces),
        work_order: Some(WorkOrder::parse("60723").unwrap()),
        purpose: None,
        ends_at: None,
    }
}

fn end(lot: &LotNumber, reservation: ReservationId) -> EndReservation {
    EndReservation { reservation, lot: lot.clone(), notes: None }
}

fn take_for(id: ReservationId, lot: &LotNumber, n: impl Into<Option<i64>>) -> Take {
    Take { reservation: Some(id), ..take(named(lot), n) }
}

/// A lot of fifty of which thirty are reserved by the lead, and the reservation.
fn reserved() -> (Floor, LotNumber, ReservationId) {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 50);
    let id = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&lot, 30));
    (floor, lot, id)
}

/// What a booking made of reservations.
fn turned(postings: &Postings) -> Vec<ReservationState> {
    postings.reservation_turns.iter().map(|turn| turn.state).collect()
}

/// How often it was told that something is reserved.
fn warned(postings: &Postings) -> usize {
    postings.warnings.iter().filter(|warning| warning.code == "reserved").count()
}

/// Books and says the id of its first movement.
fn booked(floor: &mut Floor, wish: impl Wish) -> (MovementId, Postings) {
    let id = floor.next_command().movement(1);
    (id, floor.book(wish))
}

fn undone(floor: &mut Floor, id: MovementId) -> Postings {
    floor.book(undo(ReverseTarget::Movement(id)))
}

#[test]
fn what_is_free_can_be_taken_and_what_is_reserved_is_asked_about() {
    let (mut floor, lot, id) = reserved();
    assert_eq!(floor.of(&lot), 50, "a reservation moves nothing");
    floor.book(take(named(&lot), 20));
    let refusal = floor.refused(take(named(&lot), 1));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::Reserved, Some("lot")));
    assert!(refusal.message.contains("WO-060723"), "{refusal}");
    let Details::Reserved(lines) = &refusal.details else { panic!("{refusal:?}") };
    assert_eq!((lines[0].id, lines[0].left), (id, Some(pieces(30))));
    floor.user(1, Role::Operator);
    let booked = floor.confirm(Code::Reserved).book(take(named(&lot), 1));
    assert_eq!(booked.warnings[0].code, "reserved");
    assert!(booked.reservation_uses.is_empty(), "nobody took it for the work order");
}

#[test]
fn whatever_leaves_the_lot_by_a_decision_is_asked_about_and_a_move_is_not() {
    let (mut floor, lot, _) = reserved();
    let other = floor.receive(SHAFT, RACK, 5);
    assert_eq!(floor.refused(split(named(&lot), 25)).code, Code::Reserved);
    assert_eq!(floor.refused(merge([&lot], &other)).code, Code::Reserved);
    floor.book(merge([&other], &lot));
    floor.book(carry(named(&lot), 40, DOCK));
    assert_eq!(floor.of(&lot), 55);
}

#[test]
fn a_lot_merged_away_ends_its_reservation_aloud_and_its_undo_brings_it_back() {
    let (mut floor, lot, _) = reserved();
    let other = floor.receive(SHAFT, RACK, 5);
    floor.confirm(Code::Reserved);
    let (id, merged) = booked(&mut floor, merge([&lot], &other));
    assert_eq!((turned(&merged), warned(&merged)), (vec![Consumed], 1));
    let back = undone(&mut floor, id);
    assert_eq!((turned(&back), warned(&back)), (vec![Active], 1));
    assert_eq!(floor.refused(take(named(&lot), 21)).code, Code::Reserved);
}

#[test]
fn what_is_found_to_be_so_is_booked_and_told() {
    let (mut floor, lot, _) = reserved();
    let counts = floor.book(counted(named(&lot), 10));
    assert_eq!((counts.warnings[0].code.as_str(), turned(&counts)), ("reserved", vec![]));
    let scrapped = floor.book(scrap(named(&lot), 4));
    assert_eq!(scrapped.warnings[0].code, "reserved");
    let nothing = floor.book(counted(named(&lot), 0));
    assert_eq!(turned(&nothing), [Consumed]);
    assert_eq!(floor.refused(reserve(&lot, 1)).code, Code::InsufficientStock);
}

#[test]
fn what_is_taken_for_the_reservation_uses_it_up_and_an_undo_gives_it_back() {
    let (mut floor, lot, id) = reserved();
    let (_, some) = booked(&mut floor, take_for(id, &lot, 12));
    let used: Vec<_> = some.reservation_uses.iter().map(|it| (it.position, it.quantity)).collect();
    assert_eq!((used, turned(&some)), (vec![(1, pieces(12))], vec![]));
    assert_eq!(some.warnings, []);
    assert_eq!(floor.refused(take(named(&lot), 21)).code, Code::Reserved);
    let (last, rest) = booked(&mut floor, take_for(id, &lot, 25));
    assert_eq!(rest.reservation_uses[0].quantity, pieces(18), "more than was kept is just taken");
    assert_eq!(turned(&rest), [Fulfilled]);
    assert_eq!(floor.refused(take_for(id, &lot, 1)).code, Code::NotFound);
    let back = undone(&mut floor, last);
    assert_eq!(turned(&back), [Active]);
    assert_eq!(floor.refused(take(named(&lot), 21)).code, Code::Reserved);
    floor.book(take_for(id, &lot, 18));
    floor.book(take(named(&lot), 20));
}

#[test]
fn an_undo_gives_nothing_back_to_what_somebody_ended_meanwhile() {
    let (mut floor, lot, id) = reserved();
    let (taken, _) = booked(&mut floor, take_for(id, &lot, 30));
    floor.book(end(&lot, id));
    assert_eq!(turned(&undone(&mut floor, taken)), []);
    floor.book(take(named(&lot), 50));
}

#[test]
fn what_is_named_for_a_taking_must_be_kept_there() {
    let (mut floor, lot, id) = reserved();
    let other = floor.receive(SHAFT, RACK, 5);
    let refusal = floor.refused(take_for(id, &other, 1));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::NotFound, Some("reservation")));
    let second = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&lot, 20));
    assert_eq!(floor.refused(take_for(id, &lot, 31)).code, Code::Reserved, "others keep theirs");
    floor.book(take_for(second, &lot, 20));
    floor.book(take_for(id, &lot, 30));
}

#[test]
fn the_oldest_first_passes_over_what_is_reserved() {
    let (mut floor, old, id) = reserved();
    let new = floor.wait(60).receive(SHAFT, RACK, 10);
    let oldest = |n: i64| take(Pick { rule: PickRule::Fifo, ..standing(SHAFT, RACK) }, n);
    floor.book(oldest(25));
    assert_eq!((floor.of(&old), floor.of(&new)), (30, 5));
    let refusal = floor.refused(oldest(6));
    assert_eq!(refusal.code, Code::Reserved);
    assert!(matches!(&refusal.details, Details::Reserved(lines) if lines[0].id == id));
    assert_eq!(floor.refused(oldest(36)).code, Code::InsufficientStock);
    floor.book(Take { reservation: Some(id), ..oldest(10) });
    assert_eq!((floor.of(&old), floor.of(&new)), (20, 5), "its own first");
    floor.confirm(Code::Reserved).book(oldest(6));
    assert_eq!((floor.of(&old), floor.of(&new)), (19, 0), "and the free ones before others'");
}

#[test]
fn what_is_taken_for_it_is_of_its_lot_although_another_is_older() {
    let mut floor = Floor::new();
    let old = floor.receive(SHAFT, RACK, 10);
    let kept = floor.wait(60).receive(SHAFT, RACK, 10);
    let id = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&kept, 4));
    let for_it = Take { reservation: Some(id), ..take(oldest(SHAFT, RACK), 3) };
    floor.book(for_it);
    assert_eq!((floor.of(&old), floor.of(&kept)), (10, 7));
}

#[test]
fn the_oldest_first_says_whose_pieces_are_missing_and_not_whose_are_free() {
    let mut floor = Floor::new();
    floor.receive(SHAFT, RACK, 10);
    let kept = floor.wait(60).receive(SHAFT, RACK, 10);
    let id = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&kept, 10));
    let refusal = floor.refused(take(oldest(SHAFT, RACK), 11));
    assert_eq!(refusal.code, Code::Reserved);
    assert!(matches!(&refusal.details, Details::Reserved(lines) if lines[0].id == id));
    assert!(refusal.message.contains(kept.as_str()), "{refusal}");
}

#[test]
fn whoever_takes_more_than_theirs_is_told_of_the_others_and_not_of_their_own() {
    let (mut floor, lot, theirs) = reserved();
    let own = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&lot, 10));
    let refusal = floor.refused(take_for(own, &lot, 25));
    assert_eq!(refusal.code, Code::Reserved);
    let Details::Reserved(lines) = refusal.details else { panic!("nobody is named") };
    assert_eq!(lines.iter().map(|line| line.id).collect::<Vec<_>>(), [theirs]);
    floor.book(take_for(own, &lot, 20));
}

#[test]
fn no_more_is_reserved_than_is_free() {
    let (mut floor, lot, _) = reserved();
    let refusal = floor.refused(reserve(&lot, 21));
    assert_eq!(
        (refusal.code, refusal.field.as_deref()),
        (Code::InsufficientStock, Some("quantity"))
    );
    assert!(refusal.message.contains("20 of the 50 pieces"), "{refusal}");
    assert_eq!(floor.refused(reserve(&lot, None)).code, Code::InsufficientStock);
    floor.book(reserve(&lot, 20));
    assert_eq!(floor.refused(take(named(&lot), 1)).code, Code::Reserved);
    let empty = floor.receive(SHAFT, RACK, 1);
    floor.book(take(named(&empty), 1));
    assert_eq!(floor.refused(reserve(&empty, None)).code, Code::InsufficientStock);
    assert_eq!(floor.refused(reserve(&super::lot("4711"), 1)).code, Code::UnknownLot);
    let aimless = Reserve { work_order: None, ..reserve(&lot, 1) };
    assert_eq!(floor.refused(aimless).code, Code::InvalidBody);
    assert_eq!(floor.refused(reserve(&lot, 0)).code, Code::QuantityOutOfRange);
}

#[test]
fn a_whole_lot_is_kept_whatever_it_has_until_the_last_of_it_is_taken_for_it() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 50);
    let id = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&lot, None));
    assert_eq!(floor.refused(take(named(&lot), 1)).code, Code::Reserved);
    let more = floor.receive(SHAFT, RACK, 5);
    floor.book(merge([&more], &lot));
    assert_eq!(floor.refused(take(named(&lot), 1)).code, Code::Reserved);
    assert_eq!(turned(&floor.book(take_for(id, &lot, 15))), []);
    assert_eq!(floor.refused(take(named(&lot), 1)).code, Code::Reserved);
    assert_eq!(turned(&floor.book(take_for(id, &lot, None))), [Fulfilled]);
}

#[test]
fn a_reservation_ends_by_hand_by_whoever_made_it_or_a_lead() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 50);
    floor.user(1, Role::Operator);
    let id = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&lot, None));
    floor.user(3, Role::Operator);
    assert_eq!(floor.refused(end(&lot, id)).code, Code::Forbidden);
    floor.user(1, Role::Operator);
    assert_eq!(turned(&floor.book(end(&lot, id))), [ReservationState::Released]);
    assert_eq!(floor.refused(end(&lot, id)).code, Code::NotFound);
    let second = ReservationId::made_by(floor.next_command());
    floor.book(reserve(&lot, 10));
    floor.user(2, Role::Lead).book(end(&lot, second));
    floor.book(take(named(&lot), 50));
}

#[test]
fn a_reservation_ends_by_its_time() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 50);
    let end: Timestamp = floor.world.now.plus_micros(3_600_000_000);
    let over = Reserve { ends_at: Some(floor.world.now), ..reserve(&lot, 10) };
    let refusal = floor.refused(over);
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidBody, Some("ends_at")));
    let id = ReservationId::made_by(floor.next_command());
    floor.book(Reserve { ends_at: Some(end), ..reserve(&lot, None) });
    assert_eq!(floor.refused(take(named(&lot), 1)).code, Code::Reserved);
    floor.wait(3_600);
    let refusal = floor.refused(take_for(id, &lot, 1));
    assert!(refusal.message.contains("expired"), "{refusal}");
    floor.book(take(named(&lot), 1));
    floor.book(reserve(&lot, None));
}

//! What answers name: lots, places, holds and reservations.

use uuid::Uuid;

use super::*;
use crate::catalogue::{ActiveHold, HoldTarget};
use crate::command::{LotAttributes, ReleaseHold};
use crate::movement::{Account, LocationRef, OperationRef, Outside, PartRef, Place};
use crate::posting::{
    Balance, LotChange, NewHold, NewLot, NewReservation, ReservationTurn, ReservationUse,
};
use crate::reservation::ReservationState;
use crate::view::ReservationFact;
use crate::word::{LocationId, OperationId, PartId, ReasonCode, UserId, UserName};

const NOW: Timestamp = Timestamp::from_micros(1_000);

fn command() -> CommandId {
    CommandId::from_fresh(Uuid::from_u128(7 << 16))
}

fn pieces(n: i64) -> Quantity {
    Quantity::pieces(n).unwrap()
}

fn bucket(location: i64, lot: u64) -> Bucket {
    let code = LocationCode::parse(&format!("A-{location}")).unwrap();
    let location = LocationRef { id: LocationId(location), code };
    let operation = OperationRef { id: OperationId(1), code: OperationCode::not_applicable() };
    let part = PartRef { id: PartId(1), code: PartCode::parse("P-1").unwrap() };
    Bucket { part, place: Place { operation, location }, lot: LotNumber::allocated(lot) }
}

fn posting(kind: MovementType, from: impl Into<Account>, to: impl Into<Account>) -> Posting {
    Posting {
        kind,
        part: bucket(1, 1).part,
        quantity: pieces(5),
        from: from.into(),
        to: to.into(),
        reason: None,
        notes: None,
        reverses: None,
    }
}

fn told(postings: &Postings) -> Outcome {
    Outcome::new(command(), "kind", postings, Some(41), NOW)
}

fn lots(postings: &Postings) -> Vec<u64> {
    told(postings).lots.iter().filter_map(LotNumber::counter).collect()
}

#[test]
fn a_receipt_is_told_where_it_arrived_under_its_new_lot() {
    let to = bucket(2, 7);
    let new = NewLot {
        lot: to.lot.clone(),
        part: to.part.clone(),
        attributes: LotAttributes::default(),
        received_at: NOW,
        received_by: None,
        parent: None,
    };
    let postings = Postings {
        new_lots: vec![new],
        movements: vec![posting(MovementType::In, Outside::Supplier, to.clone())],
        balances: vec![Balance { bucket: to, before: Quantity::ZERO, after: pieces(5) }],
        ..Postings::default()
    };
    let outcome = told(&postings);
    assert_eq!(lots(&postings), [7]);
    assert_eq!(outcome.balances, [BucketLine::new(&bucket(2, 7), pieces(5))]);
    let line = &outcome.movements[0];
    assert_eq!(line.id, command().movement(1));
    assert_eq!(line.location.as_ref().map(LocationCode::as_str), Some("A-2"));
    assert_eq!((&line.to_operation, &line.to_location, &line.to_lot), (&None, &None, &None));
}

#[test]
fn every_lot_that_moved_is_named_once_and_movements_are_counted_on() {
    let postings = Postings {
        movements: vec![
            posting(MovementType::Transfer, bucket(1, 7), bucket(1, 8)),
            posting(MovementType::Transfer, bucket(1, 9), bucket(2, 8)),
            posting(MovementType::Transfer, bucket(1, 9), bucket(2, 9)),
        ],
        ..Postings::default()
    };
    assert_eq!(lots(&postings), [7, 9, 8]);
    let outcome = told(&postings);
    let lines = outcome.movements.iter();
    let sequences: Vec<_> = lines.clone().map(|line| (line.id, line.sequence)).collect();
    let numbered = |position: u16| (command().movement(position), Some(40 + u64::from(position)));
    assert_eq!(sequences, [1, 2, 3].map(numbered));
    assert_eq!(outcome.sequence, Some(43));
    let joined: Vec<_> =
        lines.map(|line| line.to_lot.as_ref().and_then(LotNumber::counter)).collect();
    assert_eq!(joined, [Some(8), Some(8), None], "a lot that stays itself joins none");
    assert_eq!(Outcome::new(command(), "kind", &postings, None, NOW).sequence, None);
}

#[test]
fn what_moves_nothing_names_its_lot_too() {
    let (lot, attributes) = (LotNumber::allocated(7), LotAttributes::default());
    let change = LotChange { lot, attributes, version: 2 };
    assert_eq!(lots(&Postings { lot_changes: vec![change], ..Postings::default() }), [7]);
    let confirmed_count = Some(bucket(1, 8));
    assert_eq!(lots(&Postings { confirmed_count, ..Postings::default() }), [8]);
}

#[test]
fn a_hold_is_named_by_who_places_and_who_releases_it() {
    let (target, reason) = (HoldTarget::Part(PartId(1)), ReasonCode::parse("quality").unwrap());
    let new = NewHold { target: target.clone(), reason: reason.clone(), notes: None };
    let placed = told(&Postings { new_hold: Some(new), ..Postings::default() });
    assert_eq!(placed.hold, Some(HoldId::placed_by(command())));
    let id = HoldId(Uuid::from_u128(3));
    let released = Some(ActiveHold { id, target, reason });
    assert_eq!(told(&Postings { released, ..Postings::default() }).hold, Some(id));
    assert_eq!(told(&Postings::default()).hold, None);
    let release = Action::ReleaseHold(ReleaseHold { hold: id, notes: None });
    assert_eq!(Outcome::kind_of(&release), "release");
}

#[test]
fn a_reservation_is_named_by_who_makes_uses_and_ends_it() {
    let (id, lot) = (ReservationId(Uuid::from_u128(3)), LotNumber::allocated(7));
    let (quantity, work_order, purpose, ends_at) = (Some(pieces(5)), None, None, None);
    let new = NewReservation { lot: lot.clone(), quantity, work_order, purpose, ends_at };
    let made = Postings { new_reservation: Some(new), ..Postings::default() };
    assert_eq!(told(&made).reservation, Some(ReservationId::made_by(command())));
    assert_eq!(lots(&made), [7]);
    let used =
        ReservationUse { reservation: id, lot: lot.clone(), position: 1, quantity: pieces(2) };
    let used = Postings { reservation_uses: vec![used], ..Postings::default() };
    assert_eq!(told(&used).reservation, Some(id));
    let turn = |state| {
        let reservation = ReservationFact {
            id,
            lot: lot.clone(),
            quantity,
            used: Quantity::ZERO,
            work_order: None,
            purpose: None,
            ends_at,
            by: UserId(1),
            by_name: UserName::parse("lead").unwrap(),
        };
        let turns = vec![ReservationTurn { reservation, state }];
        Postings { reservation_turns: turns, ..Postings::default() }
    };
    let ended = turn(ReservationState::Released);
    assert_eq!((told(&ended).reservation, lots(&ended)), (Some(id), vec![7]));
    // What ends by itself is nobody's deed.
    assert_eq!(told(&turn(ReservationState::Consumed)).reservation, None);
}

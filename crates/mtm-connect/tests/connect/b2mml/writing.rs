//! What is written.

use mtm_connect::b2mml::{Bucket, Leg, Movement, MovementDocument, StockDocument, Use};
use mtm_core::movement::{MovementType, Outside};
use mtm_core::word::{CommandId, MovementId, Quantity};
use uuid::Uuid;

use super::{Node, at, header};

fn bucket(lot: &str, operation: &str, location: &str, pieces: i64) -> Bucket {
    Bucket {
        lot: lot.parse().unwrap(),
        part: "11058-1779".parse().unwrap(),
        operation: operation.parse().unwrap(),
        location: location.parse().unwrap(),
        building: None,
        quantity: Quantity::pieces(pieces).unwrap(),
        unit: "pcs",
        held: false,
        item_type: None,
        work_order: None,
        color_code: None,
        notes: None,
        received_at: at("2026-11-24T05:30:00Z"),
        received_by: None,
    }
}

fn stock() -> Vec<Bucket> {
    let odd = Bucket {
        building: Some("Halle \"B\" <2>".to_owned()),
        held: true,
        item_type: Some("Outside Service".parse().unwrap()),
        work_order: Some("60723".parse().unwrap()),
        color_code: Some("Grün & Gelb".parse().unwrap()),
        notes: Some("fällt <um> 📦 \u{85} ]]>".parse().unwrap()),
        received_by: Some("jürgen\u{1}".to_owned()),
        ..bucket("L/1%", "N/A", "FLOOR - WIP AISLE", 7)
    };
    vec![
        bucket("1", "19", "R-E4-18", 500),
        bucket("2", "19", "R-E4-18", 40),
        Bucket { held: true, ..bucket("2", "20", "R-E4-18", 60) },
        bucket("2", "20", "DC/A0", 100),
        odd,
        bucket("X", "20", "R-E4-18", 1),
        bucket("X", "20", "R-E4-19", 2),
    ]
}

fn written(buckets: Vec<Bucket>) -> String {
    let mut document = StockDocument::begin(&header());
    let mut bytes = Vec::new();
    for bucket in buckets {
        document.add(bucket);
        bytes.extend(document.take());
    }
    bytes.extend(document.end());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn stock_is_one_lot_after_the_other() {
    insta::assert_snapshot!("stock", written(stock()));
    insta::assert_snapshot!("no_stock", written(Vec::new()));
}

#[test]
fn quantities_of_lots_add_up_to_the_stock_and_those_of_sub_lots_to_their_lot() {
    let document = Node::read(written(stock()).as_bytes()).unwrap();
    let lots = document.all("MaterialLot");
    let pieces: Vec<_> = lots.iter().map(|lot| (lot.text_of("ID"), lot.pieces())).collect();
    assert_eq!(pieces, [("0000000001", 500), ("0000000002", 200), ("L/1%", 7), ("X", 3)]);
    for lot in lots {
        let sub_lots = lot.all("MaterialSubLot");
        if sub_lots.is_empty() {
            assert!(lot.child("StorageLocation").is_some() && lot.child("Status").is_some());
        } else {
            assert_eq!(sub_lots.iter().map(|it| it.pieces()).sum::<i64>(), lot.pieces());
        }
    }
    let held = document.all("Disposition").iter().filter(|it| it.text == "Restricted").count();
    assert_eq!(held, 2);
    let ids: Vec<_> = document.all("MaterialSubLot").iter().map(|it| it.text_of("ID")).collect();
    assert_eq!(ids[2], "0000000002/20/DC%2FA0", "no two buckets share a name");
    let read = document.all("ValueString");
    assert!(read.iter().any(|value| value.text == "Grün & Gelb"));
    assert!(read.iter().any(|value| value.text == "jürgen\u{fffd}"));
}

fn movement(n: u128, kind: MovementType, legs: Vec<Leg>) -> Movement {
    Movement {
        id: MovementId(Uuid::from_u128(n)),
        command: CommandId(Uuid::from_u128(n)),
        sequence: Some(u64::try_from(n).unwrap()),
        kind,
        part: "24 126 251".parse().unwrap(),
        work_order: None,
        quantity: Quantity::pieces(50).unwrap(),
        unit: "pcs",
        legs,
        from_account: None,
        to_account: None,
        recorded_at: at("2026-11-24T06:00:00.000001Z"),
        occurred_at: None,
        user: "anna".to_owned(),
        station: None,
        shift: None,
        reason: None,
        notes: None,
        reverses: None,
    }
}

fn leg(used: Use, lot: &str, operation: &str) -> Leg {
    Leg {
        used,
        lot: lot.parse().unwrap(),
        operation: operation.parse().unwrap(),
        location: "R-E4-18".parse().unwrap(),
    }
}

fn movements() -> Vec<Movement> {
    let out = vec![leg(Use::Consumed, "1", "20")];
    vec![
        Movement {
            from_account: Some(Outside::Supplier),
            notes: Some("<first> & only".parse().unwrap()),
            shift: Some("2026-11-24/1".to_owned()),
            work_order: Some("60723".parse().unwrap()),
            station: Some("PRESS 4".to_owned()),
            occurred_at: Some(at("2026-11-24T05:00:00Z")),
            ..movement(1, MovementType::In, vec![leg(Use::Produced, "1", "19")])
        },
        movement(
            2,
            MovementType::Transfer,
            vec![leg(Use::Consumed, "1", "19"), leg(Use::Produced, "1", "20")],
        ),
        movement(
            3,
            MovementType::Transfer,
            vec![leg(Use::Consumed, "1", "20"), leg(Use::Produced, "2", "20")],
        ),
        Movement {
            to_account: Some(Outside::Scrap),
            reason: Some("damaged".parse().unwrap()),
            ..movement(4, MovementType::Scrap, out)
        },
        Movement {
            from_account: Some(Outside::Scrap),
            reverses: Some(MovementId(Uuid::from_u128(4))),
            ..movement(5, MovementType::Reversal, vec![leg(Use::Produced, "1", "20")])
        },
    ]
}

fn told(movements: &[Movement]) -> String {
    let span = (Some(at("2026-11-24T00:00:00Z")), Some(at("2026-11-25T00:00:00Z")));
    let mut document = MovementDocument::begin(&header(), span.0, span.1);
    let mut bytes = Vec::new();
    for movement in movements {
        document.add(movement);
        bytes.extend(document.take());
    }
    bytes.extend(document.end());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn movements_are_one_response_each() {
    insta::assert_snapshot!("movements", told(&movements()));
    insta::assert_snapshot!("no_movements", told(&[]));
}

#[test]
fn what_is_produced_less_what_is_consumed_is_what_the_stock_changed_by() {
    let document = Node::read(told(&movements()).as_bytes()).unwrap();
    let sum = |used: &str| -> i64 {
        let actuals = document.all("MaterialActual");
        let of_it = actuals.iter().filter(|actual| actual.text_of("MaterialUse") == used);
        of_it.map(|actual| actual.pieces()).sum()
    };
    assert_eq!(sum("Produced") - sum("Consumed"), 50);
    let segments = document.all("SegmentResponse");
    let ids: std::collections::HashSet<_> = segments.iter().map(|it| it.text_of("ID")).collect();
    assert_eq!(ids.len(), 5, "a receiver tells movements apart by their ids");
    let production = document.all("OperationsResponse");
    let production = production.iter().filter(|it| it.text_of("OperationsType") == "Production");
    assert_eq!(production.count(), 1, "only what went on in its process");
}

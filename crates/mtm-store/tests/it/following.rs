//! Following an earlier system: a look is applied whole, once, and forces nothing.

use std::collections::BTreeMap;

use mtm_core::command::{Action, LotAttributes, MirrorStep, Mirrored, Spot};
use mtm_core::word::{LotNumber, Timestamp, UserId};
use mtm_store::query::LegacyRow;
use mtm_store::record::{LegacyStock, Look, Migration, MirroredLot, Opening, Spots};
use mtm_store::{Fault, PostError};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, location, operation, part, pieces, receive, refused, take};

// On a server as the program's own login: a parallel run takes weeks, and needs no more than it.
contract!(
    a_look_is_applied_whole_and_once,
    what_is_refused_stays_and_harms_nobody,
    a_row_of_the_earlier_log_is_kept_once,
    after_the_cut_over_nothing_is_followed,
    numbers_set_aside_are_given_to_nobody,
);

fn spot(at: &str) -> Spot {
    Spot { operation: operation("10"), location: location(at) }
}

fn spots(at: &[(&str, i64)]) -> Spots {
    at.iter().map(|(at, n)| (spot(at), pieces(*n))).collect()
}

fn lot(number: u64) -> LotNumber {
    LotNumber::allocated(number)
}

/// A plant that took over lot 7: 100 pieces at `A-1`.
async fn taken_over(engine: Engine) -> Plant {
    let plant = Plant::on(engine).await;
    let opening = Opening {
        part: part("P-1"),
        operation: operation("10"),
        location: location("A-1"),
        lot: lot(7),
        quantity: pieces(100),
        attributes: LotAttributes::default(),
        received_at: Timestamp::from_micros(1),
        received_by: None,
        rows: vec![(1, Some(lot(7)), pieces(60)), (2, None, pieces(40))],
    };
    let migration = Migration {
        source_hash: [3; 32],
        openings: vec![opening],
        history: vec![row(1)],
        last_lot: 7,
        ..Migration::default()
    };
    assert!(plant.ledger.follow_state().await.unwrap().is_none());
    plant.ledger.migrate(actor(), migration).await.unwrap();
    plant
}

fn row(id: i64) -> (LegacyRow, String) {
    let row = LegacyRow {
        id,
        kind: "in".to_owned(),
        lot: Some("0000000007".to_owned()),
        part: "P-1".to_owned(),
        from_location: None,
        to_location: Some("A-1".to_owned()),
        operation: Some("10".to_owned()),
        quantity: 100,
        notes: None,
        color_code: None,
        work_order: None,
        user: None,
        item_type: None,
        occurred_at: None,
    };
    (row, format!("{{\"ID\":{id}}}"))
}

fn mirrored(number: u64, expected: &[(&str, i64)], what: Mirrored, n: i64) -> MirroredLot {
    let at = |row: i64, n: i64| LegacyStock {
        lot: lot(number),
        id: row,
        legacy_lot: Some(lot(number)),
        spot: spot("A-1"),
        quantity: pieces(n),
    };
    MirroredLot {
        lot: lot(number),
        part: part("P-1"),
        expected: spots(expected),
        attributes: LotAttributes::default(),
        received_at: Timestamp::from_micros(1),
        received_by: None,
        steps: vec![MirrorStep { what, quantity: pieces(n), notes: None }],
        occurred_at: None,
        shadow: vec![at(10, 1)],
    }
}

async fn a_look_is_applied_whole_and_once(engine: Engine) {
    let plant = taken_over(engine).await;
    let state = plant.ledger.follow_state().await.unwrap().unwrap();
    assert_eq!((state.round, state.last_log_id, state.log_rows), (0, Some(1), 1));
    assert_eq!(state.stock, BTreeMap::from([(lot(7), (part("P-1"), spots(&[("A-1", 100)])))]));
    let shadow: Vec<_> =
        state.shadow.iter().map(|row| (row.id, row.legacy_lot.clone(), row.quantity)).collect();
    assert_eq!(shadow, [(1, Some(lot(7)), pieces(60)), (2, None, pieces(40))]);

    let look = Look {
        round: 0,
        history: vec![row(2)],
        lots: vec![
            mirrored(7, &[("A-1", 100)], Mirrored::Transfer(spot("A-1"), spot("A-2")), 30),
            mirrored(8, &[], Mirrored::In(spot("A-1")), 5),
        ],
        ..Look::default()
    };
    let followed = plant.ledger.follow(actor(), look.clone()).await.unwrap();
    assert_eq!((followed.movements, followed.lots, followed.refused.len()), (2, 2, 0));
    let before = plant.everything();
    // The same look again, by whoever was slower: nothing at all.
    let late = plant.ledger.follow(actor(), look).await.unwrap_err();
    assert!(matches!(late, PostError::Fault(Fault::Transient(_))), "{late:?}");
    assert_eq!(plant.everything(), before);
    let state = plant.ledger.follow_state().await.unwrap().unwrap();
    assert_eq!((state.round, state.last_log_id, state.shadow.len()), (1, Some(2), 2));
    assert_eq!(state.stock[&lot(7)].1, spots(&[("A-1", 70), ("A-2", 30)]));
    let rows = plant.ledger.legacy_rows_above(1).await.unwrap();
    assert_eq!(rows, [(2, "{\"ID\":2}".to_owned())]);
}

async fn what_is_refused_stays_and_harms_nobody(engine: Engine) {
    let plant = taken_over(engine).await;
    let here = plant.lot_of(3).await;
    plant.book(take(&lot(7), 1)).await.unwrap();
    let look = Look {
        round: 0,
        lots: vec![
            mirrored(7, &[("A-1", 100)], Mirrored::Out(spot("A-1")), 30),
            mirrored(9, &[], Mirrored::In(spot("A-1")), 5),
        ],
        ..Look::default()
    };
    let followed = plant.ledger.follow(actor(), look).await.unwrap();
    assert_eq!((followed.movements, followed.lots), (1, 1));
    assert_eq!(followed.refused[0].0, lot(7));
    assert_eq!(followed.refused[0].1.code.as_str(), "quantity_changed");
    let state = plant.ledger.follow_state().await.unwrap().unwrap();
    assert_eq!(state.stock[&lot(7)].1, spots(&[("A-1", 99)]));
    let shadow: i64 =
        state.shadow.iter().filter(|row| row.lot == lot(7)).map(|row| row.quantity.whole()).sum();
    assert_eq!(shadow, 100, "what it was taken over as is not forgotten");

    let asked = vec![lot(7), lot(9), here.clone(), lot(77)];
    let known = plant.ledger.lots_here(asked, UserId(-1)).await.unwrap();
    let taken: Vec<_> = known.iter().map(|(lot, it)| (lot.clone(), it.taken_over)).collect();
    let mut expected = vec![(lot(7), true), (lot(9), false), (here, false)];
    expected.sort();
    assert_eq!(taken, expected, "9 was received by somebody who is not this follower");
    let known = plant.ledger.lots_here(vec![lot(9)], actor().id).await.unwrap();
    assert!(known[&lot(9)].taken_over);
}

async fn a_row_of_the_earlier_log_is_kept_once(engine: Engine) {
    let plant = taken_over(engine).await;
    let before = plant.everything();
    let look = Look {
        round: 0,
        history: vec![row(2), row(1)],
        lots: vec![mirrored(8, &[], Mirrored::In(spot("A-1")), 5)],
        ..Look::default()
    };
    assert!(plant.ledger.follow(actor(), look).await.is_err());
    assert_eq!(plant.everything(), before, "nothing of that look stays");
    let state = plant.ledger.follow_state().await.unwrap().unwrap();
    assert_eq!((state.round, state.log_rows), (0, 1));
}

async fn after_the_cut_over_nothing_is_followed(engine: Engine) {
    let plant = taken_over(engine).await;
    let report = serde_json::json!({ "equal": true });
    plant.ledger.cut_over(actor(), 0, report.clone()).await.unwrap();
    assert!(plant.ledger.follow_state().await.unwrap().unwrap().cut_over_at.is_some());
    let look =
        Look { lots: vec![mirrored(8, &[], Mirrored::In(spot("A-1")), 5)], ..Look::default() };
    assert_eq!(refused(&plant.ledger.follow(actor(), look).await.unwrap_err()), "already_exists");
    assert_eq!(
        refused(&plant.ledger.cut_over(actor(), 0, report).await.unwrap_err()),
        "already_exists"
    );
}

async fn numbers_set_aside_are_given_to_nobody(engine: Engine) {
    let plant = taken_over(engine).await;
    let first = plant.ledger.reserve_lots(3).await.unwrap();
    assert!(first > 7);
    let next = plant.lot_of(1).await.counter().unwrap();
    assert!(next > first + 2, "{next} after {first}");
    plant.ledger.raise_lots(1_000_000).await.unwrap();
    let outcome = plant.book(Action::Receive(receive("P-1", 2))).await.unwrap();
    assert!(outcome.lots[0].counter().unwrap() > 1_000_000);
}

//! Figures of the floor: what stock and log say, on either engine.

use std::collections::BTreeMap;
use std::time::Duration;

use mtm_core::command::{Action, Merge, Move, Scrap, Split};
use mtm_core::movement::Outside;
use mtm_core::word::{LotNumber, Quantity, ReasonCode, Timestamp};
use mtm_store::Clock as _;
use mtm_store::floor::{End, Stay};
use mtm_testkit::poll;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, location, of_lot, operation, pieces, receive, take, to_location, undo};

contract!(
    what_waits_is_summed_by_operation_and_age,
    what_went_is_summed_from_end_to_end_and_a_reversal_goes_back,
    a_stay_lasts_from_coming_to_an_operation_until_leaving_it,
    what_becomes_part_of_a_lot_goes_by_its_stay,
    of_too_many_departures_the_newest_are_told,
    the_fullest_locations_come_first,
);

const HOUR: i64 = 3_600 * 1_000_000;

fn to_operation(lot: &LotNumber, quantity: Option<i64>, to: &str) -> Action {
    Action::Move(Move {
        pick: of_lot(lot),
        quantity: quantity.map(pieces),
        to_operation: Some(operation(to)),
        to_location: None,
        notes: None,
    })
}

fn scrap(lot: &LotNumber, quantity: i64) -> Action {
    Action::Scrap(Scrap {
        pick: of_lot(lot),
        quantity: Some(pieces(quantity)),
        reason: ReasonCode::parse("damaged").unwrap(),
        notes: None,
    })
}

fn at(code: &str) -> End {
    End::Operation(operation(code))
}

/// A receipt at an operation.
async fn received(plant: &Plant, operation_code: &str, quantity: i64) -> LotNumber {
    let mut new = receive("P-1", quantity);
    new.operation = operation(operation_code);
    plant.book(Action::Receive(new)).await.unwrap().lots[0].clone()
}

/// Everything from the beginning until after now.
fn ever(plant: &Plant) -> (Timestamp, Timestamp) {
    (Timestamp::from_micros(0), plant.clock.now().plus_micros(HOUR))
}

async fn what_waits_is_summed_by_operation_and_age(engine: Engine) {
    let plant = Plant::on(engine).await;
    let first = plant.clock.now();
    let old = received(&plant, "10", 100).await;
    plant.clock.advance(50 * HOUR);
    received(&plant, "10", 20).await;
    plant.clock.advance(2 * HOUR);
    received(&plant, "20", 7).await;
    // Parting a lot makes another bucket, and no lot is younger for it.
    plant.book(to_location(&old, Some(30), "A-2")).await.unwrap();
    let now = plant.clock.now();
    let bounds = [1, 24, 51, 500].map(|hours| now.plus_micros(-hours * HOUR));
    let waiting = plant.ledger.waiting(bounds).await.unwrap();
    let told: Vec<_> = waiting
        .iter()
        .map(|it| {
            let ages: Vec<i64> = it.by_age.iter().map(|pieces| pieces.whole()).collect();
            (it.operation.to_string(), it.buckets, it.quantity.whole(), ages)
        })
        .collect();
    let expected = [
        ("10".to_owned(), 3, 120, vec![0, 20, 0, 100, 0]),
        ("20".to_owned(), 1, 7, vec![7, 0, 0, 0, 0]),
    ];
    assert_eq!(told, expected);
    assert_eq!(waiting[0].oldest.micros() / HOUR, first.micros() / HOUR);
}

async fn what_went_is_summed_from_end_to_end_and_a_reversal_goes_back(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = received(&plant, "10", 100).await;
    plant.clock.advance(HOUR);
    let middle = plant.clock.now();
    plant.book(to_operation(&lot, Some(60), "20")).await.unwrap();
    let scrapped = plant.book(scrap(&received(&plant, "20", 9).await, 4)).await.unwrap();
    plant.book(undo(scrapped.movements[0].id)).await.unwrap();
    plant.clock.advance(HOUR);
    let end = plant.clock.now();
    let steps = plant.ledger.steps(middle, end).await.unwrap();
    let told: BTreeMap<(End, End), (u64, i64)> = steps
        .into_iter()
        .map(|step| ((step.from, step.to), (step.movements, step.quantity.whole())))
        .collect();
    let expected = BTreeMap::from([
        ((at("10"), at("20")), (1, 60)),
        ((End::Outside(Outside::Supplier), at("20")), (1, 9)),
        ((at("20"), End::Outside(Outside::Scrap)), (1, 4)),
        ((End::Outside(Outside::Scrap), at("20")), (1, 4)),
    ]);
    assert_eq!(told, expected);
    // Before: only the first receipt.
    let before = plant.ledger.steps(Timestamp::from_micros(0), middle).await.unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].quantity, pieces(100));
    assert!(plant.ledger.steps(end, end).await.unwrap().is_empty());
}

fn hours(stays: &[Stay]) -> Vec<(String, u64, i64, [i64; 3])> {
    stays
        .iter()
        .map(|stay| {
            let micros = [stay.median_micros, stay.p90_micros, stay.longest_micros];
            // Bookings of one test are microseconds apart.
            let hours = micros.map(|micros| (micros + HOUR / 2) / HOUR);
            (stay.operation.to_string(), stay.departures, stay.quantity.whole(), hours)
        })
        .collect()
}

async fn a_stay_lasts_from_coming_to_an_operation_until_leaving_it(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = received(&plant, "10", 100).await;
    plant.clock.advance(3 * HOUR);
    // Another place is no departure, and no arrival either.
    plant.book(to_location(&lot, None, "A-2")).await.unwrap();
    plant.clock.advance(2 * HOUR);
    plant.book(to_operation(&lot, None, "20")).await.unwrap();
    plant.clock.advance(4 * HOUR);
    plant.book(take(&lot, 30)).await.unwrap();
    plant.clock.advance(6 * HOUR);
    let undone = plant.book(take(&lot, 20)).await.unwrap();
    plant.book(undo(undone.movements[0].id)).await.unwrap();
    plant.book(take(&lot, 70)).await.unwrap();
    let (from, to) = ever(&plant);
    let stays = plant.ledger.stays(from, to).await.unwrap();
    assert_eq!(stays.from, from);
    let expected = [("10".to_owned(), 1, 100, [5, 5, 5]), ("20".to_owned(), 2, 100, [4, 10, 10])];
    assert_eq!(hours(&stays.stays), expected);
    // Only what left within the time asked for.
    let late = plant.clock.now().plus_micros(-5 * HOUR);
    let stays = plant.ledger.stays(late, to).await.unwrap();
    assert_eq!(hours(&stays.stays), [("20".to_owned(), 1, 70, [10, 10, 10])]);
}

async fn what_becomes_part_of_a_lot_goes_by_its_stay(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = received(&plant, "10", 100).await;
    plant.clock.advance(3 * HOUR);
    let other = received(&plant, "10", 50).await;
    plant.clock.advance(2 * HOUR);
    let split = Split { pick: of_lot(&other), quantity: pieces(20), notes: None };
    let part = plant.book(Action::Split(split)).await.unwrap().lots[0].clone();
    plant.clock.advance(2 * HOUR);
    for (given, into) in [(&other, &lot), (&lot, &part)] {
        let (lots, into) = (vec![given.clone()], into.clone());
        let merge = Merge { lots, into, operation: None, location: None, notes: None };
        plant.book(Action::Merge(merge)).await.unwrap();
        plant.clock.advance(4 * HOUR);
    }
    plant.book(to_operation(&part, None, "20")).await.unwrap();
    let (from, to) = ever(&plant);
    let stays = plant.ledger.stays(from, to).await.unwrap();
    // The lot that was parted stays from then on, whatever joined it later.
    assert_eq!(hours(&stays.stays), [("10".to_owned(), 1, 150, [10, 10, 10])]);
}

async fn of_too_many_departures_the_newest_are_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = received(&plant, "10", 2).await;
    plant.clock.advance(HOUR);
    plant.book(take(&lot, 1)).await.unwrap();
    plant.clock.advance(HOUR);
    for _ in 0..20 {
        let receipts = (0..1_000).map(|_| Action::Receive(receive("P-1", 1))).collect();
        let batch = plant.batch(receipts, true, mtm_store::Mode::Commit);
        plant.ledger.post(batch).await.unwrap();
    }
    // A server gives places after the commit, and a question does not wait long for so many.
    poll::eventually("all places", Duration::from_secs(60), async || {
        Ok((plant.ledger.counts().await?.movements == 20_002).then_some(()))
    })
    .await
    .unwrap();
    let (from, to) = ever(&plant);
    let stays = plant.ledger.stays(from, to).await.unwrap();
    assert!(stays.stays.is_empty(), "the one departure is further back than that");
    assert!(stays.from > from);
    plant.book(take(&lot, 1)).await.unwrap();
    let stays = plant.ledger.stays(from, plant.clock.now().plus_micros(HOUR)).await.unwrap();
    assert_eq!(hours(&stays.stays), [("10".to_owned(), 1, 1, [2, 2, 2])]);
}

async fn the_fullest_locations_come_first(engine: Engine) {
    let plant = Plant::on(engine).await;
    for (place, buckets) in [("A-1", 1), ("A-2", 3)] {
        for n in 0..buckets {
            let mut new = receive("P-1", 10 + n);
            new.location = location(place);
            plant.book(Action::Receive(new)).await.unwrap();
        }
    }
    let crowd = plant.ledger.crowd(1).await.unwrap();
    assert_eq!(crowd.used, 2);
    assert!(crowd.known >= crowd.used);
    let [fullest] = &crowd.fullest[..] else { panic!("{crowd:?}") };
    assert_eq!((fullest.location.to_string(), fullest.buckets), ("A-2".to_owned(), 3));
    assert_eq!(fullest.quantity, Quantity::pieces(33).unwrap());
}

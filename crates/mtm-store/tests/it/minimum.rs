//! Minimum stock: every fall below it is told once, whoever books, whatever is killed, and however
//! far the one who tells lags behind.

use mtm_core::command::{Action, Adjust, Count, Patch, Pick, Take};
use mtm_core::event::{Event, EventType};
use mtm_core::word::{LotNumber, MovementId, Quantity};
use mtm_store::master::{MasterAttributes, MasterChange, MasterKey, MasterNoun};
use mtm_store::minimum::MinimumWatch;
use mtm_store::{Ledger, Mode};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::engine::{Engine, contract};
use crate::plant::{
    Plant, actor, location, of_lot, operation, part, pieces, receive, take, to_location, undo,
};

contract!(
    a_fall_is_told_once_until_the_stock_has_recovered,
    whatever_takes_pieces_out_of_stock_counts_and_nothing_else,
    a_changed_minimum_is_judged_by_what_is_there,
    every_fall_of_a_random_history_is_told_once_by_whoever_looks,
    parts_below_their_minimum_are_listed_the_emptiest_first,
    a_bucket_that_becomes_empty_is_told,
);

/// Sets the minimum of a part, or takes it away.
async fn minimum(plant: &Plant, code: &str, pieces: Option<i64>) {
    let catalogue = plant.ledger.catalogue();
    let version = catalogue.part(&part(code)).unwrap().header.version;
    let minimum_stock = match pieces {
        Some(pieces) => Patch::Set(Quantity::pieces(pieces).unwrap()),
        None => Patch::Clear,
    };
    let change = MasterChange::Edit {
        noun: MasterNoun::Part,
        key: MasterKey::Code(code.to_owned()),
        version,
        code: None,
        attributes: MasterAttributes { minimum_stock, ..MasterAttributes::default() },
    };
    plant.ledger.change_master(change, actor(), None).await.unwrap();
}

/// What of a lot stands at a place.
fn at(place: &str, lot: &LotNumber) -> Pick {
    let (part, operation) = (Some(part("P-1")), Some(operation("10")));
    Pick { part, operation, location: Some(location(place)), ..of_lot(lot) }
}

async fn look(ledger: &Ledger, watch: &mut MinimumWatch) {
    while ledger.watch_minimums(watch, 1_000).await.unwrap() {}
}

async fn told(plant: &Plant, kind: EventType) -> Vec<Event> {
    plant.ledger.events_after(0, vec![kind], 1_000).await.unwrap()
}

/// How much was there at every fall that was told.
async fn falls(plant: &Plant) -> Vec<i64> {
    let events = told(plant, EventType::StockBelowMinimum).await;
    events.iter().map(|event| event.data["quantity"].as_i64().unwrap()).collect()
}

async fn a_fall_is_told_once_until_the_stock_has_recovered(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(100).await;
    minimum(&plant, "P-1", Some(50)).await;
    let watch = &mut MinimumWatch::default();
    look(&plant.ledger, watch).await;
    plant.book(take(&lot, 50)).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, Vec::<i64>::new(), "the minimum itself is enough");
    let fell = plant.book(take(&lot, 1)).await.unwrap();
    plant.book(take(&lot, 9)).await.unwrap();
    look(&plant.ledger, watch).await;
    look(&plant.ledger, watch).await;
    let events = told(&plant, EventType::StockBelowMinimum).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].subject, "P-1");
    let data = json!({
        "part": "P-1", "quantity": 49, "minimum_stock": 50, "movement_id": fell.movements[0].id,
    });
    assert_eq!(events[0].data, data);
    // It recovers, and falls again.
    plant.lot_of(10).await;
    look(&plant.ledger, watch).await;
    plant.book(take(&lot, 40)).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [49, 10]);
    // Whoever begins anew tells nothing again.
    look(&plant.ledger, &mut MinimumWatch::default()).await;
    assert_eq!(falls(&plant).await, [49, 10]);
}

async fn whatever_takes_pieces_out_of_stock_counts_and_nothing_else(engine: Engine) {
    let plant = Plant::on(engine).await;
    minimum(&plant, "P-1", Some(50)).await;
    let watch = &mut MinimumWatch::default();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [0], "nothing is there yet");
    let received = plant.book(Action::Receive(receive("P-1", 60))).await.unwrap();
    let lot = received.lots[0].clone();
    // Places do not matter, nor do other parts.
    plant.book(to_location(&lot, None, "A-2")).await.unwrap();
    plant.book(to_location(&lot, Some(20), "A-1")).await.unwrap();
    let other = plant.book(Action::Receive(receive("P-2", 60))).await.unwrap().lots[0].clone();
    plant.book(take(&other, 60)).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [0]);
    // A count that finds less, and its undoing.
    let count = Action::Adjust(Adjust {
        pick: at("A-1", &lot),
        count: Count::Counted(pieces(5)),
        expected: None,
        reason: "count".parse().unwrap(),
        notes: None,
    });
    let counted = plant.book(count).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [0, 45]);
    plant.book(undo(counted.movements[0].id)).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [0, 45]);
    // A receipt that is undone takes its pieces away as well: here those of another lot.
    let more = plant.book(Action::Receive(receive("P-1", 10))).await.unwrap();
    let taken = Take {
        pick: at("A-2", &lot),
        quantity: Some(pieces(15)),
        reason: None,
        notes: None,
        reservation: None,
    };
    plant.book(Action::Take(taken)).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [0, 45]);
    plant.book(undo(more.movements[0].id)).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [0, 45, 45]);
}

async fn a_changed_minimum_is_judged_by_what_is_there(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(100).await;
    minimum(&plant, "P-1", Some(10)).await;
    let watch = &mut MinimumWatch::default();
    look(&plant.ledger, watch).await;
    plant.book(take(&lot, 70)).await.unwrap();
    plant.lot_of(30).await;
    look(&plant.ledger, watch).await;
    // That 30 pieces were there for a moment was enough then.
    minimum(&plant, "P-1", Some(40)).await;
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, Vec::<i64>::new());
    minimum(&plant, "P-1", Some(61)).await;
    look(&plant.ledger, watch).await;
    look(&plant.ledger, watch).await;
    let events = told(&plant, EventType::StockBelowMinimum).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].data["movement_id"], Value::Null);
    // Nobody wants to know any more; then somebody does.
    minimum(&plant, "P-1", None).await;
    look(&plant.ledger, watch).await;
    assert_eq!(plant.value("SELECT count(*) FROM below_minimum"), "0");
    plant.book(take(&lot, 20)).await.unwrap();
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [60]);
    minimum(&plant, "P-1", Some(41)).await;
    look(&plant.ledger, watch).await;
    assert_eq!(falls(&plant).await, [60, 40]);
}

/// The falls of both parts as the log has them, with the minimum that held throughout.
fn of_the_log(plant: &Plant, minimum: i64) -> Vec<String> {
    let rows = plant.home.rows(
        "SELECT p.code || ' ' || m.from_account || ' ' || m.to_account || ' ' || m.quantity
         FROM movement AS m JOIN part AS p ON p.id = m.part_id ORDER BY m.sequence",
    );
    let (mut falls, mut standing) = (Vec::new(), std::collections::HashMap::new());
    for row in rows {
        let words: Vec<&str> = row.split(' ').collect();
        let quantity = words[3].parse::<i64>().unwrap() / 1_000_000;
        let before = *standing.entry(words[0].to_owned()).or_insert(0);
        let out = if words[1] == "stock" { quantity } else { 0 };
        let after = before - out + if words[2] == "stock" { quantity } else { 0 };
        if before >= minimum && after < minimum {
            falls.push(format!("{} {after}", words[0]));
        }
        standing.insert(words[0].to_owned(), after);
    }
    falls
}

async fn every_fall_of_a_random_history_is_told_once_by_whoever_looks(engine: Engine) {
    const MINIMUM: i64 = 40;
    let mut fell = 0;
    for seed in [3, 4] {
        let mut random = StdRng::seed_from_u64(seed);
        let plant = Plant::on(engine).await;
        let (mut lots, mut done): (Vec<LotNumber>, Vec<MovementId>) = (Vec::new(), Vec::new());
        for code in ["P-1", "P-2"] {
            minimum(&plant, code, Some(MINIMUM)).await;
        }
        let second = plant.open_another().await;
        let mut watches = [MinimumWatch::default(), MinimumWatch::default()];
        // Both parts are empty, and that is told.
        look(&plant.ledger, &mut watches[0]).await;
        for _ in 0..80 {
            let lot = (!lots.is_empty()).then(|| lots[random.random_range(0..lots.len())].clone());
            let action = match (random.random_range(0..10), lot) {
                (0..=4, Some(lot)) => take(&lot, random.random_range(1..30)),
                (5, Some(lot)) => to_location(&lot, None, "A-2"),
                (6..=7, _) if !done.is_empty() => {
                    undo(done.swap_remove(random.random_range(0..done.len())))
                }
                _ => {
                    let code = if random.random() { "P-1" } else { "P-2" };
                    Action::Receive(receive(code, random.random_range(5..60)))
                }
            };
            if let Ok(outcome) = plant.book(action).await {
                let new = outcome.lots.iter().filter(|lot| !lots.contains(lot)).cloned();
                lots.extend(new.collect::<Vec<_>>());
                let reversal = outcome.movements.iter().any(|line| line.reverses.is_some());
                done.extend(outcome.movements.iter().filter(|_| !reversal).map(|line| line.id));
            }
            let most = random.random_range(1..5);
            match random.random_range(0..6) {
                0 => drop(plant.ledger.watch_minimums(&mut watches[0], most).await.unwrap()),
                // Killed and begun anew, or another server.
                1 => watches[1] = MinimumWatch::default(),
                2 => drop(second.watch_minimums(&mut watches[1], most).await.unwrap()),
                3 => {
                    // At the same time: one of them may be refused, and looks again.
                    let [first, other] = &mut watches;
                    let _ = tokio::join!(
                        plant.ledger.watch_minimums(first, most),
                        second.watch_minimums(other, most),
                    );
                }
                _ => {}
            }
        }
        look(&plant.ledger, &mut watches[0]).await;
        let events = told(&plant, EventType::StockBelowMinimum).await;
        let events: Vec<String> = events
            .iter()
            .filter(|event| event.data["movement_id"] != Value::Null)
            .map(|event| format!("{} {}", event.subject, event.data["quantity"]))
            .collect();
        assert_eq!(events, of_the_log(&plant, MINIMUM), "seed {seed}");
        fell += events.len();
        second.close().await;
    }
    assert!(fell > 2, "nothing falls in these histories: {fell}");
}

async fn parts_below_their_minimum_are_listed_the_emptiest_first(engine: Engine) {
    let plant = Plant::on(engine).await;
    assert!(plant.ledger.below_minimum().await.unwrap().is_empty());
    plant.lot_of(30).await;
    minimum(&plant, "P-1", Some(40)).await;
    minimum(&plant, "P-2", Some(5)).await;
    let rows = plant.ledger.below_minimum().await.unwrap();
    let listed: Vec<_> = rows.iter().map(|row| (row.part.to_string(), row.missing())).collect();
    assert_eq!(listed, [("P-2".to_owned(), 5), ("P-1".to_owned(), 10)]);
    assert!(rows.iter().all(|row| row.since.is_none()), "nobody was told yet");
    look(&plant.ledger, &mut MinimumWatch::default()).await;
    plant.lot_of(10).await;
    let rows = plant.ledger.below_minimum().await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].since.is_some() && rows[0].quantity.is_zero());
}

async fn a_bucket_that_becomes_empty_is_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    plant.book(take(&lot, 10)).await.unwrap();
    plant.book(take(&lot, 21)).await.unwrap_err();
    let preview = plant.batch(vec![take(&lot, 20)], true, Mode::Preview);
    plant.ledger.post(preview).await.unwrap();
    assert!(told(&plant, EventType::StockDepleted).await.is_empty());
    plant.book(to_location(&lot, None, "A-2")).await.unwrap();
    plant.book_once("k", take(&lot, 20)).await.unwrap();
    plant.book_once("k", take(&lot, 20)).await.unwrap();
    let received = plant.book(Action::Receive(receive("P-2", 5))).await.unwrap();
    plant.book(undo(received.movements[0].id)).await.unwrap();
    let events = told(&plant, EventType::StockDepleted).await;
    let places: Vec<&Value> = events.iter().map(|event| &event.data["location"]).collect();
    assert_eq!(places, ["A-1", "A-2", "A-1"]);
    assert_eq!(events[0].subject, lot.to_string());
    let data = json!({ "part": "P-1", "operation": "10", "location": "A-1", "lot": lot });
    assert_eq!(events[0].data, data);
    assert_eq!(events[2].data["part"], "P-2");
}

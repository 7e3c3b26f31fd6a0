//! The stock of any moment: with closings at whatever places, half made, or none, it is what the log
//! says.

use std::collections::BTreeMap;

use mtm_core::command::{Action, Receive};
use mtm_core::word::{LotNumber, MovementId, Timestamp};
use mtm_store::integrity::VerifyRange;
use mtm_store::query::{ExplainQuery, GroupBy, StockQuery};
use mtm_store::{Clock, Ledger};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, location, operation, part, receive, take, to_location, undo};
use crate::read::{limit, next, pattern};

contract!(
    stock_of_any_moment_is_that_of_the_log_under_random_histories,
    closings_that_differ_are_given_up_by_verification_and_made_anew,
    two_who_make_closings_leave_none_half_made,
    a_closing_that_was_cut_off_is_made_anew,
);

const HOUR: i64 = 3_600 * 1_000_000;

/// Part, operation, location and lot.
type Bucket = [String; 4];

/// One movement, as it stands in the log.
struct Line {
    at: i64,
    pieces: i64,
    from: Option<Bucket>,
    to: Option<Bucket>,
}

fn log(plant: &Plant) -> Vec<Line> {
    let rows = plant.home.rows(
        "SELECT m.recorded_at || ' ' || m.quantity || ' ' || p.code || ' ' ||
                coalesce(f.code, '-') || ' ' || coalesce(g.code, '-') || ' ' || m.lot || ' ' ||
                coalesce(t.code, '-') || ' ' || coalesce(u.code, '-') || ' ' || coalesce(m.to_lot, m.lot)
         FROM movement AS m JOIN part AS p ON p.id = m.part_id
         LEFT JOIN operation AS f ON f.id = m.from_operation_id
         LEFT JOIN location AS g ON g.id = m.from_location_id
         LEFT JOIN operation AS t ON t.id = m.to_operation_id
         LEFT JOIN location AS u ON u.id = m.to_location_id ORDER BY m.sequence",
    );
    let line = |row: String| {
        let words: Vec<&str> = row.split(' ').collect();
        let end = |at: usize| {
            let bucket = [words[2], words[at], words[at + 1], words[at + 2]].map(str::to_owned);
            (words[at] != "-").then_some(bucket)
        };
        Line {
            at: words[0].parse().unwrap(),
            pieces: words[1].parse::<i64>().unwrap() / 1_000_000,
            from: end(3),
            to: end(6),
        }
    };
    rows.into_iter().map(line).collect()
}

/// The stock at a moment, by adding everything up.
fn added_up(log: &[Line], moment: i64) -> BTreeMap<Bucket, i64> {
    let mut stock = BTreeMap::new();
    for line in log.iter().filter(|line| line.at <= moment) {
        if let Some(from) = &line.from {
            *stock.entry(from.clone()).or_default() -= line.pieces;
        }
        if let Some(to) = &line.to {
            *stock.entry(to.clone()).or_default() += line.pieces;
        }
    }
    stock.retain(|_, pieces| *pieces != 0);
    stock
}

async fn told(ledger: &Ledger, query: &StockQuery) -> BTreeMap<Bucket, i64> {
    let (mut stock, mut query) = (BTreeMap::new(), query.clone());
    loop {
        let page = ledger.stock(query.clone()).await.unwrap();
        query.page.cursor = next(&page);
        for row in page.items {
            let bucket = [
                row.part.to_string(),
                row.operation.to_string(),
                row.location.to_string(),
                row.lot.to_string(),
            ];
            assert_eq!(stock.insert(bucket, row.quantity.whole()), None, "told twice");
        }
        if query.page.cursor.is_none() {
            return stock;
        }
    }
}

/// Asks for a moment in every way, and compares.
async fn compare(plant: &Plant, log: &[Line], moment: i64, lot: &LotNumber, what: &str) {
    let ledger = &plant.ledger;
    let as_of = Some(Timestamp::from_micros(moment));
    let all = added_up(log, moment);
    let of = |admits: &dyn Fn(&Bucket) -> bool| -> BTreeMap<Bucket, i64> {
        all.iter().filter(|(bucket, _)| admits(bucket)).map(|(b, n)| (b.clone(), *n)).collect()
    };
    let asked = StockQuery { as_of, page: limit(7), ..StockQuery::default() };
    let lot_text = lot.to_string();
    for (name, query, expected) in [
        ("all", asked.clone(), all.clone()),
        ("part", StockQuery { part: pattern("P-1"), ..asked.clone() }, of(&|it| it[0] == "P-1")),
        (
            "place",
            StockQuery { part: pattern("P-2"), location: pattern("A-2"), ..asked.clone() },
            of(&|it| it[0] == "P-2" && it[2] == "A-2"),
        ),
        (
            "location",
            StockQuery { location: pattern("A-2"), ..asked.clone() },
            of(&|it| it[2] == "A-2"),
        ),
        (
            "operation",
            StockQuery { operation: pattern("20"), ..asked.clone() },
            of(&|it| it[1] == "20"),
        ),
        (
            "lot",
            StockQuery { lot: pattern(&lot_text), ..asked.clone() },
            of(&|it| it[3] == lot_text),
        ),
    ] {
        assert_eq!(told(ledger, &query).await, expected, "{what}, {name} at {moment}");
    }
    let groups = ledger.stock_groups(asked, vec![GroupBy::Location, GroupBy::Part]).await.unwrap();
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (bucket, pieces) in &all {
        *sums.entry((bucket[2].clone(), bucket[0].clone())).or_default() += pieces;
    }
    let by_group: BTreeMap<_, _> = groups
        .items
        .iter()
        .map(|row| {
            let words = (row.location.as_ref().unwrap(), row.part.as_ref().unwrap());
            ((words.0.to_string(), words.1.to_string()), row.quantity.whole())
        })
        .collect();
    assert_eq!(by_group, sums, "{what}, groups at {moment}");
    for (name, query, expected) in [
        (
            "part",
            ExplainQuery { part: Some(part("P-1")), ..explain(as_of) },
            of(&|it| it[0] == "P-1"),
        ),
        (
            "bucket",
            ExplainQuery {
                part: Some(part("P-1")),
                operation: Some(operation("10")),
                location: Some(location("A-1")),
                ..explain(as_of)
            },
            of(&|it| it[0] == "P-1" && it[1] == "10" && it[2] == "A-1"),
        ),
        (
            "lot",
            ExplainQuery { lot: Some(lot.clone()), ..explain(as_of) },
            of(&|it| it[3] == lot_text),
        ),
    ] {
        let explained = ledger.explain(query).await.unwrap();
        assert_eq!(
            explained.quantity.whole(),
            expected.values().sum::<i64>(),
            "{what}, {name} at {moment}"
        );
    }
}

fn explain(as_of: Option<Timestamp>) -> ExplainQuery {
    ExplainQuery { as_of, ..ExplainQuery::default() }
}

/// Books something at random; whatever the ledger refuses is left out.
async fn step(
    plant: &Plant,
    random: &mut StdRng,
    lots: &mut Vec<LotNumber>,
    done: &mut Vec<MovementId>,
) {
    let lot = (!lots.is_empty()).then(|| lots[random.random_range(0..lots.len())].clone());
    let action = match (random.random_range(0..10), lot) {
        (0..=3, Some(lot)) => take(&lot, random.random_range(1..40)),
        (4..=6, Some(lot)) => {
            let to = if random.random() { "A-1" } else { "A-2" };
            to_location(&lot, Some(random.random_range(1..30)), to)
        }
        (7, _) if !done.is_empty() => undo(done.swap_remove(random.random_range(0..done.len()))),
        _ => {
            let code = if random.random() { "P-1" } else { "P-2" };
            let at = operation(if random.random() { "10" } else { "20" });
            let new = receive(code, random.random_range(5..60));
            Action::Receive(Receive { operation: at, ..new })
        }
    };
    if let Ok(outcome) = plant.book(action).await {
        lots.extend(
            outcome.lots.iter().filter(|lot| !lots.contains(lot)).cloned().collect::<Vec<_>>(),
        );
        let reversal = outcome.movements.iter().any(|line| line.reverses.is_some());
        done.extend(outcome.movements.iter().filter(|_| !reversal).map(|line| line.id));
    }
}

/// Makes every closing that is due.
async fn close(ledger: &Ledger, least: u32) {
    while let Some(mut closing) = ledger.next_closing(least).await.unwrap() {
        while closing.step(ledger).await.unwrap() {}
    }
}

async fn stock_of_any_moment_is_that_of_the_log_under_random_histories(engine: Engine) {
    for seed in [1, 2] {
        let mut random = StdRng::seed_from_u64(seed);
        let mut plant = Plant::on(engine).await;
        let (mut lots, mut done) = (Vec::new(), Vec::new());
        let start = plant.clock.now().micros();
        for round in 0..8 {
            for _ in 0..12 {
                plant.clock.advance(random.random_range(0..30 * HOUR));
                step(&plant, &mut random, &mut lots, &mut done).await;
            }
            match random.random_range(0..4) {
                0 => plant.restart().await,
                1 => {
                    // One is begun and not ended.
                    if let Some(mut closing) = plant.ledger.next_closing(9).await.unwrap() {
                        closing.step(&plant.ledger).await.unwrap();
                    }
                }
                _ => close(&plant.ledger, 9).await,
            }
            let log = log(&plant);
            let end = plant.clock.now().micros();
            let whose = &lots[random.random_range(0..lots.len())];
            for _ in 0..3 {
                let moment = random.random_range(start - HOUR..end + HOUR);
                compare(&plant, &log, moment, whose, &format!("seed {seed}, round {round}")).await;
            }
            // Inclusive, to the microsecond.
            let exact = log[random.random_range(0..log.len())].at;
            for moment in [exact - 1, exact] {
                compare(&plant, &log, moment, whose, &format!("seed {seed}, round {round}")).await;
            }
        }
        close(&plant.ledger, 9).await;
        let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok && report.remade.is_empty(), "{report:?}");
        let made = plant.value("SELECT count(*) FROM closing_point WHERE whole = 1");
        assert!(made.parse::<i64>().unwrap() > 4, "{made} closings take part");
        let log = log(&plant);
        for line in log.iter().step_by(9) {
            compare(&plant, &log, line.at, &lots[0], &format!("seed {seed}, at the end")).await;
        }
    }
}

/// A plant with closings after every fifth movement, and fewer as its stock grows.
async fn closed(engine: Engine) -> (Plant, LotNumber) {
    let plant = Plant::on(engine).await;
    let first = plant.lot_of(30).await;
    for n in 0..20 {
        plant.clock.advance(HOUR);
        plant.lot_of(10 + n).await;
        plant.book(take(&first, 1)).await.unwrap();
    }
    close(&plant.ledger, 5).await;
    assert_eq!(plant.value("SELECT count(*) FROM closing_point WHERE whole = 1"), "7");
    (plant, first)
}

async fn closings_that_differ_are_given_up_by_verification_and_made_anew(engine: Engine) {
    let (plant, lot) = closed(engine).await;
    let log = log(&plant);
    for tampered in [
        "UPDATE closing SET quantity = quantity + 1000000 WHERE sequence = 5",
        "DELETE FROM closing WHERE sequence = 10 AND lot = (SELECT min(lot) FROM lot)",
        "UPDATE closing SET operation_id = operation_id + 100 WHERE sequence = 5",
        "UPDATE closing SET part_id = part_id + 100 WHERE sequence = 15",
        "DELETE FROM closing",
        "INSERT INTO closing_point (sequence, buckets, whole) VALUES (900, 3, 1)",
    ] {
        plant.home.execute(tampered);
        let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok, "the ledger itself is sound: {report:?}");
        assert_eq!(report.remade, ["closing"], "{tampered}");
        for line in log.iter().step_by(4) {
            compare(&plant, &log, line.at, &lot, tampered).await;
        }
        close(&plant.ledger, 5).await;
        assert_eq!(plant.value("SELECT count(*) FROM closing_point WHERE whole = 1"), "7");
        let again = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(again.remade.is_empty(), "{tampered}");
    }
}

async fn two_who_make_closings_leave_none_half_made(engine: Engine) {
    let (plant, lot) = closed(engine).await;
    for n in 0..40 {
        plant.lot_of(10 + n).await;
    }
    let other = plant.open_another().await;
    // One is overtaken in the middle, and hears so.
    let mut slow = plant.ledger.next_closing(5).await.unwrap().unwrap();
    let mut quick = other.next_closing(5).await.unwrap().unwrap();
    while quick.step(&other).await.unwrap() {}
    assert!(!slow.step(&plant.ledger).await.unwrap());
    tokio::join!(close(&plant.ledger, 5), close(&other, 5), close(&plant.ledger, 5));
    close(&other, 5).await;
    assert_eq!(plant.value("SELECT count(*) FROM closing_point WHERE whole = 0"), "0");
    let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok && report.remade.is_empty(), "{report:?}");
    let log = log(&plant);
    for line in log.iter().step_by(7) {
        compare(&plant, &log, line.at, &lot, "made by two").await;
    }
    other.close().await;
}

async fn a_closing_that_was_cut_off_is_made_anew(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    // More buckets than one step writes.
    let receipts = |from: i64| {
        (from..from + 700).map(|n| Action::Receive(receive("P-1", 20 + n % 30))).collect::<Vec<_>>()
    };
    for from in [0, 700] {
        let batch = plant.batch(receipts(from), true, mtm_store::Mode::Commit);
        plant.ledger.post(batch).await.unwrap();
    }
    // All have their places in the log, too.
    assert_eq!(plant.value("SELECT count(*) FROM movement"), "1400");
    let rows = |plant: &Plant| plant.value("SELECT count(*) FROM closing");
    let mut cut = plant.ledger.next_closing(1_400).await.unwrap().unwrap();
    assert!(cut.step(&plant.ledger).await.unwrap());
    assert_eq!(rows(&plant), "1000");
    plant.restart().await;
    let as_of = Some(plant.clock.now().plus_micros(HOUR));
    let page = mtm_store::query::PageRequest { count: true, ..limit(1) };
    plant.clock.advance(2 * HOUR);
    plant.lot_of(5).await;
    let query = StockQuery { as_of, page, ..StockQuery::default() };
    assert_eq!(plant.ledger.stock(query.clone()).await.unwrap().total, Some(1_400));
    close(&plant.ledger, 1_400).await;
    assert_eq!(rows(&plant), "1400");
    assert_eq!(plant.value("SELECT count(*) FROM closing_point WHERE whole = 1"), "1");
    assert_eq!(plant.ledger.stock(query).await.unwrap().total, Some(1_400));
    let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok && report.remade.is_empty(), "{report:?}");
}

//! What moved per period: the table, brought up to date at any moment or not at all, answers what the log
//! says.

use std::collections::BTreeMap;

use mtm_core::command::Action;
use mtm_core::word::{LotNumber, MovementId, OperationCode, Timestamp};
use mtm_store::Ledger;
use mtm_store::integrity::VerifyRange;
use mtm_store::throughput::ThroughputQuery;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, operation, receive, take, to_location, undo};

contract!(
    figures_are_those_of_the_log_under_random_histories,
    a_reversal_is_taken_off_its_original_on_the_day_of_that,
    a_table_that_differs_is_made_anew_by_verification,
    two_who_follow_the_log_add_nothing_twice,
    only_the_operation_asked_for_is_told,
);

const QUARTER: i64 = 15 * 60 * 1_000_000;
const HOUR: i64 = 4 * QUARTER;

/// Period, type and operation with movements and pieces.
type Figures = BTreeMap<(usize, String, String), (i64, i64)>;

/// Periods of `hours` from the start of the first day on.
fn bounds(count: i64, hours: i64) -> Vec<Timestamp> {
    let start = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
    (0..=count).map(|n| start.plus_micros(n * hours * HOUR)).collect()
}

async fn told(ledger: &Ledger, bounds: &[Timestamp], of: Option<OperationCode>) -> Figures {
    let query = ThroughputQuery { bounds: bounds.to_vec(), operation: of };
    let rows = ledger.throughput(query).await.unwrap();
    let figures = rows.into_iter().map(|row| {
        let key = (row.period, row.kind.as_str().to_owned(), row.operation.to_string());
        (key, (i64::try_from(row.movements).unwrap(), row.quantity.whole()))
    });
    figures.collect()
}

/// The same, computed from every movement by itself.
fn counted(plant: &Plant, bounds: &[Timestamp]) -> Figures {
    let rows = plant.home.rows(
        "SELECT m.type || ' ' || p.code || ' ' || m.quantity || ' ' || m.recorded_at || ' ' ||
                coalesce(o.type || ' ' || q.code || ' ' || o.recorded_at, '')
         FROM movement AS m
         JOIN operation AS p ON p.id = coalesce(m.from_operation_id, m.to_operation_id)
         LEFT JOIN movement AS o ON o.id = m.reverses
         LEFT JOIN operation AS q ON q.id = coalesce(o.from_operation_id, o.to_operation_id)
         ORDER BY m.sequence",
    );
    let mut figures = Figures::new();
    let mut add = |kind: &str, operation: &str, at: &str, movements: i64, pieces: i64| {
        let at = Timestamp::from_micros(at.parse().unwrap());
        let period = bounds.windows(2).position(|ends| ends[0] <= at && at < ends[1]);
        if let Some(period) = period {
            let sum = figures.entry((period, kind.to_owned(), operation.to_owned())).or_default();
            *sum = (sum.0 + movements, sum.1 + pieces);
        }
    };
    for row in rows {
        let words: Vec<&str> = row.split_whitespace().collect();
        let pieces = words[2].parse::<i64>().unwrap() / 1_000_000;
        add(words[0], words[1], words[3], 1, pieces);
        if let [kind, operation, at] = words[4..] {
            add(kind, operation, at, -1, -pieces);
        }
    }
    figures.retain(|_, sum| *sum != (0, 0));
    figures
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
        (0..=3, Some(lot)) => take(&lot, random.random_range(1..20)),
        (4..=5, Some(lot)) => to_location(&lot, Some(random.random_range(1..20)), "A-2"),
        (6..=7, _) if !done.is_empty() => {
            undo(done.swap_remove(random.random_range(0..done.len())))
        }
        _ => {
            let mut new = receive("P-1", random.random_range(5..90));
            if random.random() {
                new.operation = operation("20");
            }
            Action::Receive(new)
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

async fn figures_are_those_of_the_log_under_random_histories(engine: Engine) {
    for seed in [1, 2] {
        let mut random = StdRng::seed_from_u64(seed);
        let mut plant = Plant::on(engine).await;
        let (mut lots, mut done) = (Vec::new(), Vec::new());
        for round in 0..12 {
            for _ in 0..8 {
                plant.clock.advance(random.random_range(0..5 * HOUR / 2));
                step(&plant, &mut random, &mut lots, &mut done).await;
            }
            match random.random_range(0..4) {
                0 => plant.restart().await,
                1 => {}
                _ => drop(plant.ledger.roll_up(random.random_range(1..15)).await.unwrap()),
            }
            for bounds in [bounds(9, 24), bounds(200, 1), bounds(3, 72), bounds(30, 8)] {
                let figures = told(&plant.ledger, &bounds, None).await;
                assert_eq!(figures, counted(&plant, &bounds), "seed {seed}, round {round}");
            }
        }
        while plant.ledger.roll_up(7).await.unwrap() {}
        let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok && report.remade.is_empty(), "{report:?}");
        let days = bounds(9, 24);
        assert_eq!(told(&plant.ledger, &days, None).await, counted(&plant, &days), "seed {seed}");
        let in_table = plant.value("SELECT count(*) FROM throughput").parse::<i64>().unwrap();
        assert!(in_table > 20, "{in_table} rows: the table takes part");
    }
}

async fn a_reversal_is_taken_off_its_original_on_the_day_of_that(engine: Engine) {
    let plant = Plant::on(engine).await;
    let days = bounds(3, 24);
    let lot = plant.lot_of(50).await;
    // From six in the morning to just before midnight.
    plant.clock.advance(17 * HOUR + 3 * QUARTER);
    let taken = plant.book(take(&lot, 20)).await.unwrap();
    let key = |day, kind: &str| (day, kind.to_owned(), "10".to_owned());
    let before = Figures::from([(key(0, "in"), (1, 50)), (key(0, "out"), (1, 20))]);
    assert_eq!(told(&plant.ledger, &days, None).await, before);
    while plant.ledger.roll_up(1).await.unwrap() {}
    plant.clock.advance(HOUR);
    plant.book(undo(taken.movements[0].id)).await.unwrap();
    let after = Figures::from([(key(0, "in"), (1, 50)), (key(1, "reversal"), (1, 20))]);
    // From the table and the log's end, and then from the table alone.
    assert_eq!(told(&plant.ledger, &days, None).await, after);
    while plant.ledger.roll_up(100).await.unwrap() {}
    let of_table = plant.value("SELECT max(sequence) FROM derived_position");
    assert_eq!(of_table, "3");
    assert_eq!(told(&plant.ledger, &days, None).await, after);
}

async fn a_table_that_differs_is_made_anew_by_verification(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let days = bounds(2, 24);
    for _ in 0..4 {
        plant.lot_of(10).await;
        plant.clock.advance(QUARTER);
    }
    while plant.ledger.roll_up(100).await.unwrap() {}
    let right = told(&plant.ledger, &days, None).await;
    for tampered in [
        "UPDATE throughput SET quantity = quantity + 1000000 WHERE slot = (SELECT * FROM (SELECT min(slot) FROM throughput) AS x)",
        "UPDATE throughput SET movements = movements - 1",
        "DELETE FROM throughput",
        "UPDATE throughput SET type = 'out'",
        "UPDATE throughput SET slot = slot + 1 ORDER BY slot DESC",
    ] {
        let sql = match engine {
            Engine::Sqlite if tampered.contains("ORDER") => {
                "UPDATE throughput SET slot = slot + 1000"
            }
            _ => tampered,
        };
        plant.home.execute(sql);
        let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok, "the ledger itself is sound: {report:?}");
        assert_eq!(report.remade, ["throughput"], "{sql}");
        assert_eq!(told(&plant.ledger, &days, None).await, right, "{sql}");
        while plant.ledger.roll_up(100).await.unwrap() {}
        plant.restart().await;
        assert_eq!(told(&plant.ledger, &days, None).await, right, "{sql}");
        let again = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(again.remade.is_empty(), "{sql}");
    }
}

async fn two_who_follow_the_log_add_nothing_twice(engine: Engine) {
    let plant = Plant::on(engine).await;
    for _ in 0..30 {
        plant.lot_of(10).await;
    }
    let other = plant.open_another().await;
    let follow = async |ledger: &Ledger| while ledger.roll_up(3).await.unwrap() {};
    tokio::join!(follow(&plant.ledger), follow(&other), follow(&plant.ledger));
    while plant.ledger.roll_up(3).await.unwrap() {}
    assert_eq!(plant.value("SELECT max(sequence) FROM derived_position"), "30");
    let rows = plant.home.rows("SELECT sum(movements) || ' ' || sum(quantity) FROM throughput");
    assert_eq!(rows, ["30 300000000"]);
    other.close().await;
}

async fn only_the_operation_asked_for_is_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.lot_of(5).await;
    let mut elsewhere = receive("P-2", 6);
    elsewhere.operation = operation("20");
    plant.book(Action::Receive(elsewhere)).await.unwrap();
    let days = bounds(1, 24);
    assert_eq!(told(&plant.ledger, &days, None).await.len(), 2);
    let only = told(&plant.ledger, &days, Some(operation("20"))).await;
    assert_eq!(only, Figures::from([((0, "in".to_owned(), "20".to_owned()), (1, 6))]));
    assert!(plant.ledger.is_elected().await.unwrap() || engine == Engine::MariaDb);
}

//! The query plan of every statement that reads: checked in, and never a scan of a big table.

use std::collections::BTreeMap;

use rusqlite::{Connection, StatementStatus};

use crate::clock::SystemClock;
use crate::sqlite::read::{
    audit, event, explain, history, hold, legacy, lot, moment, stock, suggest,
};
use crate::sqlite::{connection, schema};

/// The tables that grow with every booking, and the names statements give them.
const BIG: [&str; 14] = [
    "movement",
    "m",
    "x",
    "r",
    "stock",
    "s",
    "lot",
    "l",
    "audit",
    "outbox",
    "hold",
    "legacy_movement",
    "idempotency_key",
    "part",
];

fn ledger() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection::configure(&connection, 1024).unwrap();
    schema::migrate(&mut connection, std::path::Path::new(":memory:"), &SystemClock).unwrap();
    connection
}

/// Every statement on the way of a screen or a booking.
fn hot() -> Vec<(&'static str, &'static str)> {
    use history::statement as log;
    use stock::{past, source};
    let finders = [
        ("history.walk", log::WALK),
        ("history.of_part", log::OF_PART),
        ("history.of_lots", log::OF_LOTS),
        ("history.of_work_orders", log::OF_WORK_ORDERS),
        ("history.of_import", log::OF_IMPORT),
        ("history.of_command", log::OF_COMMAND),
    ];
    let mut statements: Vec<_> = finders
        .into_iter()
        .flat_map(|(name, finder)| [(name, finder.newest), (name, finder.oldest)])
        .collect();
    statements.extend([
        ("history.lots_probe", log::LOTS_PROBE),
        ("history.work_orders_probe", log::WORK_ORDERS_PROBE),
        ("history.lot_texts", log::LOT_TEXTS),
        ("history.by_id", log::BY_ID),
        ("history.row", log::ROW),
        ("moment.movement", moment::MOVEMENT_AT),
        ("moment.audit", moment::AUDIT_AT),
        ("stock.lots", source::LOTS),
        ("stock.location", source::LOCATION),
        ("stock.part", source::PART),
        ("stock.part_bare", source::PART_BARE),
        ("stock.place", source::PLACE),
        ("stock.work_orders", source::WORK_ORDERS),
        ("stock.places", source::PLACES),
        ("stock.next_operation", source::NEXT_OPERATION),
        ("stock.locations", source::LOCATIONS),
        ("stock.parts", source::PARTS),
        ("stock.lot", source::LOT),
        ("past.after", past::AFTER),
        ("past.until", past::UNTIL),
        ("past.of_part", past::OF_PART_AFTER),
        ("past.of_part_until", past::OF_PART_UNTIL),
        ("past.of_lot", past::OF_LOT_AFTER),
        ("past.to_lot", past::TO_LOT_AFTER),
        ("explain.by_part", explain::BY_PART),
        ("explain.by_lot", explain::BY_LOT),
        ("explain.sum_by_part", explain::SUM_BY_PART),
        ("explain.sum_by_place", explain::SUM_BY_PLACE),
        ("explain.sum_by_lot", explain::SUM_BY_LOT),
        ("explain.part_of_lot", explain::PART_OF_LOT),
        ("lot.sheet", lot::LOT),
        ("lot.children", lot::CHILDREN),
        ("lot.buckets", lot::BUCKETS),
        ("lot.movements", lot::MOVEMENTS),
        ("hold.newest_first", hold::NEWEST_FIRST),
        ("hold.on_lot", hold::ACTIVE_ON_LOT),
        ("hold.on_part", hold::ACTIVE_ON_PART),
        ("hold.at", hold::ACTIVE_AT),
        ("audit.newest_first", audit::NEWEST_FIRST),
        ("event.after", event::AFTER),
        ("event.oldest", event::OLDEST),
        ("event.newest", event::NEWEST),
        ("legacy.newest_first", legacy::NEWEST_FIRST),
        ("legacy.of_lot", legacy::OF_LOT),
        ("legacy.life", legacy::LIFE),
        ("suggest.lots", suggest::LOTS),
        ("suggest.work_orders", suggest::WORK_ORDERS),
    ]);
    statements
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = vec![None::<i64>; statement.parameter_count()];
    let rows = statement
        .query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3))
        .unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn scans(step: &str) -> bool {
    BIG.iter()
        .any(|table| step == format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} ")))
}

#[test]
fn plans_are_as_checked_in_and_scan_nothing_big() {
    let connection = ledger();
    let mut plans: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, sql) in hot() {
        let plan = plan(&connection, sql);
        for step in &plan {
            assert!(!scans(step), "{name}: {step}\n{sql}");
        }
        let known = plans.entry(name).or_default();
        known.extend(plan);
    }
    insta::assert_json_snapshot!(plans);
}

#[test]
fn the_scans_there_are_go_along_the_lots() {
    let connection = ledger();
    let sources = [stock::source::EVERYTHING, stock::source::EVERYTHING_BARE];
    let plans = sources.map(|sql| plan(&connection, sql).join("; "));
    assert_eq!(plans, ["SCAN s; SEARCH l USING PRIMARY KEY (lot=?)", "SCAN s"]);
}

#[test]
fn the_check_finds_a_scan() {
    let connection = ledger();
    for sql in [
        stock::source::EVERYTHING,
        "SELECT * FROM movement WHERE user_id = 1",
        "SELECT * FROM lot l WHERE notes = 'x'",
    ] {
        assert!(plan(&connection, sql).iter().any(|step| scans(step)), "{sql}");
    }
}

#[test]
fn no_statement_is_planned_anew_for_other_values() {
    let connection = ledger();
    let mut planned_anew = Vec::new();
    for (name, sql) in hot() {
        let mut statement = connection.prepare(sql).unwrap();
        for value in 0..3_i64 {
            let values = vec![value; statement.parameter_count()];
            let mut rows = statement.query(rusqlite::params_from_iter(values)).unwrap();
            while rows.next().unwrap().is_some() {}
        }
        if statement.get_status(StatementStatus::RePrepare) > 0 {
            planned_anew.push(name);
        }
    }
    assert!(planned_anew.is_empty(), "{planned_anew:?}");
}

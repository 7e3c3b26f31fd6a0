//! The query plan of every statement that reads: checked in, and never a scan of a big table.

use std::collections::BTreeMap;

use rusqlite::{Connection, StatementStatus};

use super::statements::hot;
use crate::clock::SystemClock;
use crate::read::dialect::Dialects;
use crate::sqlite::{connection, schema};

/// The tables that grow with every booking, and the names statements give them.
const BIG: [&str; 19] = [
    "movement",
    "b",
    "m",
    "o",
    "throughput",
    "closing",
    "c",
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

pub(super) fn ledger() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection::configure(&connection, 1024).unwrap();
    schema::migrate(&mut connection, std::path::Path::new(":memory:"), &SystemClock).unwrap();
    connection
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
    for (name, Dialects { sqlite: sql, .. }) in hot() {
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
fn the_check_finds_a_scan() {
    let connection = ledger();
    for sql in [
        "SELECT * FROM stock s WHERE quantity > 1",
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
    for (name, Dialects { sqlite: sql, .. }) in hot() {
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

//! How the embedded engine finds proposals.

use rusqlite::Connection;

use super::book::BY_RULE;
use super::list::{NEWEST, OF_MACHINE, OF_MACHINE_AND_STATE, OF_STATE, OLD, TOTALS};
use crate::sqlite::schema;

/// What leads to the rows, and what is done with them afterwards.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = statement.raw_query().mapped(|row| row.get::<_, String>(3));
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn proposals_are_found_along_an_index_and_in_its_order() {
    let connection = Connection::open_in_memory().unwrap();
    schema::lay_bare(&connection).unwrap();
    for (sql, way) in [
        (NEWEST, "SEARCH p USING INTEGER PRIMARY KEY (rowid<?)"),
        (OF_STATE, "SEARCH p USING INDEX machine_proposal_by_state (state=? AND id<?)"),
        (OF_MACHINE, "SEARCH p USING INDEX machine_proposal_by_machine (machine=? AND id<?)"),
        (
            OF_MACHINE_AND_STATE,
            "SEARCH p USING INDEX machine_proposal_by_machine_and_state (machine=? AND state=? AND id<?)",
        ),
        (BY_RULE, "SEARCH p USING INDEX machine_proposal_by_rule (by_rule=? AND state=?)"),
    ] {
        let plan = plan(&connection, sql);
        assert_eq!(plan[0], way, "{plan:#?}");
        let masters = plan[1..].iter().all(|step| step.contains("USING INTEGER PRIMARY KEY"));
        assert!(masters, "each of the rest is one row: {plan:#?}");
    }
    for (sql, index) in [
        (TOTALS, "machine_proposal_by_state (state=?)"),
        (OLD, "machine_proposal_by_end (ended_at<?)"),
        ("SELECT id FROM machine_proposal WHERE grows_for = ?1", "(grows_for=?)"),
        ("SELECT id FROM machine_deed WHERE proposal_id = ?1 ORDER BY id", "(proposal_id=?)"),
        (
            "SELECT id FROM machine_counter WHERE machine = ?1 AND retired_at IS NULL",
            "machine_counter",
        ),
    ] {
        let plan = plan(&connection, sql);
        assert!(plan[0].starts_with("SEARCH") && plan[0].contains(index), "{plan:#?}");
    }
}

#[test]
fn the_check_finds_a_scan() {
    let connection = Connection::open_in_memory().unwrap();
    schema::lay_bare(&connection).unwrap();
    let plan = plan(&connection, "SELECT id FROM machine_proposal WHERE attempts > 3");
    assert!(plan[0].starts_with("SCAN"), "{plan:#?}");
}

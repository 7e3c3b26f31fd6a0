//! How `MariaDB` plans the statements, over a plant of some size.

use std::collections::BTreeMap;

use super::read_bulk::movement_id;
use super::statements::{hot, whole};
use super::twin::{LARGE, Twin};
use crate::sql::{Bind, Connection, Value, params};

/// Values that a screen may ask with.
fn values(name: &str, lot: &str, work_order: &str) -> Vec<Value<'static>> {
    let text = |text: &str| Value::Text(text.to_owned().into());
    let (lot, order, zero) = (text(lot), text(work_order), text("0"));
    let id = Value::Blob(movement_id(4_711).to_vec().into());
    let last = Value::Blob(movement_id(4_712).to_vec().into());
    let finder = |keys: &[&Value<'static>]| {
        let mut values: Vec<_> = params![1, 9_000].iter().map(owned).collect();
        let asked = params!["[\"in\"]", "[3]", "[3]", "[5]", "[7]", 0, id, 200];
        values.extend(asked.iter().map(owned));
        values.extend(keys.iter().map(|key| owned(key)));
        values
    };
    let some = |values: &[Value<'_>]| values.iter().map(owned).collect();
    match name {
        "history.walk" => finder(&[]),
        "history.of_part" => finder(&[&Value::Int(7)]),
        "history.of_lots" => finder(&[&lot, &text("0000001000")]),
        "history.of_work_orders" => finder(&[&order, &text("WO-000102")]),
        "history.of_import" | "history.of_session" => finder(&[&id]),
        "history.of_command" => finder(&[&id, &last]),
        "history.listed" | "minimum.now" | "stock.standing" => some(params!["[5,9,11]"]),
        "history.by_id" | "reservation.by_id" => some(params![id]),
        "history.lots_probe" => some(params![lot, "0000002000", 5_001]),
        "history.work_orders_probe" => some(params![order, "WO-000102", 1_001]),
        "audit.newest_first" => some(params![1, 9_000, Value::Null, "[3,5]", 51]),
        "audit.count" => some(params![1, 9_000, "movement", "[3,5]"]),
        "closing.after" | "closing.before" => some(params![4_000]),
        "closing.whole" => some(params![4_000, 3, 7, lot, 2, 5_000]),
        "closing.of_part" => some(params![4_000, 7]),
        "closing.of_locations" => some(params![4_000, "[5,9,11]"]),
        "explain.sum_of_closing" => some(params![4_000, 7, Value::Null, 5]),
        "event.after" => some(params![8_000, "[\"in.recorded\"]", 100]),
        "explain.by_part" | "explain.by_lot" => {
            let key = if name == "explain.by_lot" { lot } else { Value::Int(7) };
            some(params![key, 9_000, 0, Value::Null, Value::Null, 200])
        }
        "explain.sum_by_part" => some(params![7, Value::Null, 5]),
        "explain.sum_by_place" => some(params![7, 3, 5]),
        "explain.sum_by_lot" => some(params![lot, Value::Null, Value::Null]),
        "explain.part_of_lot" | "lineage.birth" | "lot.buckets" | "lot.sheet" => some(params![lot]),
        "floor.departures" | "floor.steps" => some(params![4_000, 4_200]),
        "floor.waiting" => some(params![4, 3, 2, 1]),
        "import.movements" => some(params![id, id, 5_000]),
        "import.more_than" => some(params![id, 1_001]),
        "legacy.life" | "lot.life" | "verify.from_lot" => some(params![lot, 500]),
        "lineage.into" => some(params![lot, 9_000, 501]),
        "lineage.out_of" => some(params![lot, 1, 501]),
        "legacy.newest_first" => some(params![9_000, 200]),
        "legacy.of_lot" => some(params![lot, 9_000, 200]),
        "lot.children" => some(params![lot, 1_000]),
        "moment.audit"
        | "moment.movement"
        | "verify.entry"
        | "verify.hash"
        | "verify.last_movement"
        | "verify.movement_from" => some(params![77]),
        "hold.active_on" => some(params![lot, 7, "[5,9,11]"]),
        "reservation.among" => some(params!["[\"0000000007\"]", i64::MAX, 1_700_000_900]),
        "reservation.newest_first" => some(params![last, 1, 1_700_000_900, 51, order]),
        "reservation.of_lot" => some(params![last, 1, 1_700_000_900, 51, order, lot]),
        "hold.newest_first" => some(params![last, 1, 51]),
        "hold.at_moment" => some(params![1_700_000_900_000_000_i64]),
        "hold.count" => some(params![1]),
        "minimum.later" => some(params!["[5,9,11]", 9_000]),
        "minimum.since" => some(params![9_000, 1_000]),
        "past.all" | "throughput.since" => some(params![4_000, 9_000, 5_000]),
        "past.of_part" => some(params![4_000, 9_000, 5_000, 7]),
        "past.of_lot" | "past.to_lot" => some(params![4_000, 9_000, 5_000, lot]),
        "stock.carried" | "stock.listed" | "text.lots" => {
            some(params![format!("[{:?}]", "0000000007")])
        }
        "text.news" => some(params![8_900, 60, 80, 20_001]),
        "text.told" => some(params![8_000, 500]),
        "stock.location" => some(params![5, 3, lot, 2, 5_000]),
        "stock.locations" => some(params![7, 3]),
        "stock.lots" | "stock.lots_bare" | "verify.stock" => {
            some(params![lot, "0000000900", 1, 1, 5_000])
        }
        "stock.operations" => some(params![7]),
        "stock.part" | "stock.part_bare" => some(params![7, 1, 4, 0, lot, 5_000]),
        "stock.parts" => some(params!["A", "B", 200]),
        "stock.of_places" => some(params![7, "[[3,5],[3,9]]", 1_001]),
        "stock.of_parts" => some(params!["[5,9,11]", 1_001]),
        "stock.place" => some(params![7, 3, 5, 0, lot, 100]),
        "stock.places" => some(params![7, 101]),
        "stock.work_orders" => some(params![order, "WO-000102", lot, 1, 1, 5_000]),
        "suggest.lots" => some(params![lot, "0000000900", 20]),
        "suggest.work_orders" | "work_order.open_like" => some(params![order, "WO-000102", 20]),
        "throughput.of_period" => some(params![100, 196]),
        "totals.logged" => some(params![4_000, 9_000]),
        "totals.place" => some(params![9_000]),
        "entries.whole" | "verify.entries" => some(params![100, 9_000, 1_000]),
        "verify.lots" => some(params![zero, 5_000]),
        "verify.present" => some(params![lot, 1, 1, 5_000]),
        "verify.own" | "verify.joined" => some(params![lot, 0, "0000000900", 5_000]),
        _ => of_orders(name, work_order),
    }
}

/// Values for a statement about orders of planning.
fn of_orders(name: &str, order: &str) -> Vec<Value<'static>> {
    let some = |values: &[Value<'_>]| values.iter().map(owned).collect();
    match name {
        "work_order.by_due" | "work_order.open_by_due" => {
            some(params![0, "", i64::MAX, Value::Null, Value::Null, 500])
        }
        "work_order.moved" => some(params![order, 7]),
        "work_order.standing" => some(params!["[\"WO-000101\"]"]),
        _ => Vec::new(),
    }
}

fn owned(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Int(number) => Value::Int(*number),
        Value::Text(text) => Value::Text(text.clone().into_owned().into()),
        Value::Blob(bytes) => Value::Blob(bytes.clone().into_owned().into()),
    }
}

/// The steps of a plan: table, kind of access, index, and what else there is to say.
fn plan(twin: &Twin, name: &str, sql: &str) -> Vec<String> {
    let (lot, _) = twin.bulk.lots.iter().nth(700).unwrap();
    let mut orders = twin.bulk.lots.values().filter_map(|lot| lot.work_order.clone());
    let values = values(name, lot, &orders.next().unwrap());
    let values: Vec<_> = values.iter().map(Bind::bind).collect();
    let mut statement =
        Connection::MariaDb(&twin.wire).prepare_cached(&format!("EXPLAIN {sql}")).unwrap();
    statement
        .query_all(&values, |row| {
            let column = |at| row.optional_text(at).map(|text| text.unwrap_or("-").to_owned());
            let (table, access, key) = (column(2)?, column(3)?, column(5)?);
            Ok::<_, crate::sql::Error>(format!("{table} {access} {key}: {}", column(9)?))
        })
        .unwrap_or_else(|error| panic!("{name}: {error}\n{sql}"))
}

/// The server whose plans are checked in. Another one plans in its own way, and must not scan.
const CHECKED_IN: &str = "10.11.";

#[test]
fn mariadb_plans_are_as_checked_in_and_scan_nothing_big() {
    let Some(twin) = Twin::new(LARGE) else { return };
    let mut plans: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, statement) in hot() {
        plans.entry(name).or_default().extend(plan(&twin, name, statement.mariadb));
    }
    for (name, statement) in whole() {
        plan(&twin, name, statement.mariadb);
    }
    for sql in ["SELECT * FROM stock s WHERE quantity > 1", "SELECT lot FROM lot"] {
        let found = plan(&twin, "", sql).iter().any(|step| scans(step));
        assert!(found, "the check misses a scan: {sql}");
    }
    for (name, steps) in &plans {
        for step in steps {
            assert!(!scans(step), "{name}: {step}\n{plans:#?}");
        }
    }
    let version: String = Connection::MariaDb(&twin.wire)
        .query_row("SELECT VERSION()", &[], |row| row.get::<String>(0))
        .unwrap();
    if version.starts_with(CHECKED_IN) {
        insta::assert_json_snapshot!(plans);
    }
}

/// Whether a step reads a table, or an index of it, from end to end.
fn scans(step: &str) -> bool {
    let mut words = step.split(' ');
    let (table, access) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let small = table == "listed" || table.starts_with('<');
    !small && matches!(access, "ALL" | "index")
}

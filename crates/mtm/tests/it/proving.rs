//! What verification finds.

use mtm_testkit::sqlite;

use crate::support::{on, plant, receive};

/// Past the program's own guard against changes.
const UNGUARD: &str =
    "DROP TRIGGER movement_is_never_changed; DROP TRIGGER movement_is_never_removed;
    DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_removed;";

#[test]
fn an_altered_value_is_named_with_its_row() {
    let (mut server, api) = plant();
    let lots: Vec<String> = (1..=5).map(|n| receive(&api, &format!("r{n}"), n * 10)).collect();
    assert!(server.terminate().unwrap().success());
    let directory = server.data_dir();
    let report = on(directory, &["verify"]).json();
    assert_eq!(report["ok"], true);
    assert!(report["checked"].as_i64().unwrap() > 5);

    let database = server.database();
    sqlite::execute(&database, UNGUARD).unwrap();
    let alter =
        format!("UPDATE movement SET quantity = quantity + 1000000 WHERE lot = '{}'", lots[2]);
    assert_eq!(sqlite::execute(&database, &alter).unwrap(), 1);
    let run = on(directory, &["verify"]);
    assert_eq!(run.code, 1);
    let failure = run.failure(1);
    assert_eq!(failure["code"], "ledger_altered");
    let bad = &failure["details"]["first_bad"];
    assert_eq!(bad["what"], "movement_altered");
    assert_eq!(bad["lot"], lots[2].as_str());
    assert_eq!(bad["sequence"], 3);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["ok"], false);
    assert_eq!(report["first_bad"], *bad);
}

#[test]
fn altered_stock_is_named_with_its_lot() {
    let (mut server, api) = plant();
    let lot = receive(&api, "r", 30);
    receive(&api, "s", 40);
    assert!(server.terminate().unwrap().success());
    let alter = format!("UPDATE stock SET quantity = quantity - 1000000 WHERE lot = '{lot}'");
    assert_eq!(sqlite::execute(&server.database(), &alter).unwrap(), 1);
    let failure = on(server.data_dir(), &["verify"]).failure(1);
    assert_eq!(failure["details"]["first_bad"]["what"], "stock_differs");
    assert_eq!(failure["details"]["first_bad"]["lot"], lot.as_str());
}

#[test]
fn a_cut_end_is_found_by_the_checkpoint_of_the_last_stop() {
    let (mut server, api) = plant();
    receive(&api, "r", 30);
    let lot = receive(&api, "s", 40);
    assert!(server.terminate().unwrap().success());
    let database = server.database();
    // The newest receipt vanishes without a trace: movement, entry, event, stock, lot.
    let cut = format!(
        "{UNGUARD} DELETE FROM stock WHERE lot = '{lot}';
         DELETE FROM outbox WHERE position = (SELECT max(position) FROM outbox);
         DELETE FROM movement WHERE lot = '{lot}'; DELETE FROM lot WHERE lot = '{lot}';
         DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit);"
    );
    sqlite::execute(&database, &cut).unwrap();
    let failure = on(server.data_dir(), &["verify"]).failure(1);
    assert_eq!(failure["code"], "chain_altered");
    assert!(failure["message"].as_str().unwrap().contains("is not there"), "{failure}");
}

#[test]
fn verifying_beside_a_running_server_disturbs_nobody() {
    let (server, api) = plant();
    receive(&api, "r", 30);
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
    receive(&api, "s", 31);
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
}

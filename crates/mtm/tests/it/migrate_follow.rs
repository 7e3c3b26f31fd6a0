//! The parallel week from the command line: interrupted, killed, and ended.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use mtm_testkit::process::Guard;
use mtm_testkit::{MariaDb, poll};
use serde_json::Value;

use crate::migrate_server::Legacy;
use crate::support::{Run, on};

impl Legacy {
    /// A receipt in the legacy system: log and stock.
    fn receive(&self, lot: u32, pieces: u32) {
        let sql = format!(
            "SET sql_mode = '';
             INSERT INTO inv_transaction (TransactionType, BatchNumber, PartID, ToLocation,
                 Operation, Quantity, User, ReceiveDate)
             VALUES ('IN', '{lot:010}', 'A-100', 'R-A1-01', '20', {pieces}, 'ANN', UTC_TIMESTAMP());
             INSERT INTO inv_inventory (PartID, Location, Operation, Quantity, User, BatchNumber)
             VALUES ('A-100', 'R-A1-01', '20', {pieces}, 'ANN', '{lot:010}')"
        );
        self.server.sql(&self.database, &sql).unwrap();
    }
}

fn pieces(directory: &Path) -> i64 {
    let run = on(directory, &["export", "stock", "--format", "ndjson"]);
    let rows = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| row["quantity"].as_i64().unwrap()).sum()
}

#[test]
fn a_week_is_followed_once_however_often_it_is_killed_and_then_cut_over() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("migrate-legacy --follow") else {
        return;
    };
    let legacy = Legacy::load(server);
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let once = || legacy.migrate(&data, &["--follow", "--once"]);

    // The first look takes everything over.
    let first = once().json();
    assert_eq!((&first["equal"], &first["taken_over"]["movements"]), (&true.into(), &0.into()));
    let mut expected = pieces(&data);
    for (round, pause) in [0, 5, 20, 60, 120].into_iter().enumerate() {
        let lot = 100 + u32::try_from(round).unwrap() * 10;
        for number in lot..lot + 5 {
            legacy.receive(number, 7);
            expected += 7;
        }
        let mut look = legacy.command(&data, &["--follow", "--once"]);
        look.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Guard::spawn(look).unwrap();
        poll::moment(Duration::from_millis(pause));
        process.kill().unwrap();
        let report = once().json();
        assert_eq!(report["equal"], true, "killed after {pause} ms");
        assert_eq!(pieces(&data), expected, "killed after {pause} ms");
    }
    assert_eq!(once().json()["taken_over"]["movements"], 0);
    assert_eq!(on(&data, &["verify"]).json()["ok"], true);

    let file = directory.path().join("cut-over.json");
    let cut_over =
        legacy.migrate(&data, &["--cut-over", "--report", file.to_str().unwrap()]).json();
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(kept, cut_over);
    assert_eq!(cut_over["cut_over"], true);
    assert_eq!(cut_over["legacy"], cut_over["ledger"]);
    assert_eq!(cut_over["ledger"]["pieces"], expected);
    assert_eq!(cut_over["verified"]["ok"], true);
    assert_eq!(once().failure(5)["code"], "legacy_cut_over");
}

fn wait(what: &'static str, done: impl Fn() -> bool) {
    poll::until(what, Duration::from_secs(120), || Ok(done().then_some(()))).unwrap();
}

#[test]
fn following_waits_for_a_legacy_server_that_is_away_and_stops_when_asked() {
    let Some(mut server) = MariaDb::start().unwrap().or_skip("migrate-legacy --follow") else {
        return;
    };
    let name = server.create_database().unwrap();
    let database = name.rsplit('/').next().unwrap().to_owned();
    server.sql(&database, &crate::migrate_server::dump()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let url = server.url_of(&database);
    let arguments =
        ["migrate-legacy", "--from", &url, "--follow", "--every", "1s", "--json", "--data-dir"];
    let command =
        crate::support::command(arguments.iter().copied().chain([data.to_str().unwrap()]));
    let mut process = Guard::spawn(command).unwrap();
    let looks = |process: &Guard| process.stdout().lines().len();
    wait("the first look", || looks(&process) >= 1);
    server.kill9().unwrap();
    wait("a word about the server", || {
        process.stderr().lines().iter().any(|line| line.contains("trying again in 1 s"))
    });
    server.restart().unwrap();
    let before = looks(&process);
    wait("another look", || looks(&process) > before);
    let ended = process.terminate(Duration::from_secs(30)).unwrap();
    assert!(ended.success(), "{ended:?}: {}", process.stderr().lines().join("\n"));
    let last = process.stdout().lines().pop().unwrap();
    let report: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(report["equal"], true);
    assert_eq!(on(&data, &["verify"]).json()["ok"], true);
}

#[test]
fn only_what_was_taken_over_from_a_server_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| -> Run { on(directory.path(), arguments) };
    let dump = directory.path().join("dump.sql");
    std::fs::write(&dump, crate::migrate_server::dump()).unwrap();
    let refused = run(&["migrate-legacy", "--from", dump.to_str().unwrap(), "--follow"]).failure(2);
    assert!(refused["next_step"].as_str().unwrap().contains("mysql://"), "{refused}");
    assert_eq!(run(&["migrate-legacy", "--from", "mysql://u@h/d", "--once"]).code, 2);
    let both = ["migrate-legacy", "--from", "mysql://u@h/d", "--follow", "--cut-over"];
    assert_eq!(run(&both).code, 2);

    let Some(server) = MariaDb::shared().unwrap().or_skip("migrate-legacy --follow") else {
        return;
    };
    let legacy = Legacy::load(server);
    let data = directory.path().join("data");
    assert_eq!(legacy.migrate(&data, &["--cut-over"]).failure(4)["code"], "legacy_not_taken_over");
    // What a dump brought is followed from the server that it came from.
    on(&data, &["migrate-legacy", "--from", dump.to_str().unwrap()]).json();
    legacy.receive(100, 9);
    let report = legacy.migrate(&data, &["--follow", "--once"]).json();
    assert_eq!((&report["equal"], &report["taken_over"]["movements"]), (&true.into(), &1.into()));
}

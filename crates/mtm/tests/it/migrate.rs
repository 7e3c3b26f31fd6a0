//! Taking over the legacy database: once, whole, and after `kill -9` as if nothing had been.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use mtm_testkit::process::Guard;

use crate::support::{command, mtm, on};

fn dump() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../mtm-app/tests/legacy/plant.sql")
}

fn arguments(directory: &Path, more: &[&str]) -> Vec<String> {
    let (dump, directory) = (dump(), directory.to_str().unwrap());
    let always =
        ["migrate-legacy", "--from", dump.to_str().unwrap(), "--data-dir", directory, "--json"];
    always.iter().chain(more).map(ToString::to_string).collect()
}

/// Every bucket with everything that belongs to it, but not the moment of the migration.
fn stock(directory: &Path) -> String {
    let run = on(directory, &["export", "stock", "--format", "ndjson"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn a_dry_run_writes_nothing_but_the_report() {
    let directory = tempfile::tempdir().unwrap();
    let (data, report) = (directory.path().join("data"), directory.path().join("report.json"));
    let run = mtm(arguments(&data, &["--dry-run", "--report", report.to_str().unwrap()]));
    let answer = run.json();
    assert_eq!((&answer["dry_run"], &answer["repeated"]), (&true.into(), &false.into()));
    assert!(!data.exists(), "a dry run made a data directory");
    let kept: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(kept["classes"], answer["classes"]);
    let lots = kept["classes"].as_object().unwrap().values();
    let sum: u64 = lots.map(|class| class["lots"].as_u64().unwrap()).sum();
    assert_eq!(sum, kept["lots"].as_u64().unwrap(), "each lot has exactly one class");
}

#[test]
fn a_dump_is_taken_over_once() {
    let directory = tempfile::tempdir().unwrap();
    let first = mtm(arguments(directory.path(), &[])).json();
    assert_eq!(first["repeated"], false);
    let before = stock(directory.path());
    let pieces: i64 = before
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|row| row["quantity"].as_i64().unwrap())
        .sum();
    assert!(pieces > 0);
    assert_eq!(first["creates"]["pieces"], pieces);

    let again = mtm(arguments(directory.path(), &[])).json();
    assert_eq!(again["repeated"], true);
    assert_eq!(again["classes"], first["classes"]);
    assert_eq!(stock(directory.path()), before);
    let verified = on(directory.path(), &["verify"]).json();
    assert_eq!(verified["ok"], true);
}

#[test]
fn kill_9_at_any_moment_leaves_all_or_nothing() {
    let whole = tempfile::tempdir().unwrap();
    mtm(arguments(whole.path(), &[])).json();
    let expected = stock(whole.path());
    for pause in [0, 2, 5, 10, 20, 40, 80, 160] {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let mut run = command(arguments(&data, &[]));
        run.stdout(Stdio::null());
        let mut process = Guard::spawn(run).unwrap();
        let database = data.join("mtm.db");
        let begun = mtm_testkit::poll::until("a database", Duration::from_secs(60), || {
            Ok((database.exists() || process.exit_status()?.is_some()).then_some(()))
        });
        begun.unwrap();
        mtm_testkit::poll::moment(Duration::from_millis(pause));
        process.kill().unwrap();

        let rerun = mtm(arguments(&data, &[])).json();
        println!("killed after {pause} ms; taken over before: {}", rerun["repeated"]);
        assert_eq!(stock(&data), expected, "killed after {pause} ms");
        assert_eq!(on(&data, &["verify"]).json()["ok"], true);
    }
}

#[test]
fn what_cannot_be_taken_over_says_why_and_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let cut = directory.path().join("cut.sql");
    let text = fs::read_to_string(dump()).unwrap();
    let end = text.rfind("INSERT INTO").unwrap() + 40;
    fs::write(&cut, &text[..end]).unwrap();
    let data_dir = data.to_str().unwrap();
    let run = |from: &str, more: &[&str]| {
        let always = ["migrate-legacy", "--from", from, "--data-dir", data_dir, "--json"];
        mtm(always.iter().chain(more).copied().collect::<Vec<_>>())
    };
    let failure = run(cut.to_str().unwrap(), &[]).failure(1);
    assert!(failure["next_step"].as_str().is_some_and(|step| !step.is_empty()), "{failure}");
    let missing = run(directory.path().join("none.sql").to_str().unwrap(), &[]).failure(4);
    assert_eq!(missing["code"], "file_missing");
    run("mysql://plant", &[]).failure(2);
    run(dump().to_str().unwrap(), &["--time-zone", "Mars/Olympus"]).failure(2);
    assert!(!data.exists(), "a refused dump made a data directory");
}

#[test]
fn a_plant_in_use_is_left_alone() {
    let (server, api) = crate::support::plant();
    crate::support::receive(&api, "first", 5);
    let refused = mtm(arguments(server.data_dir(), &[])).failure(5);
    assert_eq!(refused["code"], "not_empty");
    assert_eq!(crate::support::on_hand(&api), 5);
}

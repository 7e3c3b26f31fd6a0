//! Backups, restores, and what the doctor says.

use std::fs;
use std::net::TcpListener;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::sqlite;
use serde_json::Value;

use crate::support::{PROGRAM, command, mtm, on, plant, receive};

#[test]
fn a_backup_of_a_running_plant_comes_back_whole() {
    let (server, api) = plant();
    for n in 1..=5 {
        receive(&api, &format!("r{n}"), n * 10);
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plant.db");
    let file = file.to_str().unwrap();
    let made = on(server.data_dir(), &["backup", file]).json();
    assert_eq!(made["verified"]["ok"], true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = on(server.data_dir(), &["backup", file]).failure(5);
    assert_eq!(again["code"], "file_exists");
    // Booked after the backup, so not in it.
    receive(&api, "later", 7);

    let new = directory.path().join("new");
    let elsewhere = ["restore", file, "--database", "mysql://nobody@127.0.0.1:1/none"];
    assert_eq!(on(&new, &elsewhere).failure(2)["code"], "usage", "a database is no directory");
    assert_eq!(on(&new, &["restore", file]).json()["verified"]["ok"], true);
    let stock = |at: &std::path::Path| {
        on(at, &["stock", "--group-by", "part"]).json()["items"][0]["quantity"].clone()
    };
    assert_eq!(stock(&new), 150);
    assert_eq!(stock(server.data_dir()), 157);
    let restored = Start::new(PROGRAM).on(&new).start().unwrap();
    let replayed = restored.api().with_token("mtm_x").get("/api/v1/stock").unwrap();
    assert_eq!(replayed.status, 401, "the restored plant runs");
}

#[test]
fn a_restore_spares_a_ledger_that_is_there_and_a_server_that_runs() {
    let (mut server, api) = plant();
    receive(&api, "kept", 10);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plant.db");
    let file = file.to_str().unwrap();
    on(server.data_dir(), &["backup", file]).json();
    receive(&api, "newer", 20);
    let data = server.data_dir().to_path_buf();
    let owned = on(&data, &["restore", file, "--replace"]).failure(5);
    assert_eq!(owned["code"], "data_directory_in_use");
    assert!(server.terminate().unwrap().success());
    assert_eq!(on(&data, &["restore", file]).failure(5)["code"], "not_empty");

    let done = on(&data, &["restore", file, "--replace"]).json();
    let aside = done["set_aside"].as_str().unwrap();
    assert_eq!(sqlite::value(aside.as_ref(), "SELECT count(*) FROM movement").unwrap(), "2");
    let history = on(&data, &["history"]).json();
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
    assert_eq!(on(&data, &["verify"]).json()["ok"], true, "old checkpoints do not count");
}

#[test]
fn a_damaged_backup_restores_nothing() {
    let (server, api) = plant();
    receive(&api, "r", 10);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plant.db");
    on(server.data_dir(), &["backup", file.to_str().unwrap()]).json();
    sqlite::execute(&file, "UPDATE stock SET quantity = quantity + 1000000").unwrap();
    let new = directory.path().join("new");
    let refused = on(&new, &["restore", file.to_str().unwrap()]).failure(1);
    assert_eq!(refused["code"], "backup_damaged");
    assert_eq!(refused["details"]["first_bad"]["what"], "stock_differs");
    assert!(!new.join("mtm.db").exists());
    let gone = directory.path().join("gone.db");
    assert_eq!(on(&new, &["restore", gone.to_str().unwrap()]).failure(4)["code"], "ledger_missing");
}

fn state(findings: &Value, check: &str) -> String {
    let findings = findings["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("{check} in {findings:?}"))["state"].as_str().unwrap().to_owned()
}

#[test]
fn the_doctor_finds_nothing_wrong_with_a_running_plant() {
    let (server, api) = plant();
    receive(&api, "r", 10);
    let findings = on(server.data_dir(), &["doctor"]).json();
    for check in ["data directory", "owner", "address", "ledger", "clock", "integrity"] {
        assert_eq!(state(&findings, check), "ok", "{findings:#}");
    }
}

#[test]
fn the_doctor_names_cause_and_next_step() {
    let (mut server, api) = plant();
    let lot = receive(&api, "r", 10);
    assert!(server.terminate().unwrap().success());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    sqlite::execute(&server.database(), &format!("DELETE FROM stock WHERE lot = '{lot}'")).unwrap();
    let run = command(["doctor", "--json", "--data-dir"])
        .arg(server.data_dir())
        .env("MTM_SERVER__LISTEN", taken.local_addr().unwrap().to_string())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    let findings: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(state(&findings, "address"), "problem");
    assert_eq!(state(&findings, "integrity"), "problem");
    assert_eq!(state(&findings, "ledger"), "ok");

    let gone = mtm(["doctor", "--json", "--data-dir", "/nonexistent/plant"]);
    assert_eq!(gone.code, 1);
    let findings: Value = serde_json::from_str(&gone.stdout).unwrap();
    assert_eq!(state(&findings, "data directory"), "problem");
    assert!(gone.stdout.contains("mtm serve"));
}

#[test]
fn the_interface_is_described_offline() {
    let (server, _) = plant();
    let served = server.api().get("/api/v1/openapi.json").unwrap().json().unwrap();
    let printed: Value = serde_json::from_str(&mtm(["openapi"]).stdout).unwrap();
    assert_eq!(printed, served);
    assert!(printed["paths"]["/api/v1/movements"]["post"].is_object());
}

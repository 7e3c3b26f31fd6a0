//! Backups, restores, and what the doctor says.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use mtm_testkit::identity::{IdentityServer, Said};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{MariaDb, poll, sqlite};
use serde_json::Value;

use crate::support::{PROGRAM, Run, command, mtm, on, plant, receive};

fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

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
    let elsewhere = ["restore", file, "--database", "sqlite:/nowhere/mtm.db"];
    assert_eq!(on(&new, &elsewhere).failure(2)["code"], "usage", "a file is in a directory");
    let drill = on(server.data_dir(), &["backup", "--drill", file]).json();
    assert_eq!((&drill["ok"], &drill["place"]["kind"]), (&true.into(), &"file".into()));
    assert_eq!(drill["totals"]["movements"], 5);
    assert_eq!(on(server.data_dir(), &["backup"]).code, 2, "which file?");
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

    // An earlier restore was cut off before its last step.
    fs::write(data.join("mtm.db.restored"), "proved once").unwrap();
    let done = on(&data, &["restore", file, "--replace"]).json();
    assert!(!data.join("mtm.db.restored").exists());
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
    let checks =
        ["data directory", "owner", "address", "ledger", "clock", "integrity", "statements"];
    for check in checks {
        assert_eq!(state(&findings, check), "ok", "{findings:#}");
    }
}

#[test]
fn the_doctor_asks_the_identity_provider_who_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let provider = IdentityServer::start(&[]).unwrap();
    let look = |issuer: &str| {
        let output = command(["doctor", "--json", "--data-dir"])
            .arg(directory.path().join("data"))
            .env("MTM_SERVER__LISTEN", "127.0.0.1:0")
            .env("MTM_OIDC__ISSUER", issuer)
            .env("MTM_OIDC__CLIENT_ID", "mtm")
            .env("MTM_OIDC__ROLES", "*=viewer")
            .output();
        let text = Run::of(output.unwrap()).stdout;
        let findings: Value = serde_json::from_str(&text).expect(&text);
        state(&findings, "identity provider")
    };
    assert_eq!(look(&provider.issuer()), "ok");
    // Spelt otherwise it is somebody else.
    assert_eq!(look(&format!("{}/", provider.issuer())), "warning");
    provider.say("/keys", Said::Json(503, Value::Null));
    assert_eq!(look(&provider.issuer()), "warning");
}

#[test]
fn the_doctor_tells_what_took_long_and_who_on_mariadb_may_too_little() {
    let Some(db) = MariaDb::shared().unwrap().or_skip("mtm doctor on MariaDB") else { return };
    let url = db.create_database().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let passwords = directory.path().join("logins");
    fs::write(&passwords, "doctored=an own secret\n").unwrap();
    let made = ["--app", "doctored", "--passwords", passwords.to_str().unwrap()];
    mtm(["db", "accounts", "--database", &url, "--json"].into_iter().chain(made)).json();
    let program = url.replace("root@", "doctored:an%20own%20secret@");
    let argument = format!("--database={program}");
    let mut server = Start::new(PROGRAM)
        .argument(argument.as_str())
        .environment("MTM_DATABASE__SLOW_STATEMENT_MS", "1")
        .start()
        .unwrap();
    let doctor = |at: &Path| {
        let run = on(at, &["doctor", "--database", &program]);
        let findings: Value = serde_json::from_str(&run.stdout).expect(&run.stderr);
        findings
    };
    let findings = doctor(server.data_dir());
    for check in ["database", "rights", "ledger", "integrity"] {
        assert_eq!(state(&findings, check), "ok", "{findings:#}");
    }
    assert_eq!(state(&findings, "statements"), "warning", "a millisecond is little");
    let make = ["token", "create", "--name", "it", "--scope", "admin", "--json"];
    let token = mtm(make.into_iter().chain(["--database", program.as_str()])).json();
    let api = server.api().with_token(token["token"].as_str().unwrap());
    let told = api.get("/api/v1/slow-statements").unwrap().json().unwrap();
    assert_eq!(told["told_from_ms"], 1);
    assert!(!told["items"].as_array().unwrap().is_empty(), "{told}");
    assert!(server.terminate().unwrap().success());

    db.sql(name_of(&url), "REVOKE DELETE ON session FROM mtm_app").unwrap();
    // No server ran on this directory.
    let findings = doctor(&directory.path().join("none"));
    assert_eq!(state(&findings, "rights"), "warning");
    assert!(findings.to_string().contains("mtm_app lacks DELETE"), "{findings:#}");
    assert_eq!(state(&findings, "data directory"), "ok");
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

#[test]
fn a_plant_on_mariadb_is_backed_up_and_restored_also_after_kills() {
    let Some(db) = MariaDb::shared().unwrap().or_skip("mtm backup on MariaDB") else { return };
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let on_database = |url: &str, arguments: &[&str]| {
        let mut run = command(arguments.iter().copied().chain(["--database", url, "--json"]));
        // What a killed one leaves is removed with the test.
        Run::of(run.env("TMPDIR", directory.path()).output().unwrap())
    };
    let killed = |url: &str, arguments: &[&str], when: &dyn Fn() -> bool| {
        let mut run = command(arguments.iter().copied().chain(["--database", url]));
        run.env("TMPDIR", directory.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = run.spawn().unwrap();
        poll::until("its middle", Duration::from_secs(60), || Ok(when().then_some(()))).unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
    };
    let (url, to) = (db.create_database().unwrap(), db.create_database().unwrap());
    mtm(["generate", "--seed", "7", "--scale", "small", "--into", &url, "--json"]).json();
    fs::write(at("logins"), "program=an own secret\n").unwrap();
    let logins = ["db", "accounts", "--app", "program", "--passwords", &at("logins")];
    on_database(&url, &logins).json();
    let program = url.replace("root@", "program:an%20own%20secret@");
    let stock = |url: &str| on_database(url, &["stock", "--limit", "1000"]).json();

    let (file, part) = (at("plant.db"), at("plant.db.part"));
    killed(&program, &["backup", &file], &|| Path::new(&part).exists());
    assert!(!Path::new(&file).exists(), "what has the name of a backup is one");
    let made = on_database(&program, &["backup", &file]).json();
    assert!(!Path::new(&part).exists());
    assert_eq!(made["verified"]["ok"], true);
    assert_eq!(on_database(&program, &["backup", &file]).failure(5)["code"], "file_exists");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let drill = on_database(&program, &["backup", "--drill"]).json();
    assert_eq!(drill["place"]["kind"], "file");
    assert!(drill["place"]["instead"].as_str().unwrap().contains("denied"), "{drill}");
    let beside = on_database(&url, &["backup", "--drill", &file]).json();
    assert_eq!((&beside["place"]["kind"], &beside["head"]), (&"database".into(), &drill["head"]));

    let refused = on_database(&program.replace(name_of(&url), name_of(&to)), &["restore", &file]);
    assert_ne!(refused.code, 0, "a login that may not even see the database");
    let rows = "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()
                AND table_name = 'movement'";
    let begun = || db.sql(name_of(&to), rows).unwrap().trim() == "1";
    killed(&to, &["restore", &file], &begun);
    assert_eq!(on_database(&to, &["stock"]).failure(5)["code"], "ledger_incomplete");
    let restored = on_database(&to, &["restore", &file]).json();
    assert_eq!(restored["head"], made["verified"]["head"]);
    assert_eq!(stock(&to), stock(&url));
    let here = ["verify", "--data-dir", directory.path().to_str().unwrap()];
    assert_eq!(on_database(&to, &here).json()["ok"], true);
    assert_eq!(on_database(&to, &["restore", &file]).failure(5)["code"], "not_empty");
    assert_eq!(on_database(&to, &["restore", &file, "--replace"]).failure(2)["code"], "usage");
}

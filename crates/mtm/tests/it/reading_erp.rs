//! A server reads an ERP's books: from a generated database to what every door shows of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Mtm, Odbc, poll, sqlite};
use serde_json::{Value, json};

use crate::support::PROGRAM;

const SOON: Duration = Duration::from_secs(60);

/// An ERP's database, made by the program itself; and the newest id of its ledger.
fn database(directory: &Path) -> (PathBuf, i64) {
    let (script, file) = (directory.join("erp.sql"), directory.join("erp.db"));
    let made = Command::new(PROGRAM)
        .args(["erp", "generate", "--dialect", "sqlite", "--rows", "400", "--json", "--out"])
        .arg(&script)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(made["rows"], 400);
    std::fs::write(&file, b"").unwrap();
    sqlite::execute_script(&file, &script).unwrap();
    (file, made["newest"].as_i64().unwrap())
}

fn erp(items: &Value) -> Option<Value> {
    items["items"].as_array()?.iter().find(|it| it["kind"] == "erp").cloned()
}

#[test]
fn an_erp_is_read_shown_and_killed_readers_come_back() {
    let Some(odbc) = Odbc::find().unwrap().or_skip("a server reads an ERP") else { return };
    let directory = tempfile::tempdir().unwrap();
    let (file, newest) = database(directory.path());
    let connection = directory.path().join("erp.odbc");
    std::fs::write(&connection, odbc.sqlite_read_only(&file)).unwrap();
    let server = Start::new(PROGRAM)
        .environment("MTM_ERP__NAME", "visual")
        .environment("MTM_ERP__CONNECTION_FILE", &connection)
        .environment("MTM_ERP__EVERY_SECONDS", "1")
        .start()
        .unwrap();
    let api = server.api_as("admin").unwrap();
    let read = |what: &str, upto: i64| {
        poll::until(what, SOON, || {
            let shown = erp(&api.get("/api/v1/integrations")?.json()?);
            Ok(shown.filter(|it| it["position"] == upto && it["erp"]["on_hand_at"].is_string()))
        })
        .unwrap()
    };
    let shown = read("the ERP to be read", newest);
    assert_eq!((&shown["id"], &shown["state"]), (&json!("erp:visual"), &json!("well")));
    assert_eq!((&shown["erp"]["state"], &shown["erp"]["rows"]), (&json!("well"), &json!(400)));

    // Its program is killed; the next round starts another, and goes on.
    let readers = readers_of(&server);
    assert_eq!(readers.len(), 1, "{readers:?}");
    let killed = Command::new("kill").arg("-9").arg(readers[0].to_string()).status().unwrap();
    assert!(killed.success());
    let row = "INSERT INTO INVENTORY_TRANS (TRANSACTION_ID, TYPE, CLASS, QTY, TRANSACTION_DATE)";
    let values = format!("VALUES ({}, 'I', 'R', 1, '2026-11-22 10:00:00')", newest + 3);
    sqlite::execute(&file, &format!("{row} {values}")).unwrap();
    read("the new row to be read", newest + 3);

    let metrics = api.get("/metrics").unwrap().text;
    let position = format!("mtm_erp_position{{erp=\"visual\"}} {}", newest + 3);
    assert!(metrics.contains(&position), "{metrics}");
    let status = server.command(["erp", "status", "--json"]).unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["items"][0]["position"], newest + 3);
    let checked = server.command(["erp", "check", "visual", "--json"]).unwrap();
    let checked: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(
        (&checked["login"]["writes"], &checked["newest"]),
        (&json!(false), &json!(newest + 3))
    );
    keep_parts(&server, &api);
}

/// Its parts become ours when somebody wants it; where both changed one, somebody decides.
fn keep_parts(server: &Mtm, api: &Api) {
    let run = |words: &[&str]| -> Value {
        let ran = server.command(words.iter().chain(&["--json"])).unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice(&ran.stdout).unwrap()
    };
    let off = run(&["erp", "parts"]);
    assert_eq!((&off["items"][0]["mode"], &off["items"][0]["parts"]), (&json!("off"), &json!(0)));
    assert_eq!(api.get("/api/v1/parts/P-00001").unwrap().status, 404);
    run(&["erp", "mode", "visual", "automatic"]);
    let part = |what: &str, wanted: &str| {
        poll::until(what, SOON, || {
            let part = api.get("/api/v1/parts/P-00001")?;
            Ok((part.status == 200 && part.json()?["description"] == wanted).then_some(part))
        })
        .unwrap()
    };
    let made = part("the part to be made", "Part number 1");
    let headers =
        [("content-type", "application/json"), ("if-match", made.header("etag").unwrap())];
    let mine = json!({ "description": "mine" });
    let edited = api.send("PATCH", "/api/v1/parts/P-00001", &headers, mine.to_string()).unwrap();
    assert_eq!(edited.status, 200, "{}", edited.text);
    poll::until("the conflict to be noticed", SOON, || {
        let found = run(&["erp", "parts"]);
        Ok((found["differences"][0]["part"] == "P-00001").then_some(()))
    })
    .unwrap();
    run(&["erp", "decide", "visual", "take", "--part", "p-00001"]);
    part("theirs to be taken", "Part number 1");
    let left = run(&["erp", "parts", "--all"]);
    assert_eq!((&left["items"][0]["parts"], &left["differences"]), (&json!(50), &json!([])));
    let unknown = server.command(["erp", "mode", "sap", "shadow"]).unwrap();
    assert_eq!(unknown.status.code(), Some(4));
}

/// The reading programs that a server started.
fn readers_of(server: &Mtm) -> Vec<u32> {
    let mut readers = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1));
        if stat.contains("(mtm-odbc)") && parent == Some(server.pid().to_string().as_str()) {
            readers.push(pid);
        }
    }
    readers
}

#[test]
fn a_login_that_may_write_is_refused_by_name_and_exit() {
    let Some(odbc) = Odbc::find().unwrap().or_skip("a server reads an ERP") else { return };
    let directory = tempfile::tempdir().unwrap();
    let (file, _) = database(directory.path());
    let server =
        Start::new(PROGRAM).environment("MTM_ERP__CONNECTION", odbc.sqlite(&file)).start().unwrap();
    let checked = server.command(["erp", "check", "erp", "--json"]).unwrap();
    assert_eq!(checked.status.code(), Some(5));
    let failure = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(failure.contains("erp_may_write"), "{failure}");
    let api = server.api_as("admin").unwrap();
    let shown = poll::until("the refusal to be shown", SOON, || {
        let shown = erp(&api.get("/api/v1/integrations")?.json()?);
        Ok(shown.filter(|it| it["erp"]["state"] == "refused"))
    });
    let shown = shown.unwrap();
    assert_eq!((&shown["state"], &shown["erp"]["rows"]), (&json!("failing"), &json!(0)));
    let unknown = server.command(["erp", "check", "sap"]).unwrap();
    assert_eq!(unknown.status.code(), Some(4));
}

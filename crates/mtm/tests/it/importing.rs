//! Files taken over by the real program: killed again and again and whole in the end, and, in
//! `beside`, while others book.
//!
//! `MTM_IMPORT_ROWS`, `MTM_IMPORT_KILLS` and `MTM_IMPORT_TRAFFIC` (bookings of each client before
//! the import) set the size; at full size the times are held against their budgets.

mod beside;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Api, Mtm, poll, sqlite};
use serde_json::{Value, json};

use crate::support::{command, on, plant};

const ROWS: u64 = 2_500;
const KILLS: u64 = 6;
const SOON: Duration = Duration::from_secs(120);

/// Receipts, each with a work order of its own.
fn receipts(name: &str, rows: u64) -> String {
    let mut file = String::from("part,operation,location,quantity,work_order\n");
    for n in 0..rows {
        let (part, place) = (n % 200, n % 2 + 1);
        writeln!(file, "S-{part:03},10,R-{place},{},WO-{name}{n:06}", 101 + n % 40).unwrap();
    }
    file
}

/// The parts of the receipts, as a file of their own.
fn parts() -> String {
    let lines: Vec<String> = (0..200).map(|n| format!("{{\"code\":\"S-{n:03}\"}}")).collect();
    lines.join("\n")
}

fn look(api: &Api, kind: &str, file: &str) -> Value {
    let path = format!("/api/v1/imports?kind={kind}&file_name=rows.csv");
    let reply = api.send("POST", &path, &[("Content-Type", "text/csv")], file).unwrap();
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json().unwrap()
}

fn take_over(api: &Api, view: &Value) -> Value {
    let path = format!("/api/v1/imports/{}/commit", view["id"].as_str().unwrap());
    loop {
        let reply = api.post(&path, "", &json!({ "at_most": 5_000 })).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text);
        let view = reply.json().unwrap();
        if view["state"] == "committed" {
            return view;
        }
    }
}

fn with_parts(api: &Api) {
    take_over(api, &look(api, "parts", &parts()));
}

/// A file on the disk.
fn written(directory: &Path, text: &str) -> PathBuf {
    let path = directory.join("rows.csv");
    fs::write(&path, text).unwrap();
    path
}

/// `mtm import` on a data directory, started and not waited for.
fn importing(data: &Path, file: &Path) -> std::process::Child {
    command(["import", file.to_str().unwrap(), "--kind", "movements", "--json", "--data-dir"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Rows in the ledger, past the program.
fn booked(server: &Mtm) -> u64 {
    let sql = "SELECT count(*) FROM movement WHERE import_id IS NOT NULL";
    sqlite::value(&server.database(), sql).unwrap().parse().unwrap()
}

/// Every row is there once, nothing else is, and the ledger verifies.
fn whole(data: &Path, rows: u64, imports: usize) {
    let stock = on(data, &["export", "stock", "--format", "ndjson"]);
    let rows_there: Vec<Value> =
        stock.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let orders: HashSet<&str> =
        rows_there.iter().map(|row| row["work_order"].as_str().unwrap()).collect();
    let count = usize::try_from(rows).unwrap();
    assert_eq!((rows_there.len(), orders.len()), (count, count));
    let pieces: i64 = rows_there.iter().map(|row| row["quantity"].as_i64().unwrap()).sum();
    let expected: u64 = (0..rows).map(|n| 101 + n % 40).sum();
    assert_eq!(pieces, i64::try_from(expected).unwrap());
    let report = on(data, &["verify"]).json();
    assert_eq!(report["ok"], true, "{report}");
    let made = sqlite::value(
        &data.join("mtm.db"),
        "SELECT count(*) FROM import WHERE kind = 'movements' AND state = 'committed'",
    );
    assert_eq!(made.unwrap().parse::<usize>().unwrap(), imports);
}

#[test]
fn an_import_killed_again_and_again_is_whole_in_the_end() {
    let (rows, kills) = (number("MTM_IMPORT_ROWS", ROWS), number("MTM_IMPORT_KILLS", KILLS));
    let (mut server, api) = plant();
    with_parts(&api);
    let directory = tempfile::tempdir().unwrap();
    let file = written(directory.path(), &receipts("", rows));
    let mut cut = 0;
    for round in 0..kills {
        // In turns: the client, the server under it, and the program that works without a server.
        let alone = round % 3 == 2;
        if alone {
            server.kill9().unwrap();
        } else {
            server.restart().unwrap();
        }
        let aim = rows * (round + 1) / (kills + 2);
        let mut client = importing(server.data_dir(), &file);
        poll::until("rows", SOON, || {
            let ended = client.try_wait()?.is_some();
            Ok((ended || booked(&server) >= aim).then_some(()))
        })
        .unwrap();
        if round % 3 == 1 {
            server.kill9().unwrap();
        }
        client.kill().unwrap();
        client.wait().unwrap();
        let there = booked(&server);
        cut += u64::from(there < rows);
        if there == rows {
            break;
        }
    }
    assert!(cut > 0, "every import ended before it was killed");
    server.restart().unwrap();
    let last = on(server.data_dir(), &["import", file.to_str().unwrap(), "--kind", "movements"]);
    // Killed after its last row, it is told to be there already.
    assert!(last.code == 0 || last.stderr.contains("possible_duplicate"), "{}", last.stderr);
    whole(server.data_dir(), rows, 1);
    evidence(format_args!(
        "{rows} rows, killed {cut} times halfway (client, server, program without server in \
         turns): every row once, totals and chain as if it had never been cut off"
    ));
}

/// `mtm undo` of an import on a data directory, started and not waited for.
fn undoing(data: &Path, id: &str) -> std::process::Child {
    command(["undo", "--import", id, "--reason", "wrong file", "--json", "--data-dir"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Movements undone, past the program.
fn undone(server: &Mtm, distinct: bool) -> u64 {
    let what = if distinct { "DISTINCT reverses" } else { "reverses" };
    let sql = format!("SELECT count({what}) FROM movement");
    sqlite::value(&server.database(), &sql).unwrap().parse().unwrap()
}

#[test]
fn an_undo_killed_again_and_again_gives_everything_back_once() {
    let (rows, kills) = (number("MTM_IMPORT_ROWS", ROWS), number("MTM_IMPORT_KILLS", KILLS));
    let (mut server, api) = plant();
    with_parts(&api);
    let view = take_over(&api, &look(&api, "movements", &receipts("", rows)));
    let id = view["id"].as_str().unwrap();
    let mut cut = 0;
    for round in 0..kills {
        // In turns, as above.
        if round % 3 == 2 {
            server.kill9().unwrap();
        } else {
            server.restart().unwrap();
        }
        let aim = rows * (round + 1) / (kills + 2);
        let mut client = undoing(server.data_dir(), id);
        poll::until("movements undone", SOON, || {
            let ended = client.try_wait()?.is_some();
            Ok((ended || undone(&server, false) >= aim).then_some(()))
        })
        .unwrap();
        if round % 3 == 1 {
            server.kill9().unwrap();
        }
        client.kill().unwrap();
        client.wait().unwrap();
        let there = undone(&server, false);
        cut += u64::from(there < rows);
        if there == rows {
            break;
        }
    }
    assert!(cut > 0, "every undo ended before it was killed");
    server.restart().unwrap();
    let last = on(server.data_dir(), &["undo", "--import", id, "--reason", "wrong file"]);
    // Killed after its last movement, it is told to be undone already.
    assert!(last.code == 0 || last.stderr.contains("already_reversed"), "{}", last.stderr);
    assert_eq!((undone(&server, false), undone(&server, true)), (rows, rows));
    let stock = on(server.data_dir(), &["export", "stock", "--format", "ndjson"]);
    assert_eq!(stock.stdout, "");
    let state =
        sqlite::value(&server.database(), "SELECT state FROM import WHERE kind = 'movements'");
    assert_eq!(state.unwrap(), "undone");
    let report = on(server.data_dir(), &["verify"]).json();
    assert_eq!(report["ok"], true, "{report}");
    evidence(format_args!(
        "an import of {rows} movements undone, killed {cut} times halfway (client, server, program \
         without server in turns): every movement given back once, stock and chain whole"
    ));
}

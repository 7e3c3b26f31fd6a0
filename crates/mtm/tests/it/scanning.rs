//! `mtm scan`: real scanners (processes fed line by line), real servers, and a database that goes away.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::number;
use mtm_testkit::{Api, MariaDb, poll};
use serde_json::{Value, json};

use crate::support::{PROGRAM, Run, command, mtm, on_hand, plant, receive};

const SOON: Duration = Duration::from_secs(120);
/// Receipts of one part at one place; their quantities are scanned.
pub(crate) const RECEIPTS: [&str; 8] =
    ["receive", "--part", "P-1", "--operation", "10", "--location", "R-1", "--yes"];

/// A terminal that scans; killed when dropped.
struct Scanner {
    child: Child,
    input: Option<ChildStdin>,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Drop for Scanner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Scanner {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(["scan"].iter().chain(arguments).chain(&["--json"]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let (output, heard) = (child.stdout.take().unwrap(), Arc::clone(&told));
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                heard.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        let input = child.stdin.take();
        Self { child, input, told }
    }

    fn scan(&mut self, data: &str) {
        writeln!(self.input.as_mut().unwrap(), "{data}").unwrap();
    }

    /// What was said about a scan of that text.
    fn states(&self, data: &str) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let mine = told.iter().filter(|line| line["data"] == data);
        mine.map(|line| line["state"].as_str().unwrap().to_owned()).collect()
    }

    fn wait_for(&self, data: &str, state: &str) -> Value {
        poll::until(&format!("{data} {state}"), SOON, || {
            let told = self.told.lock().unwrap();
            Ok(told.iter().find(|line| line["data"] == data && line["state"] == state).cloned())
        })
        .unwrap_or_else(|error| panic!("{error}: {:?}", self.told.lock().unwrap()))
    }

    /// No more scans; how it ended.
    fn finish(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

/// Runs a scanner on these scans to its end.
pub(crate) fn scan_all(scans: &str, arguments: &[&str]) -> Run {
    let mut child = command(["scan"].iter().chain(arguments).chain(&["--json"]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(scans.as_bytes()).unwrap();
    Run::of(child.wait_with_output().unwrap())
}

pub(crate) fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn upkeep(queue: &Path, arguments: &[&str]) -> Value {
    let queue = queue.to_str().unwrap();
    mtm(["scan", "--queue", queue, "--json"].iter().chain(arguments)).json()
}

/// Quantities of all receipts, in the order of the ledger.
pub(crate) fn receipts(api: &Api) -> Vec<i64> {
    let answer = api.get("/api/v1/movements?type=in&limit=1000&sort=recorded_at").unwrap();
    let answer = answer.json().unwrap();
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item["quantity"].as_i64().unwrap()).collect()
}

#[test]
fn without_a_queue_scans_book_at_once_and_say_what_they_did() {
    let (server, api) = plant();
    let lot = receive(&api, "first", 7);
    let here = ["--data-dir", server.data_dir().to_str().unwrap()];
    let run = scan_all(
        "LOC:R-1\nOP:10\nP-1\n50\nQTY:60\nPART:P-1\nNONSENSE\n",
        &[&["receive", "--yes"], &here[..]].concat(),
    );
    assert_eq!(run.code, 3, "{run:?}");
    let told = lines(&run);
    let states: Vec<&str> = told.iter().map(|line| line["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["noted", "noted", "noted", "booked", "noted", "booked", "refused"]);
    assert_eq!(told[0]["missing"], json!(["part", "operation", "quantity"]));
    assert_eq!(told[6]["code"], "unknown_code");
    assert_eq!(receipts(&api), [7, 50, 60]);

    let run = scan_all(&format!("R-2\n{lot}\n"), &[&["move"], &here[..]].concat());
    assert_eq!((run.code, lines(&run)[1]["state"].as_str()), (0, Some("booked")), "{run:?}");
    let run = scan_all(&format!("QTY:2\nLOT:{lot}\n"), &[&["take"], &here[..]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(lines(&run)[1]["balances"][0]["quantity"], 5);
    assert_eq!(on_hand(&api), 115);
    assert_eq!(mtm(["scan", "--data-dir", here[1]]).code, 2);
    let nothing = [&RECEIPTS[..], &["--quantity", "5"], &here[..]].concat();
    assert_eq!(scan_all("P-1\n", &nothing).code, 2);
}

#[test]
fn a_queue_outlives_a_database_that_is_away_and_a_killed_scanner() {
    let Some(mut database) = MariaDb::start().unwrap().or_skip("mtm scan --queue on MariaDB")
    else {
        return;
    };
    let url = database.create_database().unwrap();
    let server = Start::new(PROGRAM).argument(format!("--database={url}")).start();
    let server = server.unwrap();
    // Tokens are made where the bookings are.
    let made = server
        .command([
            "token",
            "create",
            "--name",
            "t",
            "--scope",
            "admin",
            "--json",
            "--database",
            &url,
        ])
        .unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let token = made["token"].as_str().unwrap();
    let api = server.api().with_token(token);
    crate::support::masters(&api);
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().join("queue");
    let arguments = [
        &RECEIPTS[..],
        &["--queue", queue.to_str().unwrap(), "--server", server.url(), "--token", token],
    ]
    .concat();

    let mut scanner = Scanner::start(&arguments);
    scanner.scan("QTY:1");
    scanner.wait_for("QTY:1", "booked");
    // guide: queue
    database.kill9().unwrap();
    let away = api.post("/api/v1/movements", "away", &crate::support::receipt(99)).unwrap();
    assert_eq!(away.status, 503, "{}", away.text);
    assert!(away.header("Retry-After").is_some());
    scanner.scan("QTY:2");
    let kept = scanner.wait_for("QTY:2", "kept");
    assert!(kept["message"].as_str().unwrap().len() > 5, "{kept}");
    // guide: end
    scanner.scan("QTY:3");
    scanner.wait_for("QTY:3", "kept");
    let status = upkeep(&queue, &["--status"]);
    assert_eq!((&status["waiting"], &status["booked"]), (&json!(2), &json!(1)), "{status}");
    drop(scanner);

    let mut scanner = Scanner::start(&arguments);
    scanner.scan("QTY:4");
    scanner.wait_for("QTY:4", "kept");
    database.restart().unwrap();
    for (n, data) in [(2, "QTY:2"), (3, "QTY:3"), (4, "QTY:4")] {
        assert_eq!(scanner.wait_for(data, "booked")["scan"], n);
    }
    scanner.scan("QTY:5");
    scanner.wait_for("QTY:5", "booked");
    assert_eq!(scanner.states("QTY:5"), ["booked"], "one acknowledgement");
    assert_eq!(scanner.states("QTY:4"), ["kept", "booked"]);
    assert_eq!(scanner.finish(), 0);
    poll::until("the receipts in the log", SOON, || {
        Ok((receipts(&api) == [1, 2, 3, 4, 5]).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error}: {:?}", receipts(&api)));
    assert_eq!(upkeep(&queue, &["--list"])["items"], json!([]));
}

#[test]
fn a_scanner_killed_at_any_moment_books_what_it_acknowledged_once_and_in_order() {
    let (server, api) = plant();
    let token = server.token("terminal", "operator").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().join("queue");
    let arguments = [
        &RECEIPTS[..],
        &["--queue", queue.to_str().unwrap(), "--server", server.url(), "--token", &token],
    ]
    .concat();
    let kills = number("MTM_KILLS", 4);
    let mut next = 1_i64;
    for round in 0..kills {
        let mut scanner = Scanner::start(&arguments);
        for quantity in next..next + 20 {
            // The pipe is longer than all of these: nobody waits here.
            scanner.scan(&format!("QTY:{quantity}"));
        }
        let aim = usize::try_from(round * 5 % 19).unwrap();
        poll::until("acknowledgements", SOON, || {
            Ok((scanner.told.lock().unwrap().len() > aim).then_some(()))
        })
        .unwrap();
        let acknowledged = scanner.told.lock().unwrap().len();
        drop(scanner);
        // What was read from the pipe and written down is booked now, and nothing else.
        let rest = mtm([&["scan"][..], &arguments[RECEIPTS.len()..]].concat());
        assert_eq!(rest.code, 0, "{rest:?}");
        let booked = receipts(&api);
        let expected: Vec<i64> = (1..=i64::try_from(booked.len()).unwrap()).collect();
        assert_eq!(booked, expected, "round {round}: each once, in order, none left out");
        let done = i64::try_from(booked.len()).unwrap();
        assert!(done >= next - 1 + i64::try_from(acknowledged).unwrap(), "round {round}");
        next = done + 1;
    }
}

#[test]
fn a_torn_journal_loses_nothing_that_was_acknowledged() {
    let (server, api) = plant();
    let token = server.token("terminal", "operator").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().join("queue");
    let fixed = [&RECEIPTS[..], &["--queue", queue.to_str().unwrap(), "--token", &token]].concat();
    let nobody = ["--server", "http://127.0.0.1:9"];
    let run = scan_all("QTY:1\nQTY:2\n", &[&fixed[..], &nobody].concat());
    assert_eq!(run.failure(6)["code"], "unreachable");
    assert_eq!(lines(&run).len(), 2, "{run:?}");
    assert!(lines(&run).iter().all(|line| line["state"] == "kept"), "{run:?}");
    // As a power cut leaves it in the middle of the next scan.
    let journal = queue.join("scans.journal");
    let mut file = OpenOptions::new().append(true).open(&journal).unwrap();
    file.write_all(b"5c1f0a00 {\"record\":\"scan\",\"n\":3,\"key\":\"sc").unwrap();
    drop(file);
    let run = scan_all("QTY:4\n", &[&fixed[..], &["--server", server.url()]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("never acknowledged"), "{run:?}");
    assert_eq!(receipts(&api), [1, 2, 4]);

    let damaged = std::fs::read_to_string(&journal).unwrap().replacen("QTY:1", "QTY:7", 1);
    std::fs::write(&journal, damaged).unwrap();
    let run = scan_all("QTY:9\n", &[&fixed[..], &["--server", server.url()]].concat());
    assert_eq!(run.failure(1)["code"], "journal_damaged");
    assert_eq!(receipts(&api), [1, 2, 4]);
}

#[test]
fn a_refused_scan_is_listed_with_its_cause_and_holds_back_only_its_own_lot() {
    let (server, api) = plant();
    let (held, free) = (receive(&api, "one", 10), receive(&api, "two", 20));
    let hold = json!({ "lot": held, "reason": "quality" });
    let placed = api.post("/api/v1/holds", "hold", &hold).unwrap();
    assert_eq!(placed.status, 201, "{}", placed.text);
    let token = server.token("terminal", "operator").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().join("queue");
    let to = ["--queue", queue.to_str().unwrap(), "--server", server.url(), "--token", &token];
    let scans =
        format!("LOC:R-2\nLOT:{held}\nLOT:9999999999\nLOT:{free}\nLOC:R-1\nLOT:{held}\nQTY:3\n");
    let run = scan_all(&scans, &[&["move"], &to[..]].concat());
    assert_eq!(run.failure(3)["code"], "refused");
    let told = lines(&run);
    let states: Vec<&str> = told.iter().map(|line| line["state"].as_str().unwrap()).collect();
    assert_eq!(
        states,
        ["noted", "refused", "refused", "booked", "noted", "held", "noted", "refused"],
        "{told:#?}"
    );
    assert_eq!((told[1]["code"].as_str(), told[5]["behind"].as_u64()), (Some("on_hold"), Some(2)));
    assert_eq!(told[7]["code"], "unfinished");

    let list = upkeep(&queue, &["--list"]);
    let listed: Vec<_> = list["items"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!(listed, ["refused", "refused", "held", "refused"], "{list:#}");
    assert_eq!(list["items"][1]["code"], "unknown_code");
    assert_eq!(upkeep(&queue, &["--status"])["held"], 1);

    let id = placed.json().unwrap()["hold"].as_str().unwrap().to_owned();
    let released = api.post(&format!("/api/v1/holds/{id}/release"), "release", &json!({})).unwrap();
    assert!(released.status < 300, "{}", released.text);
    let settle = ["scan", "--retry", "2", "--dismiss", "3", "--dismiss", "7", "--json"];
    let run = mtm([&settle[..], &to[..]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    let told = lines(&run);
    assert_eq!((&told[0]["scan"], &told[1]["scan"]), (&json!(2), &json!(6)), "in order: {told:?}");
    assert_eq!(told[0]["movements"][0]["quantity"], 10);
    let status = upkeep(&queue, &["--status"]);
    assert_eq!((&status["booked"], &status["dismissed"]), (&json!(3), &json!(2)), "{status}");
    let again = mtm([&["scan", "--retry", "2", "--json"], &to[..]].concat());
    assert_eq!(again.failure(5)["code"], "not_refused");
}

#[test]
fn one_process_works_with_a_queue_and_others_may_look() {
    let (server, api) = plant();
    let token = server.token("terminal", "operator").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().join("queue");
    let to = ["--queue", queue.to_str().unwrap(), "--server", server.url(), "--token", &token];
    let arguments = [&RECEIPTS[..], &to[..]].concat();
    let mut scanner = Scanner::start(&arguments);
    scanner.scan("QTY:1");
    scanner.wait_for("QTY:1", "booked");
    let second = scan_all("QTY:2\n", &arguments);
    let failure = second.failure(5);
    assert_eq!(failure["code"], "queue_in_use");
    assert!(failure["message"].as_str().unwrap().contains("process"), "{failure}");
    assert_eq!(upkeep(&queue, &["--status"])["booked"], 1);
    assert_eq!(scanner.finish(), 0);
    assert_eq!(scan_all("QTY:2\n", &arguments).code, 0);
    assert_eq!(receipts(&api), [1, 2]);
    let missing = mtm(["scan", "--status", "--json", "--queue", "/nonexistent/queue"]);
    assert_eq!(missing.failure(4)["code"], "queue_missing");
    let nowhere = mtm([&["scan"], &to[..2], &["take", "--json"]].concat());
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
}

#[test]
fn equal_scans_that_waited_together_are_booked_if_they_came_apart() {
    let (server, api) = plant();
    let token = server.token("terminal", "operator").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().join("queue");
    let fixed = ["receive", "--part", "P-1", "--operation", "10", "--location", "R-1"];
    let fixed = [&fixed[..], &["--queue", queue.to_str().unwrap(), "--token", &token]].concat();
    let run = scan_all(
        "QTY:5\nQTY:5\nQTY:5\n",
        &[&fixed[..], &["--server", "http://127.0.0.1:9"]].concat(),
    );
    assert_eq!(run.code, 6, "{run:?}");
    // The first came a minute before the second, the third with the second.
    let journal = queue.join("scans.journal");
    let text = std::fs::read_to_string(&journal).unwrap();
    let before = |seconds: i64| {
        let then = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds);
        mtm_core::word::Timestamp::from(then).to_string()
    };
    let (first, second, third) = (before(600), before(540), before(539));
    let earlier = text.lines().map(|line| {
        let (_, record) = line.split_once(' ').unwrap();
        let mut record: Value = serde_json::from_str(record).unwrap();
        let at = match record["n"].as_i64() {
            Some(1) => &first,
            Some(2) => &second,
            _ => &third,
        };
        if record["record"] == "scan" {
            record["at"] = json!(at);
        }
        record.to_string()
    });
    let records: Vec<String> = earlier.collect();
    std::fs::remove_file(&journal).unwrap();
    mtm_platform::Journal::open(&journal).unwrap().0.append(&records).unwrap();
    let run = scan_all("", &[&fixed[..], &["--server", server.url()]].concat());
    assert_eq!(run.code, 3, "{run:?}");
    let states: Vec<Value> = lines(&run).iter().map(|line| line["state"].clone()).collect();
    assert_eq!(states, ["booked", "booked", "refused"], "{run:?}");
    assert_eq!(lines(&run)[2]["code"], "possible_duplicate");
    let moved = api.get("/api/v1/movements?limit=2").unwrap().json().unwrap();
    assert_eq!(moved["items"][1]["occurred_at"], *first, "{moved:#}");
}

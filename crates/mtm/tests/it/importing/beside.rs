//! Others book while a file is taken over, on either engine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mtm_store::baseline::bare_loop;
use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Api, MariaDb, poll};
use serde_json::{Value, json};

use super::{ROWS, SOON, look, receipts, take_over, with_parts};
use crate::support::{PROGRAM, furnish, on, plant, receipt};

const TRAFFIC: u64 = 12;
const CLIENTS: u64 = 4;
/// Between two bookings of a client: together some two hundred a second.
const PAUSE: Duration = Duration::from_millis(20);
/// From so many rows on, times are held against budgets.
const FULL: u64 = 100_000;
/// What 2.5 s for 100,000 rows are on the machine of the budget, whose bare loop writes as many in
/// a second: so many times as long as the bare loop takes on this machine, in this run.
const OF_THE_BARE_LOOP: f64 = 2.5;
/// How long the bare loop is measured.
const BARE: Duration = Duration::from_secs(3);

/// What bookings of others took, in microseconds, sorted.
struct Times(Vec<u128>);

impl Times {
    fn of(mut all: Vec<Vec<u128>>) -> Self {
        let mut times: Vec<u128> = all.drain(..).flatten().collect();
        times.sort_unstable();
        Self(times)
    }

    /// In milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "times of requests are far below 2⁵² µs")]
    fn at(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(index).map_or(0.0, |micros| *micros as f64 / 1_000.0)
    }
}

/// One client books at its own pace until it has booked so much, or is told to stop.
fn book(api: &Api, name: &str, most: u64, stop: &AtomicBool) -> Vec<u128> {
    let mut times = Vec::new();
    for n in 0..most {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let started = Instant::now();
        let reply = api.post("/api/v1/movements", &format!("{name}-{n}"), &receipt(20)).unwrap();
        times.push(started.elapsed().as_micros());
        assert_eq!(reply.status, 201, "{}", reply.text);
        poll::moment(PAUSE);
    }
    times
}

/// All clients book, `meanwhile` something else is done; they stop with it.
fn traffic<T>(api: &Api, name: &str, most: u64, meanwhile: impl FnOnce() -> T) -> (Times, T) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let stop = &stop;
                scope.spawn(move || book(api, &format!("{name}-{client}"), most, stop))
            })
            .collect();
        let done = meanwhile();
        if most == u64::MAX {
            stop.store(true, Ordering::SeqCst);
        }
        (Times::of(clients.into_iter().map(|client| client.join().unwrap()).collect()), done)
    })
}

/// Undoes an import, or shows what that would do.
fn undo(api: &Api, view: &Value, preview: bool) -> Value {
    let mut body = json!({ "import_id": view["id"], "preview": preview, "at_most": 5_000 });
    if !preview {
        body["reason"] = json!("wrong file");
    }
    loop {
        let reply = api.post("/api/v1/movements/reverse", "undo-of-it", &body).unwrap();
        assert!(reply.status == 201 || reply.status == 200, "{}", reply.text);
        let answer = reply.json().unwrap();
        let warnings = answer["warnings"].as_array().unwrap();
        if preview || warnings.iter().all(|warning| warning["code"] != "undo_goes_on") {
            return answer;
        }
    }
}

/// Takes files over on a server, alone and beside others, and tells how long that took.
fn beside_others(engine: &str, api: &Api, budget: f64) {
    let rows = number("MTM_IMPORT_ROWS", ROWS);
    with_parts(api);
    let file = receipts("A", rows);
    let started = Instant::now();
    let view = look(api, "movements", &file);
    let looked = started.elapsed().as_secs_f64();
    assert_eq!((view["rows"].as_u64(), view["refused"].as_u64()), (Some(rows), Some(0)));
    let started = Instant::now();
    let done = take_over(api, &view);
    let taken = started.elapsed().as_secs_f64();
    assert_eq!(done["rows_done"].as_u64(), Some(rows));
    evidence(format_args!(
        "{engine}, {rows} rows: looked at in {looked:.2} s, taken over in {taken:.2} s"
    ));

    let (idle, ()) = traffic(api, "idle", number("MTM_IMPORT_TRAFFIC", TRAFFIC), || ());
    let view = look(api, "movements", &receipts("B", rows));
    let (during, seconds) = traffic(api, "during", u64::MAX, || {
        let started = Instant::now();
        take_over(api, &view);
        started.elapsed().as_secs_f64()
    });
    let (dry, _) = traffic(api, "dry", u64::MAX, || look(api, "movements", &receipts("C", rows)));
    evidence(format_args!(
        "{engine}, {CLIENTS} clients book meanwhile, p50 and p99 in ms: without an import {:.2} \
         {:.2}, while one is taken over ({seconds:.2} s) {:.2} {:.2}, while one is looked at \
         {:.2} {:.2}",
        idle.at(50),
        idle.at(99),
        during.at(50),
        during.at(99),
        dry.at(50),
        dry.at(99)
    ));
    assert!(!during.0.is_empty() && !dry.0.is_empty(), "others booked meanwhile");
    if rows >= FULL {
        assert!(looked <= 5.0, "looking took {looked:.2} s");
        assert!(taken <= budget, "taking over took {taken:.2} s, not {budget:.2} s");
        assert!(during.at(99) < 2.0 * idle.at(99), "others wait");
    }
    let started = Instant::now();
    let shown = undo(api, &done, true);
    let previewed = started.elapsed().as_secs_f64();
    assert_eq!(shown["movements"].as_array().unwrap().len() as u64, rows.min(1_000));
    let (beside, seconds) = traffic(api, "undo", u64::MAX, || {
        let started = Instant::now();
        undo(api, &done, false);
        started.elapsed().as_secs_f64()
    });
    evidence(format_args!(
        "{engine}, {rows} movements: consequences of their undo in {previewed:.2} s, undone in \
         {seconds:.2} s beside {CLIENTS} clients who book, whose p50 and p99 in ms are {:.2} {:.2}",
        beside.at(50),
        beside.at(99)
    ));
    let others = idle.0.len() + during.0.len() + dry.0.len() + beside.0.len();
    let others = u64::try_from(others).unwrap();
    // A server gives movements their places in the log after the commit.
    poll::until("the whole log", SOON, || {
        let log = api.get("/api/v1/movements?count=true&limit=1")?.json()?;
        Ok((log["total"].as_u64() == Some(3 * rows + others)).then_some(()))
    })
    .unwrap();
}

/// What taking a full import over may take in a file, in seconds.
#[expect(clippy::cast_precision_loss, reason = "rates are far below 2⁵²")]
fn embedded_budget() -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bare = runtime.block_on(bare_loop(directory.path(), 1_000, BARE)).unwrap();
    let budget = OF_THE_BARE_LOOP * FULL as f64 / bare as f64;
    evidence(format_args!(
        "the bare loop writes {bare} rows/s in groups of 1,000 here: {FULL} rows may take {budget:.2} s"
    ));
    budget
}

#[test]
fn others_book_while_a_file_is_taken_over() {
    let (mut server, api) = plant();
    let is_full = number("MTM_IMPORT_ROWS", ROWS) >= FULL;
    beside_others("embedded", &api, if is_full { embedded_budget() } else { f64::INFINITY });
    assert!(server.terminate().unwrap().success());
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
}

#[test]
fn others_book_on_a_server_while_a_file_is_taken_over() {
    let suite = "imports on MariaDB";
    let Some(database) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = database.create_database().unwrap();
    let server = Start::new(PROGRAM).environment("MTM_DATABASE__URL", &url).start().unwrap();
    beside_others("MariaDB", &furnish(&server), 20.0);
}

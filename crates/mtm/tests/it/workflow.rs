//! Whole ways of work through the API of the real program, each judged at its end by questions to the
//! database file that share nothing with the program: stock is what the movements make, nothing is
//! below one piece, every movement has its audit entry and its event.

use std::thread;

use mtm_testkit::{Api, Mtm, sqlite};
use serde_json::{Value, json};

use crate::support::{mtm, on, on_hand, plant, receipt, receive};

/// Buckets in which stock and movements differ.
const DIFFER: &str = "\
    WITH moved AS (
        SELECT lot, from_operation_id AS operation, from_location_id AS location, -quantity AS units
          FROM movement WHERE from_account = 'stock'
        UNION ALL
        SELECT coalesce(to_lot, lot), to_operation_id, to_location_id, quantity
          FROM movement WHERE to_account = 'stock'),
    made AS (
        SELECT lot, operation, location, sum(units) AS units FROM moved
         GROUP BY lot, operation, location HAVING sum(units) <> 0),
    kept AS (SELECT lot, operation_id, location_id, quantity FROM stock)
    SELECT (SELECT count(*) FROM (SELECT * FROM made EXCEPT SELECT * FROM kept))
         + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM made))";
const BELOW_ONE: &str = "SELECT count(*) FROM stock WHERE quantity < 1000000";
const UNTOLD: &str = "\
    SELECT (SELECT count(*) FROM movement)
         - (SELECT count(*) FROM outbox WHERE type = 'movement.recorded')";
const UNAUDITED: &str = "\
    SELECT count(*) FROM movement AS m
     WHERE NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.movement_sequence = m.sequence)";

/// The database says that everything adds up, and the program does.
fn audited(server: &Mtm) {
    for question in [DIFFER, BELOW_ONE, UNTOLD, UNAUDITED] {
        assert_eq!(sqlite::value(&server.database(), question).unwrap(), "0", "{question}");
    }
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
}

#[track_caller]
fn post(api: &Api, path: &str, key: &str, body: &Value, status: u16) -> Value {
    let reply = api.post(&format!("/api/v1/{path}"), key, body).unwrap();
    assert_eq!(reply.status, status, "{path}: {}", reply.text);
    reply.json().unwrap()
}

fn undo(api: &Api, key: &str, body: &Value) -> Value {
    post(api, "movements/reverse", key, body, 201)
}

#[test]
fn five_containers_are_received_one_is_split_moved_taken_and_brought_back() {
    let (server, api) = plant();
    let mut body = receipt(120);
    body["containers"] = json!(5);
    let received = post(&api, "movements", "five", &body, 201);
    let lots = received["lots"].as_array().unwrap();
    assert_eq!((lots.len(), on_hand(&api)), (5, 600));
    let lot = lots[2].as_str().unwrap();

    // A part of a container goes elsewhere, under its number.
    let half = json!({ "type": "transfer", "lot": lot, "quantity": 50, "to_location": "R-2" });
    post(&api, "movements", "half", &half, 201);
    let sheet = api.get(&format!("/api/v1/lots/{lot}")).unwrap().json().unwrap();
    let places = sheet["buckets"].as_array().unwrap();
    assert_eq!(places.len(), 2, "{sheet}");

    let take = json!({ "type": "out", "lot": lot, "location": "R-2", "operation": "10" });
    let taken = post(&api, "movements", "take", &take, 201);
    assert_eq!(on_hand(&api), 550);
    let preview = json!({ "command_id": taken["id"], "reason": "wrong rack", "preview": true });
    let reply = api.post("/api/v1/movements/reverse", "look", &preview).unwrap();
    assert!(reply.status < 300 && on_hand(&api) == 550, "{}", reply.text);
    undo(&api, "back", &json!({ "command_id": taken["id"], "reason": "wrong rack" }));
    assert_eq!(on_hand(&api), 600);
    let twice = json!({ "command_id": taken["id"], "reason": "wrong rack" });
    assert_eq!(post(&api, "movements/reverse", "twice", &twice, 409)["code"], "already_reversed");
    audited(&server);
}

#[test]
fn an_operation_ends_in_good_pieces_scrap_and_rework() {
    let (server, api) = plant();
    let lot = receive(&api, "in", 100);
    let done = json!({
        "lot": lot, "good": 90, "scrap": 4, "rework": 6, "scrap_reason": "damaged",
        "to_operation": "20", "to_location": "R-2",
    });
    let answer = post(&api, "movements/complete-operation", "done", &done, 201);
    assert_eq!(answer["movements"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(on_hand(&api), 96);
    let more = json!({ "lot": lot, "operation": "10", "location": "R-1", "good": 7,
        "to_operation": "20" });
    let refused = post(&api, "movements/complete-operation", "more", &more, 409);
    assert_eq!(refused["code"], "insufficient_stock");
    audited(&server);
}

#[test]
fn what_is_held_stays_until_it_is_released() {
    let (server, api) = plant();
    let lot = receive(&api, "in", 40);
    let hold = post(&api, "holds", "hold", &json!({ "lot": lot, "reason": "quality" }), 201);
    let take = json!({ "type": "out", "lot": lot, "quantity": 40 });
    assert_eq!(post(&api, "movements", "take", &take, 409)["code"], "on_hold");
    let release = format!("holds/{}/release", hold["id"].as_str().unwrap());
    let released = api.post(&format!("/api/v1/{release}"), "release", &json!({})).unwrap();
    assert!(released.status < 300, "{}", released.text);
    // The refusal had no effect, so its key is free.
    post(&api, "movements", "take", &take, 201);
    assert_eq!(on_hand(&api), 0);
    audited(&server);
}

#[test]
fn a_blind_count_is_posted_as_a_difference_while_work_goes_on() {
    let (server, api) = plant();
    let lot = receive(&api, "in", 500);
    let plan = json!({ "name": "rack", "filter": { "locations": ["R-*"] }, "tolerance_pieces": 5,
        "other_person": false });
    let count = post(&api, "counts", "plan", &plan, 201);
    let count = format!("counts/{}", count["id"].as_str().unwrap());
    post(&api, "movements", "out", &json!({ "type": "out", "lot": lot, "quantity": 100 }), 201);
    let entry = json!({ "entries": [{ "line": 1, "counted": 397 }] });
    post(&api, &format!("{count}/entries"), "entry", &entry, 201);
    post(&api, "movements", "more", &json!({ "type": "out", "lot": lot, "quantity": 17 }), 201);
    for key in ["post", "post", "again"] {
        post(&api, &format!("{count}/post"), key, &json!({}), 200);
    }
    assert_eq!(on_hand(&api), 380, "400 were there, 397 were counted, 17 went after that");
    audited(&server);
}

#[test]
fn a_double_click_is_one_booking_and_the_same_again_is_asked_about() {
    let (server, api) = plant();
    let mut body = receipt(75);
    body["confirm"] = json!([]);
    let answers: Vec<Value> = thread::scope(|scope| {
        let clicks: Vec<_> =
            (0..8).map(|_| scope.spawn(|| post(&api, "movements", "click", &body, 201))).collect();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer["id"] == answers[0]["id"]), "{answers:?}");
    assert_eq!(post(&api, "movements", "second", &body, 409)["code"], "possible_duplicate");
    body["confirm"] = json!(["possible_duplicate"]);
    post(&api, "movements", "second", &body, 201);
    assert_eq!(on_hand(&api), 150);
    audited(&server);
}

#[test]
fn two_hundred_bookings_made_while_the_server_was_away_arrive_once_in_order() {
    let (mut server, api) = plant();
    let token = server.token("handheld", "admin").unwrap();
    let bookings: Vec<Value> = (1..=200).map(receipt).collect();
    assert!(server.terminate().unwrap().success());
    assert!(api.post("/api/v1/movements", "queued-0", &bookings[0]).is_err());
    server.restart().unwrap();
    let api = server.api().with_token(token);
    // The line broke once more after half of them: everything is sent again.
    for half in [&bookings[..100], &bookings[..]] {
        for (n, body) in half.iter().enumerate() {
            post(&api, "movements", &format!("queued-{n}"), body, 201);
        }
    }
    let log = api.get("/api/v1/movements?type=in&limit=1000&sort=recorded_at").unwrap();
    let log = log.json().unwrap();
    let quantities = log["items"].as_array().unwrap().iter().map(|it| it["quantity"].as_i64());
    assert!(quantities.eq((1..=200).map(Some)), "{log}");
    audited(&server);
}

#[test]
fn ten_thousand_rows_with_errors_are_taken_over_and_undone() {
    use std::fmt::Write as _;
    let (server, api) = plant();
    receive(&api, "before", 9);
    let mut rows = "type,part,operation,location,quantity\n".to_owned();
    for n in 0..10_000 {
        // Every thousandth names a part that nobody knows.
        let part = if n % 1_000 == 999 { "P-9" } else { "P-1" };
        writeln!(rows, "in,{part},10,R-{},{}", n % 2 + 1, n % 7 + 40).unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rows.csv");
    std::fs::write(&file, rows).unwrap();
    let file = file.to_str().unwrap();
    let data = server.data_dir();
    let refused = on(data, &["import", file, "--kind", "movements"]).failure(3);
    assert_eq!(refused["errors"].as_array().unwrap().len(), 10);
    assert_eq!(on_hand(&api), 9);
    let taken = on(data, &["import", file, "--kind", "movements", "--skip-refused"]).json();
    assert_eq!((&taken["state"], &taken["refused"]), (&json!("committed"), &json!(10)));
    assert!(on_hand(&api) > 400_000);
    let body = json!({ "import_id": taken["id"], "reason": "last year's file" });
    undo(&api, "undo", &body);
    assert_eq!(on_hand(&api), 9);
    audited(&server);
}

#[test]
fn a_number_is_explained_at_any_moment_and_a_changed_past_is_told() {
    let (server, api) = plant();
    let lot = receive(&api, "in", 60);
    let before = api.get("/api/v1/movements?limit=1").unwrap().json().unwrap();
    let before = before["items"][0]["recorded_at"].as_str().unwrap().to_owned();
    post(&api, "movements", "out", &json!({ "type": "out", "lot": lot, "quantity": 25 }), 201);
    let explain = |more: &str| {
        let path = format!("/api/v1/stock/explain?lot={lot}{more}");
        api.get(&path).unwrap().json().unwrap()
    };
    assert_eq!(explain("")["quantity"], 35);
    assert_eq!(explain("")["items"].as_array().unwrap().len(), 2);
    assert_eq!(explain(&format!("&as_of={before}"))["quantity"], 60);
    audited(&server);

    let forge = "DROP TRIGGER movement_is_never_changed;
                 UPDATE movement SET quantity = quantity + 1000000 WHERE type = 'out'";
    sqlite::execute(&server.database(), forge).unwrap();
    let told = on(server.data_dir(), &["verify"]);
    assert_ne!(told.code, 0);
    assert!(told.stdout.contains(&lot), "{}", told.stdout);
}

#[test]
fn a_migrated_plant_books_from_its_first_take_on() {
    let directory = tempfile::tempdir().unwrap();
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/../mtm-app/tests/legacy/plant.sql");
    let data = directory.path().to_str().unwrap();
    mtm(["migrate-legacy", "--from", dump, "--data-dir", data, "--json"]).json();
    let start = mtm_testkit::mtm_process::Start::new(crate::support::PROGRAM);
    let server = start.on(directory.path()).start().unwrap();
    let api = server.api_as("admin").unwrap();
    let stock = api.get("/api/v1/stock?limit=1").unwrap().json().unwrap();
    let bucket = &stock["items"][0];
    let take = json!({
        "type": "out", "lot": bucket["lot"], "operation": bucket["operation"],
        "location": bucket["location"], "quantity": 1,
    });
    post(&api, "movements", "first", &take, 201);
    let life = api.get(&format!("/api/v1/lots/{}", bucket["lot"].as_str().unwrap())).unwrap();
    let life = life.json().unwrap();
    assert!(life.to_string().contains("\"opening\""), "{life}");
    audited(&server);
}

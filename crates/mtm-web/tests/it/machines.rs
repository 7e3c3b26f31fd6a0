//! What machines count, over HTTP and on pages: counters, proposals, and what becomes of them.

use axum::http::{Method, StatusCode};
use mtm_app::machine::{MachineSettings, Protocol};
use mtm_connect::mtconnect;
use mtm_core::machine::{Batch, Link, Reading, Value as Shown};
use mtm_core::policy::Role;
use mtm_store::machine::Heard;
use serde_json::{Value, json};

use crate::pages::Visitor;
use crate::plant::Plant;

const COUNTERS: &str = "/api/v1/machines/press7/counters";
const PROPOSALS: &str = "/api/v1/machine-proposals";
/// Nobody listens there: what the machine says, the tests say.
const ADDRESS: &str = "http://127.0.0.1:1";

fn configure(plant: &Plant) {
    let address = mtconnect::Address::parse(ADDRESS, None).unwrap();
    let protocol = Protocol::MtConnect(mtconnect::Settings::new(address));
    plant.app.use_machines(vec![MachineSettings { name: "press7".to_owned(), protocol }]);
}

/// The machine shows a total, `after` seconds after now.
async fn shows(plant: &Plant, total: u64, after: i64, link: Link) {
    let now = plant.app.clock().now();
    let at = Some(now.plus_micros(after * 1_000_000));
    let reading =
        Reading { tag: "pc".to_owned(), value: Shown::Total(total), at, began_again: false };
    let batch = Batch { link, at, position: None, readings: vec![reading] };
    let (machine, ledger) = ("press7".to_owned(), plant.app.ledger());
    let listening = ledger.listen_to_machine(machine.clone(), "test".to_owned()).await.unwrap();
    let heard = Heard { machine, listener: listening.listener, number: 1 };
    ledger.take_batch(heard, batch, now).await.unwrap().unwrap();
}

fn counter() -> Value {
    json!({
        "tag": "pc", "booking": "receive", "part": "11058-1779", "operation": "19",
        "location": "R-E4-18", "per_hour": 3600
    })
}

async fn open(plant: &Plant) -> Value {
    plant.get(Role::Viewer, &format!("{PROPOSALS}?state=open")).await.json()["items"].take()
}

#[tokio::test]
async fn what_a_machine_counted_is_stock_when_somebody_confirms_it() {
    let plant = Plant::new().await;
    let none = plant.post(Role::Lead, COUNTERS, "none", &counter()).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "no machine is configured: {}", none.text);
    configure(&plant);
    let empty = plant.post(Role::Lead, COUNTERS, "empty", &json!({ "tag": "pc" })).await;
    assert_eq!((empty.status, empty.code().as_str()), (StatusCode::BAD_REQUEST, "invalid_body"));
    for field in ["booking", "part", "operation", "location", "per_hour"] {
        assert!(empty.text.contains(field), "{field} is not asked for in {}", empty.text);
    }
    let refused = plant.post(Role::Operator, COUNTERS, "o", &counter()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let added = plant.post(Role::Lead, COUNTERS, "one", &counter()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    let again = plant.post(Role::Lead, COUNTERS, "one", &counter()).await;
    assert_eq!(again.json()["id"], added.json()["id"], "the same request is the same counter");

    shows(&plant, 1_000, 0, Link::Gap).await;
    shows(&plant, 1_020, 60, Link::Next).await;
    let items = open(&plant).await;
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
    assert_eq!((&items[0]["kind"], &items[0]["pieces"]), (&json!("count"), &json!(20)));
    let path = format!("{PROPOSALS}/{}", items[0]["id"]);
    let decide = format!("{path}/decide");

    // Five more are counted while somebody looks, and two were test pieces.
    shows(&plant, 1_025, 120, Link::Next).await;
    let body = json!({ "deed": "confirm", "confirmed": 18, "seen": 20, "note": "two test pieces" });
    let viewer = plant.post(Role::Viewer, &decide, "v", &body).await;
    assert_eq!(viewer.status, StatusCode::FORBIDDEN);
    let silent = json!({ "deed": "confirm", "confirmed": 18, "seen": 20 });
    let silent = plant.post(Role::Operator, &decide, "s", &silent).await;
    assert_eq!(silent.code(), "reason_required", "{}", silent.text);
    let more = json!({ "deed": "confirm", "confirmed": 21, "seen": 20, "note": "I say so" });
    let more = plant.post(Role::Operator, &decide, "m", &more).await;
    assert_eq!(more.code(), "quantity_out_of_range", "never more than were counted: {}", more.text);
    let booked = plant.post(Role::Operator, &decide, "b", &body).await;
    assert_eq!(
        (booked.status, &booked.json()["state"]),
        (StatusCode::OK, &json!("booked")),
        "{}",
        booked.text
    );
    let twice = plant.post(Role::Operator, &decide, "b", &body).await;
    assert_eq!(twice.json()["command"], booked.json()["command"], "the same request books once");
    let other = plant.post(Role::Operator, &decide, "c", &body).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text);

    let stock = plant.get(Role::Viewer, "/api/v1/stock?part=11058-1779").await.json();
    assert_eq!(stock["items"].as_array().unwrap().len(), 1, "{stock}");
    assert_eq!(stock["items"][0]["quantity"], json!(18));
    let history = plant.get(Role::Viewer, "/api/v1/movements?part=11058-1779").await.json();
    assert_eq!(history["items"][0]["station"], json!("press7"), "{history}");
    let rest = open(&plant).await;
    assert_eq!((&rest[0]["pieces"], rest.as_array().unwrap().len()), (&json!(5), 1), "{rest}");
    let sheet = plant.get(Role::Viewer, &path).await.json();
    assert!(sheet["history"].to_string().contains("18 of 20: two test pieces"), "{sheet}");
}

#[tokio::test]
async fn a_question_books_nothing_until_a_person_answers_it() {
    let plant = Plant::new().await;
    configure(&plant);
    plant.post(Role::Lead, COUNTERS, "one", &counter()).await;
    shows(&plant, 1_000, 0, Link::Gap).await;
    shows(&plant, 7, 60, Link::Gap).await;
    let items = open(&plant).await;
    assert_eq!(
        (&items[0]["kind"], &items[0]["doubt"]),
        (&json!("question"), &json!("began_again"))
    );
    let decide = format!("{PROPOSALS}/{}/decide", items[0]["id"]);
    let all = plant.post(Role::Operator, &decide, "a", &json!({ "deed": "confirm" })).await;
    assert_eq!(all.code(), "invalid_body", "how many has to be said: {}", all.text);
    let dropped = json!({ "deed": "drop" });
    let dropped = plant.post(Role::Operator, &decide, "d", &dropped).await;
    assert_eq!(dropped.code(), "reason_required", "{}", dropped.text);
    let metrics = plant.get(Role::Lead, "/metrics").await.text;
    let series = "mtm_machine_proposals{machine=\"press7\",state=\"open\",kind=\"question\"} 1";
    assert!(metrics.contains(series), "{metrics}");
    let answered = json!({ "deed": "confirm", "confirmed": 9 });
    let answered = plant.post(Role::Operator, &decide, "e", &answered).await;
    assert_eq!(answered.json()["state"], json!("booked"), "{}", answered.text);
    let machines = plant.get(Role::Viewer, "/api/v1/machines").await.json();
    let it = &machines["items"][0];
    assert_eq!(
        (&it["name"], &it["counters"], &it["open"]),
        (&json!("press7"), &json!(1), &json!(0))
    );
}

#[tokio::test]
async fn full_containers_are_booked_by_their_rule_and_what_is_refused_is_a_persons() {
    let plant = Plant::new().await;
    configure(&plant);
    let mut body = counter();
    body["container"] = json!(10);
    body["by_rule"] = json!(true);
    plant.post(Role::Lead, COUNTERS, "one", &body).await;
    shows(&plant, 1_000, 0, Link::Gap).await;
    shows(&plant, 1_025, 60, Link::Next).await;
    while plant.app.book_confirmed().await.unwrap() {}
    let stock = plant.get(Role::Viewer, "/api/v1/stock?part=11058-1779").await.json();
    assert_eq!(stock["items"].as_array().unwrap().len(), 2, "two containers: {stock}");
    let history = plant.get(Role::Viewer, "/api/v1/movements?part=11058-1779").await.json();
    assert_eq!(history["items"][0]["user"], json!("machines:rule"), "{history}");
    let rest = open(&plant).await;
    assert_eq!(rest[0]["pieces"], json!(5), "{rest}");

    // The same pieces are finished now, and there are fewer than the machine says.
    let id =
        plant.get(Role::Viewer, "/api/v1/machine-counters").await.json()["items"][0]["id"].clone();
    let path = format!("/api/v1/machine-counters/{id}");
    body["booking"] = json!("scrap");
    body["scrap_reason"] = json!("damaged");
    let unseen = plant.write(Method::PUT, Role::Lead, &path, "p", "", &body).await;
    assert_eq!(unseen.status.as_u16(), 428, "{}", unseen.text);
    let changed = plant.write(Method::PUT, Role::Lead, &path, "q", "\"1\"", &body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    shows(&plant, 1_065, 120, Link::Next).await;
    while plant.app.book_confirmed().await.unwrap() {}
    let waiting = format!("{PROPOSALS}?state=booking");
    let waits = async || plant.get(Role::Viewer, &waiting).await.json()["items"].take();
    assert_eq!(waits().await.as_array().unwrap().len(), 2, "twenty of forty were there");
    let stock = plant.get(Role::Viewer, "/api/v1/stock?part=11058-1779").await.json();
    assert_eq!(stock["items"], json!([]), "{stock}");
    // Somebody books that more came, and the rule goes on.
    plant.receive("came", 20).await;
    while plant.app.book_confirmed().await.unwrap() {}
    assert_eq!(waits().await, json!([]));
    let stock = plant.get(Role::Viewer, "/api/v1/stock?part=11058-1779").await.json();
    assert_eq!(stock["items"], json!([]), "{stock}");

    // What no waiting helps is a person's.
    shows(&plant, 1_075, 180, Link::Next).await;
    let hold = json!({ "part": "11058-1779", "reason": "quality" });
    let held = plant.post(Role::Lead, "/api/v1/holds", "hold", &hold).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.text);
    plant.receive("more", 20).await;
    while plant.app.book_confirmed().await.unwrap() {}
    let items = open(&plant).await;
    let refused = items.as_array().unwrap().iter().filter(|it| !it["cause"].is_null());
    assert_eq!(refused.count(), 1, "{items}");
}

#[tokio::test]
async fn the_pages_lead_from_a_tag_to_what_was_booked_without_scripts() {
    let plant = Plant::new().await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let empty = lead.get("/machines").await.text;
    assert!(empty.contains("No machine is configured."), "{empty}");
    configure(&plant);
    let page = lead.get("/machines/press7?tag=pc").await.text;
    assert!(
        page.contains("Nothing of this machine is counted.") && page.contains("value=\"pc\""),
        "{page}"
    );
    let csrf = lead.csrf().await;
    let form = |key: &'static str, per_hour: &'static str| {
        vec![
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("tag", "pc"),
            ("booking", "receive"),
            ("part", "11058-1779"),
            ("operation", "19"),
            ("location", "R-E4-18"),
            ("pieces", "1"),
            ("per_hour", per_hour),
            ("resets", "yes"),
            ("by_rule", "no"),
        ]
    };
    let wrong = lead.post("/machines/press7", &form("a", "fast")).await;
    assert!(
        wrong.text.contains("this is no whole number")
            || wrong.text.contains("This is no whole number"),
        "{}",
        wrong.text
    );
    assert!(wrong.text.contains("value=\"fast\""), "what was typed stays: {}", wrong.text);
    let added = lead.post("/machines/press7", &form("b", "3600")).await;
    assert!(added.text.contains("pc is counted"), "{}", added.text);
    shows(&plant, 10_000, 0, Link::Gap).await;
    shows(&plant, 10_020, 60, Link::Next).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let list = operator.get("/machines").await.text;
    for words in ["press7", "MTConnect", "being counted", "11058-1779", "20"] {
        assert!(list.contains(words), "{words} is missing in {list}");
    }
    let id = open(&plant).await[0]["id"].clone();
    let path = format!("/machine-proposals/{id}");
    let page = operator.get(&path).await.text;
    assert!(page.contains("How many are there?") && page.contains("value=\"20\""), "{page}");
    let csrf = operator.csrf().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "c"),
        ("deed", "confirm"),
        ("confirmed", "19"),
        ("seen", "20"),
    ];
    let silent = operator.post(&path, &fields).await;
    assert!(silent.text.contains("ay why there are 19 and not 20"), "{}", silent.text);
    let mut fields = fields.to_vec();
    fields.push(("note", "one fell down"));
    let booked = operator.post(&path, &fields).await;
    for words in ["They are booked.", "What was booked", "one fell down"] {
        assert!(booked.text.contains(words), "{words} is missing in {}", booked.text);
    }
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let seen = viewer.get("/machines/press7").await.text;
    assert!(!seen.contains("Count a tag"), "{seen}");
    let counter =
        plant.get(Role::Viewer, "/api/v1/machine-counters").await.json()["items"][0]["id"].clone();
    let path = format!("/machine-counters/{counter}");
    let csrf = lead.csrf().await;
    let fields =
        [("csrf", csrf.as_str()), ("idempotency_key", "d"), ("deed", "retire"), ("version", "1")];
    let retired = lead.post(&path, &fields).await;
    assert!(retired.text.contains("It does not count any more."), "{}", retired.text);
}

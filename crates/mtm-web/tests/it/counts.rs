//! Cycle counts through the API: blind until decided, posted once, refused by name.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::plant::Plant;

const COUNTS: &str = "/api/v1/counts";

async fn plan(plant: &Plant, tolerance: i64) -> String {
    let body = json!({
        "name": "rack 4", "filter": { "locations": ["R-E4-*"] },
        "tolerance_pieces": tolerance, "other_person": true,
    });
    let planned = plant.post(Role::Lead, COUNTS, "plan", &body).await;
    assert_eq!(planned.status, StatusCode::CREATED, "{}", planned.text);
    format!("{COUNTS}/{}", planned.json()["id"].as_str().unwrap())
}

async fn enter(plant: &Plant, role: Role, count: &str, key: &str, entry: Value) -> Value {
    let body = json!({ "entries": [entry] });
    let reply = plant.post(role, &format!("{count}/entries"), key, &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    reply.json()["items"][0].clone()
}

#[tokio::test]
async fn a_count_is_blind_recounted_and_posted_once() {
    let plant = Plant::new().await;
    let lot = plant.receive("in", 500).await["lots"][0].clone();
    let count = plan(&plant, 5).await;
    let lines = format!("{count}/lines");
    let blind = plant.get(Role::Operator, &lines).await.json()["items"][0].clone();
    assert_eq!((blind["blind"].clone(), blind["lot"].clone()), (json!(true), lot.clone()));
    for kept_back in ["snapshot", "expected", "moved", "counted", "variance"] {
        assert_eq!(blind[kept_back], Value::Null, "{kept_back}");
    }
    assert_eq!(plant.get(Role::Lead, &lines).await.json()["items"][0]["snapshot"], 500);

    // Pieces leave meanwhile; twenty are missing, which nobody believes at once.
    let take = json!({ "type": "out", "lot": lot, "quantity": 100 });
    plant.post(Role::Operator, "/api/v1/movements", "out", &take).await;
    let entered = enter(&plant, Role::Operator, &count, "1", json!({ "line": 1, "counted": 380 }));
    let entered = entered.await;
    assert_eq!(
        (entered["state"].clone(), entered["variance"].clone()),
        (json!("recount"), Value::Null)
    );
    let still = plant.get(Role::Operator, &lines).await.json()["items"][0].clone();
    assert_eq!((still["blind"].clone(), still["counted"].clone()), (json!(true), Value::Null));
    let body = json!({ "entries": [{ "line": 1, "counted": 380 }] });
    let alone = plant.post(Role::Operator, &format!("{count}/entries"), "2", &body).await;
    assert_eq!(
        (alone.status, alone.code()),
        (StatusCode::CONFLICT, "other_person_needed".to_owned())
    );
    let decided =
        enter(&plant, Role::Lead, &count, "3", json!({ "line": 1, "counted": 380 })).await;
    assert_eq!(
        (decided["state"].clone(), decided["variance"].clone()),
        (json!("counted"), json!(-20))
    );
    let shown = plant.get(Role::Operator, &lines).await.json()["items"][0].clone();
    assert_eq!((shown["moved"].clone(), shown["expected"].clone()), (json!(-100), json!(400)));

    let post = format!("{count}/post");
    let preview = plant.post(Role::Lead, &post, "p", &json!({ "preview": true })).await.json();
    assert_eq!(
        (preview["lines"][0]["variance"].clone(), preview["count"]["state"].clone()),
        (json!(-20), json!("open"))
    );
    for key in ["post", "post", "again"] {
        let posted = plant.post(Role::Lead, &post, key, &json!({})).await;
        assert_eq!(posted.status, StatusCode::OK, "{}", posted.text);
        assert_eq!(posted.json()["count"]["state"], "posted", "{}", posted.text);
        assert_eq!(posted.json()["count"]["accuracy"]["fewer"], 20);
    }
    let log = plant.get(Role::Viewer, "/api/v1/movements?type=adjust").await.json();
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    assert_eq!(log["items"][0]["reason"], "count");
    assert_eq!(log["items"][0]["notes"], "count rack 4, line 1");
    let stock = plant.get(Role::Viewer, "/api/v1/stock?group_by=part").await;
    assert_eq!(stock.json()["items"][0]["quantity"], 380);
    how_right_the_ledger_was_is_told(&plant).await;
}

/// One line of one, 20 pieces of 400 missing.
async fn how_right_the_ledger_was_is_told(plant: &Plant) {
    const PATH: &str = "/api/v1/reports/accuracy";
    for (by, name) in
        [("count", "rack 4"), ("location", "R-E4-18"), ("operation", "19"), ("part", "11058-1779")]
    {
        let told = plant.get(Role::Viewer, &format!("{PATH}?by={by}")).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.text);
        let told = told.json();
        assert_eq!((&told["lines"], &told["right"]), (&json!(1), &json!(0)));
        assert_eq!(told["accuracy"], json!(0.0));
        let item = &told["items"][0];
        assert_eq!(item["name"], name, "{told:#}");
        assert_eq!(item["count"].is_string(), by == "count");
        assert_eq!(
            (&item["expected"], &item["more"], &item["fewer"]),
            (&json!(400), &json!(0), &json!(20))
        );
    }
    let before = plant.get(Role::Viewer, &format!("{PATH}?from=2026-01-01&to=2026-01-31")).await;
    assert_eq!(before.json()["accuracy"], Value::Null, "{}", before.text);
    assert_eq!(before.json()["items"], json!([]));
    let sheet = plant.get(Role::Viewer, &format!("{PATH}?by=part&format=csv")).await;
    assert!(sheet.text.contains("11058-1779,,1,0,0,400,0,20"), "{}", sheet.text);
    let wrong = plant.get(Role::Viewer, &format!("{PATH}?by=shift")).await;
    assert_eq!(wrong.code(), "invalid_parameter", "{}", wrong.text);
    let dashboard = plant.get(Role::Viewer, "/api/v1/reports/dashboard").await.json();
    assert_eq!((&dashboard["counted"], &dashboard["accuracy"]), (&json!(1), &json!(0.0)));
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_line_is_told_and_can_be_overridden() {
    let plant = Plant::new().await;
    let lot = plant.receive("in", 50).await["lots"][0].clone();
    let count = plan(&plant, 100).await;
    enter(&plant, Role::Operator, &count, "1", json!({ "line": 1, "counted": 40 })).await;
    let found = json!({
        "part": "24 126 251", "operation": "20", "location": "FLOOR", "counted": 7,
        "notes": "behind the rack",
    });
    assert_eq!(enter(&plant, Role::Operator, &count, "2", found).await["line"], 2);
    let hold = json!({ "lot": lot, "reason": "quality" });
    let held = plant.post(Role::Lead, "/api/v1/holds", "h", &hold).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.text);
    let post = format!("{count}/post");
    let refused = plant.post(Role::Lead, &post, "p1", &json!({})).await.json();
    assert_eq!(refused["lines"][0]["refusal"]["code"], "on_hold", "{refused}");
    assert_eq!(refused["lines"][1]["refusal"], Value::Null);
    assert_eq!(refused["count"]["progress"]["refused"], 1);
    let confirmed = json!({ "confirm": ["on_hold"] });
    let posted = plant.post(Role::Lead, &post, "p2", &confirmed).await.json();
    assert_eq!(posted["count"]["state"], "posted", "{posted}");
    let stock = plant.get(Role::Viewer, "/api/v1/stock?part=24%20126%20251").await.json();
    assert_eq!(stock["items"][0]["quantity"], 7, "{stock}");
    assert_eq!(stock["items"][0]["notes"], "count rack 4, line 2");
}

#[tokio::test]
async fn a_large_difference_is_posted_by_somebody_who_did_not_count_it() {
    let plant = Plant::new().await;
    plant.receive("in", 500).await;
    let policy = json!({ "pieces": 50 });
    let path = "/api/v1/approval-policy";
    let set = plant.write(Method::PUT, Role::Admin, path, "policy", "", &policy).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let count = plan(&plant, 200).await;
    enter(&plant, Role::Lead, &count, "1", json!({ "line": 1, "counted": 400 })).await;
    let post = format!("{count}/post");
    for (key, body) in [("p1", json!({ "preview": true })), ("p2", json!({}))] {
        let own = plant.post(Role::Lead, &post, key, &body).await.json();
        assert_eq!(own["lines"][0]["refusal"]["code"], "other_person_needed", "{own}");
        assert_eq!(own["count"]["state"], "open");
    }
    let posted = plant.post(Role::Admin, &post, "p3", &json!({})).await.json();
    assert_eq!(posted["count"]["state"], "posted", "{posted}");
    let stock = plant.get(Role::Viewer, "/api/v1/stock?group_by=part").await;
    assert_eq!(stock.json()["items"][0]["quantity"], 400);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let plant = Plant::new().await;
    plant.receive("in", 50).await;
    let refused = async |body: Value| plant.post(Role::Lead, COUNTS, "", &body).await;
    let everything = refused(json!({ "name": "x", "filter": {} })).await;
    assert_eq!(
        (everything.status, everything.code()),
        (StatusCode::BAD_REQUEST, "invalid_body".to_owned())
    );
    let unknown = refused(json!({ "name": "x", "filter": { "locations": ["MOON"] } })).await;
    assert_eq!(unknown.code(), "unknown_location", "{}", unknown.text);
    let far = json!({ "name": "x", "filter": { "parts": ["1*"] }, "tolerance_percent": 101 });
    assert_eq!(refused(far).await.json()["errors"][0]["field"], "tolerance_percent");
    let count = plan(&plant, 0).await;
    let entries = format!("{count}/entries");
    let wrong = json!({ "entries": [{ "line": 1, "counted": -1 }, { "counted": 1 }] });
    let wrong = plant.post(Role::Operator, &entries, "w", &wrong).await;
    let fields: Vec<_> =
        wrong.json()["errors"].as_array().unwrap().iter().map(|it| it["field"].clone()).collect();
    assert_eq!(
        fields,
        ["entries[0].counted", "entries[1].part", "entries[1].operation", "entries[1].location"]
    );
    let nowhere = json!({ "entries": [{ "line": 9, "counted": 1 }] });
    assert_eq!(plant.post(Role::Operator, &entries, "n", &nowhere).await.code(), "not_found");
    let different = plant.get(Role::Operator, &format!("{count}/lines?different=true")).await;
    assert_eq!(different.code(), "forbidden");
    let cancelled = plant.post(Role::Lead, &format!("{count}/cancel"), "c", &Value::Null).await;
    assert_eq!(cancelled.json()["state"], "cancelled", "{}", cancelled.text);
    let late = plant.post(Role::Lead, &format!("{count}/post"), "l", &json!({})).await;
    assert_eq!(late.code(), "count_closed");
    let open = plant.get(Role::Viewer, &format!("{COUNTS}?state=open&count=true")).await;
    assert_eq!(open.json()["total"], 0);
}

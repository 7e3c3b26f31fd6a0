//! Bookings: what is recorded, once, and undone.

use axum::http::StatusCode;
use futures_util::future::join_all;
use mtm_core::policy::Role;
use serde_json::json;

use crate::plant::{Plant, receipt};

const MOVEMENTS: &str = "/api/v1/movements";

#[tokio::test]
async fn a_receipt_is_found_where_it_was_booked() {
    let plant = Plant::new().await;
    let booked = plant.receive("a", 500).await;
    let lot = booked["lots"][0].as_str().unwrap();
    assert_eq!(booked["balances"][0]["quantity"], 500);
    assert_eq!(booked["movements"][0]["sequence"], booked["sequence"]);

    let stock = plant.get(Role::Viewer, "/api/v1/stock?part=11058-1779&count=true").await;
    assert_eq!(stock.json()["total"], 1, "{}", stock.text);
    assert_eq!(stock.json()["items"][0]["lot"], lot);
    let sums = plant.get(Role::Viewer, "/api/v1/stock?group_by=part,operation").await;
    assert_eq!(sums.json()["items"][0]["quantity"], 500, "{}", sums.text);
    let explained = plant.get(Role::Viewer, &format!("/api/v1/stock/explain?lot={lot}")).await;
    assert_eq!(explained.json()["quantity"], 500, "{}", explained.text);
    assert_eq!(explained.json()["items"][0]["delta"], 500);
    let sheet = plant.get(Role::Viewer, &format!("/api/v1/lots/{lot}")).await;
    assert_eq!(sheet.json()["buckets"][0]["location"], "R-E4-18");
    assert_eq!(sheet.header("etag"), "\"1\"");
    let id = booked["movements"][0]["id"].as_str().unwrap();
    let movement = plant.get(Role::Viewer, &format!("{MOVEMENTS}/{id}")).await;
    assert_eq!(movement.json()["quantity"], 500, "{}", movement.text);
    let log = plant.get(Role::Viewer, &format!("{MOVEMENTS}?type=in&lot={lot}")).await;
    assert_eq!(log.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn one_key_at_once_has_one_effect() {
    let plant = Plant::new().await;
    let seven = receipt(7);
    let same = (0..50).map(|_| plant.post(Role::Operator, MOVEMENTS, "k", &seven));
    let replies = join_all(same).await;
    let first = &replies[0].text;
    for reply in &replies {
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        assert_eq!(&reply.text, first);
    }
    let fresh = replies.iter().filter(|reply| reply.header("idempotent-replayed").is_empty());
    assert_eq!(fresh.count(), 1);
    let stock = plant.get(Role::Viewer, "/api/v1/stock?group_by=part").await;
    assert_eq!(stock.json()["items"][0]["quantity"], 7);

    let other = plant.post(Role::Operator, MOVEMENTS, "k", &receipt(8)).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.code(), "idempotency_key_reused");
    let somebody = plant.post(Role::Lead, MOVEMENTS, "k", &receipt(7)).await;
    assert_eq!(somebody.code(), "idempotency_key_reused", "keys stand for their principal");
}

#[tokio::test]
async fn thirty_pieces_can_be_taken_thirty_times() {
    let plant = Plant::new().await;
    let booked = plant.receive("in", 30).await;
    let take = json!({ "type": "out", "lot": booked["lots"][0], "quantity": 1 });
    let keys: Vec<String> = (0..50).map(|n| format!("out-{n}")).collect();
    let replies =
        join_all(keys.iter().map(|key| plant.post(Role::Operator, MOVEMENTS, key, &take))).await;
    let taken = replies.iter().filter(|reply| reply.status == StatusCode::CREATED).count();
    assert_eq!(taken, 30);
    for refused in replies.iter().filter(|reply| reply.status != StatusCode::CREATED) {
        assert_eq!(refused.code(), "insufficient_stock", "{}", refused.text);
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_is_not_remembered() {
    let plant = Plant::new().await;
    plant.receive("1", 5).await;
    plant.receive("2", 6).await;
    let mut take = receipt(4);
    take["type"] = json!("out");
    let refused = plant.post(Role::Operator, MOVEMENTS, "take", &take).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.code(), "ambiguous_lot");
    assert_eq!(refused.json()["candidates"].as_array().unwrap().len(), 2, "{}", refused.text);
    assert!(refused.json()["trace_id"].as_str().is_some_and(|id| id.len() == 32));
    assert_eq!(refused.json()["trace_id"], refused.header("x-request-id"));
    take["pick"] = json!("fifo");
    let booked = plant.post(Role::Operator, MOVEMENTS, "take", &take).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{}", booked.text);
}

#[tokio::test]
async fn undoing_shows_the_consequences_first() {
    let plant = Plant::new().await;
    let booked = plant.receive("in", 12).await;
    let id = booked["movements"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{MOVEMENTS}/{id}/reverse");
    let preview = plant.post(Role::Lead, &path, "p", &json!({ "preview": true })).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    assert_eq!(preview.json()["balances"][0]["quantity"], 0);
    let undone = plant.post(Role::Lead, &path, "u", &json!({ "reason": "wrong part" })).await;
    assert_eq!(undone.status, StatusCode::CREATED, "{}", undone.text);
    assert_eq!(undone.json()["movements"][0]["reverses"], id.as_str());
    let again = plant.post(Role::Lead, &path, "v", &json!({ "reason": "twice" })).await;
    assert_eq!(again.code(), "already_reversed");
    let group = json!({ "command_id": booked["id"], "reason": "all of it" });
    let again = plant.post(Role::Lead, &format!("{MOVEMENTS}/reverse"), "w", &group).await;
    assert_eq!(again.code(), "already_reversed", "{}", again.text);
}

#[tokio::test]
async fn a_batch_is_whole_or_told_item_by_item() {
    let plant = Plant::new().await;
    let mut wrong = receipt(5);
    wrong["part"] = json!("NO SUCH PART");
    let items = json!([receipt(5), wrong, receipt(6)]);
    let path = format!("{MOVEMENTS}/batch");
    let whole = json!({ "atomic": true, "items": items });
    let refused = plant.post(Role::Operator, &path, "b1", &whole).await;
    assert_eq!(refused.code(), "unknown_part", "{}", refused.text);
    assert_eq!(refused.json()["errors"][0]["field"], "items[1].part");
    let each = json!({ "atomic": false, "items": items });
    let told = plant.post(Role::Operator, &path, "b2", &each).await;
    assert_eq!(told.status, StatusCode::OK);
    let statuses: Vec<_> =
        told.json()["items"].as_array().unwrap().iter().map(|i| i["status"].clone()).collect();
    assert_eq!(statuses, [201, 422, 201], "{}", told.text);
    let again = plant.post(Role::Operator, &path, "b2", &each).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.text, told.text);
}

#[tokio::test]
async fn a_stream_of_lines_can_be_sent_again_after_a_break() {
    let plant = Plant::new().await;
    let line = |quantity: i64| format!("{}\n", receipt(quantity));
    let all: String = (1..=2500).map(|n| line(n % 90 + 100)).collect();
    let half: String = all.split_inclusive('\n').take(1200).collect();
    let headers = [("content-type", "application/x-ndjson"), ("idempotency-key", "night")];
    let path = format!("{MOVEMENTS}/batch");
    let send = async |text: String| {
        let reply = plant.send(plant.request(Role::Operator, "POST", &path, &headers, text)).await;
        assert_eq!(reply.status, StatusCode::OK);
        let lines = reply.text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect::<Vec<serde_json::Value>>()
    };
    let first = send(half).await;
    assert_eq!(first.len(), 1200);
    let second = send(all).await;
    assert_eq!(second.len(), 2500);
    for (n, answer) in second.iter().enumerate() {
        assert_eq!(answer["line"], n + 1);
        assert_eq!(answer["status"], 201, "{answer}");
        assert_eq!(answer["replayed"] == true, n < 1200, "line {}", n + 1);
    }
    let log = plant.get(Role::Viewer, &format!("{MOVEMENTS}?limit=1&count=true")).await;
    assert_eq!(log.json()["total"], 2500);
}

#[tokio::test]
async fn a_wrong_line_stops_neither_the_stream_nor_its_neighbours() {
    let plant = Plant::new().await;
    let text = format!("{}\nnot json\n{}\n", receipt(1), receipt(2));
    let headers = [("content-type", "application/x-ndjson"), ("idempotency-key", "n")];
    let path = format!("{MOVEMENTS}/batch");
    let reply = plant.send(plant.request(Role::Operator, "POST", &path, &headers, text)).await;
    let answers: Vec<serde_json::Value> =
        reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0]["status"], 201);
    assert_eq!(answers[1]["code"], "malformed_json");
    assert_eq!(answers[2]["status"], 201);
}

#[tokio::test]
async fn holds_block_and_lots_split_and_change() {
    let plant = Plant::new().await;
    let booked = plant.receive("in", 100).await;
    let lot = booked["lots"][0].as_str().unwrap().to_owned();
    let hold = json!({ "lot": lot, "reason": "quality" });
    let held = plant.post(Role::Lead, "/api/v1/holds", "h", &hold).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.text);
    let take = json!({ "type": "out", "lot": lot, "quantity": 1 });
    assert_eq!(plant.post(Role::Operator, MOVEMENTS, "t", &take).await.code(), "on_hold");
    let listed = plant.get(Role::Viewer, "/api/v1/holds?active=true").await;
    let id = listed.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let release = format!("/api/v1/holds/{id}/release");
    let released = plant.post(Role::Lead, &release, "r", &json!({})).await;
    assert_eq!(released.status, StatusCode::CREATED, "{}", released.text);

    let path = format!("/api/v1/lots/{lot}");
    let split =
        plant.post(Role::Operator, &format!("{path}/split"), "s", &json!({ "quantity": 40 })).await;
    assert_eq!(split.status, StatusCode::CREATED, "{}", split.text);
    let sheet = plant.get(Role::Viewer, &path).await;
    assert_eq!(sheet.json()["children"][0], split.json()["lots"][0]);
    let patch = axum::http::Method::PATCH;
    let change = json!({ "work_order": "60723" });
    let changed =
        plant.write(patch.clone(), Role::Lead, &path, "c", sheet.header("etag"), &change).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let stale = plant.write(patch, Role::Lead, &path, "d", sheet.header("etag"), &change).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
}

#[tokio::test]
async fn lots_are_merged_and_their_lineage_is_told() {
    let plant = Plant::new().await;
    let mut lots = Vec::new();
    for (key, pieces) in [("a", 30), ("b", 20), ("c", 5)] {
        lots.push(plant.receive(key, pieces).await["lots"][0].as_str().unwrap().to_owned());
    }
    let path = "/api/v1/lots/merge";
    let body = json!({ "lots": [lots[1], lots[2]], "into": lots[0], "notes": "one skid" });
    let merged = plant.post(Role::Operator, path, "m", &body).await;
    assert_eq!(merged.status, StatusCode::CREATED, "{}", merged.text);
    assert_eq!(merged.json()["type"], "transfer");
    assert_eq!(merged.json()["movements"][1]["to_lot"], lots[0].as_str());
    let again = plant.post(Role::Operator, path, "m", &body).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.text, merged.text);
    let stock = plant.get(Role::Viewer, "/api/v1/stock").await;
    assert_eq!(stock.json()["items"].as_array().unwrap().len(), 1, "{}", stock.text);
    assert_eq!(stock.json()["items"][0]["quantity"], 55);

    let lineage = plant.get(Role::Viewer, &format!("/api/v1/lots/{}/lineage", lots[0])).await;
    let ancestors = lineage.json()["ancestors"].as_array().unwrap().clone();
    let told: Vec<_> = ancestors
        .iter()
        .map(|link| (link["kind"].clone(), link["from_lot"].clone(), link["quantity"].clone()))
        .collect();
    let expected =
        [(json!("merge"), json!(lots[2]), json!(5)), (json!("merge"), json!(lots[1]), json!(20))];
    assert_eq!(told, expected);
    assert_eq!(ancestors[0]["user"], "token:test operator", "{}", lineage.text);
    assert_eq!(lineage.json()["complete"], true);
    let sheet = plant.get(Role::Viewer, &format!("/api/v1/lots/{}", lots[1])).await;
    assert_eq!(sheet.json()["lineage"]["descendants"][0]["to_lot"], lots[0].as_str());
    let nobody = plant.get(Role::Viewer, "/api/v1/lots/4711/lineage").await;
    assert_eq!(nobody.code(), "not_found");
    let explained =
        plant.get(Role::Viewer, &format!("/api/v1/stock/explain?lot={}", lots[0])).await;
    assert_eq!(explained.json()["items"][0]["other_lot"], lots[2].as_str());
}

#[tokio::test]
async fn a_merge_that_cannot_be_is_refused_with_what_to_do() {
    let plant = Plant::new().await;
    let mut lots = Vec::new();
    for (key, pieces) in [("a", 30), ("b", 20)] {
        lots.push(plant.receive(key, pieces).await["lots"][0].clone());
    }
    let mut other = receipt(4);
    other["part"] = json!("24 126 251");
    let other = plant.post(Role::Operator, MOVEMENTS, "o", &other).await.json()["lots"][0].clone();
    let cases = [
        (json!({ "lots": [], "into": lots[0] }), 400, "invalid_body"),
        (json!({ "lots": [lots[1]] }), 400, "invalid_body"),
        (json!({ "lots": [lots[0]], "into": lots[0] }), 400, "invalid_body"),
        (json!({ "lots": [lots[1]], "into": lots[0], "quantity": 5 }), 400, "unknown_field"),
        (json!({ "lots": ["4711"], "into": lots[0] }), 422, "unknown_lot"),
        (json!({ "lots": [other], "into": lots[0] }), 422, "lots_differ"),
    ];
    for (body, status, code) in cases {
        let reply = plant.post(Role::Operator, "/api/v1/lots/merge", "m", &body).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{body}");
    }
    let hold = json!({ "lot": lots[1], "reason": "quality" });
    plant.post(Role::Lead, "/api/v1/holds", "h", &hold).await;
    let body = json!({ "lots": [lots[1]], "into": lots[0] });
    let held = plant.post(Role::Operator, "/api/v1/lots/merge", "m", &body).await;
    assert_eq!((held.status, held.code().as_str()), (StatusCode::CONFLICT, "on_hold"));
    let body = json!({ "lots": [lots[1]], "into": lots[0], "confirm": ["on_hold"],
        "notes": "same heat" });
    let insisted = plant.post(Role::Lead, "/api/v1/lots/merge", "l", &body).await;
    assert_eq!(insisted.status, StatusCode::CREATED, "{}", insisted.text);
    assert_eq!(insisted.json()["warnings"][0]["code"], "on_hold");
}

#[tokio::test]
async fn what_is_reserved_is_asked_about_and_used_by_whom_it_was_kept_for() {
    let plant = Plant::new().await;
    let lot = plant.receive("in", 50).await["lots"][0].clone();
    let path = "/api/v1/reservations";
    let body = json!({ "lot": lot, "quantity": 30, "work_order": "60723",
        "ends_at": "2199-01-01T00:00:00Z" });
    let made = plant.post(Role::Operator, path, "r", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let again = plant.post(Role::Operator, path, "r", &body).await;
    assert_eq!(again.text, made.text);
    let id = made.json()["reservation"].clone();
    let take = |n: i64| json!({ "type": "out", "lot": lot, "quantity": n });
    let asked = plant.post(Role::Operator, MOVEMENTS, "t", &take(21)).await;
    assert_eq!((asked.status, asked.code().as_str()), (StatusCode::CONFLICT, "reserved"));
    assert!(asked.json()["detail"].as_str().unwrap().contains("WO-060723"), "{}", asked.text);
    assert_eq!(asked.json()["reserved"][0]["id"], id, "{}", asked.text);
    assert_eq!(asked.json()["reserved"][0]["left"], 30, "{}", asked.text);
    let mut for_it = take(25);
    for_it["reservation"] = id.clone();
    let used = plant.post(Role::Operator, MOVEMENTS, "u", &for_it).await;
    assert_eq!(used.status, StatusCode::CREATED, "{}", used.text);
    assert_eq!(used.json()["reservation"], id);
    let mut insisting = take(21);
    insisting["confirm"] = json!(["reserved"]);
    let insisted = plant.post(Role::Operator, MOVEMENTS, "t", &insisting).await;
    assert_eq!(insisted.json()["warnings"][0]["code"], "reserved", "{}", insisted.text);

    let listed = plant.get(Role::Viewer, "/api/v1/reservations?active=true&work_order=60723").await;
    assert_eq!(listed.json()["items"][0]["used"], 25, "{}", listed.text);
    let others = plant.get(Role::Viewer, "/api/v1/reservations?work_order=60724").await;
    assert_eq!(others.json()["items"].as_array().unwrap().len(), 0, "{}", others.text);
    let stock = plant.get(Role::Viewer, "/api/v1/stock").await;
    assert_eq!(stock.json()["items"][0]["reserved"], true, "{}", stock.text);
    let release = format!("{path}/{}/release", id.as_str().unwrap());
    let own = plant.post(Role::Lead, &release, "e", &json!({ "notes": "order cancelled" })).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.text);
    let listed = plant.get(Role::Viewer, "/api/v1/reservations?active=true").await;
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 0, "{}", listed.text);
    let nothing = format!("{path}/01930000-0000-7000-8000-000000000001/release");
    assert_eq!(plant.post(Role::Lead, &nothing, "n", &json!({})).await.code(), "not_found");
    let aimless = plant.post(Role::Operator, path, "a", &json!({ "lot": lot })).await;
    assert_eq!(aimless.code(), "invalid_body");
}

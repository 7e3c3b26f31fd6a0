//! Messages of other systems: believed by their signature, booked once, and told apart from strangers'.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use mtm_app::inbound::{Secret, sign};
use mtm_app::query::StockQuery;
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::plant::{Plant, Reply, receipt};

const SOURCES: &str = "/api/v1/inbound-sources";

/// A source with its secret.
struct Source {
    path: String,
    tag: String,
    secret: Secret,
}

async fn make(plant: &Plant, name: &str) -> Source {
    let made = plant.post(Role::Admin, SOURCES, name, &json!({ "name": name })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let path = format!("{SOURCES}/{}", made.json()["id"].as_str().unwrap());
    let secret = Secret::parse(made.json()["secret"].as_str().unwrap()).unwrap();
    Source { path, tag: made.header("etag").to_owned(), secret }
}

/// Sends `body` to `erp` as the message `id`, signed with `secrets`, `late` seconds from now.
async fn send(plant: &Plant, secrets: &[Secret], id: &str, body: &str, late: i64) -> Reply {
    let seconds = plant.app.clock().now().micros() / 1_000_000 + late;
    let signed = sign(secrets, id, seconds, body.as_bytes());
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", signed.timestamp.as_str()),
        ("webhook-signature", signed.signature.as_str()),
    ];
    let path = "/api/v1/inbound/erp";
    plant.send(plant.request(None, "POST", path, &headers, body.to_owned())).await
}

async fn on_hand(plant: &Plant) -> i64 {
    let stock = plant.app.ledger().stock(StockQuery::default()).await.unwrap();
    stock.items.iter().map(|row| row.quantity.whole()).sum()
}

#[tokio::test]
async fn a_signed_message_is_booked_once_as_its_source() {
    let plant = Plant::new().await;
    let erp = make(&plant, "erp").await;
    let secrets = std::slice::from_ref(&erp.secret);
    let body = receipt(500).to_string();
    let first = send(&plant, secrets, "msg_1", &body, 0).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    for late in [0, 200] {
        let again = send(&plant, secrets, "msg_1", &body, late).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::CREATED, first.text.as_str()));
        assert_eq!(again.header("idempotent-replayed"), "true");
    }
    assert_eq!(on_hand(&plant).await, 500);
    // Another one that looks the same is another one: its identity says so.
    assert_eq!(send(&plant, secrets, "msg_2", &body, 0).await.status, StatusCode::CREATED);
    assert_eq!(on_hand(&plant).await, 1_000);
    // The same identity with something else in it is not believed to be the same message.
    let other = send(&plant, secrets, "msg_1", &receipt(7).to_string(), 0).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    let log = plant.get(Role::Viewer, "/api/v1/movements?user=inbound:erp").await;
    assert_eq!(log.json()["items"].as_array().unwrap().len(), 2, "{}", log.text);
    let shown = plant.get(Role::Lead, &erp.path).await.json();
    assert_eq!(shown["taken"], 2, "{shown}");
}

#[tokio::test]
async fn whoever_proves_nothing_learns_nothing() {
    let plant = Plant::new().await;
    let erp = make(&plant, "erp").await;
    let (ours, body) = (std::slice::from_ref(&erp.secret), receipt(5).to_string());
    let stranger = [Secret::fresh().unwrap()];
    let wrong = send(&plant, &stranger, "m", &body, 0).await;
    assert_eq!(wrong.code(), "unauthenticated");
    let unsigned = send(&plant, &[], "m", &body, 0).await;
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", "m"),
        ("webhook-timestamp", "1"),
        ("webhook-signature", "v1,AAAA"),
    ];
    for path in ["/api/v1/inbound/nobody", "/api/v1/inbound/erp"] {
        let old = plant.send(plant.request(None, "POST", path, &headers, body.clone())).await;
        assert_eq!(old.code(), "unauthenticated", "{path}");
    }
    assert_eq!(unsigned.code(), "unauthenticated");
    for late in [-301, 301] {
        let off = send(&plant, ours, "m", &body, late).await;
        assert_eq!(off.code(), "unauthenticated", "{late}");
    }
    assert_eq!(send(&plant, ours, "", &body, 0).await.json()["errors"][0]["field"], "webhook-id");
    let long = "m".repeat(73);
    assert_eq!(send(&plant, ours, &long, &body, 0).await.code(), "invalid_parameter");
    let request = plant.request(None, "POST", "/api/v1/inbound/erp", &[], Body::from(body.clone()));
    assert_eq!(plant.send(request).await.code(), "unsupported_content");
    assert_eq!(on_hand(&plant).await, 0);
    let shown = plant.get(Role::Lead, &erp.path).await.json();
    assert_eq!((&shown["taken"], &shown["last_error"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn what_a_message_may_not_do_is_refused_and_shown_at_the_source() {
    let plant = Plant::new().await;
    let erp = make(&plant, "erp").await;
    let ours = std::slice::from_ref(&erp.secret);
    let error = async || plant.get(Role::Lead, &erp.path).await.json()["last_error"].clone();
    let unknown = json!({ "type": "in", "part": "NOTHING", "operation": "19", "location": "R-E4-18", "quantity": 5 });
    let refused = send(&plant, ours, "msg_1", &unknown.to_string(), 0).await;
    assert_eq!(refused.code(), "unknown_part");
    assert!(error().await.as_str().unwrap().starts_with("msg_1: "), "{}", error().await);
    let wrong = send(&plant, ours, "msg_2", r#"{"typ":"in"}"#, 0).await;
    assert_eq!(wrong.code(), "unknown_field");
    assert!(error().await.as_str().unwrap().starts_with("msg_2: "), "{}", error().await);
    // A source books as an operator does: counts are for people who answer for them.
    let count = json!({ "type": "adjust", "part": "11058-1779", "operation": "19", "location": "R-E4-18", "lot": "0000000001", "counted": 5, "reason": "count" });
    let forbidden = send(&plant, ours, "msg_3", &count.to_string(), 0).await;
    assert_eq!(forbidden.code(), "forbidden", "{}", forbidden.text);
    // A refusal is judged afresh when the message comes again.
    let mended = send(&plant, ours, "msg_1", &receipt(5).to_string(), 0).await;
    assert_eq!(mended.status, StatusCode::CREATED, "{}", mended.text);
}

#[tokio::test]
async fn a_secret_is_changed_without_a_moment_in_which_none_fits() {
    let plant = Plant::new().await;
    let erp = make(&plant, "erp").await;
    let rotate = async |key: &str, body: Value| {
        let path = format!("{}/rotate-secret", erp.path);
        plant.post(Role::Admin, &path, key, &body).await
    };
    let much = rotate("a", json!({ "keep_hours": 169 })).await;
    assert_eq!(much.json()["errors"][0]["field"], "keep_hours");
    let rotated = rotate("b", json!({})).await;
    assert_eq!(rotated.status, StatusCode::OK, "{}", rotated.text);
    assert_eq!(rotate("b", json!({})).await.code(), "secret_already_shown");
    let new = Secret::parse(rotated.json()["secret"].as_str().unwrap()).unwrap();
    for (id, secret) in [("m1", &erp.secret), ("m2", &new)] {
        let sent = send(&plant, std::slice::from_ref(secret), id, &receipt(5).to_string(), 0).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{id}: {}", sent.text);
    }
    // It fell into wrong hands: the former is worth nothing at once.
    let rotated = rotate("c", json!({ "keep_hours": 0 })).await;
    let newest = Secret::parse(rotated.json()["secret"].as_str().unwrap()).unwrap();
    for former in [&erp.secret, &new] {
        let sent =
            send(&plant, std::slice::from_ref(former), "m3", &receipt(5).to_string(), 0).await;
        assert_eq!(sent.code(), "unauthenticated");
    }
    let sent = send(&plant, &[newest], "m3", &receipt(5).to_string(), 0).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text);
}

#[tokio::test]
async fn nothing_of_a_disabled_source_is_taken() {
    let plant = Plant::new().await;
    let erp = make(&plant, "erp").await;
    let ours = std::slice::from_ref(&erp.secret);
    let bad = plant.post(Role::Admin, SOURCES, "bad", &json!({ "name": "E R P" })).await;
    assert_eq!(bad.json()["errors"][0]["field"], "name");
    let patch = async |key: &str, tag: &str, enabled: bool| {
        let body = json!({ "enabled": enabled });
        plant.write(Method::PATCH, Role::Admin, &erp.path, key, tag, &body).await
    };
    assert_eq!(patch("a", "", false).await.code(), "version_required");
    let off = patch("b", &erp.tag, false).await;
    assert_eq!(off.status, StatusCode::OK, "{}", off.text);
    assert_eq!(patch("c", &erp.tag, true).await.code(), "stale");
    assert_eq!(send(&plant, ours, "m", &receipt(5).to_string(), 0).await.code(), "unauthenticated");
    patch("d", off.header("etag"), true).await;
    assert_eq!(
        send(&plant, ours, "m", &receipt(5).to_string(), 0).await.status,
        StatusCode::CREATED
    );
    let removed = plant.write(Method::DELETE, Role::Admin, &erp.path, "e", "", &Value::Null).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);
    assert_eq!(send(&plant, ours, "n", &receipt(5).to_string(), 0).await.code(), "unauthenticated");
}

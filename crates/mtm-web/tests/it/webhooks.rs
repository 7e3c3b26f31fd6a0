//! Webhooks through the API: made, changed, removed; nothing is sent here.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::plant::Plant;

async fn make(plant: &Plant, key: &str, body: &Value) -> crate::plant::Reply {
    plant.post(Role::Admin, "/api/v1/webhooks", key, body).await
}

#[tokio::test]
async fn a_secret_is_shown_once_and_never_again() {
    let plant = Plant::new().await;
    let body = json!({ "name": "ERP", "url": "https://erp.example/hook" });
    let made = make(&plant, "a", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert!(made.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(make(&plant, "a", &body).await.code(), "secret_already_shown");
    assert_eq!(make(&plant, "b", &body).await.code(), "already_exists");
    let listed = plant.get(Role::Lead, "/api/v1/webhooks").await;
    assert_eq!(listed.json()["items"][0]["name"], "ERP");
    let path = format!("/api/v1/webhooks/{}", made.json()["id"].as_str().unwrap());
    let shown = plant.get(Role::Lead, &path).await;
    for reply in [&listed, &shown] {
        assert!(!reply.text.contains("secret") && !reply.text.contains("whsec_"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_change_names_the_version_it_changes() {
    let plant = Plant::new().await;
    let body = json!({ "name": "ERP", "url": "https://erp.example/", "types": ["lot.held"] });
    let made = make(&plant, "a", &body).await;
    let path = format!("/api/v1/webhooks/{}", made.json()["id"].as_str().unwrap());
    let patch = async |key: &str, tag: &str, body: Value| {
        plant.write(Method::PATCH, Role::Admin, &path, key, tag, &body).await
    };
    let off = json!({ "enabled": false });
    assert_eq!(patch("b", "", off.clone()).await.code(), "version_required");
    assert_eq!(patch("c", "\"7\"", off.clone()).await.code(), "stale");
    let changed = patch("d", made.header("etag"), off.clone()).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!(changed.json()["disabled_why"], "person");
    assert_eq!(changed.json()["types"], json!(["lot.held"]));
    let replayed = patch("d", made.header("etag"), off).await;
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    let wrong = patch("e", changed.header("etag"), json!({ "url": "http://169.254.169.254/" }));
    assert_eq!(wrong.await.json()["errors"][0]["field"], "url");
    let removed = plant.write(Method::DELETE, Role::Admin, &path, "f", "", &Value::Null).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);
    assert_eq!(plant.get(Role::Admin, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let plant = Plant::new().await;
    for path in ["/api/v1/dead-letters/1", "/api/v1/dead-letters/x"] {
        assert_eq!(plant.get(Role::Admin, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let empty = plant.get(Role::Admin, "/api/v1/dead-letters").await;
    assert_eq!(empty.json()["items"], json!([]));
    let body = json!({ "reason": "booked by hand" });
    let reply = plant.post(Role::Admin, "/api/v1/dead-letters/1/drop", "k", &body).await;
    assert_eq!(reply.code(), "not_found");
}

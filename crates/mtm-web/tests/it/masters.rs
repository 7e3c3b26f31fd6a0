//! Master data, users, tokens and shortcuts over HTTP.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::json;

use crate::plant::Plant;

#[tokio::test]
async fn a_part_is_added_found_changed_and_retired() {
    let plant = Plant::new().await;
    let new = json!({ "code": " a0003892000 ", "description": "Bracket", "operations": ["19"] });
    let added = plant.post(Role::Lead, "/api/v1/parts", "n", &new).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    assert_eq!(added.json()["code"], "A0003892000");
    let replayed = plant.post(Role::Lead, "/api/v1/parts", "n", &new).await;
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    assert_eq!(replayed.text, added.text);
    let twice = plant.post(Role::Lead, "/api/v1/parts", "m", &new).await;
    assert_eq!(twice.code(), "already_exists");

    let shown = plant.get(Role::Viewer, "/api/v1/parts/a0003892000").await;
    assert_eq!(shown.text, added.text);
    let path = "/api/v1/parts/A0003892000";
    let rename = json!({ "code": "A-7", "description": null });
    let patch = Method::PATCH;
    let unnamed = plant.write(patch.clone(), Role::Lead, path, "", "", &rename).await;
    assert_eq!(unnamed.status, StatusCode::PRECONDITION_REQUIRED);
    let stale = plant.write(patch.clone(), Role::Lead, path, "", "\"9\"", &rename).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
    let tag = shown.header("etag");
    let changed = plant.write(patch.clone(), Role::Lead, path, "e", tag, &rename).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!(changed.json()["description"], json!(null));
    let old = plant.get(Role::Viewer, path).await;
    assert_eq!(old.json()["code"], "A-7", "an old code is an alias: {}", old.text);
    let nothing =
        plant.write(patch, Role::Lead, path, "", changed.header("etag"), &json!({})).await;
    assert_eq!(nothing.code(), "invalid_body");

    let retired = plant.post(Role::Admin, "/api/v1/parts/A-7/retire", "", &json!({})).await;
    assert_eq!(retired.status, StatusCode::OK, "{}", retired.text);
    let active = plant.get(Role::Viewer, "/api/v1/parts?q=A-7&count=true").await;
    assert_eq!(active.json()["total"], 0);
    let listed = plant.get(Role::Viewer, "/api/v1/parts?q=A-7&state=retired").await;
    assert_eq!(listed.json()["items"][0]["code"], "A-7");
    let back = plant.post(Role::Admin, "/api/v1/parts/A-7/unretire", "", &json!({})).await;
    assert_eq!(back.json()["retired_at"], json!(null), "{}", back.text);

    plant.receive("in", 5).await;
    let used = plant.post(Role::Admin, "/api/v1/parts/11058-1779/retire", "", &json!({})).await;
    assert_eq!(used.code(), "in_use", "{}", used.text);
}

#[tokio::test]
async fn lists_are_paged_in_order_of_their_codes() {
    let plant = Plant::new().await;
    for n in 0..25 {
        let new = json!({ "code": format!("L-{:02}", (n * 7) % 25), "type": "rack" });
        let added = plant.post(Role::Lead, "/api/v1/locations", "", &new).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    }
    let (mut codes, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/locations?q=l-&limit=4&cursor={cursor}");
        let page = plant.get(Role::Viewer, &path).await.json();
        let items = page["items"].as_array().unwrap();
        codes.extend(items.iter().map(|item| item["code"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<_> = (0..25).map(|n| format!("L-{n:02}")).collect();
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn reasons_are_addressed_by_kind_and_code() {
    let plant = Plant::new().await;
    let new = json!({ "kind": "scrap", "code": "bent", "needs_notes": true });
    let added = plant.post(Role::Lead, "/api/v1/reasons", "", &new).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    let shown = plant.get(Role::Viewer, "/api/v1/reasons/scrap:bent").await;
    assert_eq!(shown.text, added.text);
    let other = plant.get(Role::Viewer, "/api/v1/reasons/hold:bent").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let by_id = plant.get(Role::Viewer, &format!("/api/v1/reasons/{id}")).await;
    assert_eq!(by_id.text, added.text);
}

#[tokio::test]
async fn a_tokens_secret_is_shown_once() {
    let plant = Plant::new().await;
    let new = json!({ "name": "press line", "scope": "operator", "owns_lots": true });
    let made = plant.post(Role::Admin, "/api/v1/tokens", "t", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let secret = made.json()["token"].as_str().unwrap().to_owned();
    let again = plant.post(Role::Admin, "/api/v1/tokens", "t", &new).await;
    assert_eq!(again.code(), "secret_already_shown", "{}", again.text);
    let listed = plant.get(Role::Lead, "/api/v1/tokens").await;
    assert!(listed.text.contains("press line") && !listed.text.contains(&secret));

    let authorization = format!("Bearer {secret}");
    let headers = [("authorization", authorization.as_str())];
    let me = async || {
        let body = axum::body::Body::empty();
        plant.send(plant.request(None, "GET", "/api/v1/me", &headers, body)).await
    };
    assert_eq!(me().await.json()["role"], "operator");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/tokens/{id}");
    let revoked = plant.write(Method::DELETE, Role::Admin, &path, "", "", &json!(null)).await;
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text);
    assert_eq!(me().await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn shortcuts_belong_to_their_owner() {
    let plant = Plant::new().await;
    let button = json!({ "part": "11058-1779", "operation": "19", "quantity": 50 });
    let put = Method::PUT;
    let path = "/api/v1/quick-buttons/3";
    let set = plant.write(put.clone(), Role::Operator, path, "", "", &button).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let beyond =
        plant.write(put, Role::Operator, "/api/v1/quick-buttons/11", "", "", &button).await;
    assert_eq!(beyond.status, StatusCode::NOT_FOUND);
    let mine = plant.get(Role::Operator, "/api/v1/quick-buttons").await;
    assert_eq!(mine.json()["items"][0]["slot"], 3);
    let theirs = plant.get(Role::Lead, "/api/v1/quick-buttons").await;
    assert_eq!(theirs.json()["items"], json!([]));
    let gone = plant.write(Method::DELETE, Role::Operator, path, "", "", &json!(null)).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn suggestions_and_scans_say_what_exists() {
    let plant = Plant::new().await;
    let found = plant.get(Role::Viewer, "/api/v1/suggest?kind=location&q=e4").await;
    assert_eq!(found.json()["items"][0]["value"], "R-E4-18", "{}", found.text);
    let scan = json!({ "data": "R-E4-18", "context": { "expected": "location" } });
    let answer = plant.post(Role::Viewer, "/api/v1/scan", "", &scan).await;
    assert_eq!(answer.json()["kind"], "location", "{}", answer.text);
}

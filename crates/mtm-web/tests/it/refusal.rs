//! What must not get through: strangers in bodies and addresses, too much, too deep, the wrong
//! kind, and machines without keys.

use axum::body::Body;
use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::plant::{Plant, receipt};

const MOVEMENTS: &str = "/api/v1/movements";

async fn post_text(plant: &Plant, kind: &str, text: impl Into<Body>) -> (StatusCode, Value) {
    let headers = [("content-type", kind), ("idempotency-key", "k")];
    let request = plant.request(Role::Operator, "POST", MOVEMENTS, &headers, text);
    let reply = plant.send(request).await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn bodies_are_judged_by_kind_then_text_then_fields() {
    let plant = Plant::new().await;
    let json = "application/json";
    let mut typo = receipt(5);
    typo["quantitiy"] = typo["quantity"].take();
    let mut float = receipt(5);
    float["quantity"] = json!(5.0);
    let cases = [
        ("text/plain", receipt(5).to_string(), 415, "unsupported_content", ""),
        (json, String::new(), 400, "malformed_json", ""),
        (json, "{\"type\":\"in\"".to_owned(), 400, "malformed_json", ""),
        (json, "[]".to_owned(), 400, "invalid_body", ""),
        (json, typo.to_string(), 400, "unknown_field", "quantitiy"),
        (json, float.to_string(), 400, "invalid_body", "quantity"),
        (json, "{\"type\":\"gift\"}".to_owned(), 400, "invalid_body", "type"),
        (json, format!("{{\"part\":{}", "[".repeat(100_000)), 400, "invalid_body", ""),
    ];
    for (kind, text, status, code, field) in cases {
        let shown = text.chars().take(60).collect::<String>();
        let (found, problem) = post_text(&plant, kind, text).await;
        assert_eq!(found.as_u16(), status, "{shown}: {problem}");
        assert_eq!(problem["code"], code, "{shown}: {problem}");
        assert_eq!(problem["errors"][0]["field"].as_str().unwrap_or(""), field, "{shown}");
    }
    let (_, problem) = post_text(&plant, json, typo.to_string()).await;
    assert!(problem["detail"].as_str().unwrap().contains("did you mean quantity?"));
    let utf8 = post_text(&plant, "application/json; charset=utf-8", receipt(5).to_string()).await;
    assert_eq!(utf8.0, StatusCode::CREATED, "{}", utf8.1);
}

#[tokio::test]
async fn everything_wrong_is_told_at_once() {
    let plant = Plant::new().await;
    let body = json!({ "type": "in", "quantity": -1, "delta": 3 });
    let (status, problem) = post_text(&plant, "application/json", body.to_string()).await;
    assert!(status.is_client_error());
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    for field in ["part", "operation", "location", "quantity", "delta"] {
        assert!(fields.contains(&json!(field)), "{field} is missing in {fields:?}");
    }
}

#[tokio::test]
async fn too_much_is_refused_declared_or_not() {
    let plant = Plant::new().await;
    let large = " ".repeat(1024 * 1024 + 1);
    let (status, problem) = post_text(&plant, "application/json", large.clone()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{problem}");
    let pieces = futures_util::stream::iter(
        large
            .into_bytes()
            .chunks(1000)
            .map(|c| Ok::<_, std::io::Error>(c.to_vec()))
            .collect::<Vec<_>>(),
    );
    let (status, problem) = post_text(&plant, "application/json", Body::from_stream(pieces)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{problem}");
    // Size is judged before credentials, where it is declared.
    let length = [("content-type", "application/json"), ("content-length", "2000000")];
    let request = plant.request(None, "POST", MOVEMENTS, &length, Body::empty());
    assert_eq!(plant.send(request).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn strangers_in_addresses_are_refused_everywhere() {
    let plant = Plant::new().await;
    let document: Value = serde_json::from_str(mtm_web::openapi_json()).unwrap();
    let gets = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, item)| path.starts_with("/api/v1") && item.get("get").is_some());
    for (path, _) in gets {
        let path = path
            .replace("{id}", "01930000-0000-7000-8000-000000000001")
            .replace("{lot}", "7")
            .replace("{key}", "19");
        let reply = plant.get(Role::Admin, &format!("{path}?limti=5")).await;
        assert_eq!(reply.code(), "unknown_parameter", "{path}: {}", reply.text);
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }
    let reply = plant.get(Role::Viewer, "/api/v1/stock?lot=7&lot=8").await;
    assert_eq!(reply.code(), "invalid_parameter");
    let reply = plant.get(Role::Viewer, "/api/v1/stock?cursor=abcd").await;
    assert_eq!(reply.code(), "invalid_parameter");
    let reply = plant.get(Role::Viewer, "/api/v1/movements?source=legacy&user=x").await;
    assert_eq!(reply.code(), "invalid_parameter");
}

#[tokio::test]
async fn machines_send_a_key_and_a_usable_one() {
    let plant = Plant::new().await;
    let reply = plant.post(Role::Operator, MOVEMENTS, "", &receipt(1)).await;
    assert_eq!(reply.code(), "idempotency_key_required");
    for key in ["a b", &"k".repeat(129)] {
        let reply = plant.post(Role::Operator, MOVEMENTS, key, &receipt(1)).await;
        assert_eq!(reply.code(), "idempotency_key_invalid");
    }
    // The key is judged before the body.
    let headers = [("content-type", "application/json")];
    let request = plant.request(Role::Operator, "POST", MOVEMENTS, &headers, "nonsense");
    assert_eq!(plant.send(request).await.code(), "idempotency_key_required");
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let plant = Plant::new().await;
    let reply = plant.get(Role::Viewer, "/api/v1/nothing").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (404, "not_found"));
    let reply = plant.post(Role::Viewer, "/api/v1/stock", "", &json!({})).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (405, "method_not_allowed"));
    assert!(reply.header("allow").contains("GET"));
    for path in ["/api/v1/movements/7", "/api/v1/lots/999", "/api/v1/parts/NONE"] {
        let reply = plant.get(Role::Viewer, path).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn a_callers_trace_is_kept() {
    let plant = Plant::new().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let headers = [("traceparent", parent.as_str())];
    let request = plant.request(None, "GET", "/api/v1/stock", &headers, Body::empty());
    let reply = plant.send(request).await;
    assert_eq!(reply.header("x-request-id"), trace);
    assert_eq!(reply.json()["trace_id"], trace);
    for broken in ["00-7-7-01", "", &format!("ff-{trace}-00f067aa0ba902b7-01")] {
        let headers = [("traceparent", broken)];
        let request = plant.request(None, "GET", "/api/v1/stock", &headers, Body::empty());
        let reply = plant.send(request).await;
        let own = reply.header("x-request-id").to_owned();
        assert!(own.len() == 32 && own != trace, "{broken}: {own}");
        assert_eq!(reply.json()["trace_id"], own.as_str());
    }
}

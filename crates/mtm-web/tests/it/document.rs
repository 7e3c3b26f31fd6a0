//! Everything public, snapshotted: the OpenAPI document, every problem, the documentation.

use axum::body::Body;
use mtm_core::code::Code;
use mtm_core::policy::Role;
use mtm_web::Problem;
use serde_json::Value;

use crate::plant::Plant;

#[tokio::test]
async fn the_document_is_what_integrators_were_told() {
    let plant = Plant::new().await;
    let reply =
        plant.send(plant.request(None, "GET", "/api/v1/openapi.json", &[], Body::empty())).await;
    assert_eq!(reply.json()["openapi"], "3.1.0");
    insta::assert_json_snapshot!("openapi", reply.json(), { ".info.version" => "[version]" });
}

/// Every `$ref` in a document.
fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = mtm_web::openapi_json();
    let document: Value = serde_json::from_str(document).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_problem_says_what_to_do() {
    let problems: Vec<_> =
        Code::ALL.iter().map(|code| Problem::of(*code).into_body(None)).collect();
    insta::assert_json_snapshot!("problems", problems);
}

#[tokio::test]
async fn the_address_in_every_problem_leads_to_its_cause_and_cure() {
    let plant = Plant::new().await;
    for code in Code::ALL {
        let problem = serde_json::to_value(Problem::of(*code).into_body(None)).unwrap();
        let (path, anchor) = problem["type"].as_str().unwrap().split_once('#').unwrap();
        let page = plant.send(plant.request(None, "GET", path, &[], Body::empty())).await;
        assert_eq!((page.status.as_u16(), anchor), (200, code.as_str()));
        let start = page.text.find(&format!("<tr id=\"{anchor}\">")).unwrap();
        let row = page.text[start..].split("</tr>").next().unwrap();
        let plain =
            |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(row.contains(&plain(code.title())) && row.contains(&plain(code.cure())), "{row}");
        assert!(row.contains(code.trouble().as_str()), "{row}");
    }
}

#[tokio::test]
async fn the_documentation_reads_offline() {
    let plant = Plant::new().await;
    for path in ["/docs", "/docs/problems"] {
        let reply = plant.send(plant.request(None, "GET", path, &[], Body::empty())).await;
        assert_eq!(reply.status, 200);
        assert!(reply.header("content-type").starts_with("text/html"));
        assert!(reply.header("content-security-policy").contains("script-src 'self'"));
        for foreign in ["http://", "https://", "<script", "style="] {
            assert!(!reply.text.contains(foreign), "{path} holds {foreign}");
        }
    }
    let reply = plant.send(plant.request(None, "GET", "/docs", &[], Body::empty())).await;
    for path in ["/api/v1/movements/batch", "StockRow", "Idempotency-Key"] {
        assert!(reply.text.contains(path), "{path}");
    }
}

#[tokio::test]
async fn status_and_metrics_tell_what_happened() {
    let plant = Plant::new().await;
    plant.receive("a", 5).await;
    let ready = plant.send(plant.request(None, "GET", "/readyz", &[], Body::empty())).await;
    assert_eq!(ready.status, 200);
    let metrics = plant.send(plant.request(None, "GET", "/metrics", &[], Body::empty())).await;
    for line in [
        "mtm_movements_total{type=\"in\"} 1",
        "mtm_http_requests_total{method=\"POST\",route=\"/api/v1/movements\",status=\"201\"} 1",
        "mtm_movement_newest 1",
    ] {
        assert!(metrics.text.contains(line), "{line} is missing in\n{}", metrics.text);
    }
    assert!(metrics.text.contains("mtm_truth_light{invariant=\"stock\"} -1"), "{}", metrics.text);
    let status = plant.get(Role::Viewer, "/api/v1/status").await;
    assert_eq!(status.json()["state"], "unknown", "{}", status.text);
    let verified = plant.get(Role::Viewer, "/api/v1/audit/verify").await;
    assert_eq!(verified.json()["ok"], true, "{}", verified.text);
    let status = plant.get(Role::Viewer, "/api/v1/status").await.json();
    let asked = |it: &&serde_json::Value| it["name"] == "verification";
    let verification = status["invariants"].as_array().unwrap().iter().find(asked).unwrap();
    assert_eq!(verification["state"], "green");
    assert!(verification["checked_at"].is_string(), "{verification}");
}

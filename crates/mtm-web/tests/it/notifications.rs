//! What people are told of, through the interface and on the page.

use axum::http::{Method, StatusCode};
use mtm_core::event::EventType;
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::Visitor;
use crate::plant::Plant;

const PATH: &str = "/api/v1/notifications";

/// A plant where two things happened.
async fn plant() -> Plant {
    let plant = Plant::new().await;
    let ledger = plant.app.ledger();
    while ledger.take_notices(1_000).await.unwrap() {}
    let truth = json!({ "message": "One bucket differs." });
    ledger.tell(EventType::TruthViolated, "stock".to_owned(), truth).await.unwrap();
    let webhook = json!({ "webhook": "x", "state": "disabled", "why": "failing" });
    ledger.tell(EventType::IntegrationChanged, "x".to_owned(), webhook).await.unwrap();
    while ledger.take_notices(1_000).await.unwrap() {}
    plant
}

#[tokio::test]
async fn everybody_is_told_of_what_they_may_know_and_reads_by_themselves() {
    let plant = plant().await;
    let lead = plant.get(Role::Lead, PATH).await.json();
    assert_eq!(lead["unread"], 2, "{lead:#}");
    assert_eq!(lead["items"][0]["text"], "A webhook is told nothing any more (failing).");
    assert_eq!(lead["items"][1]["address"], "/status");
    let viewer = plant.get(Role::Viewer, PATH).await.json();
    assert_eq!((&viewer["unread"], &viewer["items"][0]["kind"]), (&json!(1), &json!("truth")));

    let first = plant.get(Role::Lead, &format!("{PATH}?limit=1")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = plant.get(Role::Lead, &format!("{PATH}?limit=1&cursor={cursor}")).await.json();
    assert_eq!(second["items"][0], lead["items"][1]);
    for wrong in ["limit=0", "cursor=x", "unread=1"] {
        let refused = plant.get(Role::Lead, &format!("{PATH}?{wrong}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}: {}", refused.text);
    }

    let read = json!({ "up_to": lead["items"][0]["sequence"] });
    let done = plant.post(Role::Lead, &format!("{PATH}/read"), "", &read).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    assert_eq!(plant.get(Role::Lead, PATH).await.json()["unread"], 0);
    assert_eq!(plant.get(Role::Viewer, PATH).await.json()["unread"], 1, "each for themselves");
}

#[tokio::test]
async fn what_somebody_does_not_want_to_know_is_not_told() {
    let plant = plant().await;
    let path = format!("{PATH}/choices");
    let all = plant.get(Role::Lead, &path).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 4, "{all:#}");
    assert!(all["items"].as_array().unwrap().iter().all(|choice| choice["told"] == true));
    let viewer = plant.get(Role::Viewer, &path).await.json();
    assert_eq!(viewer["items"].as_array().unwrap().len(), 3, "{viewer:#}");
    let body = json!({ "items": [{ "kind": "truth", "told": false }] });
    for replayed in ["", "true"] {
        let chosen = plant.write(Method::PUT, Role::Lead, &path, "c", "", &body).await;
        assert_eq!(chosen.status, StatusCode::OK, "{}", chosen.text);
        assert_eq!(
            chosen.headers.get("idempotent-replayed").map_or("", |it| it.to_str().unwrap()),
            replayed
        );
        assert_eq!(chosen.json()["items"][0], body["items"][0]);
    }
    let left = plant.get(Role::Lead, PATH).await.json();
    assert_eq!((&left["unread"], left["items"].as_array().unwrap().len()), (&json!(1), 1));
    let unknown = json!({ "items": [{ "kind": "weather", "told": false }] });
    let refused = plant.write(Method::PUT, Role::Lead, &path, "", "", &unknown).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
}

#[tokio::test]
async fn the_bell_rings_on_every_page_until_somebody_has_read() {
    let plant = plant().await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let stock = lead.get("/stock").await;
    assert!(stock.text.contains("2 new notifications"), "{}", stock.text);
    let page = lead.get("/notifications").await;
    assert!(page.text.contains("One bucket differs.") && page.text.contains("I have read them"));
    let csrf = lead.csrf().await;
    let up_to = crate::pages::hidden(&page.text, "up_to");
    let send = async |fields: &[(&str, &str)]| {
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        lead.post("/notifications", &all).await
    };
    let read = send(&[("action", "read"), ("up_to", &up_to)]).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text);
    assert!(read.text.contains("Nothing new") && !read.text.contains("I have read them"));
    assert!(lead.get("/stock").await.text.contains("Nothing new"));
    let chosen = send(&[("action", "choose"), ("idempotency_key", "c"), ("told", "truth")]).await;
    assert_eq!(chosen.status, StatusCode::OK, "{}", chosen.text);
    assert!(chosen.text.contains("One bucket differs."));
    assert!(!chosen.text.contains("A webhook is told nothing"), "{}", chosen.text);
    let nothing = send(&[("action", "dance")]).await;
    assert_eq!(nothing.status.as_u16() / 100, 4, "{}", nothing.text);
}

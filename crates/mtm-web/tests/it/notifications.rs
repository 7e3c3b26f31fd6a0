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
    assert_eq!(all["items"].as_array().unwrap().len(), 7, "{all:#}");
    assert!(all["items"].as_array().unwrap().iter().all(|choice| choice["told"] == true));
    let viewer = plant.get(Role::Viewer, &path).await.json();
    assert_eq!(viewer["items"].as_array().unwrap().len(), 4, "{viewer:#}");
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

#[tokio::test]
async fn everybody_says_where_else_they_are_told() {
    let plant = plant().await;
    let path = format!("{PATH}/ways");
    let closed = plant.get(Role::Operator, &path).await.json();
    assert_eq!(
        closed,
        json!({ "items": [], "mail_open": false, "webhook_open": false, "webhook_hosts": [] })
    );
    let mail = json!({ "address": "jane@plant.example", "kinds": ["truth", "hold"] });
    let set = async |role, way: &str, key: &str, body: &serde_json::Value| {
        plant.write(Method::PUT, role, &format!("{path}/{way}"), key, "", body).await
    };
    let refused = set(Role::Operator, "mail", "", &mail).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert!(refused.text.contains("sends no mail"), "{}", refused.text);

    plant.app.ledger().mail_server_seen(plant.app.clock().now()).await.unwrap();
    for replayed in ["", "true"] {
        let kept = set(Role::Operator, "mail", "k", &mail).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
        let header = kept.headers.get("idempotent-replayed");
        assert_eq!(header.map_or("", |it| it.to_str().unwrap()), replayed);
        assert_eq!(kept.json()["kinds"], json!(["truth", "hold"]));
        assert!(kept.json().get("secret").is_none());
    }
    for wrong in ["jane", "jane@plant.example, joe@plant.example", "jane@x.y\r\nBcc: joe@x.y"] {
        let body = json!({ "address": wrong, "kinds": [] });
        let refused = set(Role::Operator, "mail", "", &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}: {}", refused.text);
    }
    let unknown = set(Role::Operator, "pigeon", "", &mail).await;
    assert_eq!(unknown.status.as_u16() / 100, 4, "{}", unknown.text);

    let hook = json!({ "address": "http://127.0.0.1:9/hook", "kinds": ["truth"] });
    let refused = set(Role::Lead, "webhook", "", &hook).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    let made = set(Role::Admin, "webhook", "w", &hook).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(made.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = set(Role::Admin, "webhook", "w", &hook).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);

    let mine = plant.get(Role::Operator, &path).await.json();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1, "each their own: {mine:#}");
    assert_eq!((&mine["mail_open"], &mine["webhook_open"]), (&json!(true), &json!(false)));
    let way = format!("{path}/mail");
    let remove = async || {
        plant.write(Method::DELETE, Role::Operator, &way, "", "", &json!(null)).await.status
    };
    assert_eq!(remove().await, StatusCode::NO_CONTENT);
    assert_eq!(remove().await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_keeps_what_is_refused_and_shows_a_secret_once() {
    let plant = plant().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let page = admin.get("/notifications").await;
    assert!(page.text.contains("This site sends no mail"), "{}", page.text);
    let csrf = admin.csrf().await;
    let send = async |fields: &[(&str, &str)]| {
        let mut all = vec![("csrf", csrf.as_str()), ("way", "webhook")];
        all.extend(fields);
        admin.post("/notifications", &all).await
    };
    let wrong = [("action", "way"), ("address", "http://169.254.169.254/x"), ("told", "minimum")];
    let refused = send(&wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert!(refused.text.contains("value=\"http://169.254.169.254/x\""), "{}", refused.text);
    assert!(refused.text.contains("link-local"), "{}", refused.text);
    let right = [("action", "way"), ("address", "http://127.0.0.1:9/x"), ("told", "minimum")];
    let kept = send(&right).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
    assert!(kept.text.contains("whsec_") && kept.text.contains("not shown again"), "{}", kept.text);
    let page = admin.get("/notifications").await;
    assert!(!page.text.contains("whsec_") && page.text.contains("value=\"http://127.0.0.1:9/x\""));
    let dropped = send(&[("action", "drop-way")]).await;
    assert!(dropped.text.contains("Nothing is sent there any more."), "{}", dropped.text);
}

#[tokio::test]
async fn a_lot_is_followed_from_its_page_and_through_the_interface() {
    let plant = plant().await;
    let received = plant.receive("lot", 5).await;
    let lot = received["lots"][0].as_str().unwrap().to_owned();
    let visitor = Visitor::of(&plant, Role::Viewer).await;
    let path = format!("/lot/{lot}");
    let page = visitor.get(&path).await;
    assert!(page.text.contains("value=\"follow\""), "{}", page.text);
    let csrf = visitor.csrf().await;
    let follow = [("csrf", csrf.as_str()), ("action", "follow")];
    let followed = visitor.post(&path, &follow).await;
    assert_eq!(followed.status, StatusCode::OK, "{}", followed.text);
    assert!(followed.text.contains("value=\"unfollow\""), "{}", followed.text);
    let page = visitor.get("/notifications").await;
    assert!(page.text.contains(&format!("href=\"{path}\"")), "{}", page.text);
    let unfollow = [("csrf", csrf.as_str()), ("action", "unfollow"), ("lot", lot.as_str())];
    let done = visitor.post("/notifications", &unfollow).await;
    assert!(done.text.contains("do not follow lot"), "{}", done.text);

    let api = format!("/api/v1/lots/{lot}/follow");
    let on = plant.write(Method::PUT, Role::Viewer, &api, "", "", &json!(null)).await;
    assert_eq!(on.json(), json!({ "lot": lot, "follows": true }), "{}", on.text);
    let listed = plant.get(Role::Viewer, &format!("{PATH}/lots")).await.json();
    assert_eq!(
        (&listed["items"][0]["lot"], &listed["items"][0]["part"]),
        (&json!(lot), &json!("11058-1779"))
    );
    let off = plant.write(Method::DELETE, Role::Viewer, &api, "", "", &json!(null)).await;
    assert_eq!(off.json()["follows"], false);
    let missing = "/api/v1/lots/9999999999/follow";
    let missing = plant.write(Method::PUT, Role::Viewer, missing, "", "", &json!(null)).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "{}", missing.text);
}

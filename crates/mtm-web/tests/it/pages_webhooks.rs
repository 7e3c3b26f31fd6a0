//! The page of the webhooks, as a browser without scripts meets it.

use axum::http::StatusCode;
use mtm_app::record::{BrokerKind, RefusedEvent, Told};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::pages::{Visitor, hidden};
use crate::plant::Plant;

#[tokio::test]
async fn an_administrator_makes_disables_and_removes_a_webhook() {
    let plant = Plant::new().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let page = admin.get("/webhooks").await;
    assert!(page.text.contains("No other system is told of events."), "{}", page.text);
    let csrf = admin.csrf().await;
    let make = async |key: &str, url: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("action", "create"),
            ("name", "ERP"),
            ("url", url),
            ("types", "lot.held, lot.released"),
        ];
        admin.post("/webhooks", &fields).await
    };
    let refused = make("k-1", "http://169.254.169.254/").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("link-local") && refused.text.contains("value=\"ERP\""));
    let made = make("k-2", "https://erp.example/").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(made.text.contains("whsec_") && made.text.contains("lot.held, lot.released"));
    let page = admin.get("/webhooks").await;
    assert!(!page.text.contains("whsec_"), "the secret is shown once");

    let id = hidden(&page.text, "webhook");
    let act = async |key: &str, action: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("webhook", id.as_str()),
            ("action", action),
        ];
        admin.post("/webhooks", &fields).await.text
    };
    let rotated = act("k-8", "rotate").await;
    assert!(rotated.contains("whsec_") && rotated.contains("former secret signs as well until"));
    assert!(act("k-3", "disable").await.contains("ERP is disabled."));
    assert!(act("k-4", "enable").await.contains("ERP is enabled."));
    assert!(act("k-5", "disable").await.contains("Remove"));
    assert!(act("k-6", "remove").await.contains("ERP is removed."));
    assert!(plant.app.ledger().webhooks().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_administrator_makes_a_source_changes_its_secret_and_removes_it() {
    let plant = Plant::new().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let csrf = admin.csrf().await;
    let act = async |key: &str, action: &str, field: (&str, &str)| {
        let fields = [("csrf", csrf.as_str()), ("idempotency_key", key), ("action", action), field];
        admin.post("/webhooks", &fields).await
    };
    let refused = act("k-1", "create-source", ("name", "E R P")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("value=\"E R P\"") && refused.text.contains("a to z"));
    let made = act("k-2", "create-source", ("name", "erp")).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(made.text.contains("whsec_") && made.text.contains("/api/v1/inbound/erp"));
    let page = admin.get("/webhooks").await;
    assert!(!page.text.contains("whsec_"), "the secret is shown once");
    let id = hidden(&page.text, "source");
    let rotated = act("k-3", "rotate-source", ("source", &id)).await;
    assert!(rotated.text.contains("whsec_") && rotated.text.contains("former secret counts until"));
    let act = async |key, action| act(key, action, ("source", &id)).await.text;
    assert!(act("k-4", "disable-source").await.contains("erp is disabled."));
    assert!(act("k-5", "enable-source").await.contains("erp is enabled."));
    assert!(act("k-6", "disable-source").await.contains("Remove"));
    assert!(act("k-7", "remove-source").await.contains("erp is removed."));
    assert!(plant.app.ledger().inbound_sources().await.unwrap().is_empty());
}

#[tokio::test]
async fn leads_look_and_others_do_not() {
    let plant = Plant::new().await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let page = lead.get("/webhooks").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("action=\"/webhooks\""), "a lead changes nothing");
    assert!(lead.get("/stock").await.text.contains("href=\"/webhooks\""));
    let csrf = lead.csrf().await;
    let fields = [("csrf", csrf.as_str()), ("idempotency_key", "k"), ("action", "create")];
    assert_eq!(lead.post("/webhooks", &fields).await.status, StatusCode::FORBIDDEN);
    let operator = Visitor::of(&plant, Role::Operator).await;
    assert_eq!(operator.get("/webhooks").await.status, StatusCode::FORBIDDEN);
    assert!(!operator.get("/stock").await.text.contains("href=\"/webhooks\""));
}

/// Has a broker refuse what happens next.
async fn refuse(plant: &Plant) -> i64 {
    let ledger = plant.app.ledger();
    ledger.meet_broker(BrokerKind::Mqtt).await.unwrap();
    plant.receive("refused", 20).await;
    let from = ledger.broker_position(BrokerKind::Mqtt).await.unwrap().unwrap();
    let event = ledger.events_after(from, Vec::new(), 1).await.unwrap().remove(0);
    let refused = RefusedEvent {
        position: event.sequence,
        event: event.id.0,
        kind: event.kind.clone(),
        subject: event.subject.clone(),
        at: event.time,
        error: "it is larger than the broker's limit".to_owned(),
        body: event.envelope("plant").to_string(),
    };
    let error = Some("connection refused".to_owned());
    let refused = vec![refused];
    let told = Told { from, to: from + 1, refused, error, ..Told::default() };
    assert!(ledger.broker_told(BrokerKind::Mqtt, told).await.unwrap());
    ledger.broker_letters(1).await.unwrap()[0].id
}

#[tokio::test]
async fn brokers_are_shown_and_what_they_refused_is_resent_and_dropped() {
    let plant = Plant::new().await;
    let letter = refuse(&plant).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let page = lead.get("/webhooks").await.text;
    assert!(page.contains("Takes nothing") && page.contains("connection refused"), "{page}");
    assert!(!page.contains("Refused by brokers"), "a lead settles nothing");
    let admin = Visitor::of(&plant, Role::Admin).await;
    assert!(admin.get("/webhooks").await.text.contains("larger than the broker"));
    let csrf = admin.csrf().await;
    let act = async |key: &str, action: &str, reason: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("letter", &letter.to_string()),
            ("reason", reason),
            ("action", action),
        ];
        admin.post("/webhooks", &fields).await.text
    };
    assert!(act("k-1", "resend-to-broker", "").await.contains("Waits to be sent again"));
    assert!(act("k-2", "drop-for-broker", "").await.contains("Nothing was changed."));
    assert!(act("k-3", "drop-for-broker", "told by hand").await.contains("is dropped."));
    assert!(plant.app.ledger().broker_letters(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_api_tells_how_every_destination_stands() {
    let plant = Plant::new().await;
    let letter = refuse(&plant).await;
    let body = json!({ "name": "ERP", "url": "https://erp.example/hook" });
    plant.post(Role::Admin, "/api/v1/webhooks", "a", &body).await;
    let listed = plant.get(Role::Lead, "/api/v1/integrations").await;
    let items = listed.json()["items"].clone();
    let mqtt = &items[0];
    assert_eq!((mqtt["name"].as_str(), mqtt["kind"].as_str()), (Some("mqtt"), Some("mqtt")));
    assert_eq!((mqtt["state"].as_str(), mqtt["dead"].as_u64()), (Some("failing"), Some(1)));
    assert_eq!(mqtt["last_error"], "connection refused");
    let erp = &items[1];
    assert_eq!((erp["name"].as_str(), erp["state"].as_str()), (Some("ERP"), Some("well")));
    assert_eq!((erp["lag"].as_u64(), erp["published"].as_u64()), (Some(0), None));
    let viewer = plant.get(Role::Viewer, "/api/v1/integrations").await;
    assert_eq!(viewer.status, StatusCode::FORBIDDEN);

    let path = format!("/api/v1/integrations/dead-letters/{letter}");
    let resend = async |key: &str| {
        plant.post(Role::Admin, &format!("{path}/resend"), key, &Value::Null).await
    };
    let resent = resend("b").await;
    assert_eq!(resent.status, StatusCode::OK, "{}", resent.text);
    let listed = plant.get(Role::Admin, "/api/v1/integrations/dead-letters").await;
    assert_eq!(listed.json()["items"][0]["resend"], true);
    let body = json!({ "reason": "told by hand" });
    let dropped = plant.post(Role::Admin, &format!("{path}/drop"), "c", &body).await;
    assert_eq!(dropped.status, StatusCode::OK, "{}", dropped.text);
    assert_eq!(resend("d").await.code(), "not_found");
}

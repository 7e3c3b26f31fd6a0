//! The page of the webhooks, as a browser without scripts meets it.

use axum::http::StatusCode;
use mtm_core::policy::Role;

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
    assert!(act("k-3", "disable").await.contains("ERP is disabled."));
    assert!(act("k-4", "enable").await.contains("ERP is enabled."));
    assert!(act("k-5", "disable").await.contains("Remove"));
    assert!(act("k-6", "remove").await.contains("ERP is removed."));
    assert!(plant.app.ledger().webhooks().await.unwrap().is_empty());
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

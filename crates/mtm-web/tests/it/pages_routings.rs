//! The pages of the routings, as a browser without scripts meets them.

use axum::http::StatusCode;
use mtm_core::policy::Role;

use crate::pages::{Visitor, hidden};
use crate::plant::Plant;

const OF: &str = "/routings/11058%2D1779";

/// A form of these rows and this button.
async fn send(
    who: &Visitor<'_>,
    key: &str,
    rows: &[&str],
    more: &[(&str, &str)],
) -> crate::plant::Reply {
    let csrf = who.csrf().await;
    let names: Vec<String> = (0..rows.len()).map(|at| format!("step.{at}.operation")).collect();
    let mut fields = vec![("csrf", csrf.as_str()), ("idempotency_key", key)];
    fields.extend(names.iter().map(String::as_str).zip(rows.iter().copied()));
    fields.extend(more);
    who.post(OF, &fields).await
}

#[tokio::test]
async fn a_lead_writes_a_routing_row_by_row_and_sees_its_versions() {
    let plant = Plant::new().await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    assert!(lead.get("/stock").await.text.contains("href=\"/routings\""));
    assert!(lead.get("/routings").await.text.contains("No routing that fits"));
    let opened = lead.get("/routings?part=11058-1779").await;
    assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, OF));
    let page = lead.get(OF).await;
    assert!(page.text.contains("This part has no routing"), "{}", page.text);
    assert_eq!(hidden(&page.text, "newest"), "0");
    assert!(!page.text.contains("End the routing"), "a lead ends nothing");

    let added = send(&lead, "k", &["20"], &[("newest", "0"), ("action", "add")]).await;
    assert!(added.text.contains("name=\"step.1.operation\""), "{}", added.text);
    assert_eq!(hidden(&added.text, "idempotency_key"), "k", "nothing was written");
    let turned = send(&lead, "k", &["20", "19"], &[("newest", "0"), ("action", "up.1")]).await;
    let at = |text: &str| turned.text.find(text).unwrap();
    assert!(at("value=\"19\"") < at("value=\"20\""));
    assert!(plant.app.catalogue().routings.is_empty());

    let wrong = send(&lead, "k", &["19", "777"], &[("newest", "0"), ("action", "save")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("id=\"routing-step-1-operation-error\""), "{}", wrong.text);
    let more = [
        ("newest", "0"),
        ("step.1.location", "FLOOR"),
        ("step.1.yield", "97%"),
        ("action", "save"),
    ];
    let saved = send(&lead, "k", &["19", "20"], &more).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
    assert!(saved.text.contains("Version 1 is saved."), "{}", saved.text);
    assert!(saved.text.contains("20 (FLOOR, 97%)") && saved.text.contains("holds now"));
    assert_eq!(hidden(&saved.text, "newest"), "1");

    let late = send(&lead, "l", &["20"], &[("newest", "0"), ("action", "save")]).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(hidden(&late.text, "newest"), "1", "the next try is of what stands now");
    assert!(lead.get("/routings").await.text.contains(&format!("href=\"{OF}\"")));
}

#[tokio::test]
async fn an_administrator_ends_a_routing_and_sets_what_happens_outside() {
    let plant = Plant::new().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    send(&admin, "k", &["19"], &[("newest", "0"), ("action", "save")]).await;
    let csrf = admin.csrf().await;
    let fields = |key, action| {
        vec![("csrf", csrf.as_str()), ("idempotency_key", key), ("newest", "1"), ("action", action)]
    };
    let ended = admin.post(OF, &fields("e", "retire")).await;
    assert!(ended.text.contains("The routing ends."), "{}", ended.text);
    assert!(!admin.get("/routings").await.text.contains(OF));
    assert!(admin.get("/routings?ended=1").await.text.contains(OF));
    let strict = admin.post("/routings", &fields("s", "refuse")).await;
    assert!(strict.text.contains("must be confirmed from now on"), "{}", strict.text);
    assert!(admin.get("/routings").await.text.contains("refused until somebody confirms"));
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let page = viewer.get(OF).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("action=\"save\"") && !page.text.contains("value=\"save\""));
    let fields = [("csrf", "x"), ("idempotency_key", "v"), ("action", "save")];
    assert_eq!(viewer.post(OF, &fields).await.status, StatusCode::FORBIDDEN);
}

//! The pages of cycle counts, as a browser without scripts meets them.

use axum::http::StatusCode;
use mtm_core::policy::Role;

use crate::pages::{Visitor, hidden, on_hand};
use crate::plant::Plant;

/// The address of the count that a page of the list links to.
fn address(page: &str) -> String {
    let (_, rest) = page.split_once("href=\"/counts/").unwrap();
    format!("/counts/{}", rest.split(['"', '/']).next().unwrap())
}

/// Whether what the ledger expects is nowhere on a page, as people read it or in a field.
fn is_blind(page: &str) -> bool {
    !page.contains("98,765") && !page.contains("\"98765\"") && !page.contains(">98765<")
}

#[tokio::test]
async fn a_count_is_planned_counted_blind_counted_again_and_posted() {
    let plant = Plant::new().await;
    plant.receive("in", 98_765).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = lead.csrf().await;
    let send = async |who: &Visitor<'_>, path: &str, key: &str, fields: &[(&str, &str)]| {
        let csrf = who.csrf().await;
        let mut all = vec![("csrf", csrf.as_str()), ("idempotency_key", key)];
        all.extend(fields);
        who.post(path, &all).await
    };
    assert!(!csrf.is_empty());
    let wrong = send(&lead, "/counts", "k-0", &[("name", "rack"), ("locations", "MOON")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"MOON\"") && wrong.text.contains("not in the master data"));
    let planned = send(
        &lead,
        "/counts",
        "k-1",
        &[("name", "rack"), ("locations", "R-E4-18, FLOOR"), ("tolerance_pieces", "5")],
    )
    .await;
    assert_eq!(planned.status, StatusCode::OK, "{}", planned.text);
    assert!(planned.text.contains("rack is planned: 1 line to count."), "{}", planned.text);
    let count = address(&planned.text);
    let enter = format!("{count}/enter");

    let page = operator.get(&format!("{enter}?location=r-e4-18")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("11058-1779") && is_blind(&page.text), "{}", page.text);
    let sheet = operator.get(&format!("{count}/sheet")).await;
    assert!(sheet.text.contains("11058-1779") && is_blind(&sheet.text), "{}", sheet.text);
    assert!(sheet.text.contains("aria-label=\"Code of line 1\""), "{}", sheet.text);
    let id = count.trim_start_matches("/counts/");
    let scan = async |code: &str| {
        let body = serde_json::json!({ "data": code });
        plant.post(Role::Operator, "/api/v1/scan", "", &body).await.json()
    };
    // As a scanner sends the printed code of line 1.
    let scanned = scan(&format!("]Q1COUNT:{}/1\r", id.replace('-', "").to_uppercase())).await;
    assert_eq!((&scanned["kind"], &scanned["value"]), (&"count".into(), &format!("{id}/1").into()));
    assert_eq!(scanned["candidates"][0]["detail"], "rack");
    assert_eq!(scan(&format!("COUNT:{id}")).await["value"], id);
    let stranger = scan("COUNT:019AC0DE00007000800000000000ABCD").await;
    assert_eq!(stranger["kind"], "unknown", "{stranger:#}");
    let line = hidden(&page.text, "line");
    let at = [("location", "R-E4-18"), ("line", line.as_str())];
    let typed = async |who: &Visitor<'_>, key: &str, counted: &str| {
        send(who, &enter, key, &[at[0], at[1], ("counted", counted)]).await
    };
    let nothing = typed(&operator, "e-0", "").await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
    assert!(nothing.text.contains("Type how many are there"), "{}", nothing.text);
    let first = typed(&operator, "e-1", "98745").await;
    assert!(first.text.contains("98,745 entered. Somebody counts it again."), "{}", first.text);
    assert!(first.text.contains("Nothing is left to count at R-E4-18."), "not by the same person");
    let decided = typed(&lead, "e-2", "98745").await;
    assert!(decided.text.contains("a difference of \u{2212}20"), "{}", decided.text);

    let act = async |key: &str, fields: &[(&str, &str)]| send(&lead, &count, key, fields).await;
    let preview = act("d-1", &[("action", "preview")]).await;
    assert!(preview.text.contains("What posting does") && preview.text.contains("\u{2212}20"));
    assert_eq!(on_hand(&plant).await, 98_765);
    let posted = act("d-2", &[("action", "post")]).await;
    assert!(
        posted.text.contains("1 difference is booked. The count is closed."),
        "{}",
        posted.text
    );
    assert_eq!(on_hand(&plant).await, 98_745);
    act("d-3", &[("action", "post")]).await;
    assert_eq!(on_hand(&plant).await, 98_745);
    let list = operator.get("/counts").await;
    assert!(list.text.contains("Posted") && list.text.contains("0 % (0 of 1 lines)"));
    assert!(list.text.contains("<strong>0.0 %</strong> of 1 line counted"), "{}", list.text);
    assert!(list.text.contains("id=\"wrong-places\""), "{}", list.text);
}

#[tokio::test]
async fn what_was_decided_is_counted_again_and_a_count_is_given_up() {
    let plant = Plant::new().await;
    plant.receive("in", 50).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let csrf = lead.csrf().await;
    let send = async |path: &str, key: &str, fields: &[(&str, &str)]| {
        let mut all = vec![("csrf", csrf.as_str()), ("idempotency_key", key)];
        all.extend(fields);
        lead.post(path, &all).await
    };
    let plan = [("name", "rack"), ("parts", "11058-1779"), ("same_person", "yes")];
    let count = address(&send("/counts", "k-1", &plan).await.text);
    let enter = format!("{count}/enter");
    let counted = [("location", "R-E4-18"), ("line", "1"), ("counted", "50")];
    let entered = send(&enter, "e-1", &counted).await;
    assert!(entered.text.contains("as the ledger says"), "{}", entered.text);
    let again = send(&count, "d-1", &[("action", "recount"), ("line", "1")]).await;
    assert!(again.text.contains("1 line waits to be counted again."), "{}", again.text);
    let none = send(&count, "d-2", &[("action", "recount")]).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    let found = [
        ("location", "FLOOR"),
        ("part", "24 126 251"),
        ("operation", "20"),
        ("lot", "77"),
        ("counted", "6"),
    ];
    let unknown = send(&enter, "e-2", &found).await;
    assert!(
        unknown.text.contains("value=\"24 126 251\"") && unknown.text.contains("There is no lot")
    );
    let unsure = send(&count, "d-3", &[("action", "cancel")]).await;
    assert_eq!(unsure.status, StatusCode::BAD_REQUEST);
    let given_up = send(&count, "d-4", &[("action", "cancel"), ("sure", "yes")]).await;
    assert!(given_up.text.contains("The count is given up."), "{}", given_up.text);
    let list = lead.get("/counts").await;
    assert!(!list.text.contains("The last 30 days"), "nobody believed it: {}", list.text);
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert_eq!(viewer.get(&count).await.status, StatusCode::OK);
    assert_eq!(viewer.get(&enter).await.status, StatusCode::FORBIDDEN);
    assert!(!viewer.get("/counts").await.text.contains("Plan a count"));
    assert!(viewer.get("/stock").await.text.contains("href=\"/counts\""), "in the menu");
}

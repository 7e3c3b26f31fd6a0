//! The Merge page, as a browser without scripts meets it.

use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::{Visitor, answer, hidden, on_hand};
use crate::plant::Plant;

/// A plant with two lots beside each other, of 30 and 20 pieces.
async fn plant() -> (Plant, String, String) {
    let plant = Plant::new().await;
    let one = plant.receive("1", 30).await["lots"][0].as_str().unwrap().to_owned();
    let other = plant.receive("2", 20).await["lots"][0].as_str().unwrap().to_owned();
    (plant, one, other)
}

#[tokio::test]
async fn scans_add_up_and_the_lots_become_one() {
    let (plant, one, other) = plant().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let empty = operator.get("/merge").await;
    assert!(empty.text.contains("Scan the lot that stays"), "{}", empty.text);
    // The first scan is the lot that stays; what stands beside it is offered.
    let first = operator.get(&format!("/merge?lot={one}")).await;
    assert!(first.text.contains("stays") && first.text.contains(&other), "{}", first.text);
    let add = format!(
        "href=\"/merge?into={one}&amp;operation=19&amp;location=R%2DE4%2D18&amp;lot={other}\""
    );
    assert!(first.text.contains(&add), "{}", first.text);
    let address = format!("/merge?into={one}&lot={other}");
    let both = operator.get(&address).await;
    assert!(both.text.contains("1 lot joins, 20 pieces"), "{}", both.text);
    assert!(both.text.contains("<strong>50</strong>"), "{}", both.text);

    let csrf = operator.csrf().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "m"),
        ("into", one.as_str()),
        ("operation", "19"),
        ("location", "R-E4-18"),
        ("lot", other.as_str()),
        ("notes", "one skid"),
    ];
    let done = operator.post("/merge", &fields).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert!(answer(&done.text).contains("Merged"), "{}", done.text);
    let again = operator.post("/merge", &fields).await;
    assert!(again.text.contains("This was booked before."), "{}", again.text);
    assert_eq!(on_hand(&plant).await, 50);
    let sheet = operator.get(&format!("/lot/{one}")).await;
    assert!(sheet.text.contains("What it is made of"), "{}", sheet.text);
    let sheet = operator.get(&format!("/lot/{other}")).await;
    assert!(sheet.text.contains("Where its pieces went on"), "{}", sheet.text);
    assert!(sheet.text.contains(&format!("href=\"/lot/{one}\"")), "{}", sheet.text);

    let command = hidden(&done.text, "command_id");
    let undo = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "u"),
        ("command_id", command.as_str()),
        ("screen", "merge"),
    ];
    let undone = operator.post("/undo", &undo).await;
    assert!(undone.text.contains("Undone"), "{}", undone.text);
    let back = plant.get(Role::Viewer, &format!("/api/v1/lots/{other}")).await;
    assert_eq!(back.json()["buckets"][0]["quantity"], 20);
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert_eq!(viewer.get("/merge").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_in_the_way_is_said_before_and_after() {
    let (plant, one, other) = plant().await;
    let red = json!({ "type": "in", "part": "11058-1779", "operation": "19",
        "location": "R-E4-18", "quantity": 7, "work_order": "60723" });
    let red = plant.post(Role::Operator, "/api/v1/movements", "red", &red).await;
    let red = red.json()["lots"][0].as_str().unwrap().to_owned();
    let away = json!({ "type": "transfer", "lot": other, "to_location": "FLOOR", "quantity": 5 });
    plant.post(Role::Operator, "/api/v1/movements", "away", &away).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let page = operator.get(&format!("/merge?into={one}&lot=4711&lot={red}")).await;
    for words in ["There is no such lot.", "Another work order."] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let places = operator.get(&format!("/merge?into={other}")).await;
    assert!(places.text.contains("stands in several places"), "{}", places.text);
    let there = operator.get(&format!("/merge?into={other}&location=FLOOR&lot={one}")).await;
    assert!(there.text.contains("It is elsewhere: 30 of 11058-1779 at R-E4-18"), "{}", there.text);

    let csrf = operator.csrf().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "m"),
        ("into", one.as_str()),
        ("lot", red.as_str()),
        ("notes", "one skid"),
    ];
    let refused = operator.post("/merge", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(answer(&refused.text).contains("work order WO-060723"), "{}", refused.text);
    assert_eq!(hidden(&refused.text, "idempotency_key"), "m");
    assert!(refused.text.contains("value=\"one skid\""), "{}", refused.text);
    // A hold is a question for a lead, and no for an operator.
    let hold = json!({ "lot": other, "reason": "quality" });
    plant.post(Role::Lead, "/api/v1/holds", "h", &hold).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let csrf = lead.csrf().await;
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("idempotency_key", "l"),
        ("into", one.as_str()),
        ("location", "R-E4-18"),
        ("lot", other.as_str()),
        ("notes", "same heat"),
    ];
    let asked = lead.post("/merge", &fields).await;
    assert!(answer(&asked.text).contains("Override the hold?"), "{}", asked.text);
    fields.push(("confirm", "on_hold"));
    let done = lead.post("/merge", &fields).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert!(answer(&done.text).contains("on hold"), "{}", done.text);
}

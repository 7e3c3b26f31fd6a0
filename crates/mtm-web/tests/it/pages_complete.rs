//! The Complete page, as a browser without scripts meets it.

use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::{Visitor, answer, hidden};
use crate::plant::Plant;

/// A plant whose first part goes from 19 on to 20 on the floor, and 50 pieces that wait at 19.
async fn plant() -> (Plant, String) {
    let plant = Plant::new().await;
    let routing = json!({ "part": "11058-1779", "steps": [
        { "operation": "19" }, { "operation": "20", "location": "FLOOR" },
    ]});
    let made = plant.post(Role::Lead, "/api/v1/routings", "", &routing).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let lot = plant.receive("in", 50).await["lots"][0].as_str().unwrap().to_owned();
    (plant, lot)
}

async fn send(
    who: &Visitor<'_>,
    key: &str,
    lot: &str,
    more: &[(&str, &str)],
) -> crate::plant::Reply {
    let csrf = who.csrf().await;
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("idempotency_key", key),
        ("part", "11058-1779"),
        ("operation", "19"),
        ("location", "R-E4-18"),
        ("lot", lot),
        ("on_hand", "50"),
    ];
    fields.extend(more);
    who.post("/complete", &fields).await
}

#[tokio::test]
async fn an_operator_sees_what_waits_and_sends_it_on() {
    let (plant, lot) = plant().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    assert!(operator.get("/complete").await.text.contains("Which operation are you at?"));
    let queue = operator.get("/complete?operation=19").await;
    assert!(queue.text.contains("1 lot waits") && queue.text.contains("→ 20 at FLOOR"));
    let chosen = operator.get(&format!("/complete?lot={lot}")).await;
    assert_eq!(hidden(&chosen.text, "on_hand"), "50");
    assert!(chosen.text.contains("Good pieces go to operation"), "{}", chosen.text);

    let short = send(&operator, "k", &lot, &[("scrap", "2"), ("rework", "49")]).await;
    assert_eq!(short.status, StatusCode::CONFLICT);
    assert_eq!(hidden(&short.text, "idempotency_key"), "k", "{}", short.text);
    let unexplained = send(&operator, "k", &lot, &[("scrap", "2")]).await;
    assert_eq!(unexplained.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unexplained.text.contains("id=\"complete-scrap_reason-error\""));
    let more = [("scrap", "2"), ("scrap_reason", "damaged"), ("rework", "8")];
    let done = send(&operator, "k", &lot, &more).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let words = answer(&done.text);
    assert!(words.contains("Completed") && words.contains("FLOOR"), "{words}");
    assert!(done.text.contains("1 lot waits") && done.text.contains("8 pieces"), "rework stays");
    let again = send(&operator, "k", &lot, &more).await;
    assert!(again.text.contains("This was booked before."), "{}", again.text);
    let waiting = operator.get("/complete?operation=20").await;
    assert!(waiting.text.contains("last operation") && waiting.text.contains("FLOOR"));

    let csrf = operator.csrf().await;
    let command = hidden(&done.text, "command_id");
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "u"),
        ("command_id", command.as_str()),
        ("screen", "complete"),
    ];
    let undone = operator.post("/undo", &fields).await;
    assert!(undone.text.contains("Undone") && undone.text.contains("50 pieces"), "{}", undone.text);
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert_eq!(viewer.get("/complete").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn where_the_routing_ends_the_page_asks_where_to() {
    let (plant, lot) = plant().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    send(&operator, "k", &lot, &[]).await;
    let last = operator.get(&format!("/complete?lot={lot}")).await;
    assert!(last.text.contains("the last operation of the part"), "{}", last.text);
    let csrf = operator.csrf().await;
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("idempotency_key", "l"),
        ("operation", "20"),
        ("location", "FLOOR"),
        ("part", "11058-1779"),
        ("lot", lot.as_str()),
        ("on_hand", "50"),
    ];
    let refused = operator.post("/complete", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("id=\"complete-to_operation-error\""), "{}", refused.text);
    fields.push(("to_operation", "19"));
    let sent = operator.post("/complete", &fields).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
    assert!(answer(&sent.text).contains("operation 19"), "{}", sent.text);
}

#[tokio::test]
async fn the_other_screens_offer_the_next_operation() {
    let (plant, _) = plant().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let receiving = operator.get("/in?part=11058-1779").await;
    assert!(receiving.text.contains("19 → 20"), "{}", receiving.text);
    let moving = operator.get("/move?part=11058-1779").await;
    assert!(
        moving.text.contains("data-fill=\"move-to_operation\" value=\"20\""),
        "{}",
        moving.text
    );
    let offered = operator.get("/ui/suggest?kind=operation&q=&part=11058-1779").await;
    let offered: Vec<String> = offered.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["value"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(offered, ["19", "20"]);
}

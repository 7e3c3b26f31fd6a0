//! Undoing what was booked in a shift or a scan session, over HTTP and from the history.

use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::pages::{Visitor, encoded, hidden};
use crate::plant::Plant;

const REVERSE: &str = "/api/v1/movements/reverse";

/// Two receipts of operators, of one scan session; gives their shift.
async fn a_shift(plant: &Plant, session: &str) -> String {
    for (key, quantity) in [("a", 500), ("b", 300)] {
        let body = json!({
            "type": "in", "part": "11058-1779", "operation": "19", "location": "R-E4-18",
            "quantity": quantity, "session_id": session,
        });
        let reply = plant.post(Role::Operator, "/api/v1/movements", key, &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    }
    let log = plant.get(Role::Viewer, "/api/v1/movements").await.json();
    // Both, unless a shift ended between them.
    assert_eq!(log["items"][0]["shift"], log["items"][1]["shift"]);
    log["items"][0]["shift"].as_str().unwrap().to_owned()
}

async fn on_hand(plant: &Plant) -> i64 {
    let stock = plant.get(Role::Viewer, "/api/v1/stock").await.json();
    let rows = stock["items"].as_array().unwrap();
    rows.iter().map(|row| row["quantity"].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn a_shift_is_undone_by_a_lead_once_and_after_its_consequences() {
    let plant = Plant::new().await;
    let session = "01936f2a-0000-7000-8000-000000000001";
    let shift = a_shift(&plant, session).await;
    let body =
        |preview: bool| json!({ "shift": shift, "reason": "wrong plant", "preview": preview });
    let forbidden = plant.post(Role::Operator, REVERSE, "o", &body(true)).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN, "{}", forbidden.text);
    let shown = plant.post(Role::Lead, REVERSE, "p", &body(true)).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert_eq!(shown.json()["movements"].as_array().unwrap().len(), 2);
    assert_eq!(on_hand(&plant).await, 800);
    let undone = plant.post(Role::Lead, REVERSE, "u", &body(false)).await;
    assert_eq!(undone.status, StatusCode::CREATED, "{}", undone.text);
    assert_eq!(on_hand(&plant).await, 0);
    let again = plant.post(Role::Lead, REVERSE, "u", &body(false)).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &undone.text));
    let nothing = plant.post(Role::Lead, REVERSE, "v", &body(false)).await;
    assert_eq!(nothing.code(), "not_found", "{}", nothing.text);

    for (wrong, field) in [
        (json!({ "shift": "yesterday", "reason": "x" }), "shift"),
        (json!({ "shift": shift, "session_id": session, "reason": "x" }), "ids"),
        (json!({ "session_id": session, "user": "anna", "reason": "x" }), "user"),
    ] {
        let refused = plant.post(Role::Lead, REVERSE, "w", &wrong).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
        assert_eq!(refused.json()["errors"][0]["field"], field, "{}", refused.text);
    }
    let path = format!("/api/v1/movements?type=in&{}", encoded(&[("shift", &shift)]));
    assert_eq!(plant.get(Role::Viewer, &path).await.json()["items"].as_array().unwrap().len(), 2);
    let path = format!("/api/v1/movements?session_id={session}");
    let of_session = plant.get(Role::Viewer, &path).await;
    assert_eq!(of_session.json()["items"].as_array().unwrap().len(), 2);
    let wrong = plant.get(Role::Viewer, "/api/v1/movements?shift=1").await;
    assert_eq!(wrong.code(), "invalid_parameter", "{}", wrong.text);
}

#[tokio::test]
async fn a_lead_undoes_what_the_history_shows_of_a_shift() {
    let plant = Plant::new().await;
    let shift = a_shift(&plant, "01936f2a-0000-7000-8000-000000000001").await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let list = format!("/history?{}", encoded(&[("shift", &shift)]));
    let listed = lead.get(&list).await;
    assert!(
        listed.text.contains(&format!("Undo what was booked in shift {shift}")),
        "{}",
        listed.text
    );
    let narrowed = lead.get(&format!("{list}&type=in")).await;
    assert!(!narrowed.text.contains("Undo what was booked"), "not all of it is shown");
    let operator = Visitor::of(&plant, Role::Operator).await;
    assert!(!operator.get(&list).await.text.contains("Undo what was booked"));

    let shown = lead.get(&format!("{list}&undo=group")).await;
    assert!(shown.text.contains("<strong>2 movements</strong>"), "{}", shown.text);
    let key = hidden(&shown.text, "idempotency_key");
    let csrf = lead.csrf().await;
    let send = async |reason: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key.as_str()),
            ("shift", shift.as_str()),
            ("group", "1"),
            ("screen", "history"),
            ("reason", reason),
        ];
        lead.post("/undo", &fields).await
    };
    let unsaid = send("").await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unsaid.text);
    assert!(unsaid.text.contains("id=\"undo-group-reason-error\""), "{}", unsaid.text);
    assert_eq!(on_hand(&plant).await, 800);
    let undone = send("wrong plant").await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text);
    assert!(undone.text.contains("Undone"), "{}", undone.text);
    assert_eq!(on_hand(&plant).await, 0);
    let left = lead.get(&format!("{list}&undo=group")).await;
    assert!(left.text.contains("is left to undo"), "{}", left.text);
}

#[tokio::test]
async fn a_movement_leads_to_its_shift_and_its_scan_session() {
    let plant = Plant::new().await;
    let session = "01936f2a-0000-7000-8000-000000000001";
    a_shift(&plant, session).await;
    let log: Value = plant.get(Role::Viewer, "/api/v1/movements").await.json();
    let id = log["items"][0]["id"].as_str().unwrap();
    let lead = Visitor::of(&plant, Role::Lead).await;
    let opened = lead.get(&format!("/history?movement={id}")).await;
    assert!(opened.text.contains("Everything of this shift"), "{}", opened.text);
    assert!(opened.text.contains("href=\"/history?session=01936f2a"), "{}", opened.text);
    let shown = lead.get(&format!("/history?session={session}&undo=group")).await;
    assert!(shown.text.contains("Undo what was booked in this scan session"), "{}", shown.text);
    assert_eq!(hidden(&shown.text, "session_id"), session);
    let wrong = lead.get("/history?shift=yesterday").await;
    assert!(wrong.text.contains("This is no shift."), "{}", wrong.text);
}

#[tokio::test]
async fn what_was_taken_comes_back_in_the_consequences() {
    let plant = Plant::new().await;
    let lot = plant.receive("a", 500).await["lots"][0].clone();
    let out = json!({ "type": "out", "lot": lot, "quantity": 200 });
    let taken = plant.post(Role::Operator, "/api/v1/movements", "o", &out).await;
    let id = taken.json()["movements"][0]["id"].as_str().unwrap().to_owned();
    let lead = Visitor::of(&plant, Role::Lead).await;
    let shown = lead.get(&format!("/history?movement={id}&undo=preview")).await;
    assert!(shown.text.contains("300 → 500"), "{}", shown.text);
}

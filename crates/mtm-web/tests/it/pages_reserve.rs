//! Reserving on the page of a lot, and taking what is reserved, as a browser without scripts meets it.

use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::{Visitor, answer, hidden, on_hand};
use crate::plant::Plant;

/// A plant with a lot of 30 pieces.
async fn plant() -> (Plant, String) {
    let plant = Plant::new().await;
    let lot = plant.receive("1", 30).await["lots"][0].as_str().unwrap().to_owned();
    (plant, lot)
}

/// Reserves `quantity` of `lot` for a work order; its id.
async fn reserved(plant: &Plant, lot: &str, quantity: i64) -> String {
    let body = json!({ "lot": lot, "quantity": quantity, "work_order": "60723" });
    let made = plant.post(Role::Lead, "/api/v1/reservations", "reserved", &body).await;
    made.json()["reservation"].as_str().unwrap().to_owned()
}

async fn state(plant: &Plant) -> (String, i64) {
    let listed = plant.get(Role::Viewer, "/api/v1/reservations").await.json();
    let first = &listed["items"][0];
    (first["state"].as_str().unwrap().to_owned(), first["used"].as_i64().unwrap())
}

#[tokio::test]
async fn pieces_are_reserved_on_the_page_of_their_lot_and_freed_again() {
    let (plant, lot) = plant().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    let address = format!("/lot/{lot}/reserve");
    let reserve = |order| {
        vec![
            ("csrf", csrf.as_str()),
            ("idempotency_key", "r"),
            ("action", "reserve"),
            ("quantity", "12"),
            ("work_order", order),
        ]
    };
    let refused = operator.post(&address, &reserve("")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert!(refused.text.contains("id=\"reserve-work_order-error\""), "{}", refused.text);
    assert!(refused.text.contains("value=\"12\""), "{}", refused.text);
    let made = operator.post(&address, &reserve("60723")).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(made.text.contains("12 pieces") && made.text.contains("WO-060723"), "{}", made.text);
    for path in ["/stock", &format!("/out?lot={lot}")] {
        let shown = operator.get(path).await;
        assert!(shown.text.contains(">reserved<"), "{}", shown.text);
    }
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let seen = viewer.get(&format!("/lot/{lot}")).await;
    assert!(seen.text.contains("WO-060723"), "{}", seen.text);
    assert!(!seen.text.contains("End it") && !seen.text.contains("Reserve pieces"));
    let id = hidden(&made.text, "reservation");
    let end = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "e"),
        ("action", "end"),
        ("reservation", id.as_str()),
    ];
    let ended = operator.post(&address, &end).await;
    assert!(ended.text.contains("Nothing of this lot is kept"), "{}", ended.text);
    assert_eq!(state(&plant).await, ("released".to_owned(), 0));
}

#[tokio::test]
async fn who_takes_what_is_reserved_says_whom_it_is_for() {
    let (plant, lot) = plant().await;
    let id = reserved(&plant, &lot, 20).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("idempotency_key", "t"),
        ("row.0.lot", lot.as_str()),
        ("row.0.part", "11058-1779"),
        ("row.0.operation", "19"),
        ("row.0.location", "R-E4-18"),
        ("row.0.on_hand", "30"),
        ("row.0.quantity", "20"),
        ("row.0.pick", "1"),
    ];
    let asked = operator.post("/out", &fields).await;
    assert_eq!(asked.status, StatusCode::CONFLICT, "{}", asked.text);
    let question = answer(&asked.text);
    assert!(question.contains("Pass over a reservation?"), "{}", asked.text);
    assert!(question.contains("For WO-060723: book it"), "{}", asked.text);
    assert!(question.contains(&format!("name=\"reservation\" value=\"{id}\"")), "{}", asked.text);
    fields.push(("reservation", &id));
    let taken = operator.post("/out", &fields).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    assert!(answer(&taken.text).contains("Taken out"), "{}", taken.text);
    assert_eq!((on_hand(&plant).await, state(&plant).await), (10, ("fulfilled".to_owned(), 20)));
    // The same form once more is the same booking, although the reservation is over.
    let again = operator.post("/out", &fields).await;
    assert!(again.text.contains("This was booked before."), "{}", again.text);

    let command = hidden(&taken.text, "command_id");
    let undo = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "u"),
        ("command_id", command.as_str()),
        ("screen", "out"),
    ];
    let undone = operator.post("/undo", &undo).await;
    assert!(answer(&undone.text).contains("reserved for WO-060723"), "{}", undone.text);
    assert_eq!(state(&plant).await, ("active".to_owned(), 0));
    let link = operator.get(&format!("/out?lot={lot}&reservation={id}")).await;
    assert!(link.text.contains("is taken for WO-060723"), "{}", link.text);
    assert_eq!(hidden(&link.text, "reservation"), id);
    assert_eq!(hidden(&link.text, "row.0.on_hand"), "30");
    assert!(link.text.contains("value=\"20\""), "as many as are kept: {}", link.text);
}

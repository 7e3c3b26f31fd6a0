//! Adjustments that take a second person, over HTTP and from their page.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::pages::{Visitor, hidden};
use crate::plant::{Plant, Reply};

const PATH: &str = "/api/v1/approvals";

async fn bounded(plant: &Plant) -> String {
    let received = plant.receive("r", 600).await;
    let policy = json!({ "pieces": 50, "percent": null });
    let set =
        plant.write(Method::PUT, Role::Admin, "/api/v1/approval-policy", "p", "", &policy).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    received["lots"][0].as_str().unwrap().to_owned()
}

async fn adjust(plant: &Plant, key: &str, lot: &str, delta: i64, confirm: Value) -> Reply {
    let body = json!({
        "type": "adjust", "lot": lot, "delta": delta, "reason": "count", "confirm": confirm,
    });
    plant.post(Role::Lead, "/api/v1/movements", key, &body).await
}

async fn on_hand(plant: &Plant, lot: &str) -> Value {
    let stock = plant.get(Role::Viewer, &format!("/api/v1/stock?lot={lot}")).await.json();
    stock["items"][0]["quantity"].clone()
}

#[tokio::test]
async fn an_adjustment_that_is_too_large_is_asked_for_and_says_that_nothing_is_booked() {
    let plant = Plant::new().await;
    let lot = bounded(&plant).await;
    let forbidden = plant
        .write(Method::PUT, Role::Lead, "/api/v1/approval-policy", "q", "", &json!({ "pieces": 1 }))
        .await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    let shown = plant.get(Role::Viewer, "/api/v1/approval-policy").await.json();
    assert_eq!(shown, json!({ "pieces": 50, "percent": null }));

    let refused = adjust(&plant, "a", &lot, -100, json!([])).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "approval_required")
    );
    let asked = adjust(&plant, "a", &lot, -100, json!(["approval_required"])).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text);
    assert_eq!(asked.json()["state"], "waiting");
    assert_eq!(on_hand(&plant, &lot).await, 600);
    let again = adjust(&plant, "a", &lot, -100, json!([])).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::ACCEPTED, "true"));
    assert_eq!(again.text, asked.text);

    let id = asked.json()["id"].as_u64().unwrap();
    let one = plant.get(Role::Viewer, &format!("{PATH}/{id}")).await.json();
    assert_eq!((&one["asked_by"].is_string(), &one["delta"]), (&true, &json!(-100)));
    let list = plant.get(Role::Viewer, PATH).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    // A token is no second person, whoever made it.
    let approve = format!("{PATH}/{id}/approve");
    let machine = plant.post(Role::Admin, &approve, "m", &json!({})).await;
    assert_eq!(
        (machine.status, machine.code().as_str()),
        (StatusCode::CONFLICT, "other_person_needed")
    );
    let none = plant.get(Role::Viewer, &format!("{PATH}/99")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_second_person_approves_or_refuses_from_the_page() {
    let plant = Plant::new().await;
    let lot = bounded(&plant).await;
    adjust(&plant, "a", &lot, -100, json!(["approval_required"])).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let csrf = lead.csrf().await;
    let page = lead.get("/approvals").await;
    assert!(page.text.contains("-100") && page.text.contains("Approve and book"), "{}", page.text);
    let send =
        async |who: &Visitor<'_>, csrf: &str, key: &str, id: &str, action: &str, why: &str| {
            let fields = [
                ("csrf", csrf),
                ("idempotency_key", key),
                ("id", id),
                ("action", action),
                ("reason", why),
            ];
            who.post("/approvals", &fields).await
        };
    let id = hidden(&page.text, "id");
    let silent = send(&lead, &csrf, "s", &id, "refuse", "").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains(&format!("id=\"request-{id}-reason-error\"")), "{}", silent.text);
    let booked = send(&lead, &csrf, "b", &id, "approve", "").await;
    assert!(booked.text.contains("500 stand there now"), "{}", booked.text);
    assert_eq!(on_hand(&plant, &lot).await, 500);
    let history = plant.get(Role::Viewer, "/api/v1/movements?type=adjust").await.json();
    assert!(
        history["items"][0]["notes"].as_str().unwrap().starts_with("approved by "),
        "{history}"
    );

    adjust(&plant, "c", &lot, -200, json!(["approval_required"])).await;
    let id = hidden(&lead.get("/approvals").await.text, "id");
    let refused = send(&lead, &csrf, "n", &id, "refuse", "they are in the next aisle").await;
    assert!(refused.text.contains("Nothing was booked."), "{}", refused.text);
    assert!(refused.text.contains("they are in the next aisle"), "{}", refused.text);
    assert_eq!(on_hand(&plant, &lot).await, 500);
    assert!(!refused.text.contains("value=\"policy\""), "a bound is set by administrators");
    let operator = Visitor::of(&plant, Role::Operator).await;
    assert!(!operator.get("/approvals").await.text.contains("Approve and book"));
    let admin = Visitor::of(&plant, Role::Admin).await;
    let csrf = admin.csrf().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "policy"),
        ("action", "policy"),
        ("pieces", ""),
        ("percent", "20"),
    ];
    let set = admin.post("/approvals", &fields).await;
    assert!(set.text.contains("It holds from now on"), "{}", set.text);
    let shown = plant.get(Role::Viewer, "/api/v1/approval-policy").await.json();
    assert_eq!(shown, json!({ "pieces": null, "percent": 20 }));
}

//! Closing periods over HTTP and from their page; what lies in one is booked and flagged.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::pages::{Visitor, hidden};
use crate::plant::Plant;

const PATH: &str = "/api/v1/periods";

/// A day so long ago, in UTC, where the plant is.
fn day(ago: i64) -> String {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * ago);
    then.strftime("%Y-%m-%d").to_string()
}

async fn put(
    plant: &Plant,
    role: Role,
    key: &str,
    tag: &str,
    through: Value,
) -> crate::plant::Reply {
    plant.write(Method::PUT, role, PATH, key, tag, &json!({ "through": through })).await
}

async fn reopen(plant: &Plant, role: Role, key: &str, tag: &str) -> crate::plant::Reply {
    let body = json!({ "through": null, "reopen": true });
    plant.write(Method::PUT, role, PATH, key, tag, &body).await
}

#[tokio::test]
async fn a_lead_closes_an_administrator_reopens_and_late_facts_are_flagged() {
    let plant = Plant::new().await;
    let open = plant.get(Role::Viewer, PATH).await;
    assert_eq!((open.header("etag"), &open.json()["closed"]), ("\"0\"", &Value::Null));
    let forbidden = put(&plant, Role::Operator, "o", "\"0\"", json!(day(2))).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    let future = put(&plant, Role::Lead, "f", "\"0\"", json!(day(-1))).await;
    assert_eq!((future.status, future.code().as_str()), (StatusCode::BAD_REQUEST, "invalid_body"));
    let closed = put(&plant, Role::Lead, "c", "\"0\"", json!(day(2))).await;
    assert_eq!(
        (closed.status, closed.header("etag")),
        (StatusCode::OK, "\"1\""),
        "{}",
        closed.text
    );
    let again = put(&plant, Role::Lead, "c", "\"0\"", json!(day(2))).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &closed.text));
    let stale = put(&plant, Role::Lead, "s", "\"0\"", json!(day(1))).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);

    let late = json!({
        "type": "in", "part": "11058-1779", "operation": "19", "location": "R-E4-18",
        "quantity": 5, "occurred_at": format!("{}T12:00:00Z", day(3)),
    });
    let booked = plant.post(Role::Operator, "/api/v1/movements", "late", &late).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{}", booked.text);
    assert_eq!(booked.json()["warnings"][0]["code"], "in_closed_period", "{}", booked.text);
    plant.receive("now", 7).await;
    let log = plant.get(Role::Viewer, "/api/v1/movements").await.json();
    let flagged = [&log["items"][0]["in_closed_period"], &log["items"][1]["in_closed_period"]];
    assert_eq!(flagged, [&json!(false), &json!(true)], "{log:#}");
    let id = log["items"][1]["id"].as_str().unwrap();
    let one = plant.get(Role::Viewer, &format!("/api/v1/movements/{id}")).await.json();
    assert_eq!(one["in_closed_period"], true, "{one:#}");
    let sheet = plant.get(Role::Viewer, "/api/v1/movements/export?format=csv").await;
    assert!(sheet.text.lines().next().unwrap().ends_with("occurred_at,in_closed_period"));

    let nothing = put(&plant, Role::Admin, "n", "\"1\"", Value::Null).await;
    assert_eq!(
        (nothing.status, nothing.code().as_str()),
        (StatusCode::BAD_REQUEST, "invalid_body")
    );
    let earlier = put(&plant, Role::Admin, "e", "\"1\"", json!(day(5))).await;
    assert_eq!(earlier.status, StatusCode::BAD_REQUEST, "closing never reopens: {}", earlier.text);
    let refused = reopen(&plant, Role::Lead, "r", "\"1\"").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    let reopened = reopen(&plant, Role::Admin, "r", "\"1\"").await;
    assert_eq!(reopened.status, StatusCode::OK, "{}", reopened.text);
    assert_eq!(reopened.json()["reopened"], true);
    let entries = plant.get(Role::Viewer, PATH).await.json()["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 2, "both stay");
    let after = plant.get(Role::Viewer, &format!("/api/v1/movements/{id}")).await.json();
    assert_eq!(after["in_closed_period"], true, "what was flagged stays so");
}

#[tokio::test]
async fn a_lead_closes_from_the_page_and_the_history_marks_what_lies_in_it() {
    let plant = Plant::new().await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let page = lead.get("/periods").await;
    assert!(page.text.contains("Nothing is closed"), "{}", page.text);
    let csrf = lead.csrf().await;
    let send = async |who: &Visitor<'_>, csrf: &str, key: &str, day: &str, action: &str| {
        let newest = hidden(&who.get("/periods").await.text, "newest");
        let fields = [
            ("csrf", csrf),
            ("idempotency_key", key),
            ("newest", newest.as_str()),
            ("through", day),
            ("action", action),
        ];
        who.post("/periods", &fields).await
    };
    let empty = send(&lead, &csrf, "e", "", "close").await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert!(empty.text.contains("id=\"close-through-error\""), "{}", empty.text);
    let closed = send(&lead, &csrf, "c", &day(2), "close").await;
    assert!(closed.text.contains(&format!("Closed through {}.", day(2))), "{}", closed.text);
    assert!(!closed.text.contains("value=\"reopen\""));
    let late = json!({
        "type": "in", "part": "11058-1779", "operation": "19", "location": "R-E4-18",
        "quantity": 5, "occurred_at": format!("{}T12:00:00Z", day(3)),
    });
    plant.post(Role::Operator, "/api/v1/movements", "late", &late).await;
    assert!(lead.get("/history").await.text.contains("closed period"));
    let admin = Visitor::of(&plant, Role::Admin).await;
    let csrf = admin.csrf().await;
    let reopened = send(&admin, &csrf, "r", "", "reopen").await;
    assert!(reopened.text.contains("Everything is open again."), "{}", reopened.text);
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert!(!viewer.get("/periods").await.text.contains("Close through this day"));
}

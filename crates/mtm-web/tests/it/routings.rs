//! Routings over HTTP: versions that only grow, and bookings that go by them.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::plant::Plant;

const PATH: &str = "/api/v1/routings";
const OF: &str = "/api/v1/routings/11058-1779";

fn first() -> Value {
    json!({
        "part": "11058-1779",
        "steps": [
            { "operation": "19" },
            { "operation": "20", "location": "floor", "yield": "0.97" },
        ],
    })
}

#[tokio::test]
async fn a_routing_is_made_changed_shown_and_ended() {
    let plant = Plant::new().await;
    let made = plant.post(Role::Lead, PATH, "n", &first()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json()["steps"][1]["yield"], "97%");
    assert_eq!(made.json()["steps"][1]["position"], 20);
    assert_eq!(made.json()["recorded_by"], "token:test lead", "{}", made.text);
    let again = plant.post(Role::Lead, PATH, "n", &first()).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &made.text));
    assert_eq!(plant.post(Role::Lead, PATH, "m", &first()).await.code(), "already_exists");

    let shown = plant.get(Role::Viewer, OF).await;
    assert_eq!(shown.header("etag"), "\"1\"");
    let other = json!({ "effective_from": "2099-01-01", "steps": [{ "operation": "20" }] });
    let put = Method::PUT;
    let unnamed = plant.write(put.clone(), Role::Lead, OF, "", "", &other).await;
    assert_eq!(unnamed.status, StatusCode::PRECONDITION_REQUIRED);
    let stale = plant.write(put.clone(), Role::Lead, OF, "", "\"7\"", &other).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
    let planned = plant.write(put, Role::Lead, OF, "e", "\"1\"", &other).await;
    assert_eq!(planned.status, StatusCode::OK, "{}", planned.text);
    assert_eq!((planned.header("etag"), &planned.json()["version"]), ("\"2\"", &json!(2)));

    let now = plant.get(Role::Viewer, OF).await.json();
    assert_eq!((&now["in_force"]["version"], &now["version"]), (&json!(1), &json!(2)));
    assert_eq!(now["versions"].as_array().unwrap().len(), 2);
    let later = plant.get(Role::Viewer, &format!("{OF}?as_of=2099-06-01T00:00:00Z")).await.json();
    assert_eq!(later["in_force"]["version"], 2);
    let before = plant.get(Role::Viewer, &format!("{OF}?as_of=1999-06-01T00:00:00Z")).await.json();
    assert_eq!(before["in_force"], Value::Null);

    let end = format!("{OF}/retire");
    let forbidden = plant.post(Role::Lead, &end, "", &json!({})).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN, "ending is for administrators");
    let ended = plant.post(Role::Admin, &end, "", &json!({ "effective_from": "2099-02-01" })).await;
    assert_eq!((ended.status, &ended.json()["retired"]), (StatusCode::OK, &json!(true)));
    let none = plant.get(Role::Viewer, "/api/v1/routings/24%20126%20251").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn routings_are_listed_and_searched() {
    let plant = Plant::new().await;
    plant.post(Role::Lead, PATH, "", &first()).await;
    let second = json!({ "part": "24 126 251", "steps": [{ "operation": "20" }] });
    plant.post(Role::Lead, PATH, "", &second).await;
    let parts = async |query: &str| {
        let page = plant.get(Role::Viewer, &format!("{PATH}?{query}")).await;
        let items = page.json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["part"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(parts("").await, ["11058-1779", "24 126 251"]);
    assert_eq!(parts("q=251").await, ["24 126 251"]);
    assert_eq!(parts("operation=19").await, ["11058-1779"]);
    assert!(parts("operation=nothing").await.is_empty());
    assert!(parts("state=retired").await.is_empty());
    let first = plant.get(Role::Viewer, &format!("{PATH}?limit=1&count=true")).await.json();
    assert_eq!(first["total"], 2);
    let next = first["next_cursor"].as_str().unwrap();
    assert_eq!(parts(&format!("limit=1&cursor={next}")).await, ["24 126 251"]);
    let foreign = plant.get(Role::Viewer, &format!("{PATH}?q=a&cursor={next}")).await;
    assert_eq!(foreign.code(), "invalid_parameter");
}

#[tokio::test]
async fn everything_wrong_with_a_routing_is_told_by_its_row() {
    let plant = Plant::new().await;
    let body = json!({ "part": "11058-1779", "steps": [
        { "operation": "", "yield": "97" }, { "operation": "20", "location": "R-E4-18" },
    ]});
    let refused = plant.post(Role::Lead, PATH, "", &body).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let fields: Vec<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(fields, ["steps[0].operation", "steps[0].yield"]);
    let unknown = json!({ "part": "11058-1779", "steps": [{ "operation": "777" }] });
    let refused = plant.post(Role::Lead, PATH, "", &unknown).await;
    assert_eq!(refused.code(), "unknown_operation");
    assert_eq!(refused.json()["errors"][0]["field"], "steps[0].operation");
    let operator = plant.post(Role::Operator, PATH, "", &first()).await;
    assert_eq!(operator.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn completing_goes_by_the_routing_and_an_entry_outside_is_told() {
    let plant = Plant::new().await;
    plant.post(Role::Lead, PATH, "", &first()).await;
    let lot = plant.receive("in", 50).await["lots"][0].as_str().unwrap().to_owned();
    let done = json!({ "lot": lot, "good": 45, "scrap": 2, "scrap_reason": "damaged" });
    let path = "/api/v1/movements/complete-operation";
    let booked = plant.post(Role::Operator, path, "c", &done).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{}", booked.text);
    let line = &booked.json()["movements"][0];
    assert_eq!((&line["to_operation"], &line["to_location"]), (&json!("20"), &json!("FLOOR")));
    assert_eq!(booked.json()["warnings"], json!([]));
    let last = json!({ "lot": lot, "operation": "20", "good": 45 });
    let refused = plant.post(Role::Operator, path, "d", &last).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "no_next_operation")
    );
    assert!(refused.json()["detail"].as_str().unwrap().contains("take the finished pieces"));

    let other = json!({ "part": "24 126 251", "steps": [{ "operation": "20" }] });
    plant.post(Role::Lead, PATH, "", &other).await;
    let outside = json!({
        "type": "in", "part": "24 126 251", "operation": "19", "location": "R-E4-18", "quantity": 3,
    });
    let told = plant.post(Role::Operator, "/api/v1/movements", "o", &outside).await;
    assert_eq!(told.json()["warnings"][0]["code"], "off_routing", "{}", told.text);

    let policy = "/api/v1/routing-policy";
    let strict = json!({ "off_routing": "refuse" });
    let forbidden = plant.write(Method::PUT, Role::Lead, policy, "", "", &strict).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    let set = plant.write(Method::PUT, Role::Admin, policy, "", "", &strict).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert_eq!(plant.get(Role::Viewer, policy).await.json(), strict);
    let refused = plant.post(Role::Operator, "/api/v1/movements", "p", &outside).await;
    assert_eq!(refused.code(), "off_routing", "{}", refused.text);
    let mut sure = outside;
    sure["confirm"] = json!(["off_routing"]);
    let booked = plant.post(Role::Operator, "/api/v1/movements", "p", &sure).await;
    assert_eq!(booked.status, StatusCode::CREATED, "under the same key: {}", booked.text);
}

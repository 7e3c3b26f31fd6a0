//! Work orders over HTTP and as pages.

use axum::body::Body;
use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::Visitor;
use crate::plant::Plant;

const PATH: &str = "/api/v1/work-orders";

const FILE: &str = "code,part,quantity,start,due,state,published\n\
    60723,11058-1779,500,,2020-01-01,released,2026-11-01\n\
    60724,11058-1779,40,,2099-01-01,parked,2026-11-01\n\
    M-77,24 126 251,1,,,closed,2026-11-01\n";

/// Takes a file of orders over.
async fn import(plant: &Plant, file: &str) {
    let path = "/api/v1/imports?kind=work_orders&file_name=plan.csv";
    let request = plant.request(Role::Lead, "POST", path, &[], Body::from(file.to_owned()));
    let looked = plant.send(request).await;
    assert_eq!(looked.status, StatusCode::CREATED, "{}", looked.text);
    assert_eq!(looked.json()["verdicts"][0]["effect"], "new", "{}", looked.text);
    let commit = format!("/api/v1/imports/{}/commit", looked.json()["id"].as_str().unwrap());
    let taken = plant.post(Role::Lead, &commit, "", &json!({})).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
}

async fn receive(plant: &Plant, order: &str, quantity: i64) {
    let body = json!({
        "type": "in", "part": "11058-1779", "operation": "19", "location": "FLOOR",
        "quantity": quantity, "work_order": order,
    });
    let booked = plant.post(Role::Operator, "/api/v1/movements", "r", &body).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{}", booked.text);
}

#[tokio::test]
async fn orders_are_listed_and_shown_with_what_the_ledger_says() {
    let plant = Plant::new().await;
    import(&plant, FILE).await;
    receive(&plant, "60723", 120).await;
    let codes = async |query: &str| {
        let page = plant.get(Role::Viewer, &format!("{PATH}?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let items = page.json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes("").await, ["WO-060723", "WO-060724"], "open ones, unless asked otherwise");
    assert_eq!(codes("state=all").await, ["WO-060723", "WO-060724", "M-77"]);
    assert_eq!(codes("state=unknown").await, ["WO-060724"]);
    assert_eq!(codes("state=all&part=24%20126%20251").await, ["M-77"]);
    assert_eq!(codes("due_before=2030-01-01T00:00:00Z").await, ["WO-060723"]);
    assert_eq!(codes("q=0724").await, ["WO-060724"]);
    for wrong in ["state=lost", "due_before=soon", "colour=red"] {
        let reply = plant.get(Role::Viewer, &format!("{PATH}?{wrong}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}: {}", reply.text);
    }
    let one = plant.get(Role::Viewer, &format!("{PATH}?limit=1")).await.json();
    assert!(one["next_cursor"].is_string());

    let shown = plant.get(Role::Viewer, &format!("{PATH}/60723")).await;
    assert_eq!((shown.status, shown.header("etag")), (StatusCode::OK, "\"1\""));
    let sheet = shown.json();
    assert_eq!((&sheet["late"], &sheet["quantity"]), (&json!(true), &json!(500)));
    assert_eq!(sheet["progress"]["received"], 120);
    assert_eq!(sheet["standing"], json!([{ "operation": "19", "quantity": 120 }]));
    assert_eq!(sheet["stock"].as_array().unwrap().len(), 1);
    let none = plant.get(Role::Viewer, &format!("{PATH}/60799")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);

    let suggested = plant.get(Role::Viewer, "/api/v1/suggest?kind=work_order&q=0607").await;
    assert!(suggested.text.contains("11058-1779 · 500 pcs ordered"), "{}", suggested.text);
}

#[tokio::test]
async fn people_see_what_is_late_in_words_and_where_pieces_stand() {
    let plant = Plant::new().await;
    import(&plant, FILE).await;
    receive(&plant, "60723", 120).await;
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert!(viewer.get("/stock").await.text.contains("href=\"/work-orders\""));
    let list = viewer.get("/work-orders").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.text.contains(">late<") && list.text.contains("120 at "), "{}", list.text);
    assert!(list.text.contains("(parked)"), "a word nobody knows is shown");
    assert!(!list.text.contains("M-77"), "closed ones only where somebody asks");
    assert!(viewer.get("/work-orders?state=all").await.text.contains("M-77"));
    // What cannot be meant is said, and the list is shown.
    let wrong = viewer.get("/work-orders?due_before=soon&cursor=zz&nonsense=1").await;
    assert!(wrong.text.contains("This is not a day and time"), "{}", wrong.text);
    let one = viewer.get("/work-orders/WO%2D060723").await;
    assert!(one.text.contains("Came in") && one.text.contains("0000000001"), "{}", one.text);
    assert_eq!(viewer.get("/work-orders/none").await.status, StatusCode::NOT_FOUND);
}

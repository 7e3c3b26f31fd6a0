//! Reports: figures of what was booked, in the site's days.

use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::Visitor;
use crate::plant::Plant;

const THROUGHPUT: &str = "/api/v1/reports/throughput";

/// The day before yesterday: at night a shift is of the day before.
fn days_ago() -> String {
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48);
    before.strftime("%Y-%m-%d").to_string()
}

#[tokio::test]
async fn todays_figures_follow_every_booking_and_every_undo() {
    let plant = Plant::new().await;
    let empty = plant.get(Role::Viewer, THROUGHPUT).await;
    assert_eq!(empty.json()["items"], json!([]), "{}", empty.text);
    plant.receive("a", 500).await;
    let second = plant.receive("b", 300).await;
    let figures = plant.get(Role::Viewer, THROUGHPUT).await.json();
    assert_eq!(figures["items"][0]["type"], "in", "{figures:#}");
    assert_eq!(
        (&figures["items"][0]["movements"], &figures["items"][0]["quantity"]),
        (&json!(2), &json!(800))
    );
    assert_eq!(figures["items"][0]["operation"], "19");

    let path =
        format!("/api/v1/movements/{}/reverse", second["movements"][0]["id"].as_str().unwrap());
    let undone = plant.post(Role::Lead, &path, "undo", &json!({ "reason": "a slip" })).await;
    assert_eq!(undone.status, StatusCode::CREATED, "{}", undone.text);
    for period in ["day", "shift", "hour"] {
        let path = format!("{THROUGHPUT}?period={period}&operation=19&from={}", days_ago());
        let items = plant.get(Role::Viewer, &path).await.json()["items"].clone();
        let of = |kind: &str| {
            let mine = items.as_array().unwrap().iter().filter(|item| item["type"] == kind);
            mine.map(|item| item["quantity"].as_i64().unwrap()).sum::<i64>()
        };
        assert_eq!((of("in"), of("reversal")), (500, 300), "{period}: {items:#}");
    }
    let elsewhere = plant.get(Role::Viewer, &format!("{THROUGHPUT}?operation=20")).await;
    assert_eq!(elsewhere.json()["items"], json!([]));
}

#[tokio::test]
async fn what_is_no_day_or_too_many_of_them_is_refused() {
    let plant = Plant::new().await;
    for (query, field) in [
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("from=2026-01-01&to=2026-12-31", "from"),
        ("from=2026-11-24&to=2026-11-23", "from"),
        ("from=2026-11-01&to=2026-11-23&period=hour", "from"),
    ] {
        let refused = plant.get(Role::Viewer, &format!("{THROUGHPUT}?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}: {}", refused.text);
        assert_eq!(refused.code(), "invalid_parameter", "{query}");
        assert_eq!(refused.json()["errors"][0]["field"], field, "{query}: {}", refused.text);
    }
    let unknown = plant.get(Role::Viewer, &format!("{THROUGHPUT}?perod=day")).await;
    assert_eq!(unknown.code(), "unknown_parameter");
    let nonsense = plant.get(Role::Viewer, &format!("{THROUGHPUT}?period=week")).await;
    assert_eq!(nonsense.code(), "invalid_parameter", "{}", nonsense.text);
}

#[tokio::test]
async fn what_moved_is_a_page_for_everybody_and_the_server_one_for_administrators() {
    let plant = Plant::new().await;
    plant.receive("a", 500).await;
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    for by in ["day", "shift", "hour"] {
        let page = format!("/throughput?by={by}&operation=19&from={}", days_ago());
        let page = viewer.get(&page).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("<span class=\"qty\">500</span>"), "{by}: {}", page.text);
    }
    let none = viewer.get("/throughput?operation=20").await;
    assert!(none.text.contains("Nothing was booked today."), "{}", none.text);
    let wrong = viewer.get("/throughput?from=monday").await;
    assert!(wrong.text.contains("This is not a day."), "{}", wrong.text);
    let many = viewer.get("/throughput?from=2026-01-01&to=2026-12-31").await;
    assert!(many.text.contains("ask for 1 to 92"), "{}", many.text);

    assert_eq!(viewer.get("/status").await.status, StatusCode::FORBIDDEN);
    assert!(!viewer.get("/stock").await.text.contains("href=\"/status\""));
    let admin = Visitor::of(&plant, Role::Admin).await;
    let page = admin.get("/status").await;
    assert!(page.text.contains("Statements that took long"), "{}", page.text);
    assert!(page.text.contains("Nobody verified the ledger"), "{}", page.text);
    assert!(admin.get("/stock").await.text.contains("href=\"/status\""));
    let told = plant.get(Role::Admin, "/api/v1/slow-statements").await.json();
    assert_eq!(told, json!({ "told_from_ms": null, "items": [] }), "nobody watches here");
}

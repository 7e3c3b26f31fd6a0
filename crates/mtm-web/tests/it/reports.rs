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

/// Receives 500 at operation 19, moves 200 on to 20, and scraps 10 of these, of which 4 are found again.
async fn a_morning(plant: &Plant) {
    let received = plant.receive("a", 500).await;
    let lot = received["lots"][0].as_str().unwrap();
    let book = async |key: &str, body: serde_json::Value| {
        let reply = plant.post(Role::Operator, "/api/v1/movements", key, &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        reply.json()
    };
    book("b", json!({ "type": "transfer", "lot": lot, "to_operation": "20", "quantity": 200 }))
        .await;
    for (key, pieces) in [("c", 6), ("d", 4)] {
        let scrap = json!({ "type": "scrap", "lot": lot, "operation": "20", "quantity": pieces,
                            "reason": "damaged" });
        let scrapped = book(key, scrap).await;
        if key == "d" {
            let id = scrapped["movements"][0]["id"].as_str().unwrap();
            let path = format!("/api/v1/movements/{id}/reverse");
            let undone = plant.post(Role::Lead, &path, "e", &json!({ "reason": "found" })).await;
            assert_eq!(undone.status, StatusCode::CREATED, "{}", undone.text);
        }
    }
    book("f", json!({ "type": "out", "lot": lot, "operation": "20", "quantity": 54 })).await;
}

#[tokio::test]
async fn the_floor_in_figures_follows_what_is_booked() {
    let plant = Plant::new().await;
    a_morning(&plant).await;
    let get = async |path: &str| {
        let reply = plant.get(Role::Viewer, &format!("/api/v1/reports/{path}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        reply.json()
    };
    let wip = get("wip?hours=24").await;
    let told: Vec<_> = wip["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let of = |name: &str| item[name].as_i64().unwrap();
            (
                item["operation"].as_str().unwrap(),
                of("quantity"),
                of("arrived"),
                of("left"),
                of("scrapped"),
                of("growth"),
                item["bottleneck"].as_bool().unwrap(),
            )
        })
        .collect();
    let expected = [("19", 300, 500, 200, 0, 300, true), ("20", 140, 200, 54, 6, 140, false)];
    assert_eq!(told, expected, "{wip:#}");
    let ageing = get("ageing").await;
    assert_eq!(
        ageing["items"][0],
        json!({ "operation": "19", "age": "under_1_day", "quantity": 300 })
    );
    let days = days_ago();
    let flow = get(&format!("flow?from={days}")).await;
    let on = json!({ "from": { "operation": "19" }, "to": { "operation": "20" }, "movements": 1,
                     "quantity": 200 });
    assert!(flow["items"].as_array().unwrap().contains(&on), "{flow:#}");
    let scrap = get(&format!("scrap?from={days}")).await;
    let of_20 = json!({ "operation": "20", "good": 54, "scrapped": 6, "yield": 0.9 });
    assert!(scrap["items"].as_array().unwrap().contains(&of_20), "{scrap:#}");
    let dwell = get(&format!("dwell?from={days}")).await;
    assert_eq!(dwell["items"][1]["departures"], 2, "{dwell:#}");
    let occupancy = get("occupancy?limit=1").await;
    assert_eq!((&occupancy["used"], &occupancy["items"][0]["buckets"]), (&json!(1), &json!(2)));
    let dashboard = get("dashboard").await;
    assert_eq!(dashboard["operations"][0]["quantity"], 300, "{dashboard:#}");
    assert_eq!(dashboard["holds"], 0);
}

#[tokio::test]
async fn figures_are_also_sheets() {
    let plant = Plant::new().await;
    a_morning(&plant).await;
    let sheet = plant.get(Role::Viewer, "/api/v1/reports/wip?format=csv").await;
    assert_eq!(sheet.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(sheet.header("content-disposition"), "attachment; filename=\"wip.csv\"");
    let lines: Vec<&str> = sheet.text.lines().collect();
    assert!(lines[0].starts_with("operation,buckets,quantity,oldest,"), "{}", sheet.text);
    assert!(lines[1].starts_with("19,1,300,"), "{}", sheet.text);
    for report in ["ageing", "flow", "scrap", "dwell", "occupancy", "throughput"] {
        let path = format!("/api/v1/reports/{report}?format=csv");
        let sheet = plant.get(Role::Viewer, &path).await;
        assert_eq!(sheet.status, StatusCode::OK, "{report}: {}", sheet.text);
        assert!(sheet.text.lines().count() > 1, "{report}: {}", sheet.text);
    }
    let none = plant.get(Role::Viewer, "/api/v1/reports/wip?format=pdf").await;
    assert_eq!(
        (none.code(), none.json()["errors"][0]["field"].clone()),
        ("invalid_parameter".into(), json!("format"))
    );
    let beyond = plant.get(Role::Viewer, "/api/v1/reports/wip?hours=1000").await;
    assert_eq!(beyond.code(), "invalid_parameter");
}

#[tokio::test]
async fn the_dashboard_shows_queues_and_today() {
    let plant = Plant::new().await;
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let empty = viewer.get("/dashboard").await;
    assert!(empty.text.contains("Nothing waits"), "{}", empty.text);
    a_morning(&plant).await;
    let full = viewer.get("/dashboard").await;
    assert!(full.text.contains("grows most"), "{}", full.text);
    assert!(full.text.contains("/stock?operation=20"), "{}", full.text);
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

    let page = viewer.get("/status").await;
    assert!(page.text.contains("Stock is the sum of movements"), "{}", page.text);
    assert!(!page.text.contains("Statements that took long"), "{}", page.text);
    for path in ["/stock", "/throughput"] {
        let page = viewer.get(path).await;
        assert!(page.text.contains("data-lamp=\"unknown\""), "{path}: {}", page.text);
        assert!(page.text.contains("Not known yet"), "{path}: {}", page.text);
    }
    let nobody =
        plant.send(plant.request(None, "GET", "/sign-in", &[], axum::body::Body::empty())).await;
    assert!(!nobody.text.contains("truth-light"), "{}", nobody.text);
    let admin = Visitor::of(&plant, Role::Admin).await;
    let page = admin.get("/status").await;
    assert!(page.text.contains("Statements that took long"), "{}", page.text);
    assert!(page.text.contains("Nobody looked yet."), "{}", page.text);
    assert!(admin.get("/stock").await.text.contains("href=\"/status\""));
    let told = plant.get(Role::Admin, "/api/v1/slow-statements").await.json();
    assert_eq!(told, json!({ "told_from_ms": null, "items": [] }), "nobody watches here");
}

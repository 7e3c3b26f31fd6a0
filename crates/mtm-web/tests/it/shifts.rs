//! The site's shifts over HTTP, their page, and what each did.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::pages::{Visitor, hidden};
use crate::plant::Plant;

const PATH: &str = "/api/v1/shifts";
const REPORT: &str = "/api/v1/reports/shift";

fn week() -> Value {
    json!({
        "effective_from": "2099-01-05",
        "shifts": [
            { "name": "Early", "days": ["monday", "tuesday"], "begins": "06:00", "ends": "14:00" },
            { "name": "Night", "begins": "22:00", "ends": "06:00" },
        ],
    })
}

#[tokio::test]
async fn a_week_is_shown_and_set_by_who_saw_the_newest() {
    let plant = Plant::new().await;
    let shown = plant.get(Role::Viewer, PATH).await;
    assert_eq!((shown.status, shown.header("etag")), (StatusCode::OK, "\"0\""), "{}", shown.text);
    let first = shown.json();
    assert_eq!(first["in_force"]["shifts"][2]["name"], "3");
    assert_eq!(first["in_force"]["shifts"][2]["ends"], "06:00");
    assert_eq!(first["in_force"]["shifts"][0]["days"].as_array().unwrap().len(), 7);
    assert!(first["running"]["shift"].as_str().unwrap().starts_with("20"), "{first:#}");

    let put = |role, key: &'static str, tag: &'static str, body: Value| {
        let plant = &plant;
        async move { plant.write(Method::PUT, role, PATH, key, tag, &body).await }
    };
    assert_eq!(put(Role::Lead, "a", "\"0\"", week()).await.status, StatusCode::FORBIDDEN);
    let unnamed = put(Role::Admin, "b", "", week()).await;
    assert_eq!(unnamed.status, StatusCode::PRECONDITION_REQUIRED);
    let made = put(Role::Admin, "c", "\"0\"", week()).await;
    assert_eq!((made.status, made.header("etag")), (StatusCode::OK, "\"1\""), "{}", made.text);
    let again = put(Role::Admin, "c", "\"0\"", week()).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &made.text));
    assert_eq!(
        put(Role::Admin, "d", "\"0\"", week()).await.status,
        StatusCode::PRECONDITION_FAILED
    );

    let now = plant.get(Role::Viewer, PATH).await.json();
    assert_eq!((&now["version"], &now["in_force"]["version"]), (&json!(1), &json!(0)));
    assert_eq!(now["versions"][0]["recorded_by"], "token:test admin");
    let then = plant.get(Role::Viewer, &format!("{PATH}?as_of=2099-01-07T03:00:00Z")).await.json();
    assert_eq!(
        (&then["in_force"]["version"], &then["running"]["name"]),
        (&json!(1), &json!("Night"))
    );

    let mut wrong = week();
    wrong["shifts"][0]["begins"] = json!("06:07");
    wrong["shifts"][1]["days"] = json!(["moonday"]);
    let refused = put(Role::Admin, "e", "\"1\"", wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let errors = refused.json()["errors"].clone();
    let told = errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap());
    assert_eq!(told.collect::<Vec<_>>(), ["shifts[0].begins", "shifts[1].days"]);
    let mut overlap = week();
    overlap["shifts"][0]["begins"] = json!("05:45");
    let refused = put(Role::Admin, "f", "\"1\"", overlap).await;
    assert_eq!(refused.json()["errors"][0]["field"], "shifts[1].begins", "{}", refused.text);
}

#[tokio::test]
async fn what_each_shift_did_is_told_as_json_and_as_a_sheet() {
    let plant = Plant::new().await;
    let received = plant.receive("a", 500).await;
    let scrap =
        json!({ "type": "scrap", "lot": received["lots"][0], "quantity": 4, "reason": "damaged" });
    let scrapped = plant.post(Role::Operator, "/api/v1/movements", "b", &scrap).await;
    assert_eq!(scrapped.status, StatusCode::CREATED, "{}", scrapped.text);
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let days = format!("from={}", before.strftime("%Y-%m-%d"));
    let figures = plant.get(Role::Viewer, &format!("{REPORT}?{days}")).await;
    assert_eq!(figures.status, StatusCode::OK, "{}", figures.text);
    let items = figures.json()["items"].clone();
    let items = items.as_array().unwrap();
    assert!(items.len() >= 3, "a shift in which nothing moved is told too: {items:?}");
    let busy: Vec<&Value> = items.iter().filter(|item| item["movements"] != 0).collect();
    let sum = |of: &dyn Fn(&Value) -> i64| busy.iter().map(|item| of(item)).sum::<i64>();
    assert_eq!(sum(&|item| item["movements"].as_i64().unwrap()), 2);
    assert_eq!(sum(&|item| item["scrapped"].as_i64().unwrap()), 4);
    assert_eq!(busy[0]["operations"][0]["operation"], "19");
    let text = |name: &str| busy[0][name].as_str().unwrap();
    let shift = format!("{}/{}", text("day"), text("shift"));
    let history = plant.get(Role::Viewer, "/api/v1/movements?type=in").await.json();
    assert_eq!(history["items"][0]["shift"], shift);

    let sheet = plant.get(Role::Viewer, &format!("{REPORT}?{days}&format=csv")).await;
    assert_eq!(sheet.header("content-disposition"), "attachment; filename=\"shift.csv\"");
    assert!(
        sheet.text.starts_with("day,shift,begins,ends,operation,movements,in,out,"),
        "{}",
        sheet.text
    );
    assert!(sheet.text.contains(",19,"), "{}", sheet.text);
    let xlsx = plant.get(Role::Viewer, &format!("{REPORT}?format=xlsx")).await;
    assert_eq!(xlsx.status, StatusCode::OK);
    let many = plant.get(Role::Viewer, &format!("{REPORT}?from=2026-01-01&to=2026-12-31")).await;
    assert_eq!(many.code(), "invalid_parameter");

    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let page = viewer.get(&format!("/shift-report?{days}")).await;
    assert!(page.text.contains("<span class=\"qty\">4</span>"), "{}", page.text);
    assert!(page.text.contains("By operation"), "{}", page.text);
    assert!(page.text.contains("href=\"/api/v1/reports/shift?from="), "{}", page.text);
    let wrong = viewer.get("/shift-report?from=monday").await;
    assert!(wrong.text.contains("This is not a day."), "{}", wrong.text);
    assert!(viewer.get("/dashboard").await.text.contains("href=\"/shift-report\""));
}

#[tokio::test]
async fn an_administrator_writes_a_week_row_by_row() {
    let plant = Plant::new().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let page = admin.get("/shifts").await;
    assert!(page.text.contains("is running"), "{}", page.text);
    assert!(page.text.contains("1 06:00–14:00, every day"), "{}", page.text);
    assert_eq!(hidden(&page.text, "newest"), "0");
    let csrf = admin.csrf().await;
    let row = |name: &'static str, begins: &'static str, ends: &'static str| {
        [("shift.0.name", name), ("shift.0.begins", begins), ("shift.0.ends", ends)]
    };
    let send = async |key: &str, action: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("newest", "0"),
            ("shift.0.day", "monday"),
            ("shift.0.day", "tuesday"),
            ("action", action),
        ];
        fields.extend(more);
        admin.post("/shifts", &fields).await
    };
    let added = send("k", "add", &row("Early", "06:00", "14:00")).await;
    assert!(added.text.contains("name=\"shift.1.name\""), "{}", added.text);
    assert!(added.text.contains("name=\"shift.1.begins\""));
    assert_eq!(plant.app.catalogue().shifts.newest().number, 0, "nothing was written");
    let wrong = send("k", "save", &row("Early", "06:07", "14:00")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text.contains("id=\"shifts-shift-0-begins-error\""), "{}", wrong.text);
    let removed = send("k", "remove.0", &row("Early", "06:00", "14:00")).await;
    assert!(!removed.text.contains("name=\"shift.0.name\""), "{}", removed.text);
    let saved = send("k", "save", &row("Early", "06:00", "14:00")).await;
    assert!(saved.text.contains("Week 1 is saved."), "{}", saved.text);
    assert!(saved.text.contains("Early 06:00–14:00, Mon, Tue"), "{}", saved.text);
    assert_eq!(hidden(&saved.text, "newest"), "1");
    let late = send("l", "save", &row("Late", "06:00", "14:00")).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);

    let lead = Visitor::of(&plant, Role::Lead).await;
    let page = lead.get("/shifts").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("value=\"save\""), "{}", page.text);
    let csrf = lead.csrf().await;
    let fields = [("csrf", csrf.as_str()), ("idempotency_key", "v"), ("action", "save")];
    assert_eq!(lead.post("/shifts", &fields).await.status, StatusCode::FORBIDDEN);
}

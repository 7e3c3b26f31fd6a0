//! Minimum stock over HTTP: set as master data, told by the report, on its page and the dashboard.

use axum::http::{Method, StatusCode};
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::{Visitor, hidden};
use crate::plant::Plant;

const REPORT: &str = "/api/v1/reports/minimum";
const PART: &str = "/api/v1/parts/11058-1779";

#[tokio::test]
async fn a_part_below_its_minimum_is_told_wherever_somebody_looks() {
    let plant = Plant::new().await;
    plant.receive("a", 500).await;
    let shown = plant.get(Role::Viewer, PART).await;
    assert_eq!(shown.json()["minimum_stock"], json!(null), "{}", shown.text);
    let patch = async |key: &str, tag: &str, minimum: serde_json::Value| {
        let body = json!({ "minimum_stock": minimum });
        plant.write(Method::PATCH, Role::Lead, PART, key, tag, &body).await
    };
    let never = patch("z", shown.header("etag"), json!(0)).await;
    assert_eq!(never.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", never.text);
    let set = patch("s", shown.header("etag"), json!(600)).await;
    assert_eq!((set.status, &set.json()["minimum_stock"]), (StatusCode::OK, &json!(600)));

    let report = plant.get(Role::Viewer, REPORT).await.json();
    assert_eq!(report["below"], 1, "{report:#}");
    let item = &report["items"][0];
    assert_eq!(
        (&item["part"], &item["quantity"], &item["minimum_stock"], &item["missing"]),
        (&json!("11058-1779"), &json!(500), &json!(600), &json!(100))
    );
    let sheet = plant.get(Role::Viewer, &format!("{REPORT}?format=csv")).await;
    assert!(sheet.text.contains("500,600,100,"), "{}", sheet.text);
    assert_eq!(
        plant.get(Role::Viewer, &format!("{REPORT}?limit=0")).await.json()["items"],
        json!([])
    );
    let dashboard = plant.get(Role::Viewer, "/api/v1/reports/dashboard").await.json();
    assert_eq!((&dashboard["below_minimum"], &dashboard["minimums"][0]), (&json!(1), item));
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert!(viewer.get("/dashboard").await.text.contains("dashboard-minimums"));
    let page = viewer.get("/minimum").await;
    assert!(page.text.contains("11058-1779") && !page.text.contains("form id=\"minimum\""));

    plant.receive("b", 100).await;
    let report = plant.get(Role::Viewer, REPORT).await.json();
    assert_eq!(
        (&report["below"], &report["items"]),
        (&json!(0), &json!([])),
        "the minimum is enough"
    );
    assert!(!viewer.get("/dashboard").await.text.contains("dashboard-minimums"));
}

#[tokio::test]
async fn a_lead_sets_a_minimum_on_the_page_and_nobody_less() {
    let plant = Plant::new().await;
    plant.receive("a", 500).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let csrf = lead.csrf().await;
    let send = async |who: &Visitor<'_>, csrf: &str, key: &str, part: &str, minimum: &str| {
        let fields =
            [("csrf", csrf), ("idempotency_key", key), ("part", part), ("minimum_stock", minimum)];
        who.post("/minimum", &fields).await
    };
    for (part, minimum, wrong) in
        [("NO-SUCH-PART", "5", "part"), ("11058-1779", "1.5", "minimum_stock")]
    {
        let refused = send(&lead, &csrf, "k", part, minimum).await;
        assert_eq!(refused.status.as_u16() / 100, 4, "{}", refused.text);
        assert!(
            refused.text.contains(&format!("id=\"minimum-{wrong}-error\"")),
            "{}",
            refused.text
        );
        assert_eq!(hidden(&refused.text, "idempotency_key"), "k");
    }
    for _ in 0..2 {
        let set = send(&lead, &csrf, "k", " 11058-1779", "501").await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text);
        assert!(set.text.contains("is 501 pieces from now on"), "{}", set.text);
    }
    assert_eq!(plant.get(Role::Viewer, REPORT).await.json()["below"], 1);
    let gone = send(&lead, &csrf, "l", "11058-1779", "").await;
    assert!(gone.text.contains("has no minimum any more"), "{}", gone.text);
    assert_eq!(plant.get(Role::Viewer, PART).await.json()["minimum_stock"], json!(null));

    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    let refused = send(&operator, &csrf, "m", "11058-1779", "5").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

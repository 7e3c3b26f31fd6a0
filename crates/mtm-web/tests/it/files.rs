//! Files in and out: imports with every row judged, exports of every row.

use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::json;

use crate::pages::Visitor;
use crate::plant::Plant;

#[tokio::test]
async fn a_file_is_judged_committed_once_and_undone() {
    let plant = Plant::new().await;
    let file = "type,part,operation,location,quantity\n\
                in,11058-1779,19,R-E4-18,10\n\
                in,NO SUCH PART,19,R-E4-18,10\n\
                in,24 126 251,20,FLOOR,7\n";
    let path = "/api/v1/imports?kind=movements&file_name=monday.csv";
    let headers = [("content-type", "text/csv")];
    let judged = plant.send(plant.request(Role::Lead, "POST", path, &headers, file)).await;
    assert_eq!(judged.status, StatusCode::CREATED, "{}", judged.text);
    assert_eq!(judged.json()["refused"], 1, "{}", judged.text);
    let id = judged.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/imports/{id}");
    let skip = json!({ "skip_refused": true });
    for _ in 0..2 {
        let committed = plant.post(Role::Lead, &format!("{path}/commit"), "", &skip).await;
        assert_eq!(committed.json()["state"], "committed", "{}", committed.text);
    }
    let path_of_log = format!("/api/v1/movements?import_id={id}&count=true");
    let log = plant.get(Role::Viewer, &path_of_log).await;
    assert_eq!(log.json()["total"], 2);

    let path_of_files = "/api/v1/imports?kind=movements&file_name=tuesday.csv";
    let twin = plant.send(plant.request(Role::Lead, "POST", path_of_files, &headers, file)).await;
    let twin = format!("/api/v1/imports/{}/commit", twin.json()["id"].as_str().unwrap());
    let refused = plant.post(Role::Lead, &twin, "", &skip).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::CONFLICT, "possible_duplicate".into())
    );
    assert!(refused.text.contains(&id) && refused.text.contains("monday.csv"), "{}", refused.text);

    let why = json!({ "reason": "wrong file" });
    let undone = plant.post(Role::Lead, &format!("{path}/undo"), "", &why).await;
    assert_eq!(undone.json()["state"], "undone", "{}", undone.text);
    let stock = plant.get(Role::Viewer, "/api/v1/stock").await;
    assert_eq!(stock.json()["items"], json!([]));
    let taken = plant.post(Role::Lead, &twin, "", &skip).await;
    assert_eq!(taken.json()["state"], "committed", "undone, it is no twin: {}", taken.text);
}

#[tokio::test]
async fn an_export_holds_every_matching_row() {
    let plant = Plant::new().await;
    for n in 0..40 {
        plant.receive(&format!("in-{n}"), n + 101).await;
    }
    let base = "/api/v1/movements/export?type=in&sort=recorded_at";
    let csv = plant.get(Role::Viewer, &format!("{base}&format=csv")).await;
    assert_eq!(csv.status, StatusCode::OK, "{}", csv.text);
    assert_eq!(csv.text.lines().count(), 41);
    assert!(csv.header("content-disposition").contains("movements.csv"));
    let ndjson = plant.get(Role::Viewer, &format!("{base}&format=ndjson")).await;
    let quantities: Vec<i64> = ndjson
        .text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["quantity"].as_i64())
        .map(Option::unwrap)
        .collect();
    assert_eq!(quantities, (101..=140).collect::<Vec<_>>());
    let xlsx = plant.get(Role::Viewer, &format!("{base}&format=xlsx")).await;
    assert!(xlsx.text.starts_with("PK"));
    let none = plant.get(Role::Viewer, base).await;
    assert_eq!(none.code(), "invalid_parameter");
    let legacy = plant.get(Role::Viewer, &format!("{base}&format=csv&source=legacy")).await;
    assert_eq!(legacy.code(), "invalid_parameter");
}

/// The texts of every element of this name.
fn texts<'t>(document: &'t str, name: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let pieces = document.split(open.as_str()).skip(1);
    pieces.map(|piece| piece.split(close.as_str()).next().unwrap()).collect()
}

#[tokio::test]
async fn stock_and_movements_go_out_as_documents_of_isa_95() {
    let plant = Plant::new().await;
    let path = "/api/v1/exports/b2mml/material-information";
    let nothing = plant.get(Role::Viewer, path).await;
    assert_eq!(nothing.status, StatusCode::OK, "{}", nothing.text);
    assert_eq!(texts(&nothing.text, "MaterialLot").len(), 0);
    for n in 1..=3 {
        plant.receive(&format!("in-{n}"), n).await;
    }
    let stock = plant.get(Role::Viewer, path).await;
    assert_eq!(stock.header("content-type"), "application/xml");
    assert!(stock.header("content-disposition").contains("material-information.xml"));
    assert_eq!(texts(&stock.text, "QuantityString"), ["1", "2", "3"]);
    assert!(stock.text.ends_with("</ShowMaterialInformation>\n"));
    let filtered = plant.get(Role::Viewer, &format!("{path}?part=1")).await;
    assert_eq!(filtered.code(), "unknown_parameter");

    let path = "/api/v1/exports/b2mml/operations-performance";
    let all = plant.get(Role::Viewer, path).await;
    assert!(all.header("content-disposition").contains("operations-performance.xml"));
    let recorded = texts(&all.text, "PostingDate");
    assert_eq!((recorded.len(), recorded.is_sorted()), (3, true), "{}", all.text);
    let (second, third) = (recorded[1], recorded[2]);
    let one = plant.get(Role::Viewer, &format!("{path}?from={second}&to={third}")).await;
    assert_eq!(texts(&one.text, "PostingDate"), [second]);
    let none = plant.get(Role::Viewer, &format!("{path}?from=2099-01-01T00:00:00Z")).await;
    assert!(none.text.contains("No movement was recorded in this span."), "{}", none.text);
    for wrong in ["from=noon", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"] {
        let refused = plant.get(Role::Viewer, &format!("{path}?{wrong}")).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "invalid_parameter"));
    }
}

#[tokio::test]
async fn the_screens_lead_to_the_documents() {
    let plant = Plant::new().await;
    plant.receive("in-1", 5).await;
    let visitor = Visitor::of(&plant, Role::Viewer).await;
    for (page, link) in [
        ("/stock", "/api/v1/exports/b2mml/material-information"),
        ("/history?from=2026-01-01T06:00Z", "operations-performance?from=2026%2D01%2D01T06"),
    ] {
        let shown = visitor.get(page).await;
        assert!(shown.text.contains(link), "{page}: {}", shown.text);
    }
    let document = visitor.get("/api/v1/exports/b2mml/material-information").await;
    assert_eq!(texts(&document.text, "MaterialLot").len(), 1, "a browser may take it, too");
}

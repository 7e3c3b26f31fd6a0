//! Labels over HTTP and on pages: asked for, decided, and shown beside what they are of.

use std::time::Duration;

use axum::http::StatusCode;
use mtm_app::printing::{
    Access, Address, Deadlines, Dpi, PrinterSettings, Printing, ReceiptsAt, TEMPLATE,
};
use mtm_core::policy::Role;
use mtm_lab::simulator::{LabelPrinter, Masters, PrinterFault, PrinterRule, Settings, Simulators};
use serde_json::{Value, json};

use crate::pages::Visitor;
use crate::plant::Plant;

const JOBS: &str = "/api/v1/print-jobs";

/// A printer of the lab, for as long as the test runs.
async fn lab() -> (LabelPrinter, String) {
    let any = || "127.0.0.1:0".parse().unwrap();
    let settings = Settings {
        listen: any(),
        client_id: "mtm".into(),
        client_secret: "x".into(),
        token_seconds: 60,
        masters: Masters::default(),
        redirects: Vec::new(),
    };
    let lab = Simulators::bind(settings).await.unwrap().with_printer(any()).await.unwrap();
    let (printer, address) = (lab.printer(), lab.printer_address().unwrap().to_string());
    tokio::spawn(lab.run(std::future::pending()));
    (printer, address)
}

fn printer(name: &str, address: &str) -> PrinterSettings {
    PrinterSettings {
        name: name.to_owned(),
        address: Address::parse(address).unwrap(),
        access: Access::default(),
        dpi: Dpi::D203,
        template: TEMPLATE.to_owned(),
        stations: std::collections::BTreeSet::new(),
        receipts_at: ReceiptsAt::All,
        patience: Duration::from_secs(600),
        deadlines: Deadlines { pause: Duration::from_millis(5), ..Deadlines::default() },
    }
}

async fn work(printing: &Printing) {
    while printing.step().await.unwrap() {}
}

#[tokio::test]
async fn a_label_is_asked_for_and_told_as_it_is_over_http() {
    let plant = Plant::new().await;
    let lot = plant.receive("r", 20).await["lots"][0].as_str().unwrap().to_owned();
    let body = json!({ "of": lot });
    let none = plant.post(Role::Operator, JOBS, "none", &body).await;
    assert_eq!((none.status, none.code().as_str()), (StatusCode::BAD_REQUEST, "invalid_body"));
    let (lab, address) = lab().await;
    plant.app.use_printers(vec![printer("dock", &address)]);
    let printing = Printing::new(plant.app.clone());
    work(&printing).await;
    // News are what happens from here on.
    plant.app.ledger().take_notices(100).await.unwrap();
    assert_eq!(plant.post(Role::Viewer, JOBS, "v", &body).await.status, StatusCode::FORBIDDEN);
    let asked = plant.post(Role::Operator, JOBS, "one", &body).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text);
    let again = plant.post(Role::Operator, JOBS, "one", &body).await;
    assert_eq!(again.json()["id"], asked.json()["id"], "the same request is the same label");
    work(&printing).await;
    let path = format!("{JOBS}/{}", asked.json()["id"]);
    let sheet = plant.get(Role::Viewer, &path).await.json();
    assert_eq!((&sheet["state"], &sheet["key"]), (&json!("printed"), &json!(lot)));
    assert!(sheet["label"].as_str().unwrap().starts_with("^XA"));
    assert_eq!(lab.report().printed.len(), 1);
    // A reply that is lost, and a receipt whose label that was.
    lab.fail(vec![PrinterRule { fault: PrinterFault::LostReply, times: 1 }]);
    let received = plant.receive("next", 30).await;
    work(&printing).await;
    let open = plant.get(Role::Viewer, &format!("{JOBS}?needs_somebody=true")).await.json();
    let job = &open["items"][0];
    assert_eq!((&job["state"], &job["asked_by"]), (&json!("unknown"), &Value::Null));
    assert_eq!(job["movement"], received["movements"][0]["id"]);
    let decide = format!("{JOBS}/{}/decide", job["id"]);
    let nobody = plant.post(Role::Operator, &decide, "x", &json!({ "deed": "confirm" })).await;
    assert_eq!(nobody.code(), "invalid_body", "only the printer says so");
    let seen = plant.post(Role::Operator, &decide, "y", &json!({ "deed": "came_out" })).await;
    assert_eq!(seen.json()["state"], "printed", "{}", seen.text);
    let twice = plant.post(Role::Operator, &decide, "z", &json!({ "deed": "send" })).await;
    assert_eq!((twice.status, twice.code().as_str()), (StatusCode::CONFLICT, "print_job_settled"));
    let printers = plant.get(Role::Viewer, "/api/v1/printers").await.json();
    let it = &printers["items"][0];
    assert_eq!(
        (&it["name"], &it["standing"], &it["receipts"]),
        (&json!("dock"), &json!("ready"), &json!(true))
    );
    let metrics = plant.get(Role::Lead, "/metrics").await.text;
    assert!(metrics.contains("mtm_printer_ready{printer=\"dock\"} 1"), "{metrics}");
    // Whoever books is told of what may not have come out.
    while plant.app.ledger().take_notices(100).await.unwrap() {}
    let news = plant.get(Role::Operator, "/api/v1/notifications").await.text;
    assert!(news.contains("Look whether the label"), "{news}");
}

#[tokio::test]
async fn the_pages_lead_to_what_waits_for_somebody_without_scripts() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let empty = operator.get("/print-jobs").await.text;
    assert!(empty.contains("No printer is configured."), "{empty}");
    let received = plant.receive("r", 20).await;
    let lot = received["lots"][0].as_str().unwrap().to_owned();
    assert!(!operator.get(&format!("/lot/{lot}")).await.text.contains("Print its label"));
    // Two that nobody answers at.
    plant.app.use_printers(vec![printer("dock", "127.0.0.1:1"), printer("office", "127.0.0.1:2")]);
    let printing = Printing::new(plant.app.clone());
    work(&printing).await;
    let csrf = operator.csrf().await;
    let fields = [("csrf", csrf.as_str()), ("idempotency_key", "a"), ("printer", "dock")];
    let path = format!("/lot/{lot}/label");
    let asked = operator.post(&path, &fields).await;
    assert!(asked.text.contains("Its label waits for dock."), "{}", asked.text);
    let wrong = [("csrf", csrf.as_str()), ("idempotency_key", "b"), ("printer", "x")];
    let refused = operator.post(&path, &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    let form = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "c"),
        ("template", "lot"),
        ("of", "0000009999"),
        ("printer", "dock"),
    ];
    let missing = operator.post("/print-jobs", &form).await;
    assert!(missing.text.contains("here is no lot"), "{}", missing.text);
    work(&printing).await;
    let all = operator.get("/print-jobs?state=all").await.text;
    for words in ["nobody answers at its address", "Labels that wait", &lot, "waits"] {
        assert!(all.to_lowercase().contains(&words.to_lowercase()), "{words} is missing in {all}");
    }
    let id = plant.get(Role::Viewer, JOBS).await.json()["items"][0]["id"].clone();
    let path = format!("/print-jobs/{id}");
    let page = operator.get(&path).await.text;
    for words in ["It is sent as soon as the printer is ready.", "Print it there"] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "d"),
        ("deed", "send"),
        ("printer", "office"),
        ("note", "dock is gone"),
    ];
    let moved = operator.post(&path, &fields).await;
    assert!(
        moved.text.contains("for office") && moved.text.contains("dock is gone"),
        "{}",
        moved.text
    );
    let fields = [("csrf", csrf.as_str()), ("idempotency_key", "e"), ("deed", "cancel")];
    let over = operator.post(&path, &fields).await;
    assert!(over.text.contains("Somebody did not want it any more."), "{}", over.text);
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let seen = viewer.get(&path).await.text;
    assert!(!seen.contains("Print it there"), "{seen}");
}

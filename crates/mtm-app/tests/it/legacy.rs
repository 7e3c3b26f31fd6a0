//! A legacy dump taken over into a real ledger.

use std::fs::File;
use std::path::Path;

use jiff::tz::TimeZone;
use mtm_app::legacy::plant::read_plant;
use mtm_app::legacy::report::{legacy_stock, reconcile};
use mtm_core::code::Code;
use mtm_store::query::{GroupBy, PageRequest, StockQuery};
use mtm_store::{Ledger, OpenOptions};

use crate::plant::Plant;

fn dump() -> File {
    File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/legacy/plant.sql")).unwrap()
}

#[tokio::test]
async fn stock_equals_the_legacy_stock_and_a_rerun_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
    let app = mtm_app::App::new(ledger).await.unwrap();
    let admin = app.local_principal("tester").await.unwrap();

    let legacy = read_plant(dump()).unwrap();
    let (plan, report) = reconcile(&legacy, &TimeZone::UTC).unwrap();
    let first = app.take_over(&admin, &plan, &report).await.unwrap();
    assert!(!first.repeated);

    let query = StockQuery {
        page: PageRequest { limit: 1000, ..PageRequest::default() },
        ..StockQuery::default()
    };
    let by = vec![GroupBy::Part, GroupBy::Operation, GroupBy::Location];
    let groups = app.ledger().stock_groups(query, by).await.unwrap().items;
    let mut ours: Vec<(String, String, String, i64)> = groups
        .into_iter()
        .map(|group| {
            (
                group.part.unwrap().to_string(),
                group.location.unwrap().to_string(),
                group.operation.unwrap().to_string(),
                group.quantity.whole(),
            )
        })
        .collect();
    let mut theirs: Vec<(String, String, String, i64)> = legacy_stock(&legacy)
        .into_iter()
        .map(|total| {
            let (part, location) = (total.part.to_string(), total.location.to_string());
            (part, location, total.operation.to_string(), total.pieces)
        })
        .collect();
    ours.sort();
    theirs.sort();
    assert!(!ours.is_empty());
    assert_eq!(ours, theirs);

    let before = app.ledger().counts().await.unwrap();
    let again = app.take_over(&admin, &plan, &report).await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.report, first.report);
    assert_eq!(app.ledger().counts().await.unwrap().movements, before.movements);
}

#[tokio::test]
async fn a_ledger_in_use_is_left_alone() {
    let plant = Plant::open().await;
    plant.receive(5).await;
    let legacy = read_plant(dump()).unwrap();
    let (plan, report) = reconcile(&legacy, &TimeZone::UTC).unwrap();
    let refused = plant.app.take_over(&plant.lead, &plan, &report).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotEmpty);
    assert_eq!(plant.on_hand().await, 5);
}

//! Breaks from the command line, beside a server that runs.

use mtm_core::erp::{ErpPlace, ErpQuantity};
use mtm_core::reconcile::{Break, BreakClass, Fix};
use mtm_store::reconcile::{RunCause, RunEnd};
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::Mtm;

use crate::support::{PROGRAM, mtm};

/// A break, as a comparison leaves one.
fn find_one(server: &Mtm) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let path = server.data_dir().join("mtm.db");
        let ledger = Ledger::open(&path, OpenOptions::default()).await.unwrap();
        let run =
            ledger.begin_reconciliation("erp".to_owned(), RunCause::Nightly, None).await.unwrap();
        let found = Break {
            class: BreakClass::QuantityDiffers,
            part: Some("P-1".to_owned()),
            place: Some(ErpPlace::new("MAIN", "FLOOR")),
            subject: None,
            ours: Some(ErpQuantity::of_pieces(93)),
            on_hand: Some(ErpQuantity::of_pieces(100)),
            ledger: Some(ErpQuantity::of_pieces(100)),
            difference: ErpQuantity::of_pieces(-7),
            evidence: Vec::new(),
            cause: "7 fewer here than there.".to_owned(),
            fix: Fix::CountHere { part: "P-1".to_owned(), locations: vec!["R-1".to_owned()] },
        };
        let opened = ledger.found_breaks(run, vec![found]).await.unwrap();
        let end = RunEnd { found: 1, opened, resolves: true, ..RunEnd::default() };
        ledger.end_reconciliation(run, end).await.unwrap();
        ledger.close().await;
    });
}

#[test]
fn a_break_is_listed_shown_taken_and_closed() {
    let server = Mtm::start(PROGRAM).unwrap();
    let directory = server.data_dir().to_str().unwrap().to_owned();
    let reconcile = |it: &[&str]| {
        mtm(["reconcile"].iter().chain(it).copied().chain(["--data-dir", &directory]))
    };
    assert_eq!(reconcile(&["list"]).stdout, "No break.\n");
    let none = reconcile(&["run"]);
    assert_eq!(none.code, 4, "{}", none.stderr);
    assert!(none.stderr.contains("not configured"), "{}", none.stderr);
    find_one(&server);
    let listed = reconcile(&["list", "--class", "quantity_differs"]).stdout;
    assert!(listed.contains("MAIN/FLOOR") && listed.contains("-7"), "{listed}");
    let shown = reconcile(&["show", "1"]).stdout;
    assert!(shown.contains("Count P-1 at R-1; then adjust the side that is wrong."), "{shown}");
    assert_eq!(reconcile(&["take", "1"]).stdout, "Break 1 is yours.\n");
    let silent = reconcile(&["close", "1", "--reason", "accepted"]);
    assert_eq!(silent.code, 3, "{}", silent.stderr);
    let wrong = reconcile(&["close", "1", "--reason", "because"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    let closed = reconcile(&["close", "1", "--reason", "accepted", "--note", "written off"]);
    assert_eq!(closed.stdout, "Break 1 is closed.\n", "{}", closed.stderr);
    assert_eq!(reconcile(&["list"]).stdout, "No break.\n");
    assert!(reconcile(&["list", "--all"]).stdout.contains("closed"));
    assert_eq!(reconcile(&["close", "1", "--reason", "fixed_here"]).code, 5);
    assert_eq!(reconcile(&["reopen", "1"]).stdout, "Break 1 is open.\n");
    assert_eq!(reconcile(&["show", "9"]).code, 4);
}

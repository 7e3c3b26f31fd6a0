//! Copies made while bookings go on, and files that are no copies.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use mtm_core::command::Action;
use mtm_store::backup::BackupError;
use mtm_store::query::StockQuery;
use mtm_store::{Ledger, OpenOptions, Submission};

use crate::plant::{Plant, receive};

async fn on_hand(ledger: &Ledger) -> i64 {
    let stock = ledger.stock(StockQuery::default()).await.unwrap();
    stock.items.iter().map(|row| row.quantity.whole()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_under_load_is_a_ledger_and_restores() {
    let plant = Plant::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("monday.db");
    let done = AtomicBool::new(false);
    let book = async {
        let mut booked = 0;
        // At least a few, however fast the copy is.
        while booked < 20 || !done.load(Ordering::Relaxed) {
            let command = plant.command(Action::Receive(receive("P-1", 3)));
            plant.ledger.post(Submission::single(None, command)).await.unwrap();
            booked += 1;
        }
        booked
    };
    let back_up = async {
        let report = plant.ledger.backup(&copy, |_| {}).await.unwrap();
        done.store(true, Ordering::Relaxed);
        report
    };
    let (booked, report) = tokio::join!(book, back_up);
    assert!(report.verified.ok && report.bytes > 0);
    let leftovers = fs::read_dir(elsewhere.path()).unwrap().count();
    assert_eq!(leftovers, 1, "only the backup stays");

    let target = elsewhere.path().join("restored.db");
    Ledger::restore(&copy, &target, |_| {}).await.unwrap();
    let restored = Ledger::open(&target, OpenOptions::default()).await.unwrap();
    let pieces = on_hand(&restored).await;
    assert!(pieces % 3 == 0 && pieces <= booked * 3, "{pieces} of {booked} receipts of 3");
    restored.close().await;

    let again = plant.ledger.backup(&copy, |_| {}).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists { .. }), "{again}");
    let over = Ledger::restore(&copy, &target, |_| {}).await.unwrap_err();
    assert!(matches!(over, BackupError::Exists { .. }), "{over}");
}

#[tokio::test]
async fn a_damaged_or_foreign_file_is_not_restored() {
    let plant = Plant::new().await;
    let command = plant.command(Action::Receive(receive("P-1", 3)));
    plant.ledger.post(Submission::single(None, command)).await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy.db");
    plant.ledger.backup(&copy, |_| {}).await.unwrap();
    mtm_testkit::sqlite::execute(&copy, "UPDATE stock SET quantity = quantity + 1000000").unwrap();

    let target = elsewhere.path().join("restored.db");
    let refused = Ledger::restore(&copy, &target, |_| {}).await.unwrap_err();
    let BackupError::Damaged { first_bad, path } = refused else { panic!("{refused}") };
    assert_eq!(path, copy);
    assert!(first_bad.lot.is_some());

    let text = elsewhere.path().join("notes.txt");
    fs::write(&text, "this is no ledger, but long enough to be looked at".repeat(100)).unwrap();
    for source in [&text, &elsewhere.path().join("nothing.db")] {
        let refused = Ledger::restore(source, &target, |_| {}).await.unwrap_err();
        assert!(matches!(refused, BackupError::Open(_)), "{refused}");
    }
    assert!(!target.exists());
}

//! Copies made while bookings go on, and files that are no copies.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use mtm_core::command::Action;
use mtm_store::backup::{BackupError, Drill, DrillPlace, drill, restore_to_server};
use mtm_store::copy::CopyError;
use mtm_store::database::LoginRole;
use mtm_store::query::StockQuery;
use mtm_store::{Ledger, OpenError, OpenOptions, Submission};
use mtm_testkit::MariaDb;

use crate::home::accounts;
use crate::mariadb::{self as server, name_of};
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

const SUITE: &str = "backups of a ledger on MariaDB";

/// Books receipts of three pieces until `done`, at least twenty; how many.
async fn book_until(plant: &server::Plant, done: &AtomicBool) -> i64 {
    let mut booked = 0;
    while booked < 20 || !done.load(Ordering::Relaxed) {
        plant.post(None, plant.receive(3)).await.unwrap();
        booked += 1;
    }
    booked
}

#[test]
fn a_backup_of_mariadb_taken_under_load_restores_to_either_engine() {
    let Some(db) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let url = db.create_database().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    server::block_on(async {
        let made = server::Plant::open(&url).await;
        made.post(Some("before"), made.receive(3)).await.unwrap();
        made.ledger.close().await;
        // The program's own login is enough.
        let plant = server::Plant::reopen(&accounts(&url, LoginRole::App, "program").await).await;
        let done = AtomicBool::new(false);
        let back_up = async {
            let mut steps = 0;
            let report = plant.ledger.backup(&at("monday.db"), |_| steps += 1).await.unwrap();
            done.store(true, Ordering::Relaxed);
            assert!(steps > 0);
            report
        };
        let mut clients: Vec<_> = (0..4).map(|_| Box::pin(book_until(&plant, &done))).collect();
        let booking = futures_util::future::join_all(clients.drain(..));
        let (booked, report) = tokio::join!(booking, back_up);
        let booked: i64 = 1 + booked.iter().sum::<i64>();
        assert!(report.verified.ok && report.bytes > 0 && report.verified.checked > 0);
        let again = plant.ledger.backup(&at("monday.db"), |_| {}).await.unwrap_err();
        assert!(matches!(again, BackupError::Exists { .. }), "{again}");
        plant.ledger.close().await;
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "only the backup stays");

        let to = db.create_database().unwrap();
        let there = restore_to_server(&at("monday.db"), &to, &at("scratch"), |_| {}).await.unwrap();
        assert_eq!(there.head, report.verified.head);
        assert!(!at("scratch").exists());
        Ledger::restore(&at("monday.db"), &at("file.db"), |_| {}).await.unwrap();
        for url in [to.clone(), format!("sqlite:{}", at("file.db").display())] {
            let restored = server::Plant::reopen(&url).await;
            let pieces = restored.on_hand().await;
            assert!(pieces % 3 == 0 && (3..=booked * 3).contains(&pieces), "{pieces} of {booked}");
            assert!(restored.post(Some("before"), restored.receive(3)).await.unwrap().replayed);
            restored.post(None, restored.receive(3)).await.unwrap();
            restored.ledger.close().await;
        }
        let over = restore_to_server(&at("monday.db"), &to, &at("scratch"), |_| {}).await;
        let occupied = matches!(over, Err(BackupError::Copy(CopyError::NotEmpty)));
        assert!(occupied && !at("scratch").exists(), "{over:?}");
    });
}

#[test]
fn what_is_no_backup_or_lacks_rights_restores_nothing_on_mariadb() {
    let Some(db) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let (url, empty) = (db.create_database().unwrap(), db.create_database().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    server::block_on(async {
        let plant = server::Plant::open(&url).await;
        plant.post(None, plant.receive(3)).await.unwrap();
        plant.ledger.backup(&at("good.db"), |_| {}).await.unwrap();
        fs::copy(at("good.db"), at("bad.db")).unwrap();
        let change = "UPDATE stock SET quantity = quantity + 1000000";
        mtm_testkit::sqlite::execute(&at("bad.db"), change).unwrap();
        let refused = restore_to_server(&at("bad.db"), &empty, &at("scratch"), |_| {}).await;
        let Err(BackupError::Damaged { path, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(path, at("bad.db"));
        let gone = restore_to_server(&at("none.db"), &empty, &at("scratch"), |_| {}).await;
        assert!(matches!(gone, Err(BackupError::Open(OpenError::Missing { .. }))), "{gone:?}");
        let tables =
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
        assert_eq!(db.sql(&name_of(&empty), tables).unwrap(), "0\n", "nothing was touched");

        // Whoever reads reports may not read it all, and the program's login makes no tables.
        let reports = accounts(&url, LoginRole::Read, "reports").await;
        let refused = Ledger::connect(&reports, OpenOptions::default()).await;
        assert!(matches!(refused, Err(OpenError::Denied { .. })), "{refused:?}");
        let program = accounts(&url, LoginRole::App, "program").await;
        db.sql("", &format!("GRANT SELECT ON {}.* TO program", name_of(&empty))).unwrap();
        let program = program.replace(&name_of(&url), &name_of(&empty));
        let refused = restore_to_server(&at("good.db"), &program, &at("scratch"), |_| {}).await;
        let denied = matches!(refused, Err(BackupError::Open(OpenError::NotPermitted { .. })));
        assert!(denied, "{refused:?}");
        assert_eq!(db.sql(&name_of(&empty), tables).unwrap(), "0\n");
        plant.ledger.close().await;
    });
}

#[test]
fn a_drill_restores_beside_the_mariadb_ledger_or_into_a_file_and_leaves_nothing() {
    let Some(db) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let url = db.create_database().unwrap();
    let name = format!("{}_drill", name_of(&url));
    let beside = format!(
        "SELECT count(*) FROM information_schema.schemata
                          WHERE schema_name = '{name}'"
    );
    server::block_on(async {
        let plant = server::Plant::open(&url).await;
        plant.post(None, plant.receive(3)).await.unwrap();
        let lot = plant.post(None, plant.receive(4)).await.unwrap().into_single().unwrap();
        plant.post(None, plant.take_one(&lot.lots[0])).await.unwrap();
        let hold = async |ledger: &Ledger, url: &str, backup: Option<&Path>| {
            let scratch = tempfile::tempdir().unwrap();
            let asked = Drill {
                backup: backup.map(Path::to_owned),
                url: Some(url.to_owned()),
                scratch: scratch.path().to_owned(),
            };
            drill(ledger, &asked, |_| {}).await
        };
        let held = hold(&plant.ledger, &url, None).await.unwrap();
        assert_eq!(held.place, DrillPlace::Database { name: name.clone() });
        assert_eq!((held.totals.movements, held.totals.lots, held.parts), (3, 2, 1));
        assert_eq!(held.totals.on_hand_micros, 6_000_000);
        assert_eq!(db.sql("", &beside).unwrap(), "0\n", "it is gone");

        // A drill that was killed left a copy that is none; one of another's tables is spared.
        db.sql(
            "",
            &format!(
                "CREATE DATABASE {name}; CREATE TABLE {name}.mtm_copy (n INT);
                             CREATE TABLE {name}.part (n INT)"
            ),
        )
        .unwrap();
        hold(&plant.ledger, &url, None).await.unwrap();
        db.sql("", &format!("CREATE DATABASE {name}; CREATE TABLE {name}.theirs (n INT)")).unwrap();
        let spared = hold(&plant.ledger, &url, None).await.unwrap_err();
        assert!(matches!(spared, BackupError::Open(OpenError::ForeignServer)), "{spared}");
        let theirs = format!("SELECT count(*) FROM {name}.theirs; DROP DATABASE {name}");
        assert_eq!(db.sql("", &theirs).unwrap(), "0\n");

        // The program's login may not make a database.
        let url = accounts(&url, LoginRole::App, "program").await;
        let program = Ledger::connect(&url, OpenOptions::default()).await.unwrap();
        let held = hold(&program, &url, None).await.unwrap();
        let DrillPlace::File { instead: Some(why) } = &held.place else { panic!("{held:?}") };
        assert!(why.contains("denied"), "{why}");
        assert_eq!(held.totals.movements, 3);

        let elsewhere = tempfile::tempdir().unwrap();
        let file = elsewhere.path().join("monday.db");
        program.backup(&file, |_| {}).await.unwrap();
        assert_eq!(hold(&program, &url, Some(&file)).await.unwrap().totals, held.totals);
        let change = "UPDATE stock SET quantity = quantity + 1000000";
        mtm_testkit::sqlite::execute(&file, change).unwrap();
        let bad = hold(&program, &url, Some(&file)).await.unwrap_err();
        assert!(matches!(bad, BackupError::Damaged { .. }), "{bad}");
        program.close().await;
        plant.ledger.close().await;
    });
}

#[tokio::test]
async fn a_drill_of_a_file_restores_a_file() {
    let plant = Plant::new().await;
    let command = plant.command(Action::Receive(receive("P-1", 3)));
    plant.ledger.post(Submission::single(None, command)).await.unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let asked = Drill { backup: None, url: None, scratch: scratch.path().to_owned() };
    let held = drill(&plant.ledger, &asked, |_| {}).await.unwrap();
    assert_eq!(held.place, DrillPlace::File { instead: None });
    assert_eq!(held.totals.on_hand_micros, 3_000_000);
    assert_eq!(held.totals.movements, 1);
}

/// A ledger holds password hashes: nobody else may read a copy, while it is made or afterwards.
#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_for_this_account_from_its_first_page_on() {
    use std::os::unix::fs::PermissionsExt as _;
    let plant = Plant::new().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db");
    let mode =
        |path: &Path| fs::metadata(path).ok().map(|found| found.permissions().mode() & 0o777);
    let part = directory.path().join("copy.db.part");
    let mut seen = Vec::new();
    plant.ledger.backup(&file, |_| seen.extend(mode(&part))).await.unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|mode| *mode == 0o600), "{seen:?}");
    assert_eq!(mode(&file), Some(0o600));
}

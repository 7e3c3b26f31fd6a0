//! Moving a ledger between real engines: what arrives is the same ledger, and goes on as one.

use std::path::Path;

use mtm_core::Action;
use mtm_core::command::{HoldSubject, PlaceHold, Reverse, ReverseTarget};
use mtm_core::word::{LotNumber, Note};
use mtm_store::copy::{CopyError, CopyProgress, copy};
use mtm_store::integrity::{VerifyRange, VerifyReport};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Ledger, OpenError, OpenOptions, PostError};
use mtm_testkit::MariaDb;

use crate::mariadb::{Plant, block_on, name_of};

const SUITE: &str = "copying a ledger";

/// Books a bit of everything; the lots received.
async fn book(plant: &Plant, from: usize) -> Vec<LotNumber> {
    let mut lots = Vec::new();
    for n in from..from + 30 {
        let key = format!("receipt-{n}");
        let pieces = 3 + i64::try_from(n).unwrap();
        let posted = plant.post(Some(&key), plant.receive(pieces)).await.unwrap();
        let outcome = posted.into_single().unwrap();
        let lot = outcome.lots[0].clone();
        if n % 3 == 0 {
            let taken = plant.take_one(&lot);
            plant.post(Some(&format!("take-{n}")), taken).await.unwrap();
        }
        if n % 7 == 0 {
            let slip = plant.post(None, plant.take_one(&lot)).await.unwrap();
            let undo = plant.command(Action::Reverse(Reverse {
                target: ReverseTarget::Command(slip.into_single().unwrap().id),
                reason: Note::parse("mistake — ½ and 'quoted' \\").unwrap(),
            }));
            plant.post(None, undo).await.unwrap();
        }
        lots.push(lot);
    }
    lots
}

async fn verified(plant: &Plant) -> VerifyReport {
    let report = plant.ledger.verify(VerifyRange::Full, |_| ()).await.unwrap();
    assert!(report.ok, "{report:?}");
    report
}

/// Fills the ledger at `from`, copies it to `to`, and books on in the copy.
async fn there(from: &str, to: &str) {
    let plant = Plant::open(from).await;
    let lots = book(&plant, 1).await;
    let hold = PlaceHold {
        subject: HoldSubject::Lot(lots[1].clone()),
        reason: "quality".parse().unwrap(),
        notes: None,
    };
    plant.post(None, plant.command(Action::PlaceHold(hold))).await.unwrap();
    let before = verified(&plant).await;
    let on_hand = plant.on_hand().await;
    let counts = plant.ledger.counts().await.unwrap();
    plant.ledger.close().await;

    let mut steps = Vec::new();
    let report = copy(from, to, |step| steps.push(step)).await.unwrap();
    assert_eq!(report.head, before.head);
    assert_eq!((report.entries, report.lots), (before.checked, before.lots));
    let rows = |name: &str| report.tables.iter().find(|it| it.table == name).unwrap().rows;
    assert_eq!(rows("movement"), counts.movements);
    assert_eq!(rows("audit"), counts.audit_entries);
    assert!(rows("idempotency_key") >= 30 && rows("user") >= 2 && rows("hold") == 1);
    for told in [
        |step: &CopyProgress| matches!(step, CopyProgress::Copying(..)),
        |step: &CopyProgress| matches!(step, CopyProgress::Comparing(..)),
        |step: &CopyProgress| matches!(step, CopyProgress::Verifying(..)),
    ] {
        assert!(steps.iter().any(told));
    }
    assert!(matches!(copy(from, to, |_| ()).await, Err(CopyError::NotEmpty)));

    let copied = Plant::reopen(to).await;
    assert_eq!(verified(&copied).await.head, before.head);
    assert_eq!(copied.on_hand().await, on_hand);
    assert_eq!(copied.ledger.counts().await.unwrap(), counts);
    // The keys came along: nothing happens twice.
    let again = copied.post(Some("receipt-1"), copied.receive(4)).await.unwrap();
    assert!(again.replayed);
    // So did the hold.
    let held = copied.post(None, copied.take_one(&lots[1])).await;
    assert!(matches!(held, Err(PostError::Rejected(_))), "{held:?}");
    // Numbers go on above those given.
    let more = book(&copied, 100).await;
    assert!(more.iter().min() > lots.iter().max());
    let masters = vec![NewMaster::named(MasterNoun::Part, "LATER")];
    copied.ledger.create_masters(masters, copied.actor()).await.unwrap();
    assert!(verified(&copied).await.head.sequence > before.head.sequence);
    copied.ledger.close().await;
}

fn file(directory: &Path, name: &str) -> String {
    format!("sqlite:{}", directory.join(name).display())
}

#[test]
fn a_ledger_moves_from_a_file_to_mariadb_and_back() {
    let Some(server) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let (first, last) = (file(directory.path(), "first.db"), file(directory.path(), "last.db"));
    let url = server.create_database().unwrap();
    block_on(async {
        there(&first, &url).await;
        // What was booked on the server comes back with the rest.
        let there = Plant::reopen(&url).await;
        let (head, on_hand) = (verified(&there).await.head, there.on_hand().await);
        there.ledger.close().await;
        let report = copy(&url, &last, |_| ()).await.unwrap();
        assert_eq!(report.head, head);
        let back = Plant::reopen(&last).await;
        assert_eq!(verified(&back).await.head, head);
        assert_eq!(back.on_hand().await, on_hand);
        book(&back, 200).await;
        verified(&back).await;
        back.ledger.close().await;
    });
}

#[test]
fn a_ledger_moves_from_mariadb_to_a_file() {
    let Some(server) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let url = server.create_database().unwrap();
    block_on(there(&url, &file(directory.path(), "mtm.db")));
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the ledger is left: {left:?}");
}

#[test]
fn a_mariadb_copy_that_was_cut_off_is_no_ledger_and_starts_over() {
    let Some(server) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let from = file(directory.path(), "mtm.db");
    let url = server.create_database().unwrap();
    let database = name_of(&url);
    block_on(async {
        let plant = Plant::open(&from).await;
        book(&plant, 1).await;
        let head = verified(&plant).await.head;
        plant.ledger.close().await;

        // Ended in the middle: whoever copies stops at the first rows and goes away.
        let (told, mut first) = tokio::sync::mpsc::unbounded_channel();
        let (source, target) = (from.clone(), url.clone());
        let copying = tokio::spawn(async move {
            copy(&source, &target, move |step| {
                if let CopyProgress::Comparing(..) = step {
                    told.send(()).unwrap();
                    panic!("killed");
                }
            })
            .await
        });
        first.recv().await.unwrap();
        assert!(copying.await.is_err());
        // The mark of a copy under way, as a kill leaves it.
        server.sql(&database, "CREATE TABLE IF NOT EXISTS mtm_copy (begun_at DATETIME)").unwrap();
        let tables = "SELECT count(*) FROM audit";
        mtm_testkit::poll::until("rows", std::time::Duration::from_secs(10), || {
            Ok((server.sql(&database, tables)?.trim() != "0").then_some(()))
        })
        .unwrap();
        for create in [true, false] {
            let options = OpenOptions { create, ..OpenOptions::default() };
            let opened = Ledger::connect(&url, options).await;
            assert!(matches!(opened, Err(OpenError::Incomplete)), "{opened:?}");
        }
        let status = mtm_store::database::status(&url).await.unwrap();
        assert!(status.incomplete);

        assert_eq!(copy(&from, &url, |_| ()).await.unwrap().head, head);
        let copied = Plant::reopen(&url).await;
        assert_eq!(verified(&copied).await.head, head);
        copied.ledger.close().await;
    });
}

#[test]
fn a_copy_into_anything_but_nothing_is_refused() {
    let Some(server) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let from = file(directory.path(), "mtm.db");
    let url = server.create_database().unwrap();
    server
        .sql(&name_of(&url), "CREATE TABLE theirs (n INT); INSERT INTO theirs VALUES (7)")
        .unwrap();
    block_on(async {
        Plant::open(&from).await.ledger.close().await;
        let refused = copy(&from, &url, |_| ()).await;
        assert!(matches!(refused, Err(CopyError::Target(OpenError::ForeignServer))), "{refused:?}");
        let itself = copy(&from, &from, |_| ()).await;
        assert!(matches!(itself, Err(CopyError::NotEmpty)), "{itself:?}");
        let nowhere = copy(&file(directory.path(), "none.db"), &url, |_| ()).await;
        assert!(matches!(nowhere, Err(CopyError::Source(OpenError::Missing { .. }))));
    });
    assert_eq!(server.sql(&name_of(&url), "SELECT n FROM theirs").unwrap(), "7\n");
}

#[test]
fn what_waits_for_its_place_on_mariadb_gets_it_in_the_copy_as_it_would_have_there() {
    let Some(server) = MariaDb::shared().unwrap().or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let url = server.create_database().unwrap();
    let second = server.create_database().unwrap();
    let database = name_of(&url);
    block_on(async {
        let plant = Plant::open(&url).await;
        book(&plant, 1).await;
        plant.ledger.close().await;
        // Another server gives the places, and does not come to it for an hour.
        let busy = "UPDATE lease SET owner = UNHEX(REPEAT('ab', 16)),
                           expires_at = now(6) + INTERVAL 1 HOUR WHERE name = 'sealer'";
        server.sql(&database, busy).unwrap();
        let plant = Plant::reopen(&url).await;
        book(&plant, 100).await;
        let masters = vec![NewMaster::named(MasterNoun::Part, "LATER")];
        plant.ledger.create_masters(masters, plant.actor()).await.unwrap();
        let on_hand = plant.on_hand().await;
        let waiting = server.sql(&database, "SELECT count(*) FROM seal_queue").unwrap();
        assert!(waiting.trim().parse::<u64>().unwrap() > 40, "{waiting}");

        let to = file(directory.path(), "mtm.db");
        let reports =
            [copy(&url, &to, |_| ()).await.unwrap(), copy(&url, &second, |_| ()).await.unwrap()];
        assert_eq!(reports[0], reports[1], "whatever it is copied to");
        for url in [&to, &second] {
            let copied = Plant::reopen(url).await;
            assert_eq!(verified(&copied).await.head, reports[0].head);
            assert_eq!(copied.on_hand().await, on_hand);
            let again = copied.post(Some("receipt-100"), copied.receive(103)).await.unwrap();
            assert!(again.replayed);
            book(&copied, 200).await;
            verified(&copied).await;
            copied.ledger.close().await;
        }

        // The other server comes to it: the same places, link by link.
        let free = "UPDATE lease SET expires_at = '2000-01-01' WHERE name = 'sealer'";
        server.sql(&database, free).unwrap();
        plant.ledger.close().await;
        let plant = Plant::reopen(&url).await;
        let head = verified(&plant).await.head;
        assert_eq!(head, reports[0].head);
        plant.ledger.close().await;
    });
}

//! What an auditor asks again and again: whatever is changed past the program is found, by a look
//! that does not read the whole log, and is not found any more when it was put right.

use mtm_store::database::Deviation;
use mtm_store::integrity::{ChainWatch, Damage, FirstBad, Piece, Sweep, Swept};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, receive, take};
use crate::verify::busy;

contract!(
    every_alteration_of_stock_is_found_by_one_look,
    stock_is_compared_with_the_nearest_closing,
    the_chain_is_watched_and_its_end_remembered,
    a_sweep_reads_everything_and_stays_where_something_is_bad,
    triggers_that_are_gone_or_changed_are_told,
    what_waits_for_its_place_and_clocks_are_told,
);

/// Watches until a round is over.
async fn round(plant: &Plant, watch: &mut ChainWatch) -> Option<FirstBad> {
    loop {
        match watch.step(&plant.ledger, 7).await.unwrap() {
            Piece::More => {}
            Piece::Round(found) => return found,
        }
    }
}

fn lot_of(bad: Option<FirstBad>) -> Option<String> {
    bad.and_then(|bad| bad.lot).map(|lot| lot.to_string())
}

async fn every_alteration_of_stock_is_found_by_one_look(engine: Engine) {
    let plant = busy(engine).await;
    assert_eq!(plant.ledger.audit_stock().await.unwrap(), None);
    let cases = [
        (
            "UPDATE stock SET quantity = quantity + 1000000 WHERE lot = '0000000002'",
            "UPDATE stock SET quantity = quantity - 1000000 WHERE lot = '0000000002'",
            "0000000002",
        ),
        (
            "UPDATE stock SET part_id = 2 WHERE lot = '0000000004'",
            "UPDATE stock SET part_id = 1 WHERE lot = '0000000004'",
            "0000000004",
        ),
        (
            "UPDATE stock SET operation_id = operation_id + 1 WHERE lot = '0000000006'",
            "UPDATE stock SET operation_id = operation_id - 1 WHERE lot = '0000000006'",
            "0000000006",
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM stock WHERE lot = '0000000008'; DELETE FROM stock WHERE lot = '0000000008'",
            "INSERT INTO stock SELECT * FROM kept; DROP TABLE kept",
            "0000000008",
        ),
    ];
    for (alter, mend, lot) in cases {
        plant.tamper(alter);
        let bad = plant.ledger.audit_stock().await.unwrap();
        assert_eq!(lot_of(bad).as_deref(), Some(lot), "{alter}");
        plant.tamper(mend);
        assert_eq!(plant.ledger.audit_stock().await.unwrap(), None, "{mend}");
    }
}

async fn stock_is_compared_with_the_nearest_closing(engine: Engine) {
    let plant = busy(engine).await;
    let close = async || {
        let mut closing = plant.ledger.next_closing(20).await.unwrap().unwrap();
        while closing.step(&plant.ledger).await.unwrap() {}
    };
    close().await;
    let lot = plant.lot_of(12).await;
    plant.book(take(&lot, 5)).await.unwrap();
    assert_eq!(plant.ledger.audit_stock().await.unwrap(), None);
    plant.tamper("UPDATE stock SET quantity = quantity + 1000000 WHERE lot = '0000000002'");
    let bad = plant.ledger.audit_stock().await.unwrap();
    assert_eq!(lot_of(bad).as_deref(), Some("0000000002"), "older than the closing");
    plant.tamper("UPDATE stock SET quantity = quantity - 1000000 WHERE lot = '0000000002'");

    // A closing that is wrong says nothing about the ledger: it is given up.
    plant.tamper("UPDATE closing SET quantity = quantity + 1000000 WHERE lot = '0000000002'");
    assert_eq!(plant.ledger.audit_stock().await.unwrap(), None);
    assert_eq!(plant.value("SELECT count(*) FROM closing_point WHERE whole = 1"), "0");
    assert_eq!(plant.ledger.audit_stock().await.unwrap(), None);
}

async fn the_chain_is_watched_and_its_end_remembered(engine: Engine) {
    let plant = busy(engine).await;
    let mut watch = ChainWatch::default();
    assert_eq!(round(&plant, &mut watch).await, None);
    let entries: u64 = plant.value("SELECT count(*) FROM audit").parse().unwrap();
    assert_eq!(watch.head(), Some(entries));
    plant.tamper("UPDATE movement SET quantity = quantity + 1000000 WHERE sequence = 4");
    let bad = round(&plant, &mut watch).await.unwrap();
    assert_eq!((bad.what, bad.sequence), (Damage::MovementAltered, Some(4)));
    plant.tamper("UPDATE movement SET quantity = quantity - 1000000 WHERE sequence = 4");
    assert_eq!(round(&plant, &mut watch).await, None);

    // The newest entry is that of a hold, which no movement tells of.
    let keep = format!(
        "CREATE TABLE kept AS SELECT * FROM audit WHERE sequence = {entries};
         DELETE FROM audit WHERE sequence = {entries}"
    );
    plant.tamper(&keep);
    let bad = round(&plant, &mut watch).await.unwrap();
    assert_eq!((bad.what, bad.audit_sequence), (Damage::AuditEntryMissing, Some(entries)));
    assert_eq!(round(&plant, &mut ChainWatch::default()).await, None, "only its end was cut");
    plant.tamper("INSERT INTO audit SELECT * FROM kept; DROP TABLE kept");
    assert_eq!(round(&plant, &mut watch).await, None);
    plant.book(mtm_core::command::Action::Receive(receive("P-1", 5))).await.unwrap();
    assert_eq!(round(&plant, &mut watch).await, None);
    assert_eq!(watch.head(), Some(entries + 1));
    assert_eq!(round(&Plant::on(engine).await, &mut ChainWatch::default()).await, None);
}

async fn a_sweep_reads_everything_and_stays_where_something_is_bad(engine: Engine) {
    let plant = busy(engine).await;
    let mut sweep = Sweep::default();
    // Pieces of three entries and two lots.
    let step = async |sweep: &mut Sweep| sweep.step(&plant.ledger, 3, 2).await.unwrap();
    while sweep.times() == 0 {
        assert_eq!(step(&mut sweep).await, None);
    }
    assert_eq!(sweep.upto().to_string(), plant.value("SELECT max(sequence) FROM audit"));

    plant.tamper("UPDATE movement SET station = 'PC-7' WHERE sequence = 9");
    let until_found = async |sweep: &mut Sweep| loop {
        if let Some(found) = step(sweep).await {
            break found;
        }
    };
    assert_eq!(until_found(&mut sweep).await.sequence, Some(9));
    assert_eq!(step(&mut sweep).await.unwrap().sequence, Some(9), "it stays there");
    plant.tamper("UPDATE movement SET station = NULL WHERE sequence = 9");
    while sweep.reads() == Swept::Chain {
        assert_eq!(step(&mut sweep).await, None);
    }
    plant.tamper("UPDATE stock SET received_at = received_at - 1 WHERE lot = '0000000008'");
    let found = Some(until_found(&mut sweep).await);
    assert_eq!(lot_of(found).as_deref(), Some("0000000008"));
}

async fn triggers_that_are_gone_or_changed_are_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let told = async || {
        let mut drifts = plant.ledger.check_database().await.unwrap();
        drifts.retain(|drift| drift.what != Deviation::BodyHidden);
        drifts.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(told().await, [] as [&str; 0]);
    plant.home.execute("DROP TRIGGER audit_is_never_changed");
    // The program's account is not shown triggers of a server, and cannot know whether they are there.
    let shown = match engine {
        Engine::Sqlite => vec!["trigger audit_is_never_changed is missing"],
        Engine::MariaDb => Vec::new(),
    };
    assert_eq!(told().await, shown);
}

async fn what_waits_for_its_place_and_clocks_are_told(engine: Engine) {
    let plant = busy(engine).await;
    let moments = plant.ledger.moments().await.unwrap();
    assert!(moments.recorded.is_some());
    assert_eq!(moments.database.is_some(), engine == Engine::MariaDb);
    let unsealed = plant.ledger.unsealed().await.unwrap();
    assert_eq!(unsealed.is_some(), engine == Engine::MariaDb);
    if let Some(unsealed) = unsealed {
        assert!(unsealed.held, "{unsealed:?}");
    }
    let newest = plant.value("SELECT max(sequence) FROM audit").parse().unwrap();
    let hash = plant.ledger.audit_hash(newest).await.unwrap();
    let sql = "SELECT lower(hex(hash)) FROM audit ORDER BY sequence DESC LIMIT 1";
    assert_eq!(hash, Some(plant.value(sql)));
    assert_eq!(plant.ledger.audit_hash(newest + 1).await.unwrap(), None);
}

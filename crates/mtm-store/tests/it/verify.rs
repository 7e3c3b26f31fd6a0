//! Verification: what an attacker with the file changes is named, wherever it is.

use mtm_core::command::{Action, HoldSubject, PlaceHold};
use mtm_core::word::{LotNumber, ReasonCode};
use mtm_store::integrity::{Damage, FirstBad, VerifyRange, VerifyReport};
use mtm_store::query::{HistoryQuery, PageRequest, SortOrder};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, receive, take, to_location, undo};

contract!(
    an_untouched_ledger_verifies_from_anywhere,
    one_altered_value_is_named_with_its_row,
    a_log_with_a_gap_is_still_read,
    the_chain_names_its_own_first_broken_entry,
    the_recent_part_is_verified_with_the_lots_it_touched,
    every_lot_that_was_touched_is_compared_wherever_it_lies,
    any_range_is_verified_by_itself,
    old_keys_are_forgotten_and_young_ones_kept,
);

impl Plant {
    async fn verify(&self, range: VerifyRange) -> VerifyReport {
        self.ledger.verify(range, |_| {}).await.unwrap()
    }

    /// Reaches into the tables past every rule of the program.
    pub(crate) fn tamper(&self, sql: &str) {
        let unlock = match self.engine() {
            Engine::Sqlite => "PRAGMA foreign_keys = OFF",
            Engine::MariaDb => "SET SESSION foreign_key_checks = 0",
        };
        let sql = format!(
            "{unlock};
             DROP TRIGGER IF EXISTS movement_is_never_changed;
             DROP TRIGGER IF EXISTS movement_is_only_sealed;
             DROP TRIGGER IF EXISTS movement_is_never_removed;
             DROP TRIGGER IF EXISTS audit_is_never_changed;
             DROP TRIGGER IF EXISTS audit_is_never_removed;
             {sql}"
        );
        self.home.execute(&sql);
    }
}

/// A plant with ten lots, of which some moved, were taken, held and undone.
pub(crate) async fn busy(engine: Engine) -> Plant {
    let plant = Plant::on(engine).await;
    for n in 0..10 {
        let lot = plant.lot_of(30 + n).await;
        plant.book(to_location(&lot, Some(10), "A-2")).await.unwrap();
        if n % 2 == 0 {
            let mut whole = crate::plant::of_lot(&lot);
            whole.location = Some(crate::plant::location("A-1"));
            let action = Action::Take(mtm_core::command::Take {
                pick: whole,
                quantity: None,
                reason: None,
                notes: None,
                reservation: None,
            });
            let taken = plant.book(action).await.unwrap();
            if n == 4 {
                plant.book(undo(taken.movements[0].id)).await.unwrap();
            }
        }
    }
    let hold = PlaceHold {
        subject: HoldSubject::Lot(LotNumber::allocated(3)),
        reason: ReasonCode::parse("quality").unwrap(),
        notes: None,
    };
    plant.book(Action::PlaceHold(hold)).await.unwrap();
    let report = plant.verify(VerifyRange::Full).await;
    assert!(report.ok, "{report:?}");
    plant
}

async fn an_untouched_ledger_verifies_from_anywhere(engine: Engine) {
    let plant = busy(engine).await;
    let full = plant.verify(VerifyRange::Full).await;
    let entries: u64 = plant.value("SELECT count(*) FROM audit").parse().unwrap();
    assert_eq!((full.checked, full.from, full.to, full.lots), (entries, 1, entries, 10));
    assert_eq!(
        full.head.hash,
        plant.value("SELECT lower(hex(hash)) FROM audit ORDER BY sequence DESC LIMIT 1")
    );
    for from in [0, 1, 7, entries, entries + 1, entries + 50] {
        let report = plant.verify(VerifyRange::From(from)).await;
        assert!(report.ok, "from {from}: {report:?}");
        assert_eq!(report.checked, (entries + 1).saturating_sub(from.max(1)));
    }
    let empty = Plant::on(engine).await.verify(VerifyRange::Full).await;
    assert!(empty.ok);
}

/// The statement, what is wrong, the movement, and the lot.
const ALTERED: &[(&str, Damage, Option<u64>, Option<&str>)] = &[
    (
        "UPDATE movement SET quantity = quantity + 1000000 WHERE sequence = 4",
        Damage::MovementAltered,
        Some(4),
        Some("0000000002"),
    ),
    (
        "UPDATE movement SET notes = 'never mind' WHERE sequence = 2",
        Damage::MovementAltered,
        Some(2),
        Some("0000000001"),
    ),
    (
        "UPDATE movement SET notes = NULL WHERE sequence = 2",
        Damage::MovementAltered,
        Some(2),
        Some("0000000001"),
    ),
    (
        "UPDATE movement SET user_id = 99 WHERE sequence = 5",
        Damage::MovementAltered,
        Some(5),
        Some("0000000002"),
    ),
    (
        "UPDATE movement SET recorded_at = recorded_at - 1 WHERE sequence = 9",
        Damage::MovementAltered,
        Some(9),
        None,
    ),
    (
        "UPDATE movement SET station = 'PC-7' WHERE sequence = 9",
        Damage::MovementAltered,
        Some(9),
        None,
    ),
    (
        "UPDATE movement SET type = 'scrap', to_account = 'scrap' WHERE type = 'out' AND sequence = 3",
        Damage::MovementAltered,
        Some(3),
        Some("0000000001"),
    ),
    (
        "UPDATE stock SET quantity = quantity - 1000000
         WHERE lot = '0000000002' AND location_id = 2",
        Damage::StockDiffers,
        Some(5),
        Some("0000000002"),
    ),
    ("DELETE FROM stock WHERE lot = '0000000005'", Damage::StockDiffers, None, Some("0000000005")),
    (
        "INSERT INTO stock SELECT lot, 1, location_id, part_id, 7000000, received_at
         FROM stock WHERE lot = '0000000002' LIMIT 1",
        Damage::StockDiffers,
        None,
        Some("0000000002"),
    ),
    (
        "UPDATE stock SET part_id = 2 WHERE lot = '0000000002'",
        Damage::StockDiffers,
        None,
        Some("0000000002"),
    ),
    (
        "DELETE FROM movement WHERE sequence = 7",
        Damage::MovementMissing,
        Some(7),
        Some("0000000003"),
    ),
    (
        "UPDATE lot SET part_id = 2 WHERE lot = '0000000004'",
        Damage::LotAltered,
        None,
        Some("0000000004"),
    ),
    ("DELETE FROM lot WHERE lot = '0000000004'", Damage::DanglingReference, None, None),
    (
        "UPDATE movement SET sequence = -1 WHERE sequence = 6;
         UPDATE movement SET sequence = 6 WHERE sequence = 7;
         UPDATE movement SET sequence = 7 WHERE sequence = -1",
        Damage::MovementAltered,
        Some(6),
        None,
    ),
    (
        "INSERT INTO movement (sequence, id, type, part_id, lot, quantity, from_account,
             from_operation_id, from_location_id, to_account, to_operation_id, to_location_id,
             to_lot, recorded_at, user_id, reason, notes, notes_salt)
         SELECT sequence + 1, x'0123456789abcdef0123456789abcdef', type, part_id, lot, quantity,
             from_account, from_operation_id, from_location_id, to_account, to_operation_id,
             to_location_id, to_lot, recorded_at, user_id, reason, notes, notes_salt
         FROM movement WHERE type <> 'reversal' ORDER BY sequence DESC LIMIT 1",
        Damage::MovementUnaudited,
        Some(26 + 1),
        None,
    ),
];

async fn one_altered_value_is_named_with_its_row(engine: Engine) {
    for (sql, what, sequence, lot) in ALTERED {
        let plant = busy(engine).await;
        plant.tamper(sql);
        let bad = first_bad(&plant, sql).await;
        assert_eq!(bad.what, *what, "{sql}: {bad:?}");
        if let Some(sequence) = sequence {
            assert_eq!(bad.sequence, Some(*sequence), "{sql}: {bad:?}");
        }
        if let Some(lot) = lot {
            assert_eq!(bad.lot.as_ref().map(LotNumber::as_str), Some(*lot), "{sql}: {bad:?}");
        }
    }
}

async fn a_log_with_a_gap_is_still_read(engine: Engine) {
    let plant = busy(engine).await;
    let page = || async {
        let page = PageRequest { limit: 5, ..PageRequest::default() };
        let query = HistoryQuery { sort: SortOrder::Oldest, page, ..HistoryQuery::default() };
        let page = plant.ledger.history(query).await.unwrap();
        page.items.into_iter().filter_map(|movement| movement.sequence).collect::<Vec<_>>()
    };
    assert_eq!(page().await, [1, 2, 3, 4, 5]);
    plant.tamper("DELETE FROM movement WHERE sequence = 3");
    assert_eq!(page().await, [1, 2, 4, 5]);
}

async fn first_bad(plant: &Plant, what: &str) -> FirstBad {
    let report = plant.verify(VerifyRange::Full).await;
    assert!(!report.ok, "{what}: not found");
    report.first_bad.unwrap()
}

async fn the_chain_names_its_own_first_broken_entry(engine: Engine) {
    // Audit entries 1 to 6 are the six masters; movement n has entry n + 6.
    let cases = [
        (
            "UPDATE audit SET entry = replace(entry, '\"out\"', '\"scrap\"') WHERE movement_sequence = 3",
            Damage::AuditEntryAltered,
            9,
        ),
        (
            "UPDATE audit SET entry = replace(entry, 'P-2', 'P-9') WHERE sequence = 2",
            Damage::AuditEntryAltered,
            2,
        ),
        (
            "UPDATE audit SET hash = x'0000000000000000000000000000000000000000000000000000000000000000' WHERE sequence = 12",
            Damage::AuditHashAltered,
            12,
        ),
        (
            "UPDATE audit SET hash = x'0000000000000000000000000000000000000000000000000000000000000000' WHERE sequence = 2",
            Damage::AuditHashAltered,
            2,
        ),
        ("DELETE FROM audit WHERE sequence = 8", Damage::AuditEntryMissing, 8),
        ("DELETE FROM audit WHERE sequence = 1", Damage::AuditEntryMissing, 1),
        ("UPDATE audit SET user_id = 2 WHERE sequence = 3", Damage::AuditEntryAltered, 3),
        (
            "UPDATE audit SET sequence = -1 WHERE sequence = 10;
             UPDATE audit SET sequence = 10 WHERE sequence = 11;
             UPDATE audit SET sequence = 11 WHERE sequence = -1",
            Damage::AuditEntryAltered,
            10,
        ),
    ];
    for (sql, what, audit_sequence) in cases {
        let plant = busy(engine).await;
        plant.tamper(sql);
        let bad = first_bad(&plant, sql).await;
        assert_eq!((bad.what, bad.audit_sequence), (what, Some(audit_sequence)), "{sql}: {bad:?}");
    }
}

async fn the_recent_part_is_verified_with_the_lots_it_touched(engine: Engine) {
    let plant = busy(engine).await;
    let lot = plant.lot_of(50).await;
    plant.book(take(&lot, 5)).await.unwrap();
    let end = plant.verify(VerifyRange::Full).await.to;
    plant.tamper("UPDATE stock SET quantity = 44000000 WHERE quantity = 45000000");
    let recent = plant.verify(VerifyRange::From(end - 1)).await;
    assert_eq!(recent.first_bad.unwrap().lot, Some(lot));
}

async fn every_lot_that_was_touched_is_compared_wherever_it_lies(engine: Engine) {
    let plant = Plant::on(engine).await;
    let mut lots = Vec::new();
    for n in 0..40 {
        lots.push(plant.lot_of(100 + n).await);
    }
    let from = plant.verify(VerifyRange::Full).await.to + 1;
    // One by itself, a few neighbours, a gap, and many side by side: to the last one of all.
    let touched: Vec<usize> = [0, 5, 6, 7].into_iter().chain(20..40).collect();
    for &at in touched.iter().rev() {
        plant.book(take(&lots[at], 1)).await.unwrap();
    }
    let sound = plant.verify(VerifyRange::From(from)).await;
    assert!(sound.ok, "{sound:?}");
    assert_eq!(sound.lots, touched.len() as u64);
    for at in touched {
        let lot = &lots[at];
        let change =
            |by: &str| format!("UPDATE stock SET quantity = quantity {by} WHERE lot = '{lot}'");
        plant.tamper(&change("+ 1000000"));
        let found = plant.verify(VerifyRange::From(from)).await;
        assert_eq!(found.first_bad.unwrap().lot.as_ref(), Some(lot), "{at}");
        plant.tamper(&change("- 1000000"));
    }
    plant.tamper(&format!("DELETE FROM lot WHERE lot = '{}'", lots[30]));
    let found = plant.verify(VerifyRange::From(from)).await.first_bad.unwrap();
    assert_eq!((found.what, found.lot.as_ref()), (Damage::LotAltered, Some(&lots[30])));
}

async fn any_range_is_verified_by_itself(engine: Engine) {
    let plant = busy(engine).await;
    let entries = plant.verify(VerifyRange::Full).await.to;
    for (from, upto) in [(0, 3), (1, 1), (7, 9), (5, entries), (5, entries + 9), (9, 3)] {
        let report = plant.verify(VerifyRange::Between(from, upto)).await;
        assert!(report.ok, "{from} to {upto}: {report:?}");
        let (from, last) = (from.max(1), upto.min(entries));
        assert_eq!(report.checked, (last + 1).saturating_sub(from), "{from} to {upto}");
        if report.checked > 0 {
            let sql = format!("SELECT lower(hex(hash)) FROM audit WHERE sequence = {last}");
            assert_eq!((report.head.sequence, report.head.hash), (last, plant.value(&sql)));
        }
    }
    // Movement n has entry n + 6; the third is the last of its lot, the fourth the first of another.
    plant.tamper("UPDATE movement SET station = 'PC-7' WHERE sequence = 4");
    assert!(plant.verify(VerifyRange::Between(1, 9)).await.ok);
    assert!(plant.verify(VerifyRange::Between(11, entries)).await.ok);
    for (from, upto) in [(10, 10), (1, 10), (10, entries)] {
        let bad = plant.verify(VerifyRange::Between(from, upto)).await.first_bad.unwrap();
        assert_eq!(
            (bad.what, bad.sequence),
            (Damage::MovementAltered, Some(4)),
            "{from} to {upto}"
        );
    }
}

#[tokio::test]
async fn a_damaged_file_is_a_finding() {
    let mut plant = busy(Engine::Sqlite).await;
    plant.ledger.close().await;
    // A page in the middle of the file becomes noise.
    let mut bytes = std::fs::read(plant.home.path()).unwrap();
    let page = usize::try_from(
        plant
            .value("SELECT rootpage FROM sqlite_schema WHERE name = 'movement_by_lot'")
            .parse::<u64>()
            .unwrap(),
    )
    .unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xA5);
    std::fs::write(plant.home.path(), bytes).unwrap();
    plant.restart().await;
    assert_eq!(first_bad(&plant, "noise").await.what, Damage::FileDamaged);
}

async fn old_keys_are_forgotten_and_young_ones_kept(engine: Engine) {
    let plant = Plant::on(engine).await;
    for n in 0..1_200 {
        plant.book_once(&format!("old {n}"), Action::Receive(receive("P-1", 1))).await.unwrap();
    }
    plant.clock.advance(31 * 86_400 * 1_000_000);
    plant.book_once("young", Action::Receive(receive("P-1", 1))).await.unwrap();
    let oldest = mtm_store::Clock::now(&*plant.clock).plus_micros(-30 * 86_400 * 1_000_000);
    assert_eq!(plant.ledger.purge_keys(oldest).await.unwrap(), 1_200);
    let young = plant.book_once("young", Action::Receive(receive("P-1", 1))).await.unwrap();
    assert!(young.replayed);
    assert!(plant.verify(VerifyRange::Full).await.ok);
}

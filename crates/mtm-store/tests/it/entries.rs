//! The entries of the audit chain as somebody reads them who has nothing else.

use std::collections::BTreeMap;

use mtm_core::audit::{self, Hash};
use mtm_core::word::PartId;
use mtm_store::entries::ChainEntry;

use crate::engine::{Engine, contract};
use crate::plant::Plant;
use crate::verify::busy;

contract!(
    entries_are_the_chain_and_bring_the_notes_they_hold_the_hash_of,
    a_movement_is_read_back_from_its_entry,
    entries_up_to_a_moment_are_counted,
);

/// All entries, read in pieces that fit nowhere.
async fn all(plant: &Plant) -> Vec<ChainEntry> {
    let newest = plant.ledger.chain_newest().await.unwrap();
    let mut all: Vec<ChainEntry> = Vec::new();
    loop {
        let from = all.len() as u64 + 1;
        let some = plant.ledger.chain_entries(from, newest, 7).await.unwrap();
        assert_eq!(some.len() as u64, (newest + 1 - from).min(7));
        if some.is_empty() {
            return all;
        }
        all.extend(some);
    }
}

async fn entries_are_the_chain_and_bring_the_notes_they_hold_the_hash_of(engine: Engine) {
    let plant = busy(engine).await;
    let entries = all(&plant).await;
    assert_eq!(entries.len().to_string(), plant.value("SELECT count(*) FROM audit"));
    let mut hash = Hash::GENESIS;
    let mut noted = 0;
    for (at, entry) in entries.iter().enumerate() {
        assert_eq!(entry.sequence, at as u64 + 1);
        hash = audit::chain(&hash, entry.entry.as_bytes());
        assert_eq!(entry.hash, hash, "entry {}", entry.sequence);
        let told = audit::movement_told(&entry.entry).and_then(|told| told.notes);
        let notes = entry.notes.as_ref();
        assert_eq!(notes.map(|(notes, salt)| audit::text_hash(salt, notes).hex()), told);
        noted += notes.map_or(0, |_| 1);
    }
    let in_log = plant.value("SELECT count(*) FROM movement WHERE notes IS NOT NULL");
    assert_eq!(noted.to_string(), in_log);
    assert!(noted >= 10, "{noted}");
    let some = plant.ledger.chain_entries(3, 5, 100).await.unwrap();
    assert_eq!(some, entries[2..5]);
}

async fn a_movement_is_read_back_from_its_entry(engine: Engine) {
    let plant = busy(engine).await;
    let told: Vec<_> =
        all(&plant).await.iter().filter_map(|it| audit::movement_told(&it.entry)).collect();
    assert_eq!(told.len().to_string(), plant.value("SELECT count(*) FROM movement"));
    let mut totals: BTreeMap<PartId, i64> = BTreeMap::new();
    for (at, movement) in told.iter().enumerate() {
        let of = |column: &str| {
            plant.value(&format!("SELECT {column} FROM movement WHERE sequence = {}", at + 1))
        };
        assert_eq!(movement.sequence, at as u64 + 1);
        assert_eq!(movement.part.to_string(), of("part_id"));
        assert_eq!(movement.lot.as_deref(), Some(of("lot").as_str()));
        *totals.entry(PartId(movement.part)).or_default() += movement.adds;
    }
    totals.retain(|_, units| *units != 0);
    let logged = plant.ledger.logged_totals(told.len() as u64).await.unwrap();
    assert_eq!(totals, logged);
    assert!(!totals.is_empty());
}

async fn entries_up_to_a_moment_are_counted(engine: Engine) {
    let plant = busy(engine).await;
    let newest = plant.ledger.chain_newest().await.unwrap();
    assert_eq!(newest.to_string(), plant.value("SELECT max(sequence) FROM audit"));
    for sequence in [1, newest / 2, newest] {
        let at = plant.ledger.chain_place(sequence).await.unwrap().unwrap().recorded_at;
        for moment in [at, at.plus_micros(1)] {
            let counted = plant.ledger.chain_until(moment).await.unwrap();
            let micros = moment.micros();
            let before = plant.value(&format!("SELECT count(*) FROM audit WHERE at < {micros}"));
            assert_eq!(counted.to_string(), before);
        }
    }
}

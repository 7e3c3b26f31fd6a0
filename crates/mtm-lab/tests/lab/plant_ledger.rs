//! A generated history is one that a real ledger accepts, booking by booking.

use mtm_core::word::{Quantity, Timestamp};
use mtm_lab::plant::{Export, Plant, PlantItem, PlantSpec, Scale, Table, digest};

use crate::ledger::Ledger;

fn end() -> Timestamp {
    Timestamp::parse("2026-11-23T06:00:00Z").unwrap()
}

fn every_booking_is_accepted(spec: &PlantSpec) -> Ledger {
    println!("{spec:?}");
    let mut ledger = Ledger::new();
    for item in Plant::new(spec).unwrap() {
        ledger.take_in(&item);
    }
    ledger
}

#[test]
fn the_domain_accepts_every_booking_without_a_confirmation() {
    let ledger = every_booking_is_accepted(&PlantSpec::of(Scale::Plant, 1, end()));
    assert!(ledger.movements.len() > 10_000);
    for seed in 2..8 {
        every_booking_is_accepted(&PlantSpec::of(Scale::Small, seed, end()));
    }
}

#[test]
fn odd_sizes_work_too() {
    let small = PlantSpec::of(Scale::Small, 11, end());
    // One part, hardly any room, a crowd of lots, no lots at all, a long quiet history.
    for spec in [
        PlantSpec { parts: 1, ..small },
        PlantSpec { locations: 10, buckets: 300, ..small },
        PlantSpec { buckets: 0, ..small },
        PlantSpec { buckets: 4_000, movements: 0, ..small },
        PlantSpec { movements: 20_000, days: 1, users: 3, ..small },
        PlantSpec { movements: 20_000, days: 1, locations: 10, users: 3, ..small },
        PlantSpec { movements: 300, days: 400, ..small },
        PlantSpec { utc_offset_minutes: -570, ..small },
    ] {
        every_booking_is_accepted(&spec);
    }
}

#[test]
fn memory_of_references_follows_the_stock_not_the_history() {
    let spec = PlantSpec::of(Scale::Plant, 3, end());
    let ledger = every_booking_is_accepted(&spec);
    let standing = ledger.stock().count();
    let remembered = ledger.references.lots();
    assert!(
        remembered < standing + standing / 4 + 100,
        "{remembered} lots remembered, {standing} buckets standing, {} lots made",
        ledger.lots.len()
    );
}

#[test]
fn the_history_ends_at_the_moment_asked_for_and_not_before_its_last_hour() {
    let spec = PlantSpec::of(Scale::Plant, 4, end());
    let last = Plant::new(&spec)
        .unwrap()
        .filter_map(|item| match item {
            PlantItem::Booking(booking) => Some(booking.at),
            _ => None,
        })
        .last()
        .unwrap();
    assert!(last < end());
    assert!(last.plus_micros(6 * 3_600_000_000) > end(), "the last booking is of {last}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_ever() {
    // These fingerprints are the promise: they change only with a deliberate change of the
    // generator, never with a machine, a run or a library.
    let small = PlantSpec::of(Scale::Small, 42, end());
    let plant = PlantSpec::of(Scale::Plant, 42, end());
    let known = [
        "2ef5215f3cbe58f607504073c945fc4ebdfd2c92e95ebd04f2447df62a0b2785",
        "59e549868aab6a6d20ff30c9e52207c8f447f98bfe74c452ebf430397844dd6c",
    ];
    assert_eq!([digest(&small).unwrap(), digest(&plant).unwrap()], known);
    assert_ne!(digest(&PlantSpec { seed: 43, ..small }).unwrap(), digest(&small).unwrap());
}

#[test]
fn pieces_are_conserved() {
    let ledger = every_booking_is_accepted(&PlantSpec::of(Scale::Small, 5, end()));
    let standing: i64 = ledger.stock().map(|(_, quantity)| quantity.whole()).sum();
    let moved: i64 = ledger
        .movements
        .values()
        .map(|movement| {
            let sign = i64::from(movement.to.bucket().is_some())
                - i64::from(movement.from.bucket().is_some());
            sign * movement.quantity.whole()
        })
        .sum();
    assert_eq!(standing, moved);
    assert!(ledger.stock().all(|(_, quantity)| quantity > Quantity::ZERO));
}

#[test]
fn an_exported_plant_is_tables_and_lines_and_its_fingerprint() {
    let spec = PlantSpec::of(Scale::Small, 42, end());
    let mut export = Export::new(|_| Ok(Vec::new())).unwrap();
    for item in Plant::new(&spec).unwrap() {
        export.write(&item).unwrap();
    }
    let (summary, files) = export.finish().unwrap();
    assert_eq!(summary.sha256, digest(&spec).unwrap());
    for ((table, (name, rows)), bytes) in Table::ALL.iter().zip(&summary.rows).zip(files) {
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(table.file_name(), *name);
        let headings = usize::from(*table != Table::Movements);
        assert_eq!(text.lines().count(), usize::try_from(*rows).unwrap() + headings, "{name}");
        assert!(text.lines().all(|line| !line.starts_with(['=', '+', '-', '@'])), "{name}");
        if *table == Table::Parts {
            let quoted = text.lines().nth(1).unwrap();
            assert_eq!(
                quoted,
                "24-32865-027,\"TUBE, FRONT AXLE RH\",Pampa Tractors,WIP,109 59,false,false"
            );
        }
        if *table == Table::Movements {
            for line in text.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(line["at"].is_string() && line["type"].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_reported() {
    let refused = Export::<Vec<u8>>::new(|table| match table {
        Table::Parts => Err(std::io::ErrorKind::PermissionDenied.into()),
        _ => Ok(Vec::new()),
    });
    assert_eq!(refused.err().unwrap().kind(), std::io::ErrorKind::PermissionDenied);
}

//! The whole way from a dump to the plan and the report, on a made-up plant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::classify::{LotClass, classify};
use super::plan::{MigrationPlan, SLOTS};
use super::plant::{LegacyError, LegacyPlant, read_plant};
use super::report::{ReconciliationReport, legacy_stock, reconcile};

const DUMP: &str = include_str!("../../tests/legacy/plant.sql");

fn zone() -> TimeZone {
    TimeZone::get("America/Chicago").unwrap()
}

fn migrated() -> (LegacyPlant, MigrationPlan, ReconciliationReport) {
    let plant = read_plant(DUMP.as_bytes()).unwrap();
    let (plan, report) = reconcile(&plant, &zone()).unwrap();
    (plant, plan, report)
}

#[test]
fn the_report_reads_well() {
    let (_, _, report) = migrated();
    insta::assert_snapshot!("report_text", report.text());
}

#[test]
fn the_report_is_data() {
    let (_, _, report) = migrated();
    insta::assert_json_snapshot!("report", report);
}

#[test]
fn the_plan_is_data() {
    let (_, plan, _) = migrated();
    insta::assert_json_snapshot!("plan", plan);
}

#[test]
fn every_class_is_there_and_they_sum_to_all_lots() {
    let (plant, _, report) = migrated();
    let lots = classify(&plant);
    for class in LotClass::ALL {
        assert!(report.classes.class(class).lots > 0, "{} is missing", class.as_str());
    }
    let sum: u64 = LotClass::ALL.iter().map(|class| report.classes.class(*class).lots).sum();
    assert_eq!((sum, report.lots), (lots.len() as u64, lots.len() as u64));
}

#[test]
fn openings_equal_the_legacy_stock_by_part_operation_and_location() {
    let (plant, plan, _) = migrated();
    let mut opened = BTreeMap::new();
    for opening in &plan.stock.openings {
        let place = (&opening.part, &opening.operation, &opening.location);
        *opened.entry(place).or_insert(0) += opening.quantity.whole();
    }
    let legacy = legacy_stock(&plant);
    let legacy: BTreeMap<_, _> = legacy
        .iter()
        .map(|total| ((&total.part, &total.operation, &total.location), total.pieces))
        .collect();
    assert_eq!(opened, legacy);
}

#[test]
fn a_plan_can_be_applied_from_top_to_bottom() {
    let (_, plan, _) = migrated();
    let codes = |codes: Vec<&str>| -> BTreeSet<String> {
        codes.into_iter().map(mtm_core::word::fold).collect()
    };
    let masters = &plan.masters;
    let parts = codes(masters.parts.iter().map(|part| part.code.as_str()).collect());
    let operations = codes(masters.operations.iter().map(|it| it.code.as_str()).collect());
    let locations = codes(masters.locations.iter().map(|it| it.code.as_str()).collect());
    let item_types = codes(masters.item_types.iter().map(|it| it.code.as_str()).collect());
    let colors = codes(masters.color_codes.iter().map(|it| it.code.as_str()).collect());
    let users = codes(plan.people.users.iter().map(|user| user.name.as_str()).collect());
    let known = |codes: &BTreeSet<String>, code: &str| {
        assert!(codes.contains(&mtm_core::word::fold(code)), "{code} is created too late");
    };
    for part in &masters.parts {
        part.attributes.operations.iter().for_each(|step| known(&operations, step.as_str()));
        part.attributes.item_type.iter().for_each(|kind| known(&item_types, kind.as_str()));
    }
    let mut lots = BTreeSet::new();
    for lot in &plan.stock.lots {
        assert!(lots.insert(lot.number.clone()), "lot {} comes twice", lot.number);
        known(&parts, lot.part.as_str());
        lot.item_type.iter().for_each(|kind| known(&item_types, kind.as_str()));
        lot.color_code.iter().for_each(|color| known(&colors, color.as_str()));
        lot.received_by.iter().for_each(|user| known(&users, user.as_str()));
        assert!(lot.number.counter().is_none_or(|number| number < plan.stock.next_lot));
    }
    let mut buckets = BTreeSet::new();
    for opening in &plan.stock.openings {
        assert!(lots.contains(&opening.lot) && !opening.quantity.is_zero());
        known(&operations, opening.operation.as_str());
        known(&locations, opening.location.as_str());
        assert!(buckets.insert((&opening.operation, &opening.location, &opening.lot)));
    }
    let mut slots = BTreeSet::new();
    for button in &plan.buttons.planned {
        known(&users, button.user.as_str());
        known(&parts, button.part.as_str());
        known(&operations, button.operation.as_str());
        assert!((1..=SLOTS).contains(&button.slot));
        assert!(slots.insert((&button.user, button.slot)));
    }
}

#[test]
fn every_log_row_is_kept_exactly_as_it_was() {
    let (_, plan, _) = migrated();
    let record = |id| plan.history.iter().find(|record| record.legacy_id == id).unwrap();
    assert_eq!(plan.history.len(), 22);
    assert!(record(101).verbatim.contains(r#""Notes":"it's fine; keep""#));
    assert!(record(101).verbatim.contains(r#""WorkOrder":"60723""#));
    assert_eq!(record(101).work_order.as_ref().unwrap().as_str(), "WO-060723");
    assert!(record(123).verbatim.contains("großer Käfig"));
    assert!(record(124).verbatim.contains(r#""TransactionType":"SCRAP""#));
    assert!(record(124).verbatim.contains(r#""ReceiveDate":"not a time""#));
    assert_eq!((record(124).kind.as_str(), record(124).occurred_at), ("scrap", None));
    assert_eq!(record(103).actor, None, "who took it is unknown");
    assert_eq!(record(103).user.as_ref().unwrap().as_str(), "ANN");
}

#[test]
fn no_secret_of_the_dump_survives_reading() {
    let (plant, plan, report) = migrated();
    let everything = [
        format!("{plant:?}"),
        serde_json::to_string(&plan).unwrap(),
        serde_json::to_string(&report).unwrap(),
        report.text(),
    ];
    assert!(DUMP.contains("PIN-OF-ANN") && DUMP.contains("PASSWORD-OF"));
    for text in everything {
        assert!(!text.contains("PIN-OF") && !text.contains("PASSWORD-OF"));
    }
}

#[test]
fn the_same_dump_gives_the_same_plan_and_another_one_another_hash() {
    let (_, plan, report) = migrated();
    let (_, again, same) = migrated();
    assert_eq!((&plan, &report), (&again, &same));
    let other = DUMP.replace("-- A made-up plant", "-- Another plant");
    let other = read_plant(other.as_bytes()).unwrap();
    assert_ne!(other.source.sha256, plan.source_sha256);
}

#[test]
fn a_dump_cut_at_any_byte_gives_no_plan() {
    // The last line is the end mark: only cuts inside its date are harmless.
    let mark = DUMP.find("-- Dump completed").unwrap() + "-- Dump completed".len();
    // Every byte of the end, and every seventh before: a cut costs a whole parse.
    for cut in (0..mark).step_by(7).chain(mark - 400..mark) {
        let error = read_plant(&DUMP.as_bytes()[..cut]).unwrap_err();
        assert!(!error.code().is_empty() && !error.next_step().is_empty(), "cut at {cut}");
    }
    assert!(read_plant(&DUMP.as_bytes()[..mark]).is_ok());
}

#[test]
fn values_that_would_make_figures_wrong_are_refused() {
    let refused = |from: &str, to: &str| -> LegacyError {
        assert!(DUMP.contains(from));
        read_plant(DUMP.replace(from, to).as_bytes()).unwrap_err()
    };
    let error = refused("'A-100','R-A1-01','19',100,", "'A-100','R-A1-01','19','many',");
    assert_eq!(error.code(), "legacy_value_invalid");
    assert_eq!(
        error.to_string(),
        "\"many\" in column Quantity is not a whole number — line 39 (byte 1664), \
         table inv_inventory"
    );
    assert_eq!(refused("(2,'A-100','R-A1-02'", "(1,'A-100','R-A1-02'").code(), "legacy_row_twice");
    let error = refused("'19',100,'WIP'", "'19',9999999999999,'WIP'");
    assert_eq!(error.code(), "legacy_value_invalid");
    let error = refused("`Quantity` int(11) NOT NULL,\n  `ItemType`", "`ItemType`");
    assert_eq!(error.code(), "dump_column_missing");
}

//! Faults of single rows: quantities, lots, times, actors, spellings of unknown.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use mtm_core::word::{LotNumber, fold};

use super::{Finding, Gathered, Kind};
use crate::legacy::classify::Lots;
use crate::legacy::plan::{MigrationPlan, SetAsideReason};
use crate::legacy::plant::{LegacyPlant, LocalTime, LogKind, Moment};

const STOCK: &str = "inv_inventory";
const LOG: &str = "inv_transaction";
const BUTTONS: &str = "sys_last_10_transactions";
/// The most pieces that one booking may hold here unless a part says otherwise.
const BOUND: i64 = 100_000;

pub(super) fn findings(
    plant: &LegacyPlant,
    lots: &Lots,
    plan: &MigrationPlan,
    zone: &TimeZone,
) -> Vec<Finding> {
    [
        set_aside(plan),
        part_number_quantities(plant, plan),
        quantities_out_of_bound(plant),
        quantities_not_positive(plant),
        rows_without_lot(plant),
        lots_renumbered(plan),
        lots_in_several_places(plan),
        merged_buckets(plan),
        lots_of_several_parts(plant, lots),
        attributes_dropped(plant, plan),
        actors_unknown(plant),
        kinds_unknown(plant),
        times(plant, zone, true),
        times(plant, zone, false),
        spellings_of_unknown(plant),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn set_aside(plan: &MigrationPlan) -> Option<Finding> {
    let mut found = Gathered::default();
    for row in &plan.stock.set_aside {
        let why = match row.reason {
            SetAsideReason::Zero => "quantity zero",
            SetAsideReason::Negative => "quantity below zero",
            SetAsideReason::NoPart => "no valid part number",
            SetAsideReason::NoLocation => "no valid location",
            SetAsideReason::NoOperation => "no valid operation",
        };
        let shown =
            |text: &str| if text.trim().is_empty() { "—".into() } else { text.to_owned() };
        let (lot, part, place) = (shown(&row.lot), shown(&row.part), shown(&row.location));
        let subject = format!("{why}: lot {lot} of {part} in {place}");
        found.add_pieces(STOCK, subject, row.legacy_id, row.quantity);
    }
    found.finding(Kind {
        code: "stock_set_aside",
        title: "Stock rows that name no pieces or no bucket",
        decision: "Not taken over: look for the material and receive what is really there.",
    })
}

/// Table, row id, quantity and subject of every row with a quantity.
fn quantities(plant: &LegacyPlant) -> impl Iterator<Item = (&'static str, i64, i64, String)> {
    let name = |lot: Option<&str>, part: Option<&str>| {
        format!("lot {} of {}", lot.unwrap_or("without number"), part.unwrap_or("no part"))
    };
    let stock = plant.stock.iter().map(move |row| {
        (STOCK, row.id, row.quantity, name(row.lot.verbatim(), row.part.verbatim()))
    });
    let log = plant
        .log
        .iter()
        .map(move |row| (LOG, row.id, row.quantity, name(row.lot.verbatim(), row.part.verbatim())));
    stock.chain(log)
}

fn part_number_quantities(plant: &LegacyPlant, plan: &MigrationPlan) -> Option<Finding> {
    let parts: HashSet<&str> = plan.masters.parts.iter().map(|part| part.code.as_str()).collect();
    let mut found = Gathered::default();
    for (table, id, quantity, subject) in quantities(plant) {
        if parts.contains(quantity.to_string().as_str()) {
            found.add_pieces(table, subject, id, quantity);
        }
    }
    found.finding(Kind {
        code: "quantity_is_part_number",
        title: "Quantities that are part numbers",
        decision: "Kept as they are, in the history and in stock; count what still stands.",
    })
}

fn quantities_out_of_bound(plant: &LegacyPlant) -> Option<Finding> {
    let mut found = Gathered::default();
    for (table, id, quantity, subject) in quantities(plant) {
        if quantity.abs() > BOUND {
            found.add_pieces(table, subject, id, quantity);
        }
    }
    found.finding(Kind {
        code: "quantity_out_of_range",
        title: "Quantities above 100,000",
        decision: "Kept as they are: openings are exempt from the bound; count what still stands.",
    })
}

fn quantities_not_positive(plant: &LegacyPlant) -> Option<Finding> {
    let mut found = Gathered::default();
    let buttons = plant.quick_buttons.iter().map(|row| {
        let part = row.part.verbatim().unwrap_or_default();
        (BUTTONS, row.id, row.quantity, format!("quick button of {part}"))
    });
    for (table, id, quantity, subject) in quantities(plant).chain(buttons) {
        if quantity <= 0 {
            found.add_pieces(table, subject, id, quantity);
        }
    }
    found.finding(Kind {
        code: "quantity_not_positive",
        title: "Quantities of zero or below",
        decision: "Kept in the history; no opening and no quick button is made of them.",
    })
}

fn rows_without_lot(plant: &LegacyPlant) -> Option<Finding> {
    let mut found = Gathered::default();
    for row in plant.stock.iter().filter(|row| row.lot.value().is_none()) {
        let part = row.part.verbatim().unwrap_or_default();
        found.add_pieces(STOCK, format!("stock of {part}"), row.id, row.quantity);
    }
    for row in plant.log.iter().filter(|row| row.lot.value().is_none()) {
        let subject = format!("{} of {}", row.kind_text, row.part.verbatim().unwrap_or_default());
        found.add_pieces(LOG, subject, row.id, row.quantity);
    }
    found.finding(Kind {
        code: "row_without_lot",
        title: "Rows without a usable lot number",
        decision: "Stock gets a fresh lot number per row; log rows stay in the history and belong \
                   to no class.",
    })
}

fn lots_renumbered(plan: &MigrationPlan) -> Option<Finding> {
    let fresh: HashMap<&LotNumber, _> = plan
        .stock
        .lots
        .iter()
        .filter(|lot| lot.renumbered)
        .map(|lot| (&lot.number, lot.legacy_number.as_deref()))
        .collect();
    let mut found = Gathered::default();
    for opening in &plan.stock.openings {
        let Some(legacy) = fresh.get(&opening.lot) else { continue };
        let before = match legacy {
            Some(number) if !number.trim().is_empty() => format!("was lot {number:?}"),
            _ => "had no lot number".to_owned(),
        };
        let subject = format!("{} of {}: {before}", opening.lot, opening.part);
        found.add_rows(STOCK, subject, &opening.legacy_ids, opening.quantity.whole());
    }
    found.finding(Kind {
        code: "lot_renumbered",
        title: "Stock under a fresh lot number",
        decision: "Numbers above every legacy one; print new labels for these containers.",
    })
}

fn lots_in_several_places(plan: &MigrationPlan) -> Option<Finding> {
    let mut places = BTreeMap::<&LotNumber, Vec<_>>::new();
    for opening in &plan.stock.openings {
        places.entry(&opening.lot).or_default().push(opening);
    }
    let mut found = Gathered::default();
    for (lot, openings) in places.into_iter().filter(|(_, openings)| openings.len() > 1) {
        for opening in openings {
            let subject = format!("lot {lot} of {}", opening.part);
            found.add_rows(STOCK, subject, &opening.legacy_ids, opening.quantity.whole());
        }
    }
    found.finding(Kind {
        code: "lot_in_several_places",
        title: "Lots that stand in several places",
        decision: "One opening per place, under the same lot number.",
    })
}

fn merged_buckets(plan: &MigrationPlan) -> Option<Finding> {
    let mut found = Gathered::default();
    for opening in plan.stock.openings.iter().filter(|opening| opening.legacy_ids.len() > 1) {
        let subject = format!(
            "lot {} of {}, operation {}, in {}",
            opening.lot, opening.part, opening.operation, opening.location
        );
        found.add_rows(STOCK, subject, &opening.legacy_ids, opening.quantity.whole());
    }
    found.finding(Kind {
        code: "bucket_in_several_rows",
        title: "Several stock rows of one lot in one place at one operation",
        decision: "One opening of their sum.",
    })
}

fn lots_of_several_parts(plant: &LegacyPlant, lots: &Lots) -> Option<Finding> {
    let mut found = Gathered::default();
    let stock = plant.stock.iter().map(|row| (STOCK, row.id, &row.lot, &row.part));
    let log = plant.log.iter().map(|row| (LOG, row.id, &row.lot, &row.part));
    for (table, id, lot, part) in stock.chain(log) {
        let (Some(lot), Some(part)) = (lot.value(), part.value()) else { continue };
        let first = lots.get(lot).and_then(|balance| balance.part.as_ref());
        if first.is_some_and(|first| first != part) {
            found.add(table, format!("lot {lot}: {part}"), Some(id));
        }
    }
    found.finding(Kind {
        code: "lot_of_several_parts",
        title: "Lot numbers that stand for several parts",
        decision: "The number stays with one part; stock of each other part gets a fresh one.",
    })
}

/// Attributes of stock rows that the lot, which has one set of them, does not carry.
fn attributes_dropped(plant: &LegacyPlant, plan: &MigrationPlan) -> Option<Finding> {
    let lots: HashMap<&str, _> =
        plan.stock.lots.iter().map(|lot| (lot.number.as_str(), lot)).collect();
    let mut found = Gathered::default();
    for row in plant.stock.iter().filter(|row| row.quantity > 0) {
        let Some(number) = row.lot.value() else { continue };
        let Some(lot) = lots.get(number.as_str()).filter(|lot| Some(&lot.part) == row.part.value())
        else {
            continue;
        };
        let mut dropped = |what: &str, row_value: Option<&str>, lot_value: Option<&str>| {
            if let Some(value) = row_value.filter(|_| row_value != lot_value) {
                found.add(STOCK, format!("lot {number}: {what} {value:?}"), Some(row.id));
            }
        };
        dropped(
            "notes",
            row.notes.value().map(AsRef::as_ref),
            lot.notes.as_ref().map(AsRef::as_ref),
        );
        dropped(
            "colour",
            row.color.value().map(AsRef::as_ref),
            lot.color_code.as_ref().map(AsRef::as_ref),
        );
        dropped(
            "work order",
            row.work_order.value().map(AsRef::as_ref),
            lot.work_order.as_ref().map(AsRef::as_ref),
        );
        dropped(
            "item type",
            row.item_type.value().map(AsRef::as_ref),
            lot.item_type.as_ref().map(AsRef::as_ref),
        );
    }
    found.finding(Kind {
        code: "lot_attributes_differ",
        title: "Rows of one lot that disagree on its attributes",
        decision: "The lot keeps those of its first row; the others are listed here.",
    })
}

fn actors_unknown(plant: &LegacyPlant) -> Option<Finding> {
    let mut entered = HashMap::new();
    for row in plant.log.iter().filter(|row| row.kind == LogKind::In) {
        entered.entry(row.lot.value()).or_insert(row.user.value());
    }
    let mut found = Gathered::default();
    for row in plant.log.iter().filter(|row| row.kind == LogKind::Out) {
        let subject = match entered.get(&row.lot.value()) {
            None => "the log has no receipt to compare with",
            Some(user) if *user == row.user.value() => "the user is the one who entered the lot",
            Some(_) => "the user is another one than entered the lot",
        };
        found.add(LOG, subject, None);
    }
    found.finding(Kind {
        code: "actor_unknown",
        title: "OUT rows, whose user entered the lot instead of taking it",
        decision: "The legacy record keeps the user; its actor is unknown.",
    })
}

fn kinds_unknown(plant: &LegacyPlant) -> Option<Finding> {
    let mut found = Gathered::default();
    for row in plant.log.iter().filter(|row| row.kind == LogKind::Other) {
        found.add_pieces(LOG, format!("type {:?}", row.kind_text), row.id, row.quantity);
    }
    found.finding(Kind {
        code: "log_type_unknown",
        title: "Log rows of a type nobody knows",
        decision: "Kept in the history; they count in no class.",
    })
}

fn times(plant: &LegacyPlant, zone: &TimeZone, unreadable: bool) -> Option<Finding> {
    let mut found = Gathered::default();
    let mut judge = |table: &'static str, id: i64, time: &LocalTime| {
        let wanted = match time.in_zone(zone) {
            Moment::Exact(_) => false,
            Moment::Ambiguous(_) => !unreadable,
            Moment::Unreadable => unreadable,
        };
        if wanted {
            found.add(table, format!("{:?}", time.verbatim()), Some(id));
        }
    };
    plant.stock.iter().for_each(|row| judge(STOCK, row.id, &row.received));
    plant.log.iter().for_each(|row| judge(LOG, row.id, &row.at));
    found.finding(if unreadable {
        Kind {
            code: "time_unreadable",
            title: "Times that are no date",
            decision: "Unknown in the history; such stock counts as received last.",
        }
    } else {
        Kind {
            code: "time_ambiguous",
            title: "Times that the clock showed twice or skipped",
            decision: "The earlier of both; after a skipped hour, the hour after it.",
        }
    })
}

fn spellings_of_unknown(plant: &LegacyPlant) -> Option<Finding> {
    let mut found = Gathered::default();
    let mut spelled = |table: &'static str, column: &str, original: Option<&str>, known: bool| {
        if let Some(text) = original.filter(|text| !known && !fold(text).is_empty()) {
            found.add(table, format!("{column} {text:?}"), None);
        }
    };
    for row in &plant.stock {
        spelled(STOCK, "ColorCode", row.color.original(), row.color.value().is_some());
        spelled(STOCK, "WorkOrder", row.work_order.original(), row.work_order.value().is_some());
        spelled(STOCK, "ItemType", row.item_type.original(), row.item_type.value().is_some());
    }
    for row in &plant.log {
        spelled(LOG, "ColorCode", row.color.original(), row.color.value().is_some());
        spelled(LOG, "WorkOrder", row.work_order.original(), row.work_order.value().is_some());
        spelled(LOG, "ItemType", row.item_type.original(), row.item_type.value().is_some());
    }
    found.finding(Kind {
        code: "spellings_of_unknown",
        title: "Several spellings of unknown",
        decision: "One meaning: unknown is empty. The history keeps the spelling.",
    })
}

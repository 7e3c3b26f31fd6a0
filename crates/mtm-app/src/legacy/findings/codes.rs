//! Codes: absent from the master data, invalid, rewritten, defined twice.

use std::collections::HashSet;

use mtm_core::word::{WordError, fold};

use super::{Finding, FindingItem, Gathered, Kind};
use crate::legacy::plan::{MigrationPlan, Named, PlannedMaster};
use crate::legacy::plant::{LegacyPlant, Reading};

pub(super) fn findings(plant: &LegacyPlant, plan: &MigrationPlan) -> Vec<Finding> {
    let masters = &plan.masters;
    [
        absent("absent_part", "Parts that the master data lacks", "md_part_ids", &masters.parts),
        absent(
            "absent_location",
            "Locations that the master data lacks",
            "md_locations",
            &masters.locations,
        ),
        absent(
            "absent_operation",
            "Operations that the master data lacks",
            "md_operation_numbers",
            &masters.operations,
        ),
        absent(
            "absent_item_type",
            "Item types that the master data lacks",
            "md_item_types",
            &masters.item_types,
        ),
        absent(
            "absent_color_code",
            "Colour codes that the master data lacks",
            "md_color_codes",
            &masters.color_codes,
        ),
        absent_users(plan),
        invalid(plant),
        rewritten(plan),
        twice(plan),
        routings(plant),
        buildings(plant),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn absent<C: AsRef<str>, A>(
    code: &'static str,
    title: &'static str,
    table: &'static str,
    records: &[PlannedMaster<C, A>],
) -> Option<Finding> {
    let known: Vec<&str> = records
        .iter()
        .filter(|record| !record.unverified)
        .map(|record| record.code.as_ref())
        .collect();
    let items = records
        .iter()
        .filter(|record| record.unverified)
        .map(|record| {
            let name = record.code.as_ref();
            let twin = similar(name, &known).map(|twin| format!(", like {twin}"));
            let named = named(record.named);
            FindingItem {
                subject: format!("{name} ({named}{})", twin.unwrap_or_default()),
                table,
                rows: record.named.rows(),
                pieces: None,
                ids: Vec::new(),
            }
        })
        .collect();
    let decision = "Created and flagged unverified: somebody should confirm, rename or retire it.";
    Finding::new(Kind { code, title, decision }, items)
}

fn absent_users(plan: &MigrationPlan) -> Option<Finding> {
    let items = plan
        .people
        .users
        .iter()
        .filter(|user| user.unverified)
        .map(|user| FindingItem {
            subject: format!("{} ({})", user.name, named(user.named)),
            table: "usr_users",
            rows: user.named.rows(),
            pieces: None,
            ids: Vec::new(),
        })
        .collect();
    let kind = Kind {
        code: "absent_user",
        title: "Users that the user table lacks",
        decision: "Created as disabled viewers, flagged unverified.",
    };
    Finding::new(kind, items)
}

fn named(named: Named) -> String {
    let counts = [
        (named.stock, "stock"),
        (named.log, "log"),
        (named.quick_buttons, "quick buttons"),
        (named.master_data, "master data"),
    ];
    let named: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, place)| format!("{place} {count}"))
        .collect();
    named.join(", ")
}

/// The known code that `code` was probably meant to be: at most two letters apart.
fn similar<'k>(code: &str, known: &[&'k str]) -> Option<&'k str> {
    let code: Vec<char> = fold(code).chars().collect();
    if code.len() < 6 {
        return None;
    }
    let near = known.iter().filter(|other| other.chars().count().abs_diff(code.len()) <= 2);
    let distances = near.map(|other| {
        let letters: Vec<char> = fold(other).chars().collect();
        (distance(&code, &letters), *other)
    });
    distances.filter(|(distance, _)| *distance <= 2).min().map(|(_, other)| other)
}

/// Letters to insert, remove or replace to make `b` of `a`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn invalid(plant: &LegacyPlant) -> Option<Finding> {
    let mut found = Gathered::default();
    let mut judge = |table, column: &str, id, text: Option<&str>, fault: Option<&WordError>| {
        if let Some(fault) = fault {
            let text: String = text.unwrap_or_default().chars().take(60).collect();
            found.add(table, format!("{column} {text:?}: {fault}"), id);
        }
    };
    macro_rules! judge {
        ($table:literal, $rows:expr, $($field:ident as $column:literal),+) => {
            for row in $rows {
                $(judge(
                    $table, $column, Option::<i64>::from(row.id), row.$field.verbatim(), row.$field.fault(),
                );)+
            }
        };
    }
    judge!("md_part_ids", &plant.parts, code as "PartID", item_type as "ItemType");
    judge!("md_locations", &plant.locations, code as "Location");
    judge!("md_operation_numbers", &plant.operations, code as "Operation");
    judge!("md_item_types", &plant.item_types, code as "ItemType");
    judge!("md_color_codes", &plant.colors, code as "ColorCode");
    judge!("usr_users", &plant.users, name as "User");
    judge!(
        "inv_inventory", &plant.stock, part as "PartID", location as "Location",
        operation as "Operation", item_type as "ItemType", user as "User", lot as "BatchNumber",
        notes as "Notes", color as "ColorCode", work_order as "WorkOrder"
    );
    judge!(
        "inv_transaction", &plant.log, part as "PartID", from as "FromLocation",
        to as "ToLocation", operation as "Operation", item_type as "ItemType", user as "User",
        lot as "BatchNumber", notes as "Notes", color as "ColorCode", work_order as "WorkOrder"
    );
    judge!(
        "sys_last_10_transactions", &plant.quick_buttons, user as "User", part as "PartID",
        operation as "Operation"
    );
    found.finding(Kind {
        code: "value_invalid",
        title: "Values that are no valid code here",
        decision: "Unknown, with the text kept in the history; stock that needs it is set aside.",
    })
}

/// Master data whose code changes when folded.
fn rewritten(plan: &MigrationPlan) -> Option<Finding> {
    fn gather<C: AsRef<str>, A>(
        found: &mut Gathered,
        table: &'static str,
        records: &[PlannedMaster<C, A>],
    ) {
        for record in records.iter().filter(|record| !record.unverified) {
            if let Some(legacy) = &record.legacy_code {
                let subject = format!("{legacy} → {}", record.code.as_ref());
                found.add(table, subject, record.legacy_id);
            }
        }
    }
    let mut found = Gathered::default();
    gather(&mut found, "md_part_ids", &plan.masters.parts);
    gather(&mut found, "md_locations", &plan.masters.locations);
    gather(&mut found, "md_operation_numbers", &plan.masters.operations);
    gather(&mut found, "md_item_types", &plan.masters.item_types);
    gather(&mut found, "md_color_codes", &plan.masters.color_codes);
    found.finding(Kind {
        code: "code_rewritten",
        title: "Codes written another way here",
        decision: "Trimmed, runs of blanks folded, upper-cased; both spellings find the record.",
    })
}

fn twice(plan: &MigrationPlan) -> Option<Finding> {
    let mut found = Gathered::default();
    for (kind, code, id) in &plan.masters.twice {
        found.add(kind, code.as_str(), *id);
    }
    found.finding(Kind {
        code: "master_twice",
        title: "Codes that the master data defines twice",
        decision: "The first is taken over with its attributes; the others are dropped.",
    })
}

fn routings(plant: &LegacyPlant) -> Option<Finding> {
    let mut found = Gathered::default();
    for part in &plant.parts {
        if let Some(text) = &part.unreadable_operations {
            let code = part.code.verbatim().unwrap_or_default();
            let text: String = text.chars().take(60).collect();
            found.add("md_part_ids", format!("{code}: {text}"), Some(part.id));
        }
        for step in part.operations.iter().filter(|step| step.value().is_none()) {
            let code = part.code.verbatim().unwrap_or_default();
            let text = format!("{code}: step {:?}", Reading::verbatim(step).unwrap_or_default());
            found.add("md_part_ids", text, Some(part.id));
        }
    }
    found.finding(Kind {
        code: "routing_unreadable",
        title: "Routings that are no list of operations",
        decision: "The part has no routing, or one without that step.",
    })
}

/// Locations whose building is really a user: a slip of an old form.
fn buildings(plant: &LegacyPlant) -> Option<Finding> {
    let names = plant.users.iter().filter_map(|user| user.name.value());
    let users: HashSet<String> = names.map(|name| fold(name.as_str())).collect();
    let mut found = Gathered::default();
    for location in &plant.locations {
        let Some(building) = &location.building else { continue };
        if users.contains(&fold(building)) {
            let code = location.code.verbatim().unwrap_or_default();
            found.add("md_locations", format!("{code} in {building}"), Some(location.id));
        }
    }
    found.finding(Kind {
        code: "building_is_user",
        title: "Locations whose building is a user's name",
        decision: "Taken over as they are; correct the building.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_place_finds_its_twin() {
        let known = ["FLOOR - WIP AISLE", "FLOOR - WASHER AISLE", "R-A1-01"];
        assert_eq!(similar("FLOOR - WIP ISLE", &known), Some("FLOOR - WIP AISLE"));
        assert_eq!(similar("R-A1-02x", &known), Some("R-A1-01"));
        assert_eq!(similar("NOWHERE NEAR", &known), None);
        assert_eq!(similar("R-A1", &known), None);
    }
}

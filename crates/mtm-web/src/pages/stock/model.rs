//! Stock in the words of its page.

use mtm_app::query::{GroupBy, StockGroup, StockRow};
use mtm_core::catalogue::Catalogue;
use mtm_core::word::Timestamp;

use super::entry;
use crate::pages::form::Form;
use crate::pages::words;
use crate::ui::components::field::{Choice, Entry};
use crate::ui::page::stock::{self, Group, StockFilters};
use crate::web::Web;

/// The filters as they stand in the address.
pub(super) fn filters(web: &Web, query: &Form, as_of: Entry, group_by: Vec<Group>) -> StockFilters {
    let catalogue = web.app().catalogue();
    let mut buildings: Vec<String> =
        catalogue.locations.iter().filter_map(|location| location.building.clone()).collect();
    buildings.sort_unstable();
    buildings.dedup();
    StockFilters {
        q: entry(query, "q"),
        part: entry(query, "part"),
        operation: entry(query, "operation"),
        location: entry(query, "location"),
        building: entry(query, "building"),
        buildings: buildings.into_iter().map(|name| Choice::new(name.clone(), name)).collect(),
        as_of,
        group_by,
    }
}

pub(super) const fn column(group: Group) -> GroupBy {
    match group {
        Group::Part => GroupBy::Part,
        Group::Operation => GroupBy::Operation,
        Group::Location => GroupBy::Location,
        Group::Building => GroupBy::Building,
    }
}

/// A bucket.
pub(super) fn bucket(catalogue: &Catalogue, now: Timestamp, row: &StockRow) -> stock::StockRow {
    let hold = || words::hold(catalogue, &row.lot, &row.part, &row.location);
    stock::StockRow {
        part: row.part.to_string(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        building: row.building.clone().unwrap_or_default(),
        lot: row.lot.to_string(),
        quantity: row.quantity.whole(),
        lots: 1,
        attributes: words::joined([
            row.work_order.as_ref().map(ToString::to_string),
            row.color_code.as_ref().map(ToString::to_string),
            row.notes.as_ref().map(ToString::to_string),
        ]),
        received_at: row.received_at.to_string(),
        age: words::age(row.received_at, now),
        hold: row.held.then(|| hold().unwrap_or_default()),
        reserved: row.reserved,
    }
}

/// A sum.
pub(super) fn sum(group: &StockGroup) -> stock::StockRow {
    stock::StockRow {
        part: group.part.as_ref().map(ToString::to_string).unwrap_or_default(),
        operation: group.operation.as_ref().map(ToString::to_string).unwrap_or_default(),
        location: group.location.as_ref().map(ToString::to_string).unwrap_or_default(),
        building: group.building.clone().unwrap_or_default(),
        quantity: group.quantity.whole(),
        lots: i64::try_from(group.lots).unwrap_or(i64::MAX),
        ..stock::StockRow::default()
    }
}

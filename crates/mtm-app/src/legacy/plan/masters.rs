//! Master data to create: what the legacy tables define, and what other rows name without it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use mtm_core::word::{ColorCode, ItemType, LocationCode, OperationCode, PartCode, fold};
use serde::Serialize;

use super::buttons::Buttons;
use crate::legacy::plant::{LegacyPlant, Reading};

/// How often rows name a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Named {
    /// Rows of the stock table.
    pub stock: u64,
    /// Rows of the log.
    pub log: u64,
    /// Quick buttons.
    pub quick_buttons: u64,
    /// Other master data: routings and item types of parts.
    pub master_data: u64,
}

impl Named {
    /// Rows of any kind.
    pub fn rows(self) -> u64 {
        self.stock + self.log + self.quick_buttons + self.master_data
    }

    pub(super) fn count(&mut self, by: By) {
        match by {
            By::Stock => self.stock += 1,
            By::Log => self.log += 1,
            By::QuickButton => self.quick_buttons += 1,
            By::Master => self.master_data += 1,
        }
    }
}

/// Which kind of row names a code.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    Stock,
    Log,
    QuickButton,
    Master,
}

/// One record of master data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedMaster<C, A> {
    /// Its code.
    pub code: C,
    /// Attributes of its kind.
    #[serde(flatten)]
    pub attributes: A,
    /// Whether rows name it although the legacy master data does not define it.
    pub unverified: bool,
    /// Row id in the legacy master data, if defined there.
    pub legacy_id: Option<i64>,
    /// The legacy spelling where it differs from the code.
    pub legacy_code: Option<String>,
    /// How often rows name it.
    pub named: Named,
}

/// What a part has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PartAttributes {
    /// Description.
    pub description: Option<String>,
    /// Customer.
    pub customer: Option<String>,
    /// Item type of its lots.
    pub item_type: Option<ItemType>,
    /// Whether its lots should carry a colour code.
    pub requires_color: bool,
    /// Its routing, in order; empty for none.
    pub operations: Vec<OperationCode>,
}

/// What a location has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LocationAttributes {
    /// Building it stands in.
    pub building: Option<String>,
}

/// What has a code only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NoAttributes {}

/// Master data in the order of creation: what others refer to comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Masters {
    /// Item types.
    pub item_types: Vec<PlannedMaster<ItemType, NoAttributes>>,
    /// Colour codes.
    pub color_codes: Vec<PlannedMaster<ColorCode, NoAttributes>>,
    /// Operations.
    pub operations: Vec<PlannedMaster<OperationCode, NoAttributes>>,
    /// Locations.
    pub locations: Vec<PlannedMaster<LocationCode, LocationAttributes>>,
    /// Parts.
    pub parts: Vec<PlannedMaster<PartCode, PartAttributes>>,
    /// Codes that the legacy master data defines twice once folded: kind, code, legacy row id of
    /// the one that is dropped. The first is kept.
    pub twice: Vec<(&'static str, String, Option<i64>)>,
}

/// One kind of master data, by folded code.
struct Kind<C, A> {
    name: &'static str,
    records: BTreeMap<String, PlannedMaster<C, A>>,
    twice: Vec<(&'static str, String, Option<i64>)>,
}

impl<C, A> Kind<C, A>
where
    C: Clone + AsRef<str> + std::str::FromStr<Err = mtm_core::word::WordError>,
    A: Default,
{
    fn new(name: &'static str) -> Self {
        Self { name, records: BTreeMap::new(), twice: Vec::new() }
    }

    /// The legacy master data defines `code`; what is no valid code is left to the findings.
    fn define(&mut self, legacy_id: Option<i64>, code: &Reading<C>, attributes: A) {
        let Some(value) = code.value() else { return };
        match self.records.entry(fold(value.as_ref())) {
            Entry::Occupied(_) => {
                self.twice.push((self.name, value.as_ref().to_owned(), legacy_id));
            }
            Entry::Vacant(place) => {
                place.insert(PlannedMaster {
                    code: value.clone(),
                    attributes,
                    unverified: false,
                    legacy_id,
                    legacy_code: code.original().map(str::to_owned),
                    named: Named::default(),
                });
            }
        }
    }

    /// A row names `code`; a code that nobody defined becomes an unverified record.
    fn name(&mut self, code: &Reading<C>, by: By) {
        let Some(value) = code.value() else { return };
        let record = self.records.entry(fold(value.as_ref())).or_insert_with(|| PlannedMaster {
            code: value.clone(),
            attributes: A::default(),
            unverified: true,
            legacy_id: None,
            legacy_code: code.original().map(str::to_owned),
            named: Named::default(),
        });
        record.named.count(by);
    }
}

/// Collects the master data of `plant`.
pub(in crate::legacy) fn masters(plant: &LegacyPlant, buttons: &Buttons) -> Masters {
    let mut item_types = Kind::<ItemType, NoAttributes>::new("item_type");
    let mut colors = Kind::<ColorCode, NoAttributes>::new("color_code");
    let mut operations = Kind::<OperationCode, NoAttributes>::new("operation");
    let mut locations = Kind::<LocationCode, LocationAttributes>::new("location");
    let mut parts = Kind::<PartCode, PartAttributes>::new("part");

    for row in &plant.item_types {
        item_types.define(row.id, &row.code, NoAttributes {});
    }
    for row in &plant.colors {
        colors.define(row.id, &row.code, NoAttributes {});
    }
    for row in &plant.operations {
        operations.define(row.id, &row.code, NoAttributes {});
    }
    for row in &plant.locations {
        let attributes = LocationAttributes { building: row.building.clone() };
        locations.define(Some(row.id), &row.code, attributes);
    }
    for row in &plant.parts {
        item_types.name(&row.item_type, By::Master);
        for step in &row.operations {
            operations.name(step, By::Master);
        }
        let attributes = PartAttributes {
            description: row.description.clone(),
            customer: row.customer.clone(),
            item_type: row.item_type.value().cloned(),
            requires_color: row.requires_color,
            operations: row.operations.iter().filter_map(|step| step.value().cloned()).collect(),
        };
        parts.define(Some(row.id), &row.code, attributes);
    }
    for row in &plant.stock {
        parts.name(&row.part, By::Stock);
        locations.name(&row.location, By::Stock);
        operations.name(&row.operation, By::Stock);
        item_types.name(&row.item_type, By::Stock);
        colors.name(&row.color, By::Stock);
    }
    for row in &plant.log {
        parts.name(&row.part, By::Log);
        locations.name(&row.from, By::Log);
        locations.name(&row.to, By::Log);
        operations.name(&row.operation, By::Log);
        item_types.name(&row.item_type, By::Log);
        colors.name(&row.color, By::Log);
    }
    // Buttons that are left out would only leave their typing errors behind.
    let kept: HashSet<i64> = buttons.planned.iter().map(|button| button.legacy_id).collect();
    for row in plant.quick_buttons.iter().filter(|row| kept.contains(&row.id)) {
        parts.name(&row.part, By::QuickButton);
        operations.name(&row.operation, By::QuickButton);
    }

    let mut twice = item_types.twice;
    twice.extend(colors.twice);
    twice.extend(operations.twice);
    twice.extend(locations.twice);
    twice.extend(parts.twice);
    Masters {
        item_types: item_types.records.into_values().collect(),
        color_codes: colors.records.into_values().collect(),
        operations: operations.records.into_values().collect(),
        locations: locations.records.into_values().collect(),
        parts: parts.records.into_values().collect(),
        twice,
    }
}

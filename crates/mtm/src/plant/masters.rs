//! Generated master data in the form in which the ledger takes it.

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Patch;
use mtm_core::word::fold;
use mtm_lab::plant::PlantItem;
use mtm_store::master::{MasterAttributes, MasterNoun, NewMaster};

/// The record to create for an item; `None` for what is no master data, or is there already.
pub(super) fn record(item: &PlantItem, known: &Catalogue) -> Option<NewMaster> {
    let new = match item {
        PlantItem::ItemType(it) => {
            let there = known.item_types.by_folded(&fold(it.code.as_str())).is_some();
            (!there).then(|| NewMaster::named(MasterNoun::ItemType, it.code.as_str()))?
        }
        PlantItem::Color(it) => NewMaster::named(MasterNoun::ColorCode, it.code.as_str()),
        PlantItem::Operation(it) => {
            if known.operations.by_folded(&fold(it.code.as_str())).is_some() {
                return None;
            }
            let description = Patch::Set(it.description.to_owned());
            let attributes = MasterAttributes { description, ..MasterAttributes::default() };
            NewMaster { noun: MasterNoun::Operation, code: it.code.to_string(), attributes }
        }
        PlantItem::Location(it) => {
            let attributes = MasterAttributes {
                building: Patch::Set(it.building.to_owned()),
                kind: Patch::Set(it.kind),
                ..MasterAttributes::default()
            };
            NewMaster { noun: MasterNoun::Location, code: it.code.to_string(), attributes }
        }
        PlantItem::Part(it) => {
            let attributes = MasterAttributes {
                description: Patch::Set(it.description.clone()),
                customer: Patch::Set(it.customer.clone()),
                item_type: Patch::Set(it.item_type.clone()),
                requires_color: Some(it.requires_color),
                requires_work_order: Some(it.requires_work_order),
                operations: Some(it.operations.clone()),
                ..MasterAttributes::default()
            };
            NewMaster { noun: MasterNoun::Part, code: it.code.to_string(), attributes }
        }
        PlantItem::Shift(_) | PlantItem::User(_) | PlantItem::Booking(_) => return None,
    };
    Some(new)
}

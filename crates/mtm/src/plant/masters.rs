//! Generated master data in the form in which the ledger takes it.

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Patch;
use mtm_core::routing::{RoutingDraft, StepDraft};
use mtm_core::word::{OperationCode, fold};
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

/// The routing of a part that goes through more than one operation. One that is only known to
/// begin somewhere has none: nobody would be told anything by it.
pub(super) fn routing(item: &PlantItem) -> Option<RoutingDraft> {
    let PlantItem::Part(part) = item else { return None };
    if part.operations.len() < 2 {
        return None;
    }
    let step = |operation: &OperationCode| StepDraft {
        position: None,
        operation: operation.clone(),
        location: None,
        yields: None,
    };
    Some(RoutingDraft {
        part: part.code.clone(),
        effective_from: None,
        steps: part.operations.iter().map(step).collect(),
    })
}

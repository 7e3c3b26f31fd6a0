//! What is known here of the legacy system's lots and codes, so that every one keeps its name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use mtm_core::catalogue::Catalogue;
use mtm_core::word::{LotNumber, PartCode};
use mtm_store::record::{FollowState, LotHere};

use crate::legacy::plan::Known;
use crate::legacy::plant::LegacyPlant;

/// Gives every code of stock and log the name it has here today.
pub(super) fn recode(plant: &mut LegacyPlant, catalogue: &Catalogue) {
    let part = |code: &_| catalogue.part(code).map(|record| record.code.clone());
    let operation = |code: &_| catalogue.operation(code).map(|record| record.code.clone());
    let location = |code: &_| catalogue.location(code).map(|record| record.code.clone());
    for row in &mut plant.stock {
        row.part.recoded(part);
        row.operation.recoded(operation);
        row.location.recoded(location);
    }
    for row in &mut plant.log {
        row.part.recoded(part);
        row.operation.recoded(operation);
        row.from.recoded(location);
        row.to.recoded(location);
    }
}

/// Lots of which the ledger must be asked: those that the legacy system names and that do not
/// stand here as taken over.
pub(super) fn unsure(plant: &LegacyPlant, state: &FollowState) -> Vec<LotNumber> {
    let sure: HashSet<&LotNumber> = state.shadow.iter().map(|row| &row.lot).collect();
    let stock = plant.stock.iter().filter_map(|row| row.lot.value());
    let log = plant.log.iter().filter_map(|row| row.lot.value());
    let shadow = state.shadow.iter().map(|row| &row.lot);
    let lots: BTreeSet<&LotNumber> = stock
        .chain(log)
        .chain(shadow)
        .filter(|lot| !(sure.contains(lot) && state.stock.contains_key(*lot)))
        .collect();
    lots.into_iter().cloned().collect()
}

/// What the planner must know.
pub(super) fn known(state: &FollowState, here: &BTreeMap<LotNumber, LotHere>) -> Known {
    let sure: HashSet<&LotNumber> = state.shadow.iter().map(|row| &row.lot).collect();
    let mut owners: HashMap<LotNumber, PartCode> =
        here.iter().map(|(lot, it)| (lot.clone(), it.part.clone())).collect();
    owners.extend(state.stock.iter().map(|(lot, (part, _))| (lot.clone(), part.clone())));
    let mut known = Known {
        taken: here
            .iter()
            .filter(|(lot, it)| !it.taken_over && !sure.contains(lot))
            .map(|(lot, _)| lot.clone())
            .collect(),
        next_lot: Some(state.lot_counter + 1),
        ..Known::default()
    };
    for row in &state.shadow {
        let Some(part) = owners.get(&row.lot) else { continue };
        match &row.legacy_lot {
            Some(legacy) => {
                known.lots.insert((legacy.clone(), part.clone()), row.lot.clone());
            }
            None => {
                known.rows.insert((row.id, part.clone()), row.lot.clone());
            }
        }
    }
    known.owners = owners;
    known
}

/// The lot here that a log row of lot `own` and `part` is about.
pub(super) fn lot_of<'k>(
    known: &'k Known,
    own: &'k LotNumber,
    part: &PartCode,
) -> Option<&'k LotNumber> {
    if let Some(lot) = known.lots.get(&(own.clone(), part.clone())) {
        return Some(lot);
    }
    let is_free = known.owners.get(own).is_none_or(|owner| owner == part);
    (is_free && !known.taken.contains(own)).then_some(own)
}

//! Routings as pages use them: which operations a part goes through, and what comes next.

use mtm_core::catalogue::{self, Catalogue, PartRecord, RoutingStep};
use mtm_core::word::{OperationCode, PartCode, Timestamp};

use crate::ui::page::complete::Onward;

/// The operations that `part` goes through: those of its routing, else those it is known for.
pub(super) fn operations(
    catalogue: &Catalogue,
    part: &PartRecord,
    now: Timestamp,
) -> Vec<OperationCode> {
    let named = |step: &RoutingStep| {
        catalogue.operation_by_id(step.operation).map(|record| record.code.clone())
    };
    match catalogue.routings.in_force(part.row, now) {
        Some(routing) => routing.steps.iter().filter_map(named).collect(),
        None => part.operations.clone(),
    }
}

/// Where pieces of `part` go on to after `operation`.
pub(super) fn onward(
    catalogue: &Catalogue,
    now: Timestamp,
    part: &PartCode,
    operation: &OperationCode,
) -> Onward {
    let routing = catalogue.part(part).and_then(|part| catalogue.routings.in_force(part.row, now));
    let Some((routing, operation)) = routing.zip(catalogue.operation(operation)) else {
        return Onward::Unknown;
    };
    match routing.after(operation.row) {
        catalogue::Onward::Outside => Onward::Outside,
        catalogue::Onward::Finished => Onward::Finished,
        catalogue::Onward::Next(step) => {
            let next = catalogue.operation_by_id(step.operation);
            let place = step.location.and_then(|id| catalogue.location_by_id(id));
            next.map_or(Onward::Unknown, |next| {
                let place = place.map(|place| place.code.to_string()).unwrap_or_default();
                Onward::Next(next.code.to_string(), place)
            })
        }
    }
}

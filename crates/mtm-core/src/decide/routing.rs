//! Routings: where pieces go on to, and what is said of an entry outside.
//!
//! An entry is pieces arriving at an operation: a receipt, or a move that changes the operation.
//! Outside the routing it is told, not stopped, unless the site wants it confirmed. What an
//! earlier system booked, and what undoes a booking, is no entry.

use std::sync::Arc;

use crate::catalogue::{LocationRecord, OffRouting, Onward, OperationRecord};
use crate::code::Code;
use crate::command::Command;
use crate::movement::{Bucket, OperationRef, PartRef};
use crate::posting::Draft;
use crate::rejection::Rejection;
use crate::view::View;

/// Tells of pieces of `part` that come to `operation` although their routing does not, or refuses
/// that where the site wants it confirmed.
pub(super) fn question_entry(
    view: &View<'_>,
    command: &Command,
    draft: &mut Draft<'_>,
    field: &'static str,
    (part, operation): (&PartRef, &OperationRef),
) -> Result<(), Rejection> {
    let Some(routing) = view.catalogue.routings.in_force(part.id, view.now) else { return Ok(()) };
    if routing.step(operation.id).is_some() {
        return Ok(());
    }
    let message =
        format!("operation {} is not in the routing of part {}", operation.code, part.code);
    if view.catalogue.off_routing == OffRouting::Refuse && !command.confirm.off_routing {
        return Err(Rejection::new(Code::OffRouting, field, message));
    }
    draft.warn_once(Code::OffRouting.as_str(), message);
    Ok(())
}

/// The operation that pieces of `bucket` go to when theirs is completed, and where it is worked
/// at, where the routing says so.
pub(super) fn onward(
    view: &View<'_>,
    bucket: &Bucket,
) -> Result<(Arc<OperationRecord>, Option<Arc<LocationRecord>>), Rejection> {
    let (part, operation) = (&bucket.part.code, &bucket.place.operation.code);
    let nowhere = |message: String| Rejection::new(Code::NoNextOperation, "to_operation", message);
    let routing = view
        .catalogue
        .routings
        .in_force(bucket.part.id, view.now)
        .ok_or_else(|| nowhere(format!("part {part} has no routing; name the operation")))?;
    let step = match routing.after(bucket.place.operation.id) {
        Onward::Next(step) => step,
        Onward::Finished => {
            return Err(nowhere(format!(
                "operation {operation} is the last of part {part}; name an operation to go on to, \
                 or take the finished pieces"
            )));
        }
        Onward::Outside => {
            return Err(nowhere(format!(
                "operation {operation} is not in the routing of part {part}; name the operation"
            )));
        }
    };
    let unusable = |code, field, text: &str, why: &str| {
        let message = format!("{text}, next in the routing of part {part}, {why}; name another");
        Rejection::new(code, field, message)
    };
    let next = view.catalogue.operation_by_id(step.operation).cloned().ok_or_else(|| {
        unusable(Code::UnknownOperation, "to_operation", "the operation", "is not there")
    })?;
    if next.header.retired_at.is_some() {
        let text = format!("operation {}", next.code);
        return Err(unusable(Code::UnknownOperation, "to_operation", &text, "is retired"));
    }
    let location = step.location.and_then(|id| view.catalogue.location_by_id(id)).cloned();
    Ok((next, location))
}

/// Refuses the place of a routing that takes nothing any more.
pub(super) fn usable(location: &LocationRecord) -> Result<(), Rejection> {
    if location.header.retired_at.is_none() {
        return Ok(());
    }
    let message = format!("{}, the routing's place, is retired; name another", location.code);
    Err(Rejection::new(Code::UnknownLocation, "to_location", message))
}

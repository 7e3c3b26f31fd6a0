//! Pieces change location and/or operation; the lot keeps its number in both places.

use crate::code::Code;
use crate::command::{Command, Move};
use crate::movement::{Bucket, MovementType, Place};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;

use super::pick::{self, Portion};
use super::resolve::{self, Retired};

pub(super) fn transfer(
    view: &View<'_>,
    command: &Command,
    action: &Move,
) -> Result<Postings, Rejection> {
    let operation = action
        .to_operation
        .as_ref()
        .map(|code| resolve::operation(view, "to_operation", code, Retired::Refused))
        .transpose()?;
    let location = action
        .to_location
        .as_ref()
        .map(|code| resolve::location(view, "to_location", code, Retired::Refused))
        .transpose()?;
    if operation.is_none() && location.is_none() {
        return Err(Rejection::new(
            Code::InvalidBody,
            "to_location",
            "name the location or the operation the pieces go to",
        ));
    }
    super::question_repetition(view, command)?;
    let override_hold = pick::hold_override(command, None, action.notes.as_ref());
    let mut draft = Draft::new(view);
    for Portion { bucket, quantity } in
        pick::portions(view, &action.pick, action.quantity, override_hold)?
    {
        let place = Place {
            operation: operation
                .as_ref()
                .map_or_else(|| bucket.place.operation.clone(), |record| record.named()),
            location: location
                .as_ref()
                .map_or_else(|| bucket.place.location.clone(), |record| record.named()),
        };
        draft.post(to_place(bucket, place, quantity, action.notes.clone())?)?;
    }
    Ok(draft.finish())
}

/// The posting that carries `quantity` of `bucket` to `place`; refused where they are already.
pub(super) fn to_place(
    bucket: Bucket,
    place: Place,
    quantity: crate::word::Quantity,
    notes: Option<crate::word::Note>,
) -> Result<Posting, Rejection> {
    if bucket.place.operation.id == place.operation.id
        && bucket.place.location.id == place.location.id
    {
        return Err(Rejection::new(
            Code::SamePlace,
            "to_location",
            format!(
                "lot {} is at {} / {} already",
                bucket.lot, place.location.code, place.operation.code
            ),
        ));
    }
    let target = Bucket { part: bucket.part.clone(), place, lot: bucket.lot.clone() };
    Ok(Posting {
        kind: MovementType::Transfer,
        part: bucket.part.clone(),
        quantity,
        from: bucket.into(),
        to: target.into(),
        reason: None,
        notes,
        reverses: None,
    })
}

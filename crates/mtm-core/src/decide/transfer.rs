//! Pieces change location and/or operation; the lot keeps its number in both places.

use std::sync::Arc;

use crate::catalogue::{LocationRecord, OperationRecord};
use crate::code::Code;
use crate::command::{Command, Move};
use crate::movement::{Bucket, MovementType, Place};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;
use crate::word::{LocationCode, Note, OperationCode, Quantity};

use super::block;
use super::pick::{self, Portion, Wanted};
use super::resolve::{self, Retired};
use super::routing;

pub(super) fn transfer(
    view: &View<'_>,
    command: &Command,
    action: &Move,
) -> Result<Postings, Rejection> {
    if action.to_operation.is_none() && action.to_location.is_none() {
        return Err(Rejection::new(
            Code::InvalidBody,
            "to_location",
            "name the location or the operation the pieces go to",
        ));
    }
    let wanted = Wanted::to_move(view, &action.pick, action.quantity)?;
    let destination = Destination::resolve(
        view,
        ("to_operation", action.to_operation.as_ref()),
        ("to_location", action.to_location.as_ref()),
    )?;
    pick::refuse_nothing("quantity", action.quantity)?;
    super::question_repetition(view, command)?;
    let hold = block::insistence(command, action.notes.is_some());
    let mut draft = Draft::new(view);
    for Portion { bucket, quantity } in wanted.portions(view, action.quantity, hold)? {
        let place = destination.place(&bucket.place);
        if place == bucket.place {
            return Err(destination.reached(&bucket));
        }
        if place.operation != bucket.place.operation {
            let entry = (&bucket.part, &place.operation);
            routing::question_entry(view, command, &mut draft, "to_operation", entry)?;
        }
        draft.post(to_place(bucket, place, quantity, action.notes.clone()))?;
    }
    Ok(draft.finish())
}

/// Where pieces go, as far as it is named; the rest stays as it is.
#[derive(Debug)]
pub(super) struct Destination {
    field: &'static str,
    operation: Option<Arc<OperationRecord>>,
    location: Option<Arc<LocationRecord>>,
}

impl Destination {
    /// Looks up what is named; retired masters take no pieces.
    pub(super) fn resolve(
        view: &View<'_>,
        operation: (&'static str, Option<&OperationCode>),
        location: (&'static str, Option<&LocationCode>),
    ) -> Result<Self, Rejection> {
        let field = if location.1.is_some() { location.0 } else { operation.0 };
        let operation = match operation {
            (field, Some(code)) => Some(resolve::operation(view, field, code, Retired::Refused)?),
            (_, None) => None,
        };
        let location = match location {
            (field, Some(code)) => Some(resolve::location(view, field, code, Retired::Refused)?),
            (_, None) => None,
        };
        Ok(Self { field, operation, location })
    }

    /// The same for what completes the operation of `bucket`: its routing says where to, as far
    /// as nobody named it.
    pub(super) fn onward(&self, view: &View<'_>, bucket: &Bucket) -> Result<Self, Rejection> {
        let (operation, default) = routing::onward(view, bucket)?;
        let location = match (&self.location, default) {
            (None, Some(default)) => {
                routing::usable(&default)?;
                Some(default)
            }
            (named, _) => named.clone(),
        };
        Ok(Self { field: self.field, operation: Some(operation), location })
    }

    /// The place for pieces that come from `source`.
    pub(super) fn place(&self, source: &Place) -> Place {
        let operation = self.operation.as_ref().map(|record| record.named());
        let location = self.location.as_ref().map(|record| record.named());
        Place {
            operation: operation.unwrap_or_else(|| source.operation.clone()),
            location: location.unwrap_or_else(|| source.location.clone()),
        }
    }

    /// The refusal for pieces that are there already.
    pub(super) fn reached(&self, bucket: &Bucket) -> Rejection {
        let Place { operation, location } = &bucket.place;
        Rejection::new(
            Code::SamePlace,
            self.field,
            format!("lot {} is at {} / {} already", bucket.lot, location.code, operation.code),
        )
    }
}

/// The posting that carries `quantity` of `bucket` to `place`.
pub(super) fn to_place(
    bucket: Bucket,
    place: Place,
    quantity: Quantity,
    notes: Option<Note>,
) -> Posting {
    let target = Bucket { part: bucket.part.clone(), place, lot: bucket.lot.clone() };
    Posting {
        kind: MovementType::Transfer,
        part: bucket.part.clone(),
        quantity,
        from: bucket.into(),
        to: target.into(),
        reason: None,
        notes,
        reverses: None,
    }
}

//! Pieces arrive: `in`, and `opening` for stock of an earlier system.

use crate::catalogue::ReasonKind;
use crate::code::Code;
use crate::command::{Command, LotAttributes, Open, Receive};
use crate::movement::{Bucket, MovementType, Outside, PartRef, Place};
use crate::plausibility;
use crate::posting::{Draft, NewLot, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;
use crate::word::{LotNumber, Timestamp, UserId};

use super::pick;
use super::resolve::{self, Retired};
use super::routing;

pub(super) fn receive(
    view: &View<'_>,
    command: &Command,
    action: &Receive,
) -> Result<Postings, Rejection> {
    if action.lot.is_some() && action.containers.get() > 1 {
        return Err(Rejection::new(
            Code::InvalidBody,
            "containers",
            "several containers cannot share one lot number",
        ));
    }
    let part = resolve::part(view, &action.part, Retired::Refused)?;
    let operation =
        resolve::operation(view, "operation", &action.operation, Retired::Refused)?.named();
    let location = resolve::location(view, "location", &action.location, Retired::Refused)?.named();
    // Found material has no reasons of its own: it is what a count turned up.
    let notes = action.attributes.notes.as_ref();
    let reason = resolve::optional_reason(view, ReasonKind::Adjust, action.reason.as_ref(), notes)?;
    let wanted = LotAttributes {
        item_type: action.attributes.item_type.clone().or_else(|| part.item_type.clone()),
        ..action.attributes.clone()
    };
    let attributes = resolve::attributes(view, &wanted)?;
    plausibility::within_bounds("quantity", action.quantity, &part, view.limits)?;

    let mut draft = Draft::new(view);
    if let Some(slip) =
        plausibility::looks_like_a_slip(action.quantity, view.catalogue, &view.receipts)
    {
        if !command.confirm.implausible {
            return Err(slip);
        }
        draft.warn("implausible_quantity", slip.message);
    }
    let entry = (&part.named(), &operation);
    routing::question_entry(view, command, &mut draft, "operation", entry)?;
    super::question_repetition(view, command)?;
    if part.requires_color && attributes.color_code.is_none() {
        draft.warn("color_code_missing", format!("{} should carry a colour code", part.code));
    }
    if part.requires_work_order && attributes.work_order.is_none() {
        draft.warn("work_order_missing", format!("{} should carry a work order", part.code));
    }

    let place = Place { operation, location };
    for lot in numbers(view, action)? {
        draft.postings.new_lots.push(NewLot {
            lot: lot.clone(),
            part: part.named(),
            attributes: attributes.clone(),
            received_at: view.now,
            received_by: Some(command.context.actor.id),
            parent: None,
        });
        draft.post(Posting {
            kind: MovementType::In,
            part: part.named(),
            quantity: action.quantity,
            from: Outside::Supplier.into(),
            to: Bucket { part: part.named(), place: place.clone(), lot }.into(),
            reason: reason.clone(),
            notes: None,
            reverses: None,
        })?;
    }
    Ok(draft.finish())
}

/// The numbers of the new lots: the caller's own, or as many fresh ones as there are containers.
fn numbers(view: &View<'_>, action: &Receive) -> Result<Vec<LotNumber>, Rejection> {
    let containers = usize::from(action.containers.get());
    if let Some(own) = &action.lot {
        if view.lot(own).is_some() {
            return Err(Rejection::new(
                Code::AlreadyExists,
                "lot",
                format!("lot {own} exists already"),
            ));
        }
        return Ok(vec![own.clone()]);
    }
    if view.fresh_lots.len() < containers {
        // A store that gave too few numbers must not book fewer containers than asked for.
        return Err(Rejection::new(Code::Unavailable, None, "no lot numbers are left"));
    }
    Ok(view.fresh_lots[..containers].to_vec())
}

pub(super) fn open(view: &View<'_>, action: &Open) -> Result<Postings, Rejection> {
    let part = resolve::part(view, &action.part, Retired::Allowed)?.named();
    let operation =
        resolve::operation(view, "operation", &action.operation, Retired::Allowed)?.named();
    let location = resolve::location(view, "location", &action.location, Retired::Allowed)?.named();
    pick::refuse_nothing("quantity", Some(action.quantity))?;
    let mut draft = Draft::new(view);
    let Open { lot, attributes, received_at, received_by, .. } = action;
    let earlier = Earlier {
        lot,
        part: &part,
        attributes,
        received_at: *received_at,
        received_by: *received_by,
    };
    earlier.make(view, &mut draft)?;
    let place = Place { operation, location };
    draft.post(Posting {
        kind: MovementType::Opening,
        part: part.clone(),
        quantity: action.quantity,
        from: Outside::Opening.into(),
        to: Bucket { part, place, lot: action.lot.clone() }.into(),
        reason: None,
        notes: None,
        reverses: None,
    })?;
    Ok(draft.finish())
}

/// A lot that came with an earlier system.
pub(super) struct Earlier<'a> {
    pub(super) lot: &'a LotNumber,
    pub(super) part: &'a PartRef,
    pub(super) attributes: &'a LotAttributes,
    pub(super) received_at: Timestamp,
    pub(super) received_by: Option<UserId>,
}

impl Earlier<'_> {
    /// Makes it unless it is there already: a lot may stand in several places. One of that number
    /// that is of another part is refused.
    pub(super) fn make(&self, view: &View<'_>, draft: &mut Draft<'_>) -> Result<(), Rejection> {
        match view.lot(self.lot) {
            Some(existing) if existing.part.id != self.part.id => Err(Rejection::new(
                Code::AlreadyExists,
                "lot",
                format!("lot {} is of part {}", self.lot, existing.part.code),
            )),
            Some(_) => Ok(()),
            None => {
                draft.postings.new_lots.push(NewLot {
                    lot: self.lot.clone(),
                    part: self.part.clone(),
                    attributes: resolve::attributes(view, self.attributes)?,
                    received_at: self.received_at,
                    received_by: self.received_by,
                    parent: None,
                });
                Ok(())
            }
        }
    }
}

//! Lots themselves: splitting one, and changing what it carries.

use crate::code::Code;
use crate::command::{ChangeLot, Command, LotAttributes, Split};
use crate::movement::{Bucket, MovementType};
use crate::posting::{Draft, LotChange, NewLot, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::{LotFact, View};
use crate::word::LotNumber;

use super::{pick, resolve};

pub(super) fn split(
    view: &View<'_>,
    command: &Command,
    action: &Split,
) -> Result<Postings, Rejection> {
    let override_hold = pick::hold_override(command, None, action.notes.as_ref());
    let portions = pick::portions(view, &action.pick, Some(action.quantity), override_hold)?;
    let [portion] = portions.as_slice() else {
        return Err(Rejection::new(Code::InvalidBody, "lot", "name the lot to split"));
    };
    let source = &portion.bucket;
    if view.quantity_in(source) == action.quantity {
        return Err(Rejection::new(
            Code::QuantityOutOfRange,
            "quantity",
            "that is the whole lot; a split leaves some behind",
        ));
    }
    let parent = existing(view, &source.lot)?;
    let lot = view
        .fresh_lots
        .first()
        .cloned()
        .ok_or_else(|| Rejection::new(Code::Unavailable, None, "no lot numbers are left"))?;
    let mut draft = Draft::new(view);
    draft.postings.new_lots.push(NewLot {
        lot: lot.clone(),
        part: parent.part.clone(),
        attributes: parent.attributes.clone(),
        received_at: parent.received_at,
        received_by: parent.received_by,
        parent: Some(parent.lot.clone()),
    });
    draft.post(Posting {
        kind: MovementType::Transfer,
        part: parent.part.clone(),
        quantity: action.quantity,
        from: source.clone().into(),
        to: Bucket { lot, ..source.clone() }.into(),
        reason: None,
        notes: action.notes.clone(),
        reverses: None,
    })?;
    Ok(draft.finish())
}

pub(super) fn change(view: &View<'_>, action: &ChangeLot) -> Result<Postings, Rejection> {
    let fact = existing(view, &action.lot)?;
    if fact.version != action.version {
        return Err(Rejection::new(
            Code::Stale,
            None,
            format!("lot {} has version {} now", fact.lot, fact.version),
        ));
    }
    let (now, changes) = (&fact.attributes, &action.changes);
    let wanted = LotAttributes {
        item_type: changes.item_type.apply(now.item_type.as_ref()),
        work_order: changes.work_order.apply(now.work_order.as_ref()),
        color_code: changes.color_code.apply(now.color_code.as_ref()),
        notes: changes.notes.apply(now.notes.as_ref()),
    };
    let attributes = resolve::attributes(view, &wanted)?;
    if attributes == *now {
        return Ok(Postings::default());
    }
    let change = LotChange { lot: fact.lot.clone(), attributes, version: fact.version + 1 };
    Ok(Postings { lot_changes: vec![change], ..Postings::default() })
}

fn existing<'v>(view: &'v View<'_>, lot: &LotNumber) -> Result<&'v LotFact, Rejection> {
    view.lot(lot)
        .ok_or_else(|| Rejection::new(Code::UnknownLot, "lot", format!("there is no lot {lot}")))
}

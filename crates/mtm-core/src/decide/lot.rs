//! Lots themselves: splitting one, and changing what it carries.

use crate::code::Code;
use crate::command::{ChangeLot, Command, LotAttributes, Patch, Split};
use crate::movement::{Bucket, MovementType};
use crate::posting::{Draft, LotChange, NewLot, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;

use super::block;
use super::pick::{self, Wanted};
use super::reserve;
use super::resolve;

pub(super) fn split(
    view: &View<'_>,
    command: &Command,
    action: &Split,
) -> Result<Postings, Rejection> {
    let Some(number) = &action.pick.lot else {
        return Err(Rejection::new(Code::InvalidBody, "lot", "name the lot to split"));
    };
    let wanted = Wanted::to_move(view, &action.pick, Some(action.quantity))?;
    pick::refuse_nothing("quantity", Some(action.quantity))?;
    let parent = resolve::lot(view, number)?;
    let hold = block::insistence(command, action.notes.is_some());
    let mut draft = Draft::new(view);
    for portion in wanted.portions(view, Some(action.quantity), hold)? {
        let source = portion.bucket;
        if view.quantity_in(&source) == action.quantity {
            return Err(Rejection::new(
                Code::QuantityOutOfRange,
                "quantity",
                "that is the whole lot; a split leaves some behind",
            ));
        }
        let lot =
            view.fresh_lots.first().cloned().ok_or_else(|| {
                Rejection::new(Code::Unavailable, None, "no lot numbers are left")
            })?;
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
            part: source.part.clone(),
            quantity: action.quantity,
            to: Bucket { lot, ..source.clone() }.into(),
            from: source.into(),
            reason: None,
            notes: action.notes.clone(),
            reverses: None,
        })?;
    }
    reserve::refuse_reserved(command, &draft)?;
    Ok(draft.finish())
}

pub(super) fn change(view: &View<'_>, action: &ChangeLot) -> Result<Postings, Rejection> {
    let fact = resolve::lot(view, &action.lot)?;
    if fact.version != action.version {
        return Err(Rejection::new(
            Code::Stale,
            None,
            format!("lot {} has version {} now", fact.lot, fact.version),
        ));
    }
    let (now, changes) = (&fact.attributes, &action.changes);
    // Only what is set anew must be usable: a lot keeps a colour that was retired since.
    let attributes = LotAttributes {
        item_type: match &changes.item_type {
            Patch::Set(code) => Some(resolve::item_type(view, code)?),
            patch => patch.apply(now.item_type.as_ref()),
        },
        color_code: match &changes.color_code {
            Patch::Set(code) => Some(resolve::color_code(view, code)?),
            patch => patch.apply(now.color_code.as_ref()),
        },
        work_order: changes.work_order.apply(now.work_order.as_ref()),
        notes: changes.notes.apply(now.notes.as_ref()),
    };
    if attributes == *now {
        return Ok(Postings::default());
    }
    let change = LotChange { lot: fact.lot.clone(), attributes, version: fact.version + 1 };
    Ok(Postings { lot_changes: vec![change], ..Postings::default() })
}

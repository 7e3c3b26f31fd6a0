//! An operation is finished: good pieces go on, scrap leaves, rework stays or goes back.
//!
//! Where nobody names the operation they go on to, the part's routing does, and with it the place
//! where that is worked at. An operation that was named goes with the place that was named, or
//! the pieces' own: a caller who knows where to is not second-guessed.

use crate::catalogue::ReasonKind;
use crate::code::Code;
use crate::command::{Command, Complete};
use crate::movement::{MovementType, Outside};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;
use crate::word::{Quantity, ReasonCode};

use super::block;
use super::pick::{self, Portion, Wanted};
use super::resolve;
use super::routing;
use super::transfer::{self, Destination};

pub(super) fn complete(
    view: &View<'_>,
    command: &Command,
    action: &Complete,
) -> Result<Postings, Rejection> {
    let wanted = Wanted::resolve(view, &action.pick)?;
    let scrap_reason = scrap_reason(view, action)?;
    let onward = Destination::resolve(
        view,
        ("to_operation", action.to_operation.as_ref()),
        ("to_location", action.to_location.as_ref()),
    )?;
    let back = Destination::resolve(
        view,
        ("rework_operation", action.rework_operation.as_ref()),
        ("rework_location", action.rework_location.as_ref()),
    )?;
    let total = total(action)?;
    let explained = scrap_reason.is_some() || action.notes.is_some();
    let portions = wanted.portions(view, Some(total), block::insistence(command, explained))?;

    let mut draft = Draft::new(view);
    let (mut good, mut scrap, mut rework) = (action.good, action.scrap, action.rework);
    for Portion { bucket, quantity: mut left } in portions {
        let good = share(&mut left, &mut good);
        let scrap = share(&mut left, &mut scrap);
        let rework = share(&mut left, &mut rework);
        if !good.is_zero() {
            let place = match action.to_operation {
                Some(_) => onward.place(&bucket.place),
                None => onward.onward(view, &bucket)?.place(&bucket.place),
            };
            if place == bucket.place {
                return Err(onward.reached(&bucket));
            }
            if place.operation != bucket.place.operation {
                let entry = (&bucket.part, &place.operation);
                routing::question_entry(view, command, &mut draft, "to_operation", entry)?;
            }
            let notes = action.notes.clone();
            draft.post(transfer::to_place(bucket.clone(), place, good, notes))?;
        }
        if !scrap.is_zero() {
            draft.post(Posting {
                kind: MovementType::Scrap,
                part: bucket.part.clone(),
                quantity: scrap,
                from: bucket.clone().into(),
                to: Outside::Scrap.into(),
                reason: scrap_reason.clone(),
                notes: action.notes.clone(),
                reverses: None,
            })?;
        }
        if !rework.is_zero() {
            let place = back.place(&bucket.place);
            if place == bucket.place {
                // It stays: nothing moves, but the answer shows it.
                draft.touch(&bucket);
            } else {
                if place.operation != bucket.place.operation {
                    let entry = (&bucket.part, &place.operation);
                    let field = "rework_operation";
                    routing::question_entry(view, command, &mut draft, field, entry)?;
                }
                let notes = action.notes.clone();
                draft.post(transfer::to_place(bucket, place, rework, notes))?;
            }
        }
    }
    Ok(draft.finish())
}

fn scrap_reason(view: &View<'_>, action: &Complete) -> Result<Option<ReasonCode>, Rejection> {
    let notes = action.notes.as_ref();
    match &action.scrap_reason {
        Some(code) => {
            resolve::reason(view, ReasonKind::Scrap, "scrap_reason", code, notes).map(Some)
        }
        None if action.scrap.is_zero() => Ok(None),
        None => Err(Rejection::new(
            Code::ReasonRequired,
            "scrap_reason",
            "scrapped pieces need a reason",
        )),
    }
}

fn total(action: &Complete) -> Result<Quantity, Rejection> {
    let total = action
        .good
        .plus(action.scrap)
        .and_then(|sum| sum.plus(action.rework))
        .ok_or_else(|| Rejection::out_of_range("good", action.good, None))?;
    pick::refuse_nothing("good", Some(total))?;
    Ok(total)
}

/// Moves as much as possible from `left` to `wanted`'s account and says how much that was.
fn share(left: &mut Quantity, wanted: &mut Quantity) -> Quantity {
    let share = (*left).min(*wanted);
    *left = left.minus(share).unwrap_or_default();
    *wanted = wanted.minus(share).unwrap_or_default();
    share
}

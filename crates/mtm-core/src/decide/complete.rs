//! An operation is finished: good pieces go on, scrap leaves, rework stays or goes back.

use crate::catalogue::ReasonKind;
use crate::code::Code;
use crate::command::{Command, Complete};
use crate::movement::{MovementType, Outside, Place};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;
use crate::word::Quantity;

use super::pick::{self, Portion};
use super::resolve::{self, Retired};
use super::transfer;

pub(super) fn complete(
    view: &View<'_>,
    command: &Command,
    action: &Complete,
) -> Result<Postings, Rejection> {
    let notes = action.notes.as_ref();
    let scrap_reason = match &action.scrap_reason {
        Some(code) => Some(resolve::reason(view, ReasonKind::Scrap, "scrap_reason", code, notes)?),
        None if action.scrap.is_zero() => None,
        None => {
            return Err(Rejection::new(
                Code::ReasonRequired,
                "scrap_reason",
                "scrapped pieces need a reason",
            ));
        }
    };
    let total = action
        .good
        .plus(action.scrap)
        .and_then(|sum| sum.plus(action.rework))
        .ok_or_else(|| Rejection::out_of_range("good", action.good, None))?;
    let override_hold = pick::hold_override(command, scrap_reason.as_ref(), notes);
    let portions = pick::portions(view, &action.pick, Some(total), override_hold)?;

    let mut draft = Draft::new(view);
    let (mut good, mut scrap, mut rework) = (action.good, action.scrap, action.rework);
    for Portion { bucket, quantity } in portions {
        let mut left = quantity;
        let mut share = |wanted: &mut Quantity| {
            let part = left.min(*wanted);
            left = left.minus(part).unwrap_or_default();
            *wanted = wanted.minus(part).unwrap_or_default();
            part
        };
        let (good, scrap, rework) = (share(&mut good), share(&mut scrap), share(&mut rework));
        if !good.is_zero() {
            let place = good_place(view, action, &bucket.place)?;
            draft.post(transfer::to_place(bucket.clone(), place, good, action.notes.clone())?)?;
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
            match rework_place(view, action, &bucket.place)? {
                Some(place) => draft.post(transfer::to_place(
                    bucket.clone(),
                    place,
                    rework,
                    action.notes.clone(),
                )?)?,
                None => draft.touch(&bucket),
            }
        }
    }
    Ok(draft.finish())
}

fn good_place(view: &View<'_>, action: &Complete, source: &Place) -> Result<Place, Rejection> {
    let operation =
        resolve::operation(view, "to_operation", &action.to_operation, Retired::Refused)?.named();
    let location = match &action.to_location {
        Some(code) => resolve::location(view, "to_location", code, Retired::Refused)?.named(),
        None => source.location.clone(),
    };
    Ok(Place { operation, location })
}

/// Where rework goes; `None` where it stays.
fn rework_place(
    view: &View<'_>,
    action: &Complete,
    source: &Place,
) -> Result<Option<Place>, Rejection> {
    if action.rework_operation.is_none() && action.rework_location.is_none() {
        return Ok(None);
    }
    let operation = match &action.rework_operation {
        Some(code) => resolve::operation(view, "rework_operation", code, Retired::Refused)?.named(),
        None => source.operation.clone(),
    };
    let location = match &action.rework_location {
        Some(code) => resolve::location(view, "rework_location", code, Retired::Refused)?.named(),
        None => source.location.clone(),
    };
    Ok(Some(Place { operation, location }))
}

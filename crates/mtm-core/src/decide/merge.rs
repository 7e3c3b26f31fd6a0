//! Lots become one: whole lots become part of another one, where they stand.
//!
//! Pieces of a lot are alike, so only what is alike becomes one lot: the same part, at the same place,
//! with the same item type, work order and colour. The lots that gave their pieces stay what they were,
//! with their notes and without pieces there, so that undoing gives back exactly what was.

use std::collections::HashSet;

use crate::code::Code;
use crate::command::{Command, Merge, Pick};
use crate::movement::{Bucket, MovementType};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::{LotFact, View};
use crate::word::LotNumber;

use super::block::{self, Override};
use super::pick::{Portion, Wanted};
use super::reserve;
use super::resolve;

pub(super) fn merge(
    view: &View<'_>,
    command: &Command,
    action: &Merge,
) -> Result<Postings, Rejection> {
    refuse_unfit(action)?;
    let target = known(view, action, "into", &action.into)?;
    let lots = action.lots.iter().map(|lot| known(view, action, "lots", lot));
    let lots: Vec<&LotFact> = lots.collect::<Result<_, _>>()?;
    for lot in &lots {
        refuse_different(view, lot, target)?;
    }
    let hold = block::insistence(command, action.notes.is_some());
    let joined = standing(view, action, "into", &action.into, hold)?.bucket;
    let given = action.lots.iter().map(|lot| standing(view, action, "lots", lot, hold));
    let given: Vec<Portion> = given.collect::<Result<_, _>>()?;
    for Portion { bucket, .. } in &given {
        refuse_apart(bucket, &joined)?;
    }
    let mut draft = Draft::new(view);
    for (Portion { bucket, quantity }, lot) in given.into_iter().zip(lots) {
        if lot.received_at < target.received_at {
            draft.warn(
                "received_earlier",
                format!(
                    "lot {} was received before lot {}; its pieces now go by the later date",
                    lot.lot, target.lot
                ),
            );
        }
        draft.post(Posting {
            kind: MovementType::Transfer,
            part: bucket.part.clone(),
            quantity,
            from: bucket.into(),
            to: joined.clone().into(),
            reason: None,
            notes: action.notes.clone(),
            reverses: None,
        })?;
    }
    reserve::refuse_reserved(command, &draft)?;
    warn_of_held(view, &mut draft, &joined);
    Ok(draft.finish())
}

/// What cannot be meant, whatever stands where.
fn refuse_unfit(action: &Merge) -> Result<(), Rejection> {
    let wrong = |message: String| Err(Rejection::new(Code::InvalidBody, "lots", message));
    if action.lots.is_empty() {
        return wrong("name the lots that become part of the other".to_owned());
    }
    if action.lots.len() > Merge::MOST {
        return wrong(format!("at most {} lots are merged together", Merge::MOST));
    }
    if action.lots.contains(&action.into) {
        return wrong(format!("lot {} cannot become part of itself", action.into));
    }
    let mut named = HashSet::new();
    match action.lots.iter().find(|lot| !named.insert(*lot)) {
        Some(twice) => wrong(format!("lot {twice} is named twice")),
        None => Ok(()),
    }
}

/// The lot, if it exists, and so do the operation and the location that are named.
fn known<'v>(
    view: &'v View<'_>,
    action: &Merge,
    field: &'static str,
    lot: &LotNumber,
) -> Result<&'v LotFact, Rejection> {
    Wanted::resolve(view, &pick(action, lot)).map_err(|refusal| told_of(field, refusal))?;
    resolve::lot(view, lot)
}

fn pick(action: &Merge, lot: &LotNumber) -> Pick {
    Pick {
        lot: Some(lot.clone()),
        operation: action.operation.clone(),
        location: action.location.clone(),
        ..Pick::default()
    }
}

/// A refusal about "the lot", about the field that names it here.
fn told_of(field: &'static str, mut refusal: Rejection) -> Rejection {
    if refusal.field.as_deref() == Some("lot") {
        refusal.field = Some(field.into());
    }
    refusal
}

/// All that stands of a lot in the one place that is meant.
fn standing(
    view: &View<'_>,
    action: &Merge,
    field: &'static str,
    lot: &LotNumber,
    hold: Override,
) -> Result<Portion, Rejection> {
    let pick = pick(action, lot);
    let wanted = Wanted::resolve(view, &pick)?;
    let found = wanted.portions(view, None, hold).map_err(|refusal| told_of(field, refusal))?;
    found.into_iter().next().ok_or_else(|| told_of(field, wanted.nothing_there(view)))
}

fn refuse_different(view: &View<'_>, lot: &LotFact, target: &LotFact) -> Result<(), Rejection> {
    let differ = |what: String| Err(Rejection::new(Code::LotsDiffer, "lots", what));
    if lot.part != target.part {
        return differ(format!(
            "lot {} is of part {}, lot {} of part {}",
            lot.lot, lot.part.code, target.lot, target.part.code
        ));
    }
    let own = view.catalogue.part_by_id(lot.part.id).and_then(|part| part.item_type.as_ref());
    let carried = |lot: &LotFact| {
        let carries = &lot.attributes;
        [
            ("item type", carries.item_type.as_ref().or(own).map(ToString::to_string)),
            ("work order", carries.work_order.as_ref().map(ToString::to_string)),
            ("colour", carries.color_code.as_ref().map(ToString::to_string)),
        ]
    };
    let mut both = carried(lot).into_iter().zip(carried(target));
    match both.find(|(one, other)| one.1 != other.1) {
        None => Ok(()),
        Some(((word, one), (_, other))) => {
            let told = |value: Option<String>| {
                value.map_or_else(|| format!("no {word}"), |value| format!("{word} {value}"))
            };
            differ(format!(
                "lot {} carries {}, lot {} {}",
                lot.lot,
                told(one),
                target.lot,
                told(other)
            ))
        }
    }
}

fn refuse_apart(bucket: &Bucket, joined: &Bucket) -> Result<(), Rejection> {
    if bucket.place == joined.place {
        return Ok(());
    }
    let place = |bucket: &Bucket| {
        format!("{} / {}", bucket.place.location.code, bucket.place.operation.code)
    };
    let message = format!(
        "lot {} stands at {}, lot {} at {}",
        bucket.lot,
        place(bucket),
        joined.lot,
        place(joined)
    );
    Err(Rejection::new(Code::LotsDiffer, "lots", message))
}

/// What becomes part of a held lot is held from now on: a lead insisted, and is told so.
fn warn_of_held(view: &View<'_>, draft: &mut Draft<'_>, joined: &Bucket) {
    let place = &joined.place.location;
    if let Some(hold) = view.catalogue.hold_on(&joined.lot, joined.part.id, place.id) {
        let message = format!("lot {} at {} is on hold ({})", joined.lot, place.code, hold.reason);
        draft.warn("on_hold", message);
    }
}

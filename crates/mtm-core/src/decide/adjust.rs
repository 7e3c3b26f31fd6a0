//! A count corrects a bucket: the difference comes from, or goes to, the account `count`.

use crate::catalogue::ReasonKind;
use crate::code::Code;
use crate::command::{Adjust, Command, Count};
use crate::movement::{Bucket, MovementType, Outside, Place};
use crate::outcome::BucketLine;
use crate::plausibility;
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::{Details, Rejection};
use crate::view::View;
use crate::word::{Delta, Quantity};

use super::block;
use super::pick::Wanted;
use super::resolve::{self, Retired};

pub(super) fn adjust(
    view: &View<'_>,
    command: &Command,
    action: &Adjust,
) -> Result<Postings, Rejection> {
    let notes = action.notes.as_ref();
    let wanted = Wanted::resolve(view, &action.pick)?;
    let reason = resolve::reason(view, ReasonKind::Adjust, "reason", &action.reason, notes)?;
    super::question_repetition(view, command)?;
    let Some(bucket) = bucket(view, &wanted)? else {
        return empty_place(&wanted, view, action);
    };
    let there = view.quantity_in(&bucket);
    refuse_changed(action, there, vec![BucketLine::new(&bucket, there)])?;
    let target = target(&bucket, action.count, there)?;
    let mut draft = Draft::new(view);
    let (quantity, from, to) = if let Some(more) = target.minus(there)
        && !more.is_zero()
    {
        if let Some(slip) = doubt(view, action.count, more, &bucket)? {
            if !command.confirm.implausible {
                return Err(slip);
            }
            draft.warn("implausible_quantity", slip.message);
        }
        (more, Outside::Count.into(), bucket.clone().into())
    } else if let Some(fewer) = there.minus(target)
        && !fewer.is_zero()
    {
        block::refuse_held(view, &bucket, block::insistence(command, true))?;
        (fewer, bucket.clone().into(), Outside::Count.into())
    } else {
        draft.touch(&bucket);
        draft.postings.confirmed_count = Some(bucket);
        return Ok(draft.finish());
    };
    refuse_unapproved(view, command, &bucket, there, target)?;
    draft.post(Posting {
        kind: MovementType::Adjust,
        part: bucket.part,
        quantity,
        from,
        to,
        reason: Some(reason),
        notes: action.notes.clone(),
        reverses: None,
    })?;
    Ok(draft.finish())
}

/// What is too large for one person is booked when a second one has approved it.
fn refuse_unapproved(
    view: &View<'_>,
    command: &Command,
    bucket: &Bucket,
    there: Quantity,
    target: Quantity,
) -> Result<(), Rejection> {
    let change = Delta::between(there, target);
    if command.confirm.approved || !view.catalogue.approval.is_above(change.amount(), there) {
        return Ok(());
    }
    let message = format!(
        "{:+} where {there} stand is more than one person adjusts by here; nothing is booked until \
         somebody else has approved it",
        change.whole()
    );
    Err(Rejection::new(Code::ApprovalRequired, None, message)
        .with(Details::Available(vec![BucketLine::new(bucket, there)])))
}

fn refuse_changed(
    action: &Adjust,
    there: Quantity,
    available: Vec<BucketLine>,
) -> Result<(), Rejection> {
    match action.expected {
        Some(expected) if expected != there => Err(Rejection::new(
            Code::QuantityChanged,
            "expected_quantity",
            format!("{expected} expected, {there} there"),
        )
        .with(Details::Available(available))),
        _ => Ok(()),
    }
}

/// Pieces that were not there before are bounded like a receipt's. What was typed may be a part
/// number; the part's receipts say nothing about counts, so the other soft rules do not apply.
fn doubt(
    view: &View<'_>,
    count: Count,
    more: Quantity,
    bucket: &Bucket,
) -> Result<Option<Rejection>, Rejection> {
    let (field, typed) = match count {
        Count::Counted(counted) => ("counted", counted),
        Count::Delta(delta) => ("delta", delta.amount()),
    };
    let part = resolve::part_of(view, &bucket.part, Retired::Allowed)?;
    plausibility::within_bounds(field, more, &part, view.limits)?;
    let slip = plausibility::looks_like_a_slip(typed, view.catalogue, &[]);
    Ok(slip.map(|slip| Rejection { field: Some(field.into()), ..slip }))
}

fn target(bucket: &Bucket, count: Count, there: Quantity) -> Result<Quantity, Rejection> {
    match count {
        Count::Counted(counted) => Ok(counted),
        Count::Delta(delta) if delta.is_increase() => there
            .plus(delta.amount())
            .ok_or_else(|| Rejection::out_of_range("delta", delta.amount(), None)),
        Count::Delta(delta) => there.minus(delta.amount()).ok_or_else(|| {
            let refusal = Rejection::insufficient(bucket, delta.amount(), there);
            Rejection { field: Some("delta".into()), ..refusal }
        }),
    }
}

/// The bucket meant, which may be empty when lot, operation and location are all named; `None`
/// when no lot is named and none stands there.
fn bucket(view: &View<'_>, wanted: &Wanted<'_>) -> Result<Option<Bucket>, Rejection> {
    match wanted.matching(view).as_slice() {
        [fact] => Ok(Some(fact.bucket.clone())),
        [] if wanted.pick.lot.is_none() => Ok(None),
        [] => empty_bucket(view, wanted).map(Some),
        several => Err(Rejection::ambiguous(several.iter().copied())),
    }
}

/// Pieces of a known lot may turn up where the ledger has none of it.
fn empty_bucket(view: &View<'_>, wanted: &Wanted<'_>) -> Result<Bucket, Rejection> {
    let pick = wanted.pick;
    let (Some(lot), Some(operation), Some(location)) = (&pick.lot, &pick.operation, &pick.location)
    else {
        return Err(wanted.nothing_there(view));
    };
    let fact = resolve::lot(view, lot)?;
    if let Some(named) = &pick.part
        && resolve::part(view, named, Retired::Allowed)?.row != fact.part.id
    {
        let message = format!("lot {lot} is of part {}", fact.part.code);
        return Err(Rejection::nothing_there("part", message, &[]));
    }
    let part = resolve::part_of(view, &fact.part, Retired::Refused)?;
    let operation = resolve::operation(view, "operation", operation, Retired::Refused)?.named();
    let location = resolve::location(view, "location", location, Retired::Refused)?.named();
    Ok(Bucket { part: part.named(), place: Place { operation, location }, lot: lot.clone() })
}

/// Nothing stands there and no lot is named: a count of zero agrees, anything else is found
/// material, which is an `in` with a reason, because only a receipt makes a lot.
fn empty_place(
    wanted: &Wanted<'_>,
    view: &View<'_>,
    action: &Adjust,
) -> Result<Postings, Rejection> {
    refuse_changed(action, Quantity::ZERO, Vec::new())?;
    match action.count {
        Count::Counted(counted) if counted.is_zero() => Ok(Postings::default()),
        Count::Delta(delta) if delta.whole() == 0 => Ok(Postings::default()),
        _ => Err(Rejection {
            message: "no lot stands there; book found material as `in` with a reason".to_owned(),
            ..wanted.nothing_there(view)
        }),
    }
}

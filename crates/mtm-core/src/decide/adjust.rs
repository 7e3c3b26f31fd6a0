//! A count corrects a bucket: the difference comes from, or goes to, the account `count`.

use crate::catalogue::ReasonKind;
use crate::code::Code;
use crate::command::{Adjust, Command, Count, Pick};
use crate::movement::{Bucket, MovementType, Outside, Place};
use crate::plausibility;
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;
use crate::word::Quantity;

use super::pick;
use super::resolve::{self, Retired};

pub(super) fn adjust(
    view: &View<'_>,
    command: &Command,
    action: &Adjust,
) -> Result<Postings, Rejection> {
    let notes = action.notes.as_ref();
    let reason = resolve::reason(view, ReasonKind::Adjust, "reason", &action.reason, notes)?;
    let Some(bucket) = bucket(view, &action.pick)? else {
        return empty_place(action);
    };
    super::question_repetition(view, command)?;
    let there = view.quantity_in(&bucket);
    if let Some(expected) = action.expected
        && expected != there
    {
        return Err(Rejection::new(
            Code::QuantityChanged,
            "expected_quantity",
            format!("{expected} expected, {there} there"),
        )
        .with(crate::rejection::Details::Available(vec![crate::outcome::BucketLine::new(
            &bucket, there,
        )])));
    }
    let target = target(&bucket, action.count, there)?;
    let mut draft = Draft::new(view);
    if target == there {
        draft.touch(&bucket);
        draft.postings.confirmed_count = Some(bucket);
        return Ok(draft.finish());
    }
    let increase = target.minus(there);
    let quantity = increase.or_else(|| there.minus(target)).unwrap_or_default();
    if increase.is_some() {
        let part = resolve::part(view, &bucket.part.code, Retired::Allowed)?;
        plausibility::within_bounds(field(action.count), quantity, &part, view.limits)?;
    }
    let (from, to) = if increase.is_some() {
        (Outside::Count.into(), bucket.clone().into())
    } else {
        (bucket.clone().into(), Outside::Count.into())
    };
    draft.post(Posting {
        kind: MovementType::Adjust,
        part: bucket.part.clone(),
        quantity,
        from,
        to,
        reason: Some(reason),
        notes: action.notes.clone(),
        reverses: None,
    })?;
    Ok(draft.finish())
}

const fn field(count: Count) -> &'static str {
    match count {
        Count::Counted(_) => "counted",
        Count::Delta(_) => "delta",
    }
}

fn target(bucket: &Bucket, count: Count, there: Quantity) -> Result<Quantity, Rejection> {
    match count {
        Count::Counted(counted) => Ok(counted),
        Count::Delta(delta) if delta.is_increase() => there
            .plus(delta.amount())
            .ok_or_else(|| Rejection::out_of_range("delta", delta.amount(), None)),
        Count::Delta(delta) => there
            .minus(delta.amount())
            .ok_or_else(|| Rejection::insufficient(bucket, delta.amount(), there)),
    }
}

/// The bucket meant, which may be empty when lot, operation and location are all named; `None`
/// when no lot is named and none stands there.
fn bucket(view: &View<'_>, pick: &Pick) -> Result<Option<Bucket>, Rejection> {
    let found = pick::matching(view, pick)?;
    match found.as_slice() {
        [fact] => Ok(Some(fact.bucket.clone())),
        [] => match &pick.lot {
            None => Ok(None),
            Some(_) => empty_bucket(view, pick).map(Some),
        },
        several => Err(Rejection::ambiguous(several.iter().copied())),
    }
}

fn empty_bucket(view: &View<'_>, pick: &Pick) -> Result<Bucket, Rejection> {
    let (Some(lot), Some(operation), Some(location)) = (&pick.lot, &pick.operation, &pick.location)
    else {
        return Err(Rejection::nothing_there(
            "nothing is left of the lot; name operation and location to count it there",
            &[],
        ));
    };
    let fact = view
        .lot(lot)
        .ok_or_else(|| Rejection::new(Code::UnknownLot, "lot", format!("there is no lot {lot}")))?;
    if let Some(part) = &pick.part
        && resolve::part(view, part, Retired::Allowed)?.row != fact.part.id
    {
        return Err(Rejection::nothing_there(
            format!("lot {lot} is of part {}", fact.part.code),
            &[],
        ));
    }
    let operation = resolve::operation(view, "operation", operation, Retired::Refused)?.named();
    let location = resolve::location(view, "location", location, Retired::Refused)?.named();
    Ok(Bucket { part: fact.part.clone(), place: Place { operation, location }, lot: lot.clone() })
}

/// Nothing stands there and no lot is named: a count of zero agrees, anything else is found
/// material, which is an `in` with a reason, because only a receipt makes a lot.
fn empty_place(action: &Adjust) -> Result<Postings, Rejection> {
    match action.count {
        Count::Counted(counted) if counted.is_zero() => Ok(Postings::default()),
        Count::Delta(delta) if delta.whole() == 0 => Ok(Postings::default()),
        _ => Err(Rejection::nothing_there(
            "no lot stands there; book found material as `in` with a reason",
            &[],
        )),
    }
}

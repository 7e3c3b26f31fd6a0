//! Which stock is meant: exact buckets, never "near enough".

use crate::code::Code;
use crate::command::{Command, Pick, PickRule};
use crate::movement::Bucket;
use crate::policy::{self, Deed};
use crate::rejection::Rejection;
use crate::view::{StockFact, View};
use crate::word::{Note, Quantity, ReasonCode};

use super::resolve::{self, Retired};

/// Pieces to be moved out of one bucket.
#[derive(Debug, Clone)]
pub(super) struct Portion {
    pub(super) bucket: Bucket,
    pub(super) quantity: Quantity,
}

/// The buckets with stock that `pick` names. Everything it names must exist.
pub(super) fn matching<'v>(
    view: &'v View<'_>,
    pick: &Pick,
) -> Result<Vec<&'v StockFact>, Rejection> {
    let part =
        pick.part.as_ref().map(|code| resolve::part(view, code, Retired::Allowed)).transpose()?;
    let operation = pick
        .operation
        .as_ref()
        .map(|code| resolve::operation(view, "operation", code, Retired::Allowed))
        .transpose()?;
    let location = pick
        .location
        .as_ref()
        .map(|code| resolve::location(view, "location", code, Retired::Allowed))
        .transpose()?;
    if let Some(lot) = &pick.lot {
        if view.lot(lot).is_none() {
            return Err(Rejection::new(Code::UnknownLot, "lot", format!("there is no lot {lot}")));
        }
    } else if part.is_none() || operation.is_none() || location.is_none() {
        return Err(Rejection::new(
            Code::InvalidBody,
            "lot",
            "name a lot, or part, operation and location",
        ));
    }
    Ok(view
        .stock
        .iter()
        .filter(|fact| {
            let bucket = &fact.bucket;
            pick.lot.as_ref().is_none_or(|lot| bucket.lot == *lot)
                && part.as_ref().is_none_or(|part| bucket.part.id == part.row)
                && operation.as_ref().is_none_or(|step| bucket.place.operation.id == step.row)
                && location.as_ref().is_none_or(|place| bucket.place.location.id == place.row)
        })
        .collect())
}

/// Why material may leave a hold: needed beside the confirmation.
pub(super) fn hold_override(
    command: &Command,
    reason: Option<&ReasonCode>,
    notes: Option<&Note>,
) -> bool {
    command.confirm.hold
        && policy::allows(command.context.actor.role, Deed::OverrideHold)
        && (reason.is_some() || notes.is_some())
}

/// Chooses what to take: one bucket, or several by FIFO. `quantity` is the whole bucket where
/// `None`, which needs a named lot.
pub(super) fn portions(
    view: &View<'_>,
    pick: &Pick,
    quantity: Option<Quantity>,
    override_hold: bool,
) -> Result<Vec<Portion>, Rejection> {
    let found = matching(view, pick)?;
    if quantity.is_some_and(Quantity::is_zero) {
        return Err(Rejection::new(Code::QuantityOutOfRange, "quantity", "0 pieces is nothing"));
    }
    if quantity.is_none() && pick.lot.is_none() {
        return Err(Rejection::new(Code::InvalidBody, "quantity", "say how many pieces"));
    }
    if found.is_empty() {
        return Err(nothing_there(view, pick));
    }
    match (pick.rule, quantity) {
        (PickRule::Fifo, Some(quantity)) => fifo(view, found, quantity, override_hold),
        _ => exact(view, &found, quantity, override_hold),
    }
}

fn nothing_there(view: &View<'_>, pick: &Pick) -> Rejection {
    let elsewhere: Vec<StockFact> = view
        .stock
        .iter()
        .filter(|fact| pick.lot.as_ref().is_some_and(|lot| fact.bucket.lot == *lot))
        .cloned()
        .collect();
    let message = match &pick.lot {
        Some(lot) if elsewhere.is_empty() => format!("nothing is left of lot {lot}"),
        Some(lot) => format!("lot {lot} does not stand there"),
        None => "nothing stands there".to_owned(),
    };
    Rejection::nothing_there(message, &elsewhere)
}

fn exact(
    view: &View<'_>,
    found: &[&StockFact],
    quantity: Option<Quantity>,
    override_hold: bool,
) -> Result<Vec<Portion>, Rejection> {
    let [fact] = found else {
        return Err(Rejection::ambiguous(found.iter().copied()));
    };
    refuse_hold(view, fact, override_hold)?;
    let quantity = quantity.unwrap_or(fact.quantity);
    if quantity > fact.quantity {
        return Err(Rejection::insufficient(&fact.bucket, quantity, fact.quantity));
    }
    Ok(vec![Portion { bucket: fact.bucket.clone(), quantity }])
}

/// Oldest received first, then lot number. Held lots are passed over; if the rest does not
/// suffice but would with them, the hold is the reason of the refusal.
fn fifo(
    view: &View<'_>,
    mut found: Vec<&StockFact>,
    quantity: Quantity,
    override_hold: bool,
) -> Result<Vec<Portion>, Rejection> {
    found.sort_by(|a, b| {
        (a.received_at, &a.bucket.lot, &a.bucket).cmp(&(b.received_at, &b.bucket.lot, &b.bucket))
    });
    let mut left = quantity;
    let mut portions = Vec::new();
    let mut first_held = None;
    for fact in &found {
        if let Err(held) = refuse_hold(view, fact, override_hold) {
            first_held.get_or_insert(held);
            continue;
        }
        let quantity = left.min(fact.quantity);
        portions.push(Portion { bucket: fact.bucket.clone(), quantity });
        left = left.minus(quantity).unwrap_or_default();
        if left.is_zero() {
            return Ok(portions);
        }
    }
    let there = found
        .iter()
        .try_fold(Quantity::ZERO, |sum, fact| sum.plus(fact.quantity))
        .unwrap_or_default();
    match first_held {
        Some(held) if there >= quantity => Err(held),
        _ => Err(Rejection::nothing_there(format!("{quantity} wanted, {there} there"), &[]).with(
            crate::rejection::Details::Available(found.iter().map(|fact| (*fact).into()).collect()),
        )),
    }
}

fn refuse_hold(view: &View<'_>, fact: &StockFact, override_hold: bool) -> Result<(), Rejection> {
    let bucket = &fact.bucket;
    match view.catalogue.hold_on(&bucket.lot, bucket.part.id, bucket.place.location.id) {
        Some(hold) if !override_hold => Err(Rejection::held(bucket, hold)),
        _ => Ok(()),
    }
}

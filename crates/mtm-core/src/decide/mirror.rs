//! What another system booked of a lot is booked here too, if the lot stands here as it believes.

use crate::catalogue::ReasonKind;
use crate::code::Code;
use crate::command::{Mirror, MirrorStep, Mirrored, Spot};
use crate::movement::{Account, Bucket, MovementType, Outside, PartRef, Place};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::{Details, Rejection};
use crate::view::View;
use crate::word::{Quantity, ReasonCode};

use super::block::{self, Override};
use super::pick;
use super::receive::Earlier;
use super::resolve::{self, Retired};

/// Why stock changes that nobody explained: the reason that counts have.
const COUNT: &str = "count";

pub(super) fn mirror(view: &View<'_>, action: &Mirror) -> Result<Postings, Rejection> {
    let part = resolve::part(view, &action.part, Retired::Allowed)?.named();
    refuse_changed(view, action, &part)?;
    let mut draft = Draft::new(view);
    let Mirror { lot, attributes, received_at, received_by, .. } = action;
    let earlier = Earlier {
        lot,
        part: &part,
        attributes,
        received_at: *received_at,
        received_by: *received_by,
    };
    earlier.make(view, &mut draft)?;
    for step in &action.steps {
        draft.post(posting(view, action, &part, step)?)?;
    }
    Ok(draft.finish())
}

/// Refuses when the lot does not stand exactly where whoever follows believes.
fn refuse_changed(view: &View<'_>, action: &Mirror, part: &PartRef) -> Result<(), Rejection> {
    let mut expected = Vec::with_capacity(action.expected.len());
    for (spot, quantity) in &action.expected {
        expected.push((bucket(view, action, part, spot)?, *quantity));
    }
    let there: Vec<_> = view.stock.iter().filter(|fact| fact.bucket.lot == action.lot).collect();
    let agrees = |(bucket, quantity): &(Bucket, Quantity)| view.quantity_in(bucket) == *quantity;
    if there.len() == expected.len() && expected.iter().all(agrees) {
        return Ok(());
    }
    let message =
        format!("lot {} does not stand here as it did there: it was booked here", action.lot);
    let available = there.into_iter().map(Into::into).collect();
    Err(Rejection::new(Code::QuantityChanged, "lot", message).with(Details::Available(available)))
}

fn bucket(
    view: &View<'_>,
    action: &Mirror,
    part: &PartRef,
    spot: &Spot,
) -> Result<Bucket, Rejection> {
    let operation =
        resolve::operation(view, "operation", &spot.operation, Retired::Allowed)?.named();
    let location = resolve::location(view, "location", &spot.location, Retired::Allowed)?.named();
    let place = Place { operation, location };
    Ok(Bucket { part: part.clone(), place, lot: action.lot.clone() })
}

fn posting(
    view: &View<'_>,
    action: &Mirror,
    part: &PartRef,
    step: &MirrorStep,
) -> Result<Posting, Rejection> {
    pick::refuse_nothing("quantity", Some(step.quantity))?;
    let at = |spot: &Spot| bucket(view, action, part, spot);
    let (kind, from, to): (_, Account, Account) = match &step.what {
        Mirrored::In(to) => (MovementType::In, Outside::Supplier.into(), at(to)?.into()),
        Mirrored::Opening(to) => (MovementType::Opening, Outside::Opening.into(), at(to)?.into()),
        Mirrored::Out(from) => (MovementType::Out, at(from)?.into(), Outside::Consumed.into()),
        Mirrored::Transfer(from, to) => (MovementType::Transfer, at(from)?.into(), at(to)?.into()),
        Mirrored::More(to) => (MovementType::Adjust, Outside::Count.into(), at(to)?.into()),
        Mirrored::Fewer(from) => (MovementType::Adjust, at(from)?.into(), Outside::Count.into()),
    };
    if let Some(from) = from.bucket() {
        // A hold is a decision made here: only who placed it, or a lead, lets go of it.
        block::refuse_held(view, from, Override::No)?;
    }
    let counted = (kind == MovementType::Adjust).then(|| ReasonCode::parse(COUNT).ok()).flatten();
    let reason = counted.filter(|code| view.catalogue.reason(ReasonKind::Adjust, code).is_some());
    Ok(Posting {
        kind,
        part: part.clone(),
        quantity: step.quantity,
        from,
        to,
        reason,
        notes: step.notes.clone(),
        reverses: None,
    })
}

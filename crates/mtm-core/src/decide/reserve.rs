//! Pieces are kept for something: whoever would take them for something else is asked first.
//!
//! A reservation is a promise between people and never changes stock. What leaves a lot by a decision
//! (taken, split off, merged away) is asked about; what is found to be so (a count, scrap, an undo)
//! is booked as it is, and the answer tells whose pieces are missing now.

use crate::code::Code;
use crate::command::{Command, EndReservation, Reserve};
use crate::outcome::BucketLine;
use crate::policy::{self, Deed};
use crate::posting::{Draft, NewReservation, Postings, ReservationTurn, ReservationUse};
use crate::rejection::{Details, Rejection};
use crate::reservation::{self, ReservationLine, ReservationState, active, free, missing, told};
use crate::view::{ReservationFact, View};
use crate::word::{LotNumber, ReservationId};

use super::{pick, resolve};

pub(super) fn reserve(view: &View<'_>, action: &Reserve) -> Result<Postings, Rejection> {
    if action.work_order.is_none() && action.purpose.is_none() {
        let message = "say what it is reserved for: a work order, or in words";
        return Err(Rejection::new(Code::InvalidBody, "work_order", message));
    }
    let lot = &resolve::lot(view, &action.lot)?.lot;
    pick::refuse_nothing("quantity", action.quantity)?;
    if action.ends_at.is_some_and(|end| end <= view.now) {
        let message = "a reservation that is over already keeps nothing";
        return Err(Rejection::new(Code::InvalidBody, "ends_at", message));
    }
    let (there, free) = (reservation::total(view, lot), free(view, lot, None));
    let wanted = action.quantity.unwrap_or(there);
    if wanted > free || there.is_zero() {
        let message = if there.is_zero() {
            format!("nothing is left of lot {lot}")
        } else {
            format!("{wanted} wanted, {free} of the {there} pieces of lot {lot} are free")
        };
        let buckets = view.stock.iter().filter(|fact| fact.bucket.lot == *lot);
        let available = buckets.map(BucketLine::from).collect();
        return Err(Rejection::new(Code::InsufficientStock, "quantity", message)
            .with(Details::Available(available)));
    }
    let new_reservation = NewReservation {
        lot: lot.clone(),
        quantity: action.quantity,
        work_order: action.work_order.clone(),
        purpose: action.purpose.clone(),
        ends_at: action.ends_at,
    };
    Ok(Postings { new_reservation: Some(new_reservation), ..Postings::default() })
}

/// Whoever reserved ends it; that of others takes a lead.
pub(super) fn end(
    view: &View<'_>,
    command: &Command,
    action: &EndReservation,
) -> Result<Postings, Rejection> {
    let found = find(view, &action.lot, action.reservation).ok_or_else(|| {
        Rejection::new(Code::NotFound, None, "there is no such reservation, or it was ended")
    })?;
    let actor = &command.context.actor;
    if found.by != actor.id && !policy::allows(actor.role, Deed::EndReservation) {
        let message = format!("{} reserved it: ending it takes them or a lead", found.by_name);
        return Err(Rejection::new(Code::Forbidden, None, message));
    }
    let turn = ReservationTurn { reservation: found.clone(), state: ReservationState::Released };
    Ok(Postings { reservation_turns: vec![turn], ..Postings::default() })
}

/// Refuses to take more of a lot than is not reserved, unless that was confirmed.
pub(super) fn refuse_reserved(command: &Command, draft: &Draft<'_>) -> Result<(), Rejection> {
    match missing(draft).into_iter().next() {
        Some(missing) if !command.confirm.reserved => {
            Err(Rejection::new(Code::Reserved, "lot", missing.message)
                .with(Details::Reserved(missing.reservations)))
        }
        _ => Ok(()),
    }
}

/// The refusal of the oldest pieces first, where what is free of `lot` does not suffice.
pub(super) fn refusal(view: &View<'_>, lot: &LotNumber) -> Rejection {
    let there = reservation::total(view, lot);
    let found: Vec<&ReservationFact> = active(view, lot, there).collect();
    let words: Vec<String> = found.iter().map(|it| told(it)).collect();
    let message = format!("what is free does not suffice; of lot {lot} {}", words.join("; "));
    let lines = found.into_iter().map(ReservationLine::from).collect();
    Rejection::new(Code::Reserved, "lot", message).with(Details::Reserved(lines))
}

/// What is taken of its lot is taken for `reservation`, as far as that reaches.
pub(super) fn take_for(
    view: &View<'_>,
    draft: &mut Draft<'_>,
    reservation: ReservationId,
) -> Result<(), Rejection> {
    let none = || {
        let message = "nothing that is taken here is kept by this reservation";
        Rejection::new(Code::NotFound, "reservation", message)
    };
    let found = view.reservations.iter().find(|it| it.id == reservation).ok_or_else(none)?;
    let there = reservation::total(view, &found.lot);
    let state = found.state(there, view.now);
    if state != ReservationState::Active {
        let message = format!("this reservation keeps nothing any more: it is {}", state.as_str());
        return Err(Rejection::new(Code::NotFound, "reservation", message));
    }
    let mut left = found.left().unwrap_or(there);
    let mut uses = Vec::new();
    for (position, posting) in (1_u16..).zip(&draft.postings.movements) {
        let here = posting.from.bucket().is_some_and(|bucket| bucket.lot == found.lot);
        let quantity = left.min(posting.quantity);
        if here && !quantity.is_zero() {
            left = left.minus(quantity).unwrap_or_default();
            uses.push(ReservationUse { reservation, lot: found.lot.clone(), position, quantity });
        }
    }
    if uses.is_empty() {
        return Err(none());
    }
    draft.postings.reservation_uses = uses;
    Ok(())
}

fn find<'v>(
    view: &'v View<'_>,
    lot: &LotNumber,
    reservation: ReservationId,
) -> Option<&'v ReservationFact> {
    view.reservations.iter().find(|it| it.id == reservation && it.lot == *lot)
}

//! What is reserved of lots: promises between people, and never stock.
//!
//! Whether a reservation counts is kept nowhere, but for those that somebody ended by hand: it follows from
//! what was taken for it and stands, from its time, and from what there is of its lot. So whatever an undo
//! gives back, or a count finds again, is reserved again, and nothing has to be repaired.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::posting::{Draft, ReservationTurn};
use crate::view::{ReservationFact, View};
use crate::word::{LotNumber, Note, Quantity, ReservationId, Timestamp, UserName, WorkOrder};

/// What became of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReservationState {
    /// It counts: whoever would take its pieces for something else is asked.
    Active,
    /// Everything was taken for it.
    Fulfilled,
    /// Somebody ended it.
    Released,
    /// Its time is over.
    Expired,
    /// Nothing is left of its lot.
    Consumed,
}

impl ReservationState {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Fulfilled => "fulfilled",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Consumed => "consumed",
        }
    }
}

/// What the state of a reservation follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// So many pieces of the lot; all of them where `None`.
    pub quantity: Option<Quantity>,
    /// What was taken for it, and not undone.
    pub used: Quantity,
    /// Until when; without an end where `None`.
    pub ends_at: Option<Timestamp>,
    /// Whether somebody ended it.
    pub released: bool,
}

impl Promise {
    /// Its state at `now`, where `there` is all there is of the lot.
    pub fn state(&self, there: Quantity, now: Timestamp) -> ReservationState {
        let fulfilled = match self.quantity {
            Some(quantity) => self.used >= quantity,
            None => there.is_zero() && !self.used.is_zero(),
        };
        if self.released {
            ReservationState::Released
        } else if fulfilled {
            ReservationState::Fulfilled
        } else if self.ends_at.is_some_and(|end| end <= now) {
            ReservationState::Expired
        } else if there.is_zero() {
            ReservationState::Consumed
        } else {
            ReservationState::Active
        }
    }
}

/// A reservation as a refusal shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReservationLine {
    /// Which: what `reservation` of an `out` names.
    pub id: ReservationId,
    /// The lot.
    pub lot: LotNumber,
    /// Pieces that are still kept; null: all of the lot.
    pub left: Option<Quantity>,
    /// The work order that they are kept for.
    pub work_order: Option<WorkOrder>,
    /// What they are kept for, in words.
    pub purpose: Option<Note>,
    /// Until when; null: without an end.
    pub ends_at: Option<Timestamp>,
    /// Who reserved them.
    pub placed_by: UserName,
}

impl From<&ReservationFact> for ReservationLine {
    fn from(fact: &ReservationFact) -> Self {
        Self {
            id: fact.id,
            lot: fact.lot.clone(),
            left: fact.left(),
            work_order: fact.work_order.clone(),
            purpose: fact.purpose.clone(),
            ends_at: fact.ends_at,
            placed_by: fact.by_name.clone(),
        }
    }
}

/// Reservations of `lot` that count while it has `there` pieces, in the order of the view.
pub(crate) fn active<'v>(
    view: &'v View<'_>,
    lot: &LotNumber,
    there: Quantity,
) -> impl Iterator<Item = &'v ReservationFact> {
    let (now, lot) = (view.now, lot.clone());
    view.reservations
        .iter()
        .filter(move |it| it.lot == lot && it.state(there, now) == ReservationState::Active)
}

/// Pieces of `lot`, which has `there`, that are kept, but for the reservation that is used.
pub(crate) fn kept(
    view: &View<'_>,
    lot: &LotNumber,
    using: Option<ReservationId>,
    there: Quantity,
) -> Quantity {
    let others = active(view, lot, there).filter(|it| Some(it.id) != using);
    sum(others.map(|it| it.left().unwrap_or(there)))
}

/// All pieces of `lot`.
pub(crate) fn total(view: &View<'_>, lot: &LotNumber) -> Quantity {
    sum(view.stock.iter().filter(|fact| fact.bucket.lot == *lot).map(|fact| fact.quantity))
}

/// Pieces of `lot` that nobody keeps, but for the reservation that is used.
pub(crate) fn free(view: &View<'_>, lot: &LotNumber, using: Option<ReservationId>) -> Quantity {
    let there = total(view, lot);
    there.minus(kept(view, lot, using, there)).unwrap_or_default()
}

fn sum(quantities: impl Iterator<Item = Quantity>) -> Quantity {
    quantities.fold(Quantity::ZERO, |sum, it| sum.plus(it).unwrap_or(sum))
}

/// Pieces of a lot that a command takes away from those that they are kept for.
#[derive(Debug)]
pub(crate) struct Missing {
    /// What happens, in words.
    pub(crate) message: String,
    /// The reservations of the lot that are not used.
    pub(crate) reservations: Vec<ReservationLine>,
}

/// What the movements drafted so far take away from those that it is kept for, lot by lot.
pub(crate) fn missing(draft: &Draft<'_>) -> Vec<Missing> {
    let view = draft.view();
    if view.reservations.is_empty() {
        return Vec::new();
    }
    let left = draft.postings.movements.iter().filter_map(|posting| posting.from.bucket());
    let lots: BTreeSet<&LotNumber> = left.map(|bucket| &bucket.lot).collect();
    lots.into_iter().filter_map(|lot| missing_of(draft, lot)).collect()
}

fn missing_of(draft: &Draft<'_>, lot: &LotNumber) -> Option<Missing> {
    let view = draft.view();
    let [before, after] = draft.pieces_of(lot);
    let uses = || draft.postings.reservation_uses.iter();
    let used = sum(uses().filter(|it| it.lot == *lot).map(|it| it.quantity));
    let kept = kept(view, lot, None, before);
    let still_kept = kept.minus(used).unwrap_or_default();
    let short = |kept: Quantity, there: Quantity| kept.minus(there).unwrap_or_default();
    // What was missing already is nobody's doing now.
    if short(still_kept, after) <= short(kept, before) {
        return None;
    }
    let others: Vec<&ReservationFact> = active(view, lot, before)
        .filter(|it| uses().all(|used| used.reservation != it.id))
        .collect();
    let told: Vec<String> = others.iter().map(|it| told(it)).collect();
    let free = before.minus(kept).unwrap_or_default();
    Some(Missing {
        message: format!(
            "{free} of the {before} pieces of lot {lot} are free; {}",
            told.join("; ")
        ),
        reservations: others.into_iter().map(ReservationLine::from).collect(),
    })
}

/// Which reservations stop to count with the movements drafted, and which count again.
pub(crate) fn turns(draft: &Draft<'_>) -> Vec<ReservationTurn> {
    let view = draft.view();
    let turn = |fact: &ReservationFact| {
        let [before, after] = draft.pieces_of(&fact.lot);
        let uses = draft.postings.reservation_uses.iter();
        let used = sum(uses.filter(|it| it.reservation == fact.id).map(|it| it.quantity));
        let back = draft.given_back.iter().filter(|it| it.reservation == fact.id);
        let back = sum(back.map(|it| it.quantity));
        let used = fact.used.plus(used).and_then(|used| used.minus(back)).unwrap_or_default();
        let later = ReservationFact { used, ..fact.clone() };
        let (was, is) = (fact.state(before, view.now), later.state(after, view.now));
        let active = |state| state == ReservationState::Active;
        (active(was) != active(is)).then_some(ReservationTurn { reservation: later, state: is })
    };
    view.reservations.iter().filter_map(turn).collect()
}

/// A reservation in words.
pub(crate) fn told(it: &ReservationFact) -> String {
    let pieces = it.left().map_or_else(|| "all are".to_owned(), |left| format!("{left} are"));
    let order = it.work_order.as_ref().map(ToString::to_string);
    let purpose = it.purpose.as_ref().map(ToString::to_string);
    let what: Vec<String> = order.into_iter().chain(purpose).collect();
    format!("{pieces} reserved for {} by {}", what.join(", "), it.by_name)
}

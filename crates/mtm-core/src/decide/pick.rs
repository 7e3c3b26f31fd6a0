//! Which stock is meant: exact buckets, never "near enough".

use crate::code::Code;
use crate::command::{Command, Pick, PickRule};
use crate::movement::Bucket;
use crate::rejection::{Details, Rejection};
use crate::reservation;
use crate::view::{StockFact, View};
use crate::word::{LocationId, LotNumber, OperationId, PartId, Quantity, ReservationId};

use super::block::{self, Override};
use super::reserve;
use super::resolve::{self, Retired};

/// How far the oldest pieces first may be reserved ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// It does not matter: nobody loses them.
    Nothing,
    /// Those of the reservation first; what is reserved otherwise stays, or comes last where the
    /// caller insists.
    Reserved { using: Option<ReservationId>, insists: bool },
}

impl Keep {
    /// For `command`, which takes pieces for a reservation or for nobody's.
    pub(super) const fn of(command: &Command, using: Option<ReservationId>) -> Self {
        Self::Reserved { using, insists: command.confirm.reserved }
    }

    /// Whether pieces of `lot` are to be taken before those of others.
    fn prefers(self, view: &View<'_>, lot: &LotNumber) -> bool {
        let Self::Reserved { using: Some(using), .. } = self else { return false };
        view.reservations.iter().any(|it| it.id == using && it.lot == *lot)
    }

    /// How many pieces of `fact` may be taken.
    fn leaves(self, view: &View<'_>, fact: &StockFact) -> Quantity {
        match self {
            Self::Nothing => fact.quantity,
            Self::Reserved { using, .. } => {
                fact.quantity.min(reservation::free(view, &fact.bucket.lot, using))
            }
        }
    }
}

/// Pieces to be moved out of one bucket.
#[derive(Debug, Clone)]
pub(super) struct Portion {
    pub(super) bucket: Bucket,
    pub(super) quantity: Quantity,
}

/// A pick whose names all exist; what stands there is another question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'p> {
    pub(super) pick: &'p Pick,
    part: Option<PartId>,
    operation: Option<OperationId>,
    location: Option<LocationId>,
}

impl<'p> Wanted<'p> {
    /// Checks that `pick` says enough and that everything it names exists. Retired masters will
    /// do: what stands there must be able to leave.
    pub(super) fn resolve(view: &View<'_>, pick: &'p Pick) -> Result<Self, Rejection> {
        let complete = pick.part.is_some() && pick.operation.is_some() && pick.location.is_some();
        if pick.lot.is_none() && !complete {
            return Err(Rejection::new(
                Code::InvalidBody,
                "lot",
                "name a lot, or part, operation and location",
            ));
        }
        let part = match &pick.part {
            Some(code) => Some(resolve::part(view, code, Retired::Allowed)?.row),
            None => None,
        };
        let operation = match &pick.operation {
            Some(code) => Some(resolve::operation(view, "operation", code, Retired::Allowed)?.row),
            None => None,
        };
        let location = match &pick.location {
            Some(code) => Some(resolve::location(view, "location", code, Retired::Allowed)?.row),
            None => None,
        };
        if let Some(lot) = &pick.lot {
            resolve::lot(view, lot)?;
        }
        Ok(Self { pick, part, operation, location })
    }

    /// As [`Wanted::resolve`], for actions that move `quantity` pieces, or the whole bucket of
    /// the lot named.
    pub(super) fn to_move(
        view: &View<'_>,
        pick: &'p Pick,
        quantity: Option<Quantity>,
    ) -> Result<Self, Rejection> {
        if quantity.is_none() && pick.lot.is_none() {
            return Err(Rejection::new(Code::InvalidBody, "quantity", "say how many pieces"));
        }
        Self::resolve(view, pick)
    }

    /// The buckets with stock that the pick names.
    pub(super) fn matching<'v>(&self, view: &'v View<'_>) -> Vec<&'v StockFact> {
        let named = |fact: &&StockFact| {
            let bucket = &fact.bucket;
            self.pick.lot.as_ref().is_none_or(|lot| bucket.lot == *lot)
                && self.part.is_none_or(|part| bucket.part.id == part)
                && self.operation.is_none_or(|step| bucket.place.operation.id == step)
                && self.location.is_none_or(|place| bucket.place.location.id == place)
        };
        view.stock.iter().filter(named).collect()
    }

    /// Chooses what to move: one bucket, or several by FIFO. `quantity` is the whole bucket where
    /// `None`, which needs a named lot.
    ///
    /// FIFO chooses among lots. Between several places of one named lot it has no opinion, so
    /// those are ambiguous under either rule.
    pub(super) fn portions(
        &self,
        view: &View<'_>,
        quantity: Option<Quantity>,
        hold: Override,
    ) -> Result<Vec<Portion>, Rejection> {
        self.portions_kept(view, quantity, hold, Keep::Nothing)
    }

    /// As [`Wanted::portions`]; FIFO passes over what is reserved.
    pub(super) fn portions_kept(
        &self,
        view: &View<'_>,
        quantity: Option<Quantity>,
        hold: Override,
        keep: Keep,
    ) -> Result<Vec<Portion>, Rejection> {
        let found = self.matching(view);
        match (found.as_slice(), self.pick.rule, quantity, &self.pick.lot) {
            ([], ..) => Err(self.nothing_there(view)),
            (_, PickRule::Fifo, Some(quantity), None) => fifo(view, found, quantity, hold, keep),
            ([fact], ..) => exact(view, fact, quantity, hold).map(|portion| vec![portion]),
            (several, ..) => Err(Rejection::ambiguous(several.iter().copied())),
        }
    }

    /// The refusal where nothing matches, with the places where the named lot does stand.
    pub(super) fn nothing_there(&self, view: &View<'_>) -> Rejection {
        let Some(lot) = &self.pick.lot else {
            return Rejection::nothing_there("location", "nothing stands there", &[]);
        };
        let elsewhere = standing(view, lot);
        let message = if elsewhere.is_empty() {
            format!("nothing is left of lot {lot}")
        } else {
            format!("lot {lot} does not stand there")
        };
        Rejection::nothing_there("lot", message, &elsewhere)
    }
}

/// Refuses to move no pieces at all.
pub(super) fn refuse_nothing(
    field: &'static str,
    quantity: Option<Quantity>,
) -> Result<(), Rejection> {
    if quantity.is_some_and(Quantity::is_zero) {
        return Err(Rejection::new(Code::QuantityOutOfRange, field, "0 pieces is nothing"));
    }
    Ok(())
}

fn standing(view: &View<'_>, lot: &LotNumber) -> Vec<StockFact> {
    view.stock.iter().filter(|fact| fact.bucket.lot == *lot).cloned().collect()
}

fn exact(
    view: &View<'_>,
    fact: &StockFact,
    quantity: Option<Quantity>,
    hold: Override,
) -> Result<Portion, Rejection> {
    block::refuse_held(view, &fact.bucket, hold)?;
    let quantity = quantity.unwrap_or(fact.quantity);
    if quantity > fact.quantity {
        return Err(Rejection::insufficient(&fact.bucket, quantity, fact.quantity));
    }
    Ok(Portion { bucket: fact.bucket.clone(), quantity })
}

/// Oldest received first, then lot number. What is held or reserved is passed over; if the rest does
/// not suffice but would with it, that is the reason of the refusal.
fn fifo(
    view: &View<'_>,
    mut found: Vec<&StockFact>,
    quantity: Quantity,
    hold: Override,
    keep: Keep,
) -> Result<Vec<Portion>, Rejection> {
    found.sort_by(|a, b| (a.received_at, &a.bucket.lot).cmp(&(b.received_at, &b.bucket.lot)));
    found.sort_by_key(|fact| !keep.prefers(view, &fact.bucket.lot));
    let mut left = quantity;
    let mut portions = Vec::new();
    let mut reserved: Vec<(&StockFact, Quantity)> = Vec::new();
    let mut passed_over = None;
    for fact in &found {
        if let Err(refusal) = block::refuse_held(view, &fact.bucket, hold) {
            passed_over.get_or_insert(refusal);
            continue;
        }
        let free = keep.leaves(view, fact);
        if free < fact.quantity {
            reserved.push((fact, fact.quantity.minus(free).unwrap_or_default()));
        }
        add(&mut portions, fact, &mut left, free);
        if left.is_zero() {
            return Ok(portions);
        }
    }
    if let Some((first, _)) = reserved.first() {
        match keep {
            Keep::Reserved { insists: true, .. } => {
                for (fact, kept) in &reserved {
                    add(&mut portions, fact, &mut left, *kept);
                }
                if left.is_zero() {
                    return Ok(portions);
                }
            }
            _ => {
                passed_over.get_or_insert_with(|| reserve::refusal(view, &first.bucket.lot));
            }
        }
    }
    let there: i64 = found.iter().map(|fact| fact.quantity.whole()).sum();
    match passed_over {
        Some(refusal) if there >= quantity.whole() => Err(refusal),
        _ => {
            let available = found.iter().map(|fact| (*fact).into()).collect();
            let message = format!("{quantity} wanted, {there} there");
            Err(Rejection::new(Code::InsufficientStock, "quantity", message)
                .with(Details::Available(available)))
        }
    }
}

/// Adds up to `most` pieces of `fact` that are still wanted.
fn add(portions: &mut Vec<Portion>, fact: &StockFact, left: &mut Quantity, most: Quantity) {
    let quantity = most.min(*left);
    if quantity.is_zero() {
        return;
    }
    *left = left.minus(quantity).unwrap_or_default();
    match portions.iter_mut().find(|portion| portion.bucket == fact.bucket) {
        Some(portion) => portion.quantity = portion.quantity.plus(quantity).unwrap_or(quantity),
        None => portions.push(Portion { bucket: fact.bucket.clone(), quantity }),
    }
}

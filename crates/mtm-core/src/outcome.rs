//! What the ledger answers to an accepted command; stored with its key and replayed as it is.

use serde::{Deserialize, Serialize};

use crate::command::Action;
use crate::movement::{Bucket, MovementType};
use crate::posting::{Posting, Postings, Warning};
use crate::rejection::Rejection;
use crate::view::StockFact;
use crate::word::{
    CommandId, HoldId, LocationCode, LotNumber, MovementId, OperationCode, PartCode, Quantity,
    ReservationId, Timestamp,
};

/// A bucket with its quantity, as answers show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketLine {
    /// The part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
    /// The lot.
    pub lot: LotNumber,
    /// Pieces.
    pub quantity: Quantity,
}

impl BucketLine {
    /// `quantity` pieces in `bucket`.
    pub fn new(bucket: &Bucket, quantity: Quantity) -> Self {
        Self {
            part: bucket.part.code.clone(),
            operation: bucket.place.operation.code.clone(),
            location: bucket.place.location.code.clone(),
            lot: bucket.lot.clone(),
            quantity,
        }
    }
}

impl From<&StockFact> for BucketLine {
    fn from(fact: &StockFact) -> Self {
        Self::new(&fact.bucket, fact.quantity)
    }
}

/// One movement as the answer to a booking shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovementLine {
    /// Identity.
    pub id: MovementId,
    /// Feed position; null until sealed on a backend that seals after commit.
    pub sequence: Option<u64>,
    /// Type.
    #[serde(rename = "type")]
    pub kind: MovementType,
    /// The part.
    pub part: PartCode,
    /// Operation the pieces left; null when they came from outside.
    pub operation: Option<OperationCode>,
    /// Location the pieces left, or arrived at when they came from outside.
    pub location: Option<LocationCode>,
    /// Operation they arrived at; null when they left the plant's stock.
    pub to_operation: Option<OperationCode>,
    /// Location they arrived at; null when they left the plant's stock.
    pub to_location: Option<LocationCode>,
    /// The lot.
    pub lot: LotNumber,
    /// The lot the pieces joined, where that is another one: of a split, of a merge, and where one
    /// of these is undone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_lot: Option<LotNumber>,
    /// Pieces.
    pub quantity: Quantity,
    /// The movement it undoes.
    pub reverses: Option<MovementId>,
}

impl MovementLine {
    /// The line of `posting`. For receipts, `operation`/`location` name the place of arrival, as
    /// the body of an `in` does.
    pub fn new(id: MovementId, sequence: Option<u64>, posting: &Posting) -> Option<Self> {
        let (from, to) = (posting.from.bucket(), posting.to.bucket());
        let named = from.or(to)?;
        let arrival = if from.is_some() { to } else { None };
        Some(Self {
            id,
            sequence,
            kind: posting.kind,
            part: posting.part.code.clone(),
            operation: Some(named.place.operation.code.clone()),
            location: Some(named.place.location.code.clone()),
            to_operation: arrival.map(|bucket| bucket.place.operation.code.clone()),
            to_location: arrival.map(|bucket| bucket.place.location.code.clone()),
            lot: named.lot.clone(),
            to_lot: arrival.map(|bucket| &bucket.lot).filter(|lot| **lot != named.lot).cloned(),
            quantity: posting.quantity,
            reverses: posting.reverses,
        })
    }
}

/// The answer to one accepted command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// The command.
    pub id: CommandId,
    /// Feed position of its last movement; null when nothing moved or not sealed yet.
    pub sequence: Option<u64>,
    /// What was done: the type of its movements, or the name of the action where nothing moves.
    #[serde(rename = "type")]
    pub kind: String,
    /// Lots it concerned; for receipts and splits the new ones.
    pub lots: Vec<LotNumber>,
    /// Its movements.
    pub movements: Vec<MovementLine>,
    /// Every bucket touched, also at zero.
    pub balances: Vec<BucketLine>,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
    /// When the server recorded it.
    pub recorded_at: Timestamp,
    /// The hold it placed or released.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<HoldId>,
    /// The reservation it made, used or ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reservation: Option<ReservationId>,
}

impl Outcome {
    /// What the answer to `action` is called: the type of its movements, or the name of the action
    /// where nothing moves or several types do.
    pub const fn kind_of(action: &Action) -> &'static str {
        match action {
            Action::Receive(_) => MovementType::In.as_str(),
            Action::Take(_) => MovementType::Out.as_str(),
            Action::Move(_) | Action::Split(_) | Action::Merge(_) => {
                MovementType::Transfer.as_str()
            }
            Action::Scrap(_) => MovementType::Scrap.as_str(),
            Action::Adjust(_) => MovementType::Adjust.as_str(),
            Action::Reverse(_) => MovementType::Reversal.as_str(),
            Action::Open(_) => MovementType::Opening.as_str(),
            Action::Mirror(_) => "mirror",
            Action::Complete(_) => "complete_operation",
            Action::PlaceHold(_) => "hold",
            Action::ReleaseHold(_) => "release",
            Action::Reserve(_) => "reservation",
            Action::EndReservation(_) => "end_reservation",
            Action::ChangeLot(_) => "lot",
        }
    }

    /// The answer for `postings` recorded at `recorded_at`, whose first movement has the feed
    /// position `first_sequence` on a backend that assigns it at once.
    pub fn new(
        id: CommandId,
        kind: &str,
        postings: &Postings,
        first_sequence: Option<u64>,
        recorded_at: Timestamp,
    ) -> Self {
        let mut movements = Vec::with_capacity(postings.movements.len());
        let (mut position, mut sequence) = (0_u16, first_sequence);
        for posting in &postings.movements {
            position = position.saturating_add(1);
            movements.extend(MovementLine::new(id.movement(position), sequence, posting));
            sequence = sequence.map(|n| n + 1);
        }
        Self {
            id,
            sequence: movements.last().and_then(|line| line.sequence),
            kind: kind.to_owned(),
            lots: concerned_lots(postings, &movements),
            balances: postings
                .balances
                .iter()
                .map(|balance| BucketLine::new(&balance.bucket, balance.after))
                .collect(),
            movements,
            warnings: postings.warnings.clone(),
            recorded_at,
            hold: match (&postings.new_hold, &postings.released) {
                (Some(_), _) => Some(HoldId::placed_by(id)),
                (None, released) => released.as_ref().map(|hold| hold.id),
            },
            reservation: reservation(id, postings),
        }
    }
}

/// The reservation that a command made, used or ended.
fn reservation(id: CommandId, postings: &Postings) -> Option<ReservationId> {
    let made = postings.new_reservation.as_ref().map(|_| ReservationId::made_by(id));
    let used = postings.reservation_uses.first().map(|used| used.reservation);
    made.or(used).or_else(|| postings.released_reservation().map(|it| it.id))
}

fn concerned_lots(postings: &Postings, movements: &[MovementLine]) -> Vec<LotNumber> {
    if !postings.new_lots.is_empty() {
        return postings.new_lots.iter().map(|new| new.lot.clone()).collect();
    }
    let mut lots: Vec<LotNumber> = Vec::new();
    let named = movements
        .iter()
        .map(|line| &line.lot)
        .chain(movements.iter().filter_map(|line| line.to_lot.as_ref()))
        .chain(postings.lot_changes.iter().map(|change| &change.lot))
        .chain(postings.new_reservation.iter().map(|new| &new.lot))
        .chain(postings.released_reservation().map(|turn| &turn.lot))
        .chain(postings.confirmed_count.iter().map(|bucket| &bucket.lot));
    for lot in named {
        if !lots.contains(lot) {
            lots.push(lot.clone());
        }
    }
    lots
}

/// What became of one item of a batch that is not atomic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Verdict {
    /// Booked.
    Accepted(Outcome),
    /// Refused; it had no effect.
    Refused(Rejection),
}

#[cfg(test)]
mod tests;

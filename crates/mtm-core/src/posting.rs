//! The verdict "yes": balanced postings and everything else that is written with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::catalogue::{ActiveHold, HoldTarget};
use crate::code::Code;
use crate::command::LotAttributes;
use crate::movement::{Account, Bucket, MovementType, PartRef};
use crate::rejection::Rejection;
use crate::reservation::{self, ReservationState};
use crate::view::{ReservationFact, TakenFor, View};
use crate::word::{
    CommandId, LotNumber, MovementId, Note, Quantity, ReasonCode, ReservationId, Timestamp, UserId,
    WorkOrder,
};

/// One balanced movement: what leaves `from` enters `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Type.
    pub kind: MovementType,
    /// The part.
    pub part: PartRef,
    /// Pieces, above zero.
    pub quantity: Quantity,
    /// Where they leave.
    pub from: Account,
    /// Where they arrive.
    pub to: Account,
    /// Reason code.
    pub reason: Option<ReasonCode>,
    /// Free text.
    pub notes: Option<Note>,
    /// The movement this one undoes.
    pub reverses: Option<MovementId>,
}

/// A lot to be created before the movements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLot {
    /// Its number.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartRef,
    /// What it carries.
    pub attributes: LotAttributes,
    /// When it was received.
    pub received_at: Timestamp,
    /// Who received it; `None` where an earlier system did not say.
    pub received_by: Option<UserId>,
    /// The lot it was split from.
    pub parent: Option<LotNumber>,
}

/// New attributes of a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotChange {
    /// Which lot.
    pub lot: LotNumber,
    /// What it carries from now on.
    pub attributes: LotAttributes,
    /// Its version from now on.
    pub version: i64,
}

/// A bucket before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Which.
    pub bucket: Bucket,
    /// Pieces it held.
    pub before: Quantity,
    /// Pieces it holds.
    pub after: Quantity,
}

/// A hold to be written; its id is that of its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    /// What it blocks.
    pub target: HoldTarget,
    /// Why.
    pub reason: ReasonCode,
    /// Free text.
    pub notes: Option<Note>,
}

/// A reservation to be written; its id is that of its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReservation {
    /// The lot.
    pub lot: LotNumber,
    /// So many pieces; all of them where `None`.
    pub quantity: Option<Quantity>,
    /// The work order that they are kept for.
    pub work_order: Option<WorkOrder>,
    /// What they are kept for, in words.
    pub purpose: Option<Note>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
}

/// Pieces that a movement takes for a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationUse {
    /// Which.
    pub reservation: ReservationId,
    /// Its lot.
    pub lot: LotNumber,
    /// The movement's position in its command, from 1.
    pub position: u16,
    /// So many of its pieces.
    pub quantity: Quantity,
}

/// A reservation that counts no longer, or again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationTurn {
    /// Which, as it is from now on.
    pub reservation: ReservationFact,
    /// What became of it.
    pub state: ReservationState,
}

/// Something the caller should know although the command was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// Stable code, `snake_case`.
    pub code: String,
    /// What it is about, for people.
    pub message: String,
}

/// Everything one accepted command writes, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Postings {
    /// Lots to create.
    pub new_lots: Vec<NewLot>,
    /// Movements to append, in order.
    pub movements: Vec<Posting>,
    /// Every bucket touched, in order of its key, also at zero.
    pub balances: Vec<Balance>,
    /// Lots to change.
    pub lot_changes: Vec<LotChange>,
    /// A hold to place.
    pub new_hold: Option<NewHold>,
    /// A hold to release.
    pub released: Option<ActiveHold>,
    /// A reservation to make.
    pub new_reservation: Option<NewReservation>,
    /// What is taken for reservations.
    pub reservation_uses: Vec<ReservationUse>,
    /// Reservations that count no longer, or again. Nothing is written about them but where somebody
    /// ended one.
    pub reservation_turns: Vec<ReservationTurn>,
    /// A bucket whose count agreed with the ledger: nothing moves, the audit log says so.
    pub confirmed_count: Option<Bucket>,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Postings {
    /// The reservation that somebody ends.
    pub fn released_reservation(&self) -> Option<&ReservationFact> {
        let ended = |turn: &&ReservationTurn| turn.state == ReservationState::Released;
        self.reservation_turns.iter().find(ended).map(|turn| &turn.reservation)
    }
}

/// Postings in the making: keeps running balances, so that several movements of one command see
/// each other and no bucket can go below zero.
#[derive(Debug)]
pub(crate) struct Draft<'v> {
    view: &'v View<'v>,
    index: Option<HashMap<&'v Bucket, Quantity>>,
    running: BTreeMap<Bucket, (Quantity, Quantity)>,
    pub(crate) postings: Postings,
    /// What undone movements had taken for reservations.
    pub(crate) given_back: Vec<TakenFor>,
}

impl<'v> Draft<'v> {
    /// From how many buckets on an index is worth its making.
    const LONG_LIST: usize = 64;

    pub(crate) fn new(view: &'v View<'v>) -> Self {
        // An import that is undone at once touches thousands of buckets; a booking touches one
        // or two, and looking through a short list is cheaper than indexing it.
        let index = (view.stock.len() > Self::LONG_LIST)
            .then(|| view.stock.iter().map(|fact| (&fact.bucket, fact.quantity)).collect());
        let (running, postings, given_back) = (BTreeMap::new(), Postings::default(), Vec::new());
        Self { view, index, running, postings, given_back }
    }

    /// Pieces in `bucket` after the movements drafted so far.
    pub(crate) fn quantity_in(&self, bucket: &Bucket) -> Quantity {
        self.running.get(bucket).map_or_else(|| self.initially_in(bucket), |(_, now)| *now)
    }

    fn initially_in(&self, bucket: &Bucket) -> Quantity {
        match &self.index {
            Some(index) => index.get(bucket).copied().unwrap_or_default(),
            None => self.view.quantity_in(bucket),
        }
    }

    /// Adds a movement; refused when it would take more than there is, or when the command has
    /// as many movements as its ids can number.
    pub(crate) fn post(&mut self, posting: Posting) -> Result<(), Rejection> {
        if self.postings.movements.len() >= usize::from(CommandId::MAX_MOVEMENTS) {
            return Err(Rejection::new(
                Code::TooLarge,
                None,
                format!("one command makes at most {} movements", CommandId::MAX_MOVEMENTS),
            ));
        }
        if let Some(bucket) = posting.from.bucket() {
            let there = self.quantity_in(bucket);
            let left = there
                .minus(posting.quantity)
                .ok_or_else(|| Rejection::insufficient(bucket, posting.quantity, there))?;
            self.set(bucket, left);
        }
        if let Some(bucket) = posting.to.bucket() {
            let there = self.quantity_in(bucket);
            let sum = there
                .plus(posting.quantity)
                .ok_or_else(|| Rejection::out_of_range("quantity", posting.quantity, None))?;
            self.set(bucket, sum);
        }
        self.postings.movements.push(posting);
        Ok(())
    }

    pub(crate) fn warn(&mut self, code: &str, message: impl Into<String>) {
        self.postings.warnings.push(Warning { code: code.to_owned(), message: message.into() });
    }

    /// The same, unless it was said already.
    pub(crate) fn warn_once(&mut self, code: &str, message: String) {
        let said = |warning: &Warning| warning.code == code && warning.message == message;
        if !self.postings.warnings.iter().any(said) {
            self.warn(code, message);
        }
    }

    /// All pieces of `lot`, before the command and after the movements drafted so far.
    pub(crate) fn pieces_of(&self, lot: &LotNumber) -> [Quantity; 2] {
        let of_lot = self.view.stock.iter().filter(|fact| fact.bucket.lot == *lot);
        let still = of_lot.filter(|fact| !self.running.contains_key(&fact.bucket));
        let still = still.map(|fact| (fact.quantity, fact.quantity));
        let moved = self.running.iter().filter(|(bucket, _)| bucket.lot == *lot);
        let all = still.chain(moved.map(|(_, quantities)| *quantities));
        all.fold([Quantity::ZERO; 2], |[before, after], (one, other)| {
            [before.plus(one).unwrap_or(before), after.plus(other).unwrap_or(after)]
        })
    }

    /// What the command is decided on.
    pub(crate) const fn view(&self) -> &'v View<'v> {
        self.view
    }

    /// Reports `bucket` among the balances even if nothing moves.
    pub(crate) fn touch(&mut self, bucket: &Bucket) {
        let there = self.quantity_in(bucket);
        self.set(bucket, there);
    }

    pub(crate) fn finish(mut self) -> Postings {
        self.warn_of_overridden_holds();
        self.settle_reservations();
        self.postings.balances = self
            .running
            .into_iter()
            .map(|(bucket, (before, after))| Balance { bucket, before, after })
            .collect();
        self.postings
    }

    /// What is taken away from those that it is kept for is told, and so is what that makes of
    /// reservations.
    fn settle_reservations(&mut self) {
        if self.view.reservations.is_empty() {
            return;
        }
        for missing in reservation::missing(self) {
            self.warn("reserved", missing.message);
        }
        let turns = reservation::turns(self);
        for turn in turns.iter().filter(|turn| turn.state == ReservationState::Active) {
            let it = &turn.reservation;
            self.warn("reserved", format!("of lot {} {} again", it.lot, reservation::told(it)));
        }
        self.postings.reservation_turns = turns;
    }

    /// Pieces that leave held material were moved on a lead's word: the answer says so.
    fn warn_of_overridden_holds(&mut self) {
        let catalogue = self.view.catalogue;
        if catalogue.holds.is_empty() {
            return;
        }
        let sources = self.postings.movements.iter().filter_map(|posting| posting.from.bucket());
        let overridden: BTreeSet<String> = sources
            .filter_map(|bucket| {
                let place = &bucket.place.location;
                let hold = catalogue.hold_on(&bucket.lot, bucket.part.id, place.id)?;
                Some(format!("lot {} at {} was on hold ({})", bucket.lot, place.code, hold.reason))
            })
            .collect();
        for message in overridden {
            self.warn("on_hold", message);
        }
    }

    fn set(&mut self, bucket: &Bucket, now: Quantity) {
        let before = self.initially_in(bucket);
        self.running.entry(bucket.clone()).or_insert((before, before)).1 = now;
    }
}

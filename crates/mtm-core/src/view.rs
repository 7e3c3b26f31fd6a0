//! What the ledger knows at the moment of deciding, loaded by the store and handed over as values.
//!
//! [`needs`] says what to load for an action, so that every engine loads the same facts and the
//! decision stays a pure function of them.

use crate::catalogue::Catalogue;
use crate::command::{Action, LotAttributes, Pick, ReverseTarget};
use crate::intent::RecentCommand;
use crate::movement::{Bucket, MovementRecord, PartRef};
use crate::reservation::{Promise, ReservationState};
use crate::word::{
    LotNumber, Note, PartCode, Quantity, ReservationId, Timestamp, UserId, UserName, WorkOrder,
};

/// A bucket that holds pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockFact {
    /// Which.
    pub bucket: Bucket,
    /// Pieces, above zero.
    pub quantity: Quantity,
    /// When its lot was received; the order of FIFO.
    pub received_at: Timestamp,
}

/// A lot that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotFact {
    /// Its number.
    pub lot: LotNumber,
    /// Its part; a lot never changes it.
    pub part: PartRef,
    /// What it carries.
    pub attributes: LotAttributes,
    /// When it was received.
    pub received_at: Timestamp,
    /// Who received it, where known.
    pub received_by: Option<UserId>,
    /// Version of its attributes, from 1.
    pub version: i64,
}

/// A reservation that nobody has ended; it may be over by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationFact {
    /// Identity.
    pub id: ReservationId,
    /// The lot.
    pub lot: LotNumber,
    /// So many pieces; all of the lot where `None`.
    pub quantity: Option<Quantity>,
    /// What was taken for it, and not undone.
    pub used: Quantity,
    /// The work order that they are kept for.
    pub work_order: Option<WorkOrder>,
    /// What they are kept for, in words.
    pub purpose: Option<Note>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Who reserved them.
    pub by: UserId,
    /// Their login name.
    pub by_name: UserName,
}

impl ReservationFact {
    /// Pieces that are still kept; all of the lot where `None`.
    pub fn left(&self) -> Option<Quantity> {
        self.quantity.map(|quantity| quantity.minus(self.used).unwrap_or_default())
    }

    /// What became of it by `now`, where `there` is all there is of the lot.
    pub fn state(&self, there: Quantity, now: Timestamp) -> ReservationState {
        let Self { quantity, used, ends_at, .. } = *self;
        Promise { quantity, used, ends_at, released: false }.state(there, now)
    }
}

/// Pieces that a movement took for a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenFor {
    /// Which.
    pub reservation: ReservationId,
    /// So many.
    pub quantity: Quantity,
}

/// A movement that shall be undone, and what became of its pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversalFact {
    /// The movement.
    pub original: MovementRecord,
    /// Its reversal, if it was undone before.
    pub reversed_by: Option<crate::word::MovementId>,
    /// Later movements out of the bucket that its pieces reached which still count (neither
    /// reversals nor undone since), newest first, at most [`ReversalFact::MOST_LATER`].
    pub later: Vec<MovementRecord>,
    /// The reservation that its pieces were taken for.
    pub taken_for: Option<TakenFor>,
}

impl ReversalFact {
    /// How many later movements are loaded for a refusal to list.
    pub const MOST_LATER: usize = 20;
}

/// The site's bounds that deciding respects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Hard bound of one receipt or upward adjustment, unless the part has its own.
    pub max_quantity: Quantity,
    /// Seconds within which an operator may undo a booking of their own.
    pub undo_window: u32,
}

impl Default for Limits {
    /// 100,000 pieces; one shift of eight hours.
    fn default() -> Self {
        Self { max_quantity: Quantity::BOUND, undo_window: 8 * 3600 }
    }
}

/// Everything [`crate::decide()`] may look at.
#[derive(Debug)]
pub struct View<'a> {
    /// The moment the command will be recorded at.
    pub now: Timestamp,
    /// Master data and holds.
    pub catalogue: &'a Catalogue,
    /// The site's bounds.
    pub limits: Limits,
    /// Buckets of the lots that the action may touch: all that match its pick, and every other
    /// bucket of those lots.
    pub stock: Vec<StockFact>,
    /// The lots that the action names or touches, as far as they exist.
    pub lots: Vec<LotFact>,
    /// Reservations of these lots that nobody has ended; some may be over by themselves.
    pub reservations: Vec<ReservationFact>,
    /// Numbers for new lots, as many as [`Needs::fresh_lots`] asks for.
    pub fresh_lots: Vec<LotNumber>,
    /// Quantities of the part's last receipts that were not undone, newest first.
    pub receipts: Vec<Quantity>,
    /// Accepted, unreversed commands of the same principal within the guard's window.
    pub recent: Vec<RecentCommand>,
    /// The movements to undo, newest first.
    pub reversals: Vec<ReversalFact>,
}

/// What must be loaded before an action can be decided.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs<'a> {
    /// Stock matching this pick, and all buckets and the lot facts of the lots found.
    pub pick: Option<&'a Pick>,
    /// The fact of this lot, whether or not it has stock, and its buckets.
    pub lot: Option<&'a LotNumber>,
    /// The facts of these lots as well, and their buckets.
    pub also: &'a [LotNumber],
    /// How many fresh lot numbers.
    pub fresh_lots: u16,
    /// The last [`crate::plausibility::HISTORY`] receipts of this part that were not undone.
    pub receipts_of: Option<&'a PartCode>,
    /// The principal's recent commands (only when the context has a window).
    pub recent: bool,
    /// The movements of this target with their buckets and lots.
    pub reversal: Option<&'a ReverseTarget>,
}

/// What deciding on `action` needs to know.
pub fn needs(action: &Action) -> Needs<'_> {
    let none = Needs::default();
    match action {
        Action::Receive(receive) => Needs {
            lot: receive.lot.as_ref(),
            fresh_lots: if receive.lot.is_some() { 0 } else { receive.containers.get() },
            receipts_of: Some(&receive.part),
            recent: true,
            ..none
        },
        Action::Take(take) => picked(&take.pick),
        Action::Move(transfer) => picked(&transfer.pick),
        Action::Scrap(scrap) => picked(&scrap.pick),
        Action::Adjust(adjust) => picked(&adjust.pick),
        Action::Complete(complete) => Needs { recent: false, ..picked(&complete.pick) },
        Action::Split(split) => Needs { fresh_lots: 1, recent: false, ..picked(&split.pick) },
        Action::Merge(merge) => Needs { lot: Some(&merge.into), also: &merge.lots, ..none },
        Action::Reverse(reverse) => Needs { reversal: Some(&reverse.target), ..none },
        Action::PlaceHold(hold) => match &hold.subject {
            crate::command::HoldSubject::Lot(lot) => Needs { lot: Some(lot), ..none },
            _ => none,
        },
        Action::ReleaseHold(_) => none,
        Action::Reserve(reserve) => Needs { lot: Some(&reserve.lot), ..none },
        Action::EndReservation(end) => Needs { lot: Some(&end.lot), ..none },
        Action::ChangeLot(change) => Needs { lot: Some(&change.lot), ..none },
        Action::Mirror(mirror) => Needs { lot: Some(&mirror.lot), ..none },
        Action::Open(open) => Needs { lot: Some(&open.lot), ..none },
    }
}

fn picked(pick: &Pick) -> Needs<'_> {
    Needs { pick: Some(pick), lot: pick.lot.as_ref(), recent: true, ..Needs::default() }
}

impl View<'_> {
    /// The fact of `lot`, if it exists.
    pub fn lot(&self, lot: &LotNumber) -> Option<&LotFact> {
        self.lots.iter().find(|fact| fact.lot == *lot)
    }

    /// Pieces in `bucket`.
    pub fn quantity_in(&self, bucket: &Bucket) -> Quantity {
        self.stock
            .iter()
            .find(|fact| fact.bucket == *bucket)
            .map_or(Quantity::ZERO, |fact| fact.quantity)
    }
}

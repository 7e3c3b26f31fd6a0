//! The actions, one struct each. Their serialised form is the part of an idempotency key's
//! fingerprint that says what was asked: changing a field's name changes the fingerprint of
//! commands that are still being retried.

use std::num::NonZeroU16;

use serde::Serialize;

use super::{EndReservation, Mirror, Reserve};
use crate::shift::ShiftKey;
use crate::word::{
    ColorCode, CommandId, Delta, HoldId, ImportId, ItemType, LocationCode, LotNumber, MovementId,
    Note, OperationCode, PartCode, Quantity, ReasonCode, ReservationId, SessionId, StationName,
    Timestamp, UserId, UserName, WorkOrder,
};

/// Everything the ledger can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Action {
    /// Pieces arrive as one or more new lots (`in`).
    Receive(Receive),
    /// Pieces leave (`out`).
    Take(Take),
    /// Pieces change location and/or operation (`transfer`).
    Move(Move),
    /// Pieces become scrap.
    Scrap(Scrap),
    /// A count corrects a bucket.
    Adjust(Adjust),
    /// An operation is finished: good, scrap and rework in one command.
    Complete(Complete),
    /// Earlier movements are undone.
    Reverse(Reverse),
    /// Part of a lot becomes a lot of its own, in the same place.
    Split(Split),
    /// Whole lots become part of another one, where they stand.
    Merge(Merge),
    /// Material is blocked.
    PlaceHold(PlaceHold),
    /// A hold ends.
    ReleaseHold(ReleaseHold),
    /// Pieces of a lot are kept for something.
    Reserve(Reserve),
    /// What was reserved is free again.
    EndReservation(EndReservation),
    /// Attributes of a lot change.
    ChangeLot(ChangeLot),
    /// Stock of an earlier system is taken over.
    Open(Open),
    /// What another system booked of a lot is booked here too.
    Mirror(Mirror),
}

/// What a lot carries besides its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize)]
pub struct LotAttributes {
    /// Kind of material; the part's own where `None`.
    pub item_type: Option<ItemType>,
    /// Work order it was made for.
    pub work_order: Option<WorkOrder>,
    /// Colour it is marked with.
    pub color_code: Option<ColorCode>,
    /// Free text.
    pub notes: Option<Note>,
}

/// Pieces arrive: `containers` new lots of `quantity` each, or one lot with a number of the
/// caller's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receive {
    /// The part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
    /// Pieces of each container.
    pub quantity: Quantity,
    /// How many equal containers.
    pub containers: NonZeroU16,
    /// The caller's own lot number; only with one container.
    pub lot: Option<LotNumber>,
    /// What the lots carry.
    pub attributes: LotAttributes,
    /// Why material without a lot turned up, for found material.
    pub reason: Option<ReasonCode>,
}

/// How to choose among several lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum PickRule {
    /// Never choose: several lots are a refusal that lists them.
    #[default]
    Exact,
    /// Oldest received first, then lot number; may span lots.
    Fifo,
}

/// Which stock is meant: a lot, or part + operation + location, or any narrowing of both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Pick {
    /// The lot.
    pub lot: Option<LotNumber>,
    /// The part.
    pub part: Option<PartCode>,
    /// Where in the process.
    pub operation: Option<OperationCode>,
    /// Where in the building.
    pub location: Option<LocationCode>,
    /// What to do when several lots stand there.
    pub rule: PickRule,
}

/// Pieces leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Take {
    /// Which stock.
    pub pick: Pick,
    /// How many; the whole bucket where `None` and a lot is named.
    pub quantity: Option<Quantity>,
    /// Why.
    pub reason: Option<ReasonCode>,
    /// Free text, also the destination.
    pub notes: Option<Note>,
    /// The reservation that they were kept for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation: Option<ReservationId>,
}

/// Pieces change location and/or operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Which stock.
    pub pick: Pick,
    /// How many; the whole bucket where `None` and a lot is named.
    pub quantity: Option<Quantity>,
    /// The operation it goes to; unchanged where `None`.
    pub to_operation: Option<OperationCode>,
    /// The location it goes to; unchanged where `None`.
    pub to_location: Option<LocationCode>,
    /// Free text.
    pub notes: Option<Note>,
}

/// Pieces become scrap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scrap {
    /// Which stock.
    pub pick: Pick,
    /// How many; the whole bucket where `None` and a lot is named.
    pub quantity: Option<Quantity>,
    /// Why.
    pub reason: ReasonCode,
    /// Free text.
    pub notes: Option<Note>,
}

/// A count result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Count {
    /// So many were counted.
    Counted(Quantity),
    /// So many more or fewer than the ledger says.
    Delta(Delta),
}

/// A count corrects a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Adjust {
    /// Which bucket.
    pub pick: Pick,
    /// The result.
    pub count: Count,
    /// What the counter believed to be there; refused when that changed.
    pub expected: Option<Quantity>,
    /// Why.
    pub reason: ReasonCode,
    /// Free text.
    pub notes: Option<Note>,
}

/// An operation is finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Complete {
    /// Which stock was worked on.
    pub pick: Pick,
    /// Pieces that go on.
    pub good: Quantity,
    /// Pieces scrapped.
    pub scrap: Quantity,
    /// Pieces to be worked on again.
    pub rework: Quantity,
    /// The operation good pieces go to; the next of the part's routing where `None`.
    pub to_operation: Option<OperationCode>,
    /// The location good pieces go to. Where `None`: the routing's, if it chose the operation and
    /// names one, else the source's.
    pub to_location: Option<LocationCode>,
    /// The operation rework goes to; it stays where `None`.
    pub rework_operation: Option<OperationCode>,
    /// The location rework goes to; it stays where `None`.
    pub rework_location: Option<LocationCode>,
    /// Why pieces were scrapped; needed when `scrap` is above zero.
    pub scrap_reason: Option<ReasonCode>,
    /// Free text.
    pub notes: Option<Note>,
}

/// Which movements to undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ReverseTarget {
    /// One movement.
    Movement(MovementId),
    /// Everything one command did.
    Command(CommandId),
    /// A list.
    Movements(Vec<MovementId>),
    /// An import.
    Import(ImportId),
    /// A scan session.
    Session(SessionId),
    /// What was booked in a shift.
    Shift(BookedIn),
}

/// What was booked in a shift, by everybody or by some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookedIn {
    /// The shift, as movements keep it.
    pub shift: ShiftKey,
    /// By this person or token only.
    pub user: Option<UserName>,
    /// At this terminal only.
    pub station: Option<StationName>,
}

impl BookedIn {
    /// Most movements that are undone together.
    pub const MOST: usize = 1_000;
}

/// Earlier movements are undone, newest first, all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reverse {
    /// Which.
    pub target: ReverseTarget,
    /// Why, in words.
    pub reason: Note,
}

/// Part of a lot becomes a lot of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    /// Which bucket; its lot is always named.
    pub pick: Pick,
    /// Pieces of the new lot.
    pub quantity: Quantity,
    /// Free text.
    pub notes: Option<Note>,
}

/// Whole lots become part of another one, where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Merge {
    /// The lots that give all their pieces there.
    pub lots: Vec<LotNumber>,
    /// The lot that they become part of.
    pub into: LotNumber,
    /// Where in the process, when a lot stands in several places.
    pub operation: Option<OperationCode>,
    /// Where in the building, when a lot stands in several places.
    pub location: Option<LocationCode>,
    /// Free text.
    pub notes: Option<Note>,
}

impl Merge {
    /// Most lots that become part of another one together.
    pub const MOST: usize = 100;
}

/// What a hold is placed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum HoldSubject {
    /// One lot.
    Lot(LotNumber),
    /// Every lot of a part.
    Part(PartCode),
    /// Everything at a location.
    Location(LocationCode),
}

/// Material is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaceHold {
    /// What.
    pub subject: HoldSubject,
    /// Why.
    pub reason: ReasonCode,
    /// Free text.
    pub notes: Option<Note>,
}

/// A hold ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseHold {
    /// Which.
    pub hold: HoldId,
    /// Free text.
    pub notes: Option<Note>,
}

/// A change of one attribute: leave it, clear it, or set it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub enum Patch<T> {
    /// Not mentioned.
    #[default]
    Keep,
    /// Becomes unknown.
    Clear,
    /// Becomes this.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// The attribute after the change.
    pub fn apply(&self, current: Option<&T>) -> Option<T> {
        match self {
            Self::Keep => current.cloned(),
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

/// Changes of a lot's attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LotChanges {
    /// Kind of material.
    pub item_type: Patch<ItemType>,
    /// Work order.
    pub work_order: Patch<WorkOrder>,
    /// Colour.
    pub color_code: Patch<ColorCode>,
    /// Free text.
    pub notes: Patch<Note>,
}

/// Attributes of a lot change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeLot {
    /// Which lot.
    pub lot: LotNumber,
    /// The version the caller saw.
    pub version: i64,
    /// What changes.
    pub changes: LotChanges,
}

/// One row of stock taken over from an earlier system, exempt from the guards and flagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    /// The part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
    /// Its lot number there.
    pub lot: LotNumber,
    /// Pieces.
    pub quantity: Quantity,
    /// What the lot carries.
    pub attributes: LotAttributes,
    /// When it was received there.
    pub received_at: Timestamp,
    /// Who received it there, where known.
    pub received_by: Option<UserId>,
}

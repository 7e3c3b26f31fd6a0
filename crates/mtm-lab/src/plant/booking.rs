//! Bookings: what somebody did at some moment, with lots named by the order of their creation.

use mtm_core::command::{Count, LotAttributes};
use mtm_core::word::{
    LocationCode, Note, OperationCode, PartCode, Quantity, ReasonCode, Timestamp, UserName,
};

/// A lot by the order of creation, from 1. The ledger gives it its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LotOrdinal(pub u64);

/// A booking by its order in the history, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BookingOrdinal(pub u64);

/// Exactly one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The lot.
    pub lot: LotOrdinal,
    /// Its part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
}

/// One booking of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Its place in the history.
    pub ordinal: BookingOrdinal,
    /// When it happened; later than every booking before it.
    pub at: Timestamp,
    /// Who booked it.
    pub user: UserName,
    /// What was booked.
    pub deed: Deed,
    /// A later booking names this one: to undo it, or to release the hold it placed.
    pub named_later: bool,
    /// No later booking names the lot.
    pub last_of_lot: bool,
}

/// What was booked. The ledger accepts each of them without any confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// `containers` new lots of `quantity` each.
    Receive {
        /// The first of the new lots; the others follow it.
        first_lot: LotOrdinal,
        /// The part.
        part: PartCode,
        /// Where in the process.
        operation: OperationCode,
        /// Where in the building.
        location: LocationCode,
        /// Pieces of each lot.
        quantity: Quantity,
        /// How many lots.
        containers: u16,
        /// What the lots carry.
        attributes: LotAttributes,
    },
    /// Pieces leave.
    Take {
        /// From where.
        from: Spot,
        /// How many; all of them where `None`.
        quantity: Option<Quantity>,
        /// Free text.
        notes: Option<Note>,
    },
    /// Pieces change location and/or operation.
    Move {
        /// From where.
        from: Spot,
        /// How many; all of them where `None`.
        quantity: Option<Quantity>,
        /// To which operation, where that changes.
        to_operation: Option<OperationCode>,
        /// To which location, where that changes.
        to_location: Option<LocationCode>,
        /// Free text.
        notes: Option<Note>,
    },
    /// Pieces become scrap.
    Scrap {
        /// From where.
        from: Spot,
        /// How many; all of them where `None`.
        quantity: Option<Quantity>,
        /// Why.
        reason: ReasonCode,
        /// Free text.
        notes: Option<Note>,
    },
    /// A count result.
    Adjust {
        /// What was counted.
        spot: Spot,
        /// The result.
        count: Count,
        /// Why.
        reason: ReasonCode,
        /// Free text.
        notes: Option<Note>,
    },
    /// An operation is finished.
    Complete {
        /// What was worked on.
        from: Spot,
        /// Pieces that go on.
        good: Quantity,
        /// Pieces scrapped.
        scrap: Quantity,
        /// Why, where some were.
        scrap_reason: Option<ReasonCode>,
        /// The operation good pieces go to.
        to_operation: OperationCode,
    },
    /// Part of a lot becomes a lot of its own, in the same place.
    Split {
        /// From what.
        from: Spot,
        /// Pieces of the new lot.
        quantity: Quantity,
        /// The new lot.
        new_lot: LotOrdinal,
    },
    /// A lot is blocked.
    Hold {
        /// Which.
        lot: LotOrdinal,
        /// Why.
        reason: ReasonCode,
        /// Free text.
        notes: Option<Note>,
    },
    /// A hold ends.
    Release {
        /// The booking that placed it.
        hold: BookingOrdinal,
        /// The lot it was on.
        lot: LotOrdinal,
    },
    /// An earlier booking is undone.
    Undo {
        /// Which.
        booking: BookingOrdinal,
        /// The lots it was about.
        lots: Vec<LotOrdinal>,
        /// Why.
        reason: Note,
    },
}

impl Deed {
    /// Lots this booking creates, in order.
    pub fn new_lots(&self) -> impl Iterator<Item = LotOrdinal> + use<> {
        let range = match self {
            Self::Receive { first_lot, containers, .. } => {
                first_lot.0..first_lot.0 + u64::from(*containers)
            }
            Self::Split { new_lot, .. } => new_lot.0..new_lot.0 + 1,
            _ => 0..0,
        };
        range.map(LotOrdinal)
    }

    /// Lots this booking names that exist before it.
    pub fn named_lots(&self) -> &[LotOrdinal] {
        use std::slice::from_ref;
        match self {
            Self::Receive { .. } => &[],
            Self::Take { from, .. }
            | Self::Move { from, .. }
            | Self::Scrap { from, .. }
            | Self::Complete { from, .. }
            | Self::Split { from, .. }
            | Self::Adjust { spot: from, .. } => from_ref(&from.lot),
            Self::Hold { lot, .. } | Self::Release { lot, .. } => from_ref(lot),
            Self::Undo { lots, .. } => lots,
        }
    }

    /// The earlier booking this one names.
    pub fn named_booking(&self) -> Option<BookingOrdinal> {
        match self {
            Self::Release { hold, .. } => Some(*hold),
            Self::Undo { booking, .. } => Some(*booking),
            _ => None,
        }
    }

    /// Its notes, or those of the lots it creates.
    pub fn notes(&self) -> Option<&Note> {
        match self {
            Self::Receive { attributes, .. } => attributes.notes.as_ref(),
            Self::Take { notes, .. }
            | Self::Move { notes, .. }
            | Self::Scrap { notes, .. }
            | Self::Adjust { notes, .. }
            | Self::Hold { notes, .. } => notes.as_ref(),
            Self::Complete { .. } | Self::Split { .. } | Self::Release { .. } => None,
            Self::Undo { reason, .. } => Some(reason),
        }
    }
}

//! Holds as deciding sees them.

use crate::word::{HoldId, LocationId, LotNumber, PartId, ReasonCode};

/// What a hold blocks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HoldTarget {
    /// One lot, wherever it stands.
    Lot(LotNumber),
    /// Every lot of a part.
    Part(PartId),
    /// Everything at a location.
    Location(LocationId),
}

/// A hold that has not been released: movements out of its target are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveHold {
    /// Identity.
    pub id: HoldId,
    /// What it blocks.
    pub target: HoldTarget,
    /// Why.
    pub reason: ReasonCode,
}

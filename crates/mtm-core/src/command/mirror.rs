//! What another system has booked already.

use serde::Serialize;

use super::LotAttributes;
use crate::word::{
    LocationCode, LotNumber, Note, OperationCode, PartCode, Quantity, Timestamp, UserId,
};

/// Where pieces of a lot stand, by names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Spot {
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
}

/// What happened to pieces of a lot elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Mirrored {
    /// They arrived (`in`).
    In(Spot),
    /// They were there, and nobody said how they came (`opening`).
    Opening(Spot),
    /// They left (`out`).
    Out(Spot),
    /// They went from one place to another (`transfer`).
    Transfer(Spot, Spot),
    /// There are more, and nobody said why (`adjust`).
    More(Spot),
    /// There are fewer, and nobody said why (`adjust`).
    Fewer(Spot),
}

/// One step of what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MirrorStep {
    /// What happened.
    pub what: Mirrored,
    /// To how many pieces.
    pub quantity: Quantity,
    /// Where it comes from, for whoever looks at the movement.
    pub notes: Option<Note>,
}

/// What another system booked of one lot. It has happened there: the guards that ask people
/// whether they mean it do not apply, and masters that are retired here will do. What holds here
/// holds all the same: no bucket below zero, one part per lot, holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mirror {
    /// The part.
    pub part: PartCode,
    /// The lot, made if it does not exist.
    pub lot: LotNumber,
    /// Where all of the lot stands here, as whoever follows believes. Refused when it does not:
    /// then somebody booked it here.
    pub expected: Vec<(Spot, Quantity)>,
    /// What the lot carries, if it is made.
    pub attributes: LotAttributes,
    /// When it was received there.
    pub received_at: Timestamp,
    /// Who received it there, where known.
    pub received_by: Option<UserId>,
    /// What happened, in order.
    pub steps: Vec<MirrorStep>,
}

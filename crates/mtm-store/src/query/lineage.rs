//! Which lots a lot came from, and which it became part of.

use mtm_core::word::{LotNumber, MovementId, Quantity, Timestamp};
use serde::Serialize;

use super::history::UserRef;

/// The lots that a lot is made of, and the lots that its pieces went on into, by splits and merges.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lineage {
    /// Where its pieces came from, newest first: the ways into it, and into those lots before that.
    pub ancestors: Vec<LineageLink>,
    /// Where its pieces went, oldest first: the ways out of it, and out of those lots after that.
    pub descendants: Vec<LineageLink>,
    /// Whether these are all; of either side at most [`Lineage::MOST_LINKS`] are told, the nearest.
    pub complete: bool,
}

impl Lineage {
    /// Most links told of either side.
    pub const MOST_LINKS: usize = 500;
}

/// Pieces of one lot became part of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineageLink {
    /// The movement that carried them over.
    pub movement_id: MovementId,
    /// Its feed position.
    pub sequence: u64,
    /// How.
    pub kind: LinkKind,
    /// The lot that gave them.
    pub from_lot: LotNumber,
    /// The lot that they became part of.
    pub to_lot: LotNumber,
    /// Pieces.
    pub quantity: Quantity,
    /// Who booked it.
    pub user: UserRef,
    /// When.
    pub recorded_at: Timestamp,
    /// The movement that undid it; what was undone leads no further.
    pub reversed_by: Option<MovementId>,
    /// How many links away: 1 for the lot's own.
    pub distance: u32,
}

/// How pieces changed their lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LinkKind {
    /// They became a lot of their own.
    Split,
    /// They became part of a lot that existed.
    Merge,
}

impl LinkKind {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Merge => "merge",
        }
    }
}

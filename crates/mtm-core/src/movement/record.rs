//! A movement as it stands in the log.

use serde::{Deserialize, Serialize};

use super::{Account, PartRef};
use crate::word::{LotNumber, MovementId, Note, Quantity, ReasonCode, Timestamp, UserId};

/// The closed set of movement types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementType {
    /// Pieces arrive.
    In,
    /// Pieces leave.
    Out,
    /// Pieces change location and/or operation, or part of a lot becomes a new lot.
    Transfer,
    /// A count corrected the stock.
    Adjust,
    /// Pieces became scrap.
    Scrap,
    /// Stock taken over from an earlier system.
    Opening,
    /// The opposite of an earlier movement.
    Reversal,
}

impl MovementType {
    /// Every type.
    pub const ALL: [Self; 7] = [
        Self::In,
        Self::Out,
        Self::Transfer,
        Self::Adjust,
        Self::Scrap,
        Self::Opening,
        Self::Reversal,
    ];

    /// The name in tables, API and audit entries.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Transfer => "transfer",
            Self::Adjust => "adjust",
            Self::Scrap => "scrap",
            Self::Opening => "opening",
            Self::Reversal => "reversal",
        }
    }

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A movement as it stands in the log, with what deciding on its reversal needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementRecord {
    /// Identity.
    pub id: MovementId,
    /// Feed position; `None` until sealed on a backend that seals after commit.
    pub sequence: Option<u64>,
    /// Type.
    pub kind: MovementType,
    /// The part moved.
    pub part: PartRef,
    /// Pieces moved, above zero.
    pub quantity: Quantity,
    /// Where they left.
    pub from: Account,
    /// Where they arrived.
    pub to: Account,
    /// When the server recorded it.
    pub recorded_at: Timestamp,
    /// Who booked it.
    pub user: UserId,
    /// Reason code, where the type has one.
    pub reason: Option<ReasonCode>,
    /// Free text.
    pub notes: Option<Note>,
    /// The movement this one undoes.
    pub reverses: Option<MovementId>,
}

impl MovementRecord {
    /// The lot: that of the bucket the pieces left, else of the one they reached.
    pub fn lot(&self) -> Option<&LotNumber> {
        self.from.bucket().or_else(|| self.to.bucket()).map(|bucket| &bucket.lot)
    }
}

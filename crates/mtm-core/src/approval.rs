//! Adjustments that take a second person: how large one may be, and what becomes of a request.
//!
//! Who asks and who approves are two people. What is above the bound is not booked, but kept as a
//! request; the second person books it, as the difference that was asked for, on the stock there is
//! by then. Without a bound nobody has to be asked.

use serde::{Deserialize, Serialize};

use crate::word::{Quantity, Timestamp};

/// How large an adjustment may be before a second person must approve it. What is not said bounds
/// nothing; of two bounds each counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApprovalPolicy {
    /// The most pieces, up or down, that one person adjusts by.
    #[serde(default)]
    pub pieces: Option<Quantity>,
    /// The same as a share of what stands there, in per cent. Where nothing stands, any piece is
    /// above it.
    #[serde(default)]
    pub percent: Option<u32>,
}

impl ApprovalPolicy {
    /// Largest share that can be set.
    pub const MAX_PERCENT: u32 = 10_000;

    /// Whether a difference of `size` where `there` stands takes a second person.
    pub fn is_above(self, size: Quantity, there: Quantity) -> bool {
        let share = |percent| {
            i128::from(size.units()) * 100 > i128::from(percent) * i128::from(there.units())
        };
        self.pieces.is_some_and(|most| size > most) || self.percent.is_some_and(share)
    }
}

/// How long a request waits for a second person: what was counted says less every day.
const WAITS: i64 = 14 * 24 * 3600 * 1_000_000;

/// When a request that was made at `asked_at` is over.
pub fn expires_at(asked_at: Timestamp) -> Timestamp {
    asked_at.plus_micros(WAITS)
}

/// What was asked for later than this still waits at `now`.
pub fn oldest_waiting(now: Timestamp) -> Timestamp {
    now.plus_micros(-WAITS)
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ApprovalState {
    /// It waits for a second person; nothing is booked.
    Waiting,
    /// A second person approved it, and it is booked.
    Approved,
    /// A second person refused it.
    Refused,
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Approved, Self::Refused, Self::Withdrawn, Self::Expired];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(pieces: i64) -> Quantity {
        Quantity::pieces(pieces).unwrap()
    }

    #[test]
    fn each_bound_counts_by_itself_and_what_is_equal_is_not_above() {
        let none = ApprovalPolicy::default();
        assert!(!none.is_above(pieces(1_000_000), pieces(0)));
        let most = ApprovalPolicy { pieces: Some(pieces(50)), percent: None };
        assert!(!most.is_above(pieces(50), pieces(1)));
        assert!(most.is_above(pieces(51), pieces(1_000_000)));
        let share = ApprovalPolicy { pieces: None, percent: Some(10) };
        assert!(!share.is_above(pieces(10), pieces(100)));
        assert!(share.is_above(pieces(11), pieces(100)));
        assert!(share.is_above(pieces(1), pieces(0)), "where nothing stands");
        let both = ApprovalPolicy { pieces: Some(pieces(50)), percent: Some(10) };
        assert!(both.is_above(pieces(51), pieces(1_000)));
        assert!(both.is_above(pieces(20), pieces(100)));
        assert!(!both.is_above(pieces(50), pieces(500)));
    }

    #[test]
    fn a_request_waits_for_fourteen_days() {
        let asked_at = Timestamp::parse("2026-11-10T06:00:00Z").unwrap();
        let over = expires_at(asked_at);
        assert_eq!(over, Timestamp::parse("2026-11-24T06:00:00Z").unwrap());
        assert_eq!(oldest_waiting(over), asked_at);
    }

    #[test]
    fn names_lead_back_to_their_state() {
        for state in ApprovalState::ALL {
            assert_eq!(ApprovalState::from_name(state.as_str()), Some(state));
        }
    }
}

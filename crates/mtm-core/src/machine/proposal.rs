//! What becomes of pieces that a machine counted.
//!
//! A proposal is open until somebody, or the rule of its counter, says how many of its pieces there are; then it is
//! booked by the one posting path, under a key of its own, so that it is booked once however often that is tried. What is refused
//! is open again, with the reason.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a confirmed proposal books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Booking {
    /// The pieces come into stock as a new lot.
    Receive,
    /// The pieces go on to the next operation as good ones.
    Complete,
    /// The pieces are scrapped.
    Scrap,
}

impl Booking {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Receive, Self::Complete, Self::Scrap];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Complete => "complete",
            Self::Scrap => "scrap",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

impl fmt::Display for Booking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the pieces of a proposal were counted, or are in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// They were counted, one by one.
    Count,
    /// Nobody can say by itself how many there were.
    Question,
}

impl ProposalKind {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Count, Self::Question];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Question => "question",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

impl fmt::Display for ProposalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// It waits for somebody, or for more pieces.
    Open,
    /// It was confirmed and is being booked.
    Booking,
    /// It was booked.
    Booked,
    /// Somebody said that it is nothing.
    Dropped,
}

/// What is done to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProposalDeed {
    /// Somebody, or the rule, says how many pieces there are.
    Confirm,
    /// Somebody says that it is nothing.
    Drop,
    /// The ledger took it.
    Book,
    /// The ledger refused it.
    Refuse,
}

impl ProposalState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Booking, Self::Booked, Self::Dropped];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Booking => "booking",
            Self::Booked => "booked",
            Self::Dropped => "dropped",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// How it stands after `deed`; `None` where that cannot be done.
    pub const fn after(self, deed: ProposalDeed) -> Option<Self> {
        match (self, deed) {
            (Self::Open, ProposalDeed::Confirm) => Some(Self::Booking),
            (Self::Open, ProposalDeed::Drop) => Some(Self::Dropped),
            (Self::Booking, ProposalDeed::Book) => Some(Self::Booked),
            (Self::Booking, ProposalDeed::Refuse) => Some(Self::Open),
            _ => None,
        }
    }
}

impl fmt::Display for ProposalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! Why somebody closes a break.

use serde::{Deserialize, Serialize};

/// Why a break needs nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CloseCode {
    /// It was put right in the other system.
    FixedThere,
    /// It was put right here.
    FixedHere,
    /// It is known and stays.
    Accepted,
    /// There was nothing wrong.
    NoFault,
    /// As the note says.
    Other,
}

impl CloseCode {
    /// Every code.
    pub const ALL: [Self; 5] =
        [Self::FixedThere, Self::FixedHere, Self::Accepted, Self::NoFault, Self::Other];

    /// The name in tables, API and command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FixedThere => "fixed_there",
            Self::FixedHere => "fixed_here",
            Self::Accepted => "accepted",
            Self::NoFault => "no_fault",
            Self::Other => "other",
        }
    }

    /// In words.
    pub const fn as_words(self) -> &'static str {
        match self {
            Self::FixedThere => "put right there",
            Self::FixedHere => "put right here",
            Self::Accepted => "known, and stays",
            Self::NoFault => "nothing was wrong",
            Self::Other => "other",
        }
    }

    /// Whether it says nothing without a note.
    pub const fn needs_note(self) -> bool {
        matches!(self, Self::Accepted | Self::NoFault | Self::Other)
    }

    /// The code of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

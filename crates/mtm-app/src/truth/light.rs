//! The colours, in the order of how much they matter.

use serde::Serialize;

/// How an invariant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Light {
    /// It holds.
    Green,
    /// It was not looked at yet, or could not be.
    Unknown,
    /// It holds, and will not for long; or a reserve is gone.
    Yellow,
    /// It does not hold.
    Red,
}

impl Light {
    /// The name in the API and in styles.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Unknown => "unknown",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }

    /// The value of the metric: −1 unknown, 0 green, 1 yellow, 2 red.
    pub const fn level(self) -> i8 {
        match self {
            Self::Unknown => -1,
            Self::Green => 0,
            Self::Yellow => 1,
            Self::Red => 2,
        }
    }
}

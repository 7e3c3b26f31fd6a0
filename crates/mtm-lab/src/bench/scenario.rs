//! What the clients do.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// Receipts, one movement a request, spread over parts and places.
    Receive,
    /// Receipts, moves and takes of the client's own lots, one movement a request.
    Mixed,
    /// Every client takes single pieces from the same bucket.
    HotTake,
    /// Receipts in atomic batches.
    Batch,
    /// Searching stock.
    Stock,
    /// A page of history.
    History,
    /// Suggestions while typing.
    Suggest,
    /// Explaining the stock of a part.
    Explain,
    /// The sheet of a lot, with its whole life.
    Lot,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: [Self; 9] = [
        Self::Receive,
        Self::Mixed,
        Self::HotTake,
        Self::Batch,
        Self::Stock,
        Self::History,
        Self::Suggest,
        Self::Explain,
        Self::Lot,
    ];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Mixed => "mixed",
            Self::HotTake => "hot-take",
            Self::Batch => "batch",
            Self::Stock => "stock",
            Self::History => "history",
            Self::Suggest => "suggest",
            Self::Explain => "explain",
            Self::Lot => "lot",
        }
    }

    /// Whether it books anything.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Receive | Self::Mixed | Self::HotTake | Self::Batch)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No such scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no scenario {given:?}; use receive, mixed, hot-take, batch, stock, history, suggest, explain or lot"
)]
pub struct UnknownScenario {
    given: String,
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(text: &str) -> Result<Self, UnknownScenario> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.as_str() == text)
            .ok_or_else(|| UnknownScenario { given: text.to_owned() })
    }
}

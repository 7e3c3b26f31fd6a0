//! Why findings are not the last word.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::input::Books;

/// Why a comparison is not up to date. One that has any is never called clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Stale {
    /// Nothing of the peer was read, of which only on hand can be; nothing was compared.
    BooksNever,
    /// The peer's ledger was never read.
    LedgerNever,
    /// The peer's ledger is being added up anew; nothing was compared.
    LedgerBuilding,
    /// The peer's ledger was not read for too long.
    LedgerOld,
    /// The peer's on hand was never read.
    OnHandNever,
    /// The peer's on hand was not read for too long.
    OnHandOld,
    /// On hand was read after the ledger: what was posted in between is in one and not in the other.
    LedgerBeforeOnHand,
    /// The peer's parts were never read: nothing is said about parts that it does not know.
    PartsNever,
    /// There were more movements or transactions than are looked at: what is older explains nothing.
    WindowCut,
    /// There are more breaks than are kept: those of the first classes are.
    TooMany,
}

impl Stale {
    /// In words.
    pub const fn as_words(self) -> &'static str {
        match self {
            Self::BooksNever => "nothing of their books was read: nothing was compared",
            Self::LedgerNever => "their ledger was never read to its end: nothing was compared",
            Self::LedgerBuilding => "their ledger is being added up anew: nothing was compared",
            Self::LedgerOld => "their ledger was not read for over an hour",
            Self::OnHandNever => "their on hand was never read",
            Self::OnHandOld => "their on hand was not read for over a day",
            Self::LedgerBeforeOnHand => "their ledger was not read since on hand was",
            Self::PartsNever => "their parts were never read",
            Self::TooMany => "there are more breaks than are kept: look at the mapping first",
            Self::WindowCut => {
                "there is more to compare than is looked at: older postings were left out"
            }
        }
    }
}

impl Stale {
    /// Whether nothing was compared at all.
    pub const fn is_nothing(self) -> bool {
        matches!(self, Self::BooksNever | Self::LedgerNever | Self::LedgerBuilding)
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_words())
    }
}

/// What is not up to date in `books`.
pub(super) fn stale(books: &Books<'_>) -> Vec<Stale> {
    let (peer, settings) = (&books.peer, &books.settings);
    let age = |at: crate::word::Timestamp| books.now.micros().saturating_sub(at.micros());
    let mut found = Vec::new();
    match peer.ledger_at {
        _ if peer.only_on_hand => {}
        _ if peer.building => found.push(Stale::LedgerBuilding),
        None => found.push(Stale::LedgerNever),
        Some(at) if age(at) > settings.ledger_stale => found.push(Stale::LedgerOld),
        Some(_) => {}
    }
    match peer.on_hand_at {
        None if peer.only_on_hand => found.push(Stale::BooksNever),
        None => found.push(Stale::OnHandNever),
        Some(at) if age(at) > settings.on_hand_stale => found.push(Stale::OnHandOld),
        Some(_) => {}
    }
    if let (Some(on_hand), Some(ledger)) = (peer.on_hand_at, peer.ledger_at)
        && ledger < on_hand
        && !peer.only_on_hand
    {
        found.push(Stale::LedgerBeforeOnHand);
    }
    if peer.parts.is_none() {
        found.push(Stale::PartsNever);
    }
    found
}

//! What is compared.

use std::collections::BTreeSet;

use crate::erp::{OnHand, PlaceMap, Transaction};
use crate::word::{MovementId, Timestamp};

/// Microseconds of a minute.
const MINUTE: i64 = 60 * 1_000_000;

/// How long what waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Microseconds that a movement may wait to be posted there, or a posting to be booked here.
    pub grace: i64,
    /// Microseconds that the clocks of both may be apart.
    pub skew: i64,
    /// Microseconds that a reading of on hand may take: what was posted meanwhile may be in it or not.
    pub reading: i64,
    /// Microseconds between a movement and what was posted for it, at most.
    pub reach: i64,
    /// Microseconds after which the peer's ledger was not read for too long.
    pub ledger_stale: i64,
    /// Microseconds after which the peer's on hand was not read for too long.
    pub on_hand_stale: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            grace: 120 * MINUTE,
            skew: 5 * MINUTE,
            reading: 15 * MINUTE,
            reach: 14 * 24 * 60 * MINUTE,
            ledger_stale: 60 * MINUTE,
            on_hand_stale: 26 * 60 * MINUTE,
        }
    }
}

/// Pieces of a part at a location of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurStock {
    /// The part, as we spell it.
    pub part: String,
    /// The location, as we spell it.
    pub location: String,
    /// 10⁻⁶ pieces.
    pub units: i64,
}

/// A movement of ours, as far as places go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurMovement {
    /// Its identity.
    pub id: MovementId,
    /// When it was recorded.
    pub at: Timestamp,
    /// Its type, as the ledger has it.
    pub kind: String,
    /// The part.
    pub part: String,
    /// The lot.
    pub lot: String,
    /// Who booked it.
    pub user: String,
    /// 10⁻⁶ pieces, above zero.
    pub units: i64,
    /// The location that they left; `None` for outside our stock.
    pub from: Option<String>,
    /// The location that they came to; `None` for outside our stock.
    pub to: Option<String>,
}

/// Our side, at one moment.
#[derive(Debug, Clone, Default)]
pub struct OurBooks {
    /// That moment: stock is what movements up to it made of it.
    pub at: Timestamp,
    /// Movements from here on are there, all of them.
    pub from: Timestamp,
    /// Stock by part and location; repeated ones are added.
    pub stock: Vec<OurStock>,
    /// Movements from `from` to `at`, without opening stock: that was there before us.
    pub movements: Vec<OurMovement>,
    /// Parts that we know, as we spell them.
    pub parts: BTreeSet<String>,
}

/// The peer's side; each figure is of its own moment.
#[derive(Debug, Clone, Default)]
pub struct PeerBooks {
    /// When its on hand was read.
    pub on_hand_at: Option<Timestamp>,
    /// When its ledger was read last.
    pub ledger_at: Option<Timestamp>,
    /// Whether its sums are being made anew: those that are shown are older than its transactions.
    pub building: bool,
    /// Whether it has no ledger that can be read: its on hand is all there is. What takes a ledger to be seen
    /// is not judged then, and `ledger_at`, `building`, `ledger` and `transactions` say nothing.
    pub only_on_hand: bool,
    /// Its own figures of what is on hand.
    pub on_hand: Vec<OnHand>,
    /// Sums of its ledger.
    pub ledger: Vec<OnHand>,
    /// Its transactions from here on are there.
    pub from: Timestamp,
    /// These transactions.
    pub transactions: Vec<Transaction>,
    /// Parts that it knows; `None` where they were never read.
    pub parts: Option<BTreeSet<String>>,
}

impl PeerBooks {
    /// Up to when what was posted there is known.
    pub(super) fn known_at(&self) -> Option<Timestamp> {
        if self.only_on_hand { self.on_hand_at } else { self.ledger_at }
    }
}

/// Both sides.
#[derive(Debug, Clone)]
pub struct Books<'a> {
    /// The moment of the question.
    pub now: Timestamp,
    /// Which locations of ours are which place of the peer.
    pub map: &'a PlaceMap,
    /// Our side.
    pub ours: OurBooks,
    /// The peer's.
    pub peer: PeerBooks,
    /// How long what waits for what.
    pub settings: Settings,
}

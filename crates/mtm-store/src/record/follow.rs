//! An earlier system that is still booked in, followed while people work in both.

use std::collections::BTreeMap;

use mtm_core::command::{LotAttributes, MirrorStep, Spot};
use mtm_core::rejection::Rejection;
use mtm_core::word::{LotNumber, PartCode, Quantity, Timestamp, UserName};

use super::{NewUser, PastLot};
use crate::master::NewMaster;
use crate::query::LegacyRow;

/// A row of the earlier system's stock table, as it was last taken over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LegacyStock {
    /// The lot it stands for here.
    pub lot: LotNumber,
    /// The row's id there.
    pub id: i64,
    /// The lot's number there, where it has one.
    pub legacy_lot: Option<LotNumber>,
    /// Where its pieces stand.
    pub spot: Spot,
    /// How many.
    pub quantity: Quantity,
}

/// Where the pieces of a lot stand.
pub type Spots = BTreeMap<Spot, Quantity>;

/// A lot of this ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotHere {
    /// Its part, as it is called today.
    pub part: PartCode,
    /// Whether it came from the earlier system; otherwise somebody received it here.
    pub taken_over: bool,
}

/// How far an earlier system was followed, and what stands here, all of one moment.
#[derive(Debug, Clone, Default)]
pub struct FollowState {
    /// How many looks were applied.
    pub round: u64,
    /// When it was followed to its end, if it was.
    pub cut_over_at: Option<Timestamp>,
    /// The highest row id of its log that is kept here.
    pub last_log_id: Option<i64>,
    /// Rows of its log that are kept here.
    pub log_rows: u64,
    /// Its stock as it was last taken over.
    pub shadow: Vec<LegacyStock>,
    /// What stands here: part and spots of every lot.
    pub stock: BTreeMap<LotNumber, (PartCode, Spots)>,
    /// The last lot number given or set aside here.
    pub lot_counter: u64,
}

/// What one look at the earlier system found to be new.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The round that the state read before the look was of.
    pub round: u64,
    /// Master data; none of it exists here.
    pub masters: Vec<NewMaster>,
    /// People it names. Those who exist are kept.
    pub users: Vec<NewUser>,
    /// Rows of its log with their own text; none of them is kept here.
    pub history: Vec<(LegacyRow, String)>,
    /// Lots that only its log knows.
    pub past_lots: Vec<PastLot>,
    /// Lots whose stock changed.
    pub lots: Vec<MirroredLot>,
}

impl Look {
    /// Whether there is nothing to write. People are not counted: nobody is new without a row.
    pub fn is_empty(&self) -> bool {
        self.masters.is_empty()
            && self.history.is_empty()
            && self.past_lots.is_empty()
            && self.lots.is_empty()
    }
}

/// A lot whose stock changed in the earlier system.
#[derive(Debug, Clone)]
pub struct MirroredLot {
    /// Its number here.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartCode,
    /// Where it stands here, as it was last taken over.
    pub expected: Spots,
    /// What it carries, if it is new.
    pub attributes: LotAttributes,
    /// When it was received there.
    pub received_at: Timestamp,
    /// Who received it there, where known.
    pub received_by: Option<UserName>,
    /// What happened to it; nothing where only the rows behind it changed.
    pub steps: Vec<MirrorStep>,
    /// When it happened, where its log says so.
    pub occurred_at: Option<Timestamp>,
    /// Its stock rows from now on.
    pub shadow: Vec<LegacyStock>,
}

/// What became of a look.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// Movements booked.
    pub movements: u64,
    /// Lots booked.
    pub lots: u64,
    /// People added.
    pub users: u64,
    /// Lots that the ledger refuses to book, with why; they stay as they are.
    pub refused: Vec<(LotNumber, Rejection)>,
}

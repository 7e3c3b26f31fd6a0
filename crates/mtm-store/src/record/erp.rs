//! An ERP whose books are read: how far, and what is odd.

use mtm_core::erp::protocol::Table;
use mtm_core::erp::{Location, OnHand, Operation, Part, PurchaseLine, Transaction, WorkOrder};
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

/// How reading an ERP stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErpState {
    /// Its ledger is being read for the first time; there are no sums yet.
    Reading,
    /// It is read.
    Well,
    /// It cannot be read just now; it is tried again, and nothing is lost.
    Failing,
    /// It is not read: its login may write, or nobody can tell.
    Refused,
}

impl ErpState {
    /// The name in the API and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Well => "well",
            Self::Failing => "failing",
            Self::Refused => "refused",
        }
    }
}

/// How far an ERP was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedState {
    /// Its name in the configuration.
    pub name: String,
    /// The greatest id of its ledger that was read. While sums are made anew it goes from 0 again.
    pub position: i64,
    /// From which id on the next reading begins, so that what was committed late is met.
    pub overlap_from: i64,
    /// The greatest id that its ledger had.
    pub newest: i64,
    /// How it stands.
    pub state: ErpState,
    /// Why it stands so, by a code, where it is not well.
    pub cause: Option<String>,
    /// The same in words.
    pub last_error: Option<String>,
    /// Since when it cannot be read.
    pub failing_since: Option<Timestamp>,
    /// When its ledger was last read to its end.
    pub read_at: Option<Timestamp>,
    /// When its sums were last whole; `None` while they are added up for the first time.
    pub ledger_at: Option<Timestamp>,
    /// Whether its sums are being added up from the beginning; those shown are older meanwhile.
    pub building: bool,
    /// When its own figures were read ([`Table::OnHand`]).
    pub on_hand_at: Option<Timestamp>,
    /// When its parts were read.
    pub parts_at: Option<Timestamp>,
    /// When each of its tables was read whole.
    pub tables: Vec<TableState>,
    /// The block at which the search for gaps goes on; `None` where none is under way.
    pub scan_block: Option<i64>,
    /// When the last search for gaps ended.
    pub scanned_at: Option<Timestamp>,
    /// Rows of its ledger that were counted.
    pub rows: u64,
    /// Of them, those that were committed late.
    pub late: u64,
    /// Rows whose values changed under their id.
    pub changed: u64,
    /// Rows that it took back.
    pub gone: u64,
    /// Rows of which something is odd.
    pub flagged: u64,
    /// Rows without an id that can be read; they are counted nowhere.
    pub refused: u64,
    /// When a server that is configured with it last said so.
    pub seen_at: Timestamp,
}

/// When a table of an ERP was last read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableState {
    /// Which.
    pub table: Table,
    /// When; `None` where it never was.
    pub read_at: Option<Timestamp>,
    /// Its rows.
    pub rows: u64,
    /// Of them, those of which something is odd.
    pub flagged: u64,
    /// Rows without a key; they are not kept.
    pub refused: u64,
}

/// Why an ERP cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErpFailure {
    /// By a code.
    pub cause: String,
    /// In words.
    pub error: String,
    /// Whether it is not even tried: its login may write.
    pub refused: bool,
}

/// Rows of an ERP's ledger, as they came in one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows, each id at most once.
    pub rows: Vec<Transaction>,
    /// How many rows had no id that can be read.
    pub refused: u64,
    /// The greatest id that its ledger has, where this page reaches it: there was nothing behind.
    pub end: Option<i64>,
}

/// What became of rows of an ERP's ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Counted for the first time.
    pub new: u64,
    /// Of them, those that were committed late.
    pub late: u64,
    /// Rows that say something else now.
    pub changed: u64,
    /// Rows that the ERP took back.
    pub gone: u64,
    /// The position now.
    pub position: i64,
}

/// What became of a block that was read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockTaken {
    /// What its rows did.
    pub taken: Taken,
    /// Whether a row changed that is not kept any more: the sums are made anew from the beginning.
    pub rebuild: bool,
}

/// A row of one of an ERP's tables that are read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErpRow {
    /// What is on hand.
    OnHand(OnHand),
    /// A part.
    Part(Part),
    /// A location.
    Location(Location),
    /// A work order.
    WorkOrder(WorkOrder),
    /// A step of one.
    Operation(Operation),
    /// A line of a purchase order.
    PurchaseLine(PurchaseLine),
}

//! An earlier system's data, ready to be taken over.

use mtm_core::command::LotAttributes;
use mtm_core::word::{
    LocationCode, LotNumber, OperationCode, PartCode, Quantity, Timestamp, UserName,
};

use super::{NewUser, QuickButton};
use crate::master::NewMaster;
use crate::query::LegacyRow;

/// Everything to take over, in the order in which it is written.
#[derive(Debug, Clone, Default)]
pub struct Migration {
    /// SHA-256 of the source: the same source is taken over once.
    pub source_hash: [u8; 32],
    /// Master data. Codes that exist already are kept as they are.
    pub masters: Vec<NewMaster>,
    /// Users, disabled until they set a secret. Names that exist already are kept.
    pub users: Vec<NewUser>,
    /// Stock.
    pub openings: Vec<Opening>,
    /// Lots that only the earlier log knows, so that their history can be found.
    pub past_lots: Vec<PastLot>,
    /// The earlier log, verbatim, with the row's own text as JSON.
    pub history: Vec<(LegacyRow, String)>,
    /// Quick buttons of users.
    pub quick_buttons: Vec<(UserName, QuickButton)>,
    /// Lot numbers up to here were given out by the earlier system.
    pub last_lot: u64,
    /// What was found, kept for whoever asks again.
    pub report: serde_json::Value,
}

/// A row of stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Part.
    pub part: PartCode,
    /// Operation.
    pub operation: OperationCode,
    /// Location.
    pub location: LocationCode,
    /// Lot.
    pub lot: LotNumber,
    /// Pieces.
    pub quantity: Quantity,
    /// What the lot carries.
    pub attributes: LotAttributes,
    /// When the lot was received.
    pub received_at: Timestamp,
    /// Who received it, where known.
    pub received_by: Option<UserName>,
    /// The rows of the earlier system's stock table that it sums up: id, the lot's number there,
    /// pieces.
    pub rows: Vec<(i64, Option<LotNumber>, Quantity)>,
}

/// A lot without stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastLot {
    /// Its number.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartCode,
    /// What it carried.
    pub attributes: LotAttributes,
    /// When it was received.
    pub received_at: Timestamp,
    /// Who received it, where known.
    pub received_by: Option<UserName>,
}

/// What became of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The report as it is kept.
    pub report: serde_json::Value,
    /// Whether the same source was taken over before, and nothing was written now.
    pub repeated: bool,
}

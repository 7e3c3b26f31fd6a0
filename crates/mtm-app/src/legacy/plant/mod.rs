//! The legacy plant as typed rows: every table of the inventory database, values normalised to the
//! words of this system, originals kept beside them.
//!
//! Reading refuses what would make any figure wrong (a quantity that is no number, a row id that
//! occurs twice); everything merely odd is read, kept, and reported later. PINs and passwords are
//! not among the columns read.

mod cells;
mod reading;
mod rows;
mod tables;

use std::collections::HashSet;
use std::io::Read;

pub use reading::{LocalTime, Moment, Reading, is_placeholder, is_unknown};
pub use rows::{
    LegacyCode, LegacyLocation, LegacyPart, LegacyRole, LegacyUser, LogKind, LogRow, QuickButton,
    StockRow,
};

use super::dump::{self, DumpError, DumpSummary, Position};
use cells::Cells;
use mtm_core::word::{ColorCode, ItemType, OperationCode};
use tables::TABLES;

/// Why the legacy data cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// The dump itself.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// A value that is not what its column holds.
    #[error("{text:?} in column {column} is not {expected} — {at}, table {table}")]
    Value {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The value, shortened.
        text: String,
        /// What it should be.
        expected: &'static str,
        /// Where its row begins.
        at: Position,
    },
    /// Two rows with one id: the dump holds some rows twice, and counting them would invent stock.
    #[error("the row id {id} occurs a second time — {at}, table {table}")]
    DuplicateId {
        /// The table.
        table: &'static str,
        /// The id.
        id: i64,
        /// Where the second row begins.
        at: Position,
    },
}

impl LegacyError {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Dump(error) => error.code(),
            Self::Value { .. } => "legacy_value_invalid",
            Self::DuplicateId { .. } => "legacy_row_twice",
        }
    }

    /// What the person in front of the screen should do.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Dump(error) => error.next_step(),
            Self::Value { .. } => {
                "Look at this row in the legacy database, correct it there and export again."
            }
            Self::DuplicateId { .. } => "Export one database into one fresh file.",
        }
    }
}

/// Everything the migration reads.
#[derive(Debug)]
pub struct LegacyPlant {
    /// Hash, size and row counts of the dump.
    pub source: DumpSummary,
    /// `md_part_ids`
    pub parts: Vec<LegacyPart>,
    /// `md_locations`
    pub locations: Vec<LegacyLocation>,
    /// `md_operation_numbers`
    pub operations: Vec<LegacyCode<OperationCode>>,
    /// `md_item_types`
    pub item_types: Vec<LegacyCode<ItemType>>,
    /// `md_color_codes`
    pub colors: Vec<LegacyCode<ColorCode>>,
    /// `inv_inventory`: one row per lot and place.
    pub stock: Vec<StockRow>,
    /// `inv_transaction`, in the order of the dump.
    pub log: Vec<LogRow>,
    /// `inv_inventory_batch_seq`: the last lot number given.
    pub last_lot: Option<u64>,
    /// `usr_users`
    pub users: Vec<LegacyUser>,
    /// `sys_roles`
    pub roles: Vec<LegacyRole>,
    /// `sys_user_roles`: user id and role id.
    pub user_roles: Vec<(i64, i64)>,
    /// `sys_last_10_transactions`
    pub quick_buttons: Vec<QuickButton>,
}

/// Reads the dump of a legacy inventory database.
///
/// # Errors
/// [`LegacyError`]; nothing is usable then.
pub fn read_plant(dump: impl Read) -> Result<LegacyPlant, LegacyError> {
    let mut plant = LegacyPlant {
        source: DumpSummary {
            sha256: String::new(),
            bytes: 0,
            tables: Vec::new(),
            end_proved: false,
        },
        parts: Vec::new(),
        locations: Vec::new(),
        operations: Vec::new(),
        item_types: Vec::new(),
        colors: Vec::new(),
        stock: Vec::new(),
        log: Vec::new(),
        last_lot: None,
        users: Vec::new(),
        roles: Vec::new(),
        user_roles: Vec::new(),
        quick_buttons: Vec::new(),
    };
    let mut seen = HashSet::new();
    plant.source = dump::read(dump, TABLES, |row| -> Result<(), LegacyError> {
        let cells = Cells::new(row);
        let (table, at) = (cells.table(), cells.at());
        match plant.take(cells)? {
            Some(id) if !seen.insert((table, id)) => {
                Err(LegacyError::DuplicateId { table, id, at })
            }
            _ => Ok(()),
        }
    })?;
    Ok(plant)
}

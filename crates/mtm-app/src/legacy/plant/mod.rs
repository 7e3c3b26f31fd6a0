//! The legacy plant as typed rows: every table of the inventory database, values normalised to the
//! words of this system, originals kept beside them.
//!
//! Reading refuses what would make any figure wrong (a quantity that is no number, a row id that
//! occurs twice); everything merely odd is read, kept, and reported later. PINs and passwords are
//! not among the columns read.

mod cells;
mod reading;
mod rows;
mod server;
mod source;
mod tables;

use std::collections::HashSet;
use std::io::Read;

pub use reading::{LocalTime, Moment, Reading, is_placeholder, is_unknown};
pub use rows::{
    LegacyCode, LegacyLocation, LegacyPart, LegacyRole, LegacyUser, LogKind, LogRow, QuickButton,
    StockRow,
};
pub use server::{LogFrom, read_server};
pub use source::{Place, Source, TableRows};

use super::dump::{self, DumpError};
use cells::Cells;
use mtm_core::word::{ColorCode, ItemType, OperationCode};
use mtm_store::legacy::SourceFault;
use tables::TABLES;

/// Why the legacy data cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// The dump itself.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The server of the legacy database, or the way to it.
    #[error(transparent)]
    Server(#[from] SourceFault),
    /// Tables of the inventory database that the server's database does not hold.
    #[error("the database lacks the tables {}, or the account may not read them", .tables.join(", "))]
    TablesMissing {
        /// Their names.
        tables: Vec<&'static str>,
    },
    /// A table without a column that the migration cannot do without.
    #[error("the table {table} has no column {column}, or the account may not read it")]
    ColumnMissing {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Fewer or more rows came than the table has.
    #[error("the table {table} has {expected} rows and gave {found}: its ids are not unique")]
    RowsMissing {
        /// The table.
        table: &'static str,
        /// Rows it has.
        expected: u64,
        /// Rows it gave.
        found: u64,
    },
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
        /// Where its row is.
        at: Place,
    },
    /// Two rows with one id: the source holds some rows twice, and counting them would invent stock.
    #[error("the row id {id} occurs a second time — {at}, table {table}")]
    DuplicateId {
        /// The table.
        table: &'static str,
        /// The id.
        id: i64,
        /// Where the second row is.
        at: Place,
    },
}

impl LegacyError {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Dump(error) => error.code(),
            Self::Server(fault) => fault.code(),
            Self::TablesMissing { .. } => "legacy_tables_missing",
            Self::ColumnMissing { .. } => "legacy_column_missing",
            Self::RowsMissing { .. } => "legacy_rows_missing",
            Self::Value { .. } => "legacy_value_invalid",
            Self::DuplicateId { .. } => "legacy_row_twice",
        }
    }

    /// What the person in front of the screen should do.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Dump(error) => error.next_step(),
            Self::Server(fault) => fault.next_step(),
            Self::TablesMissing { .. } | Self::ColumnMissing { .. } => {
                "Name the inventory database in the address and grant the account SELECT on all \
                 of it."
            }
            Self::RowsMissing { .. } => {
                "Give the table's ID column a primary key in the legacy database, or take over \
                 its dump."
            }
            Self::Value { .. } => {
                "Look at this row in the legacy database, correct it there and start again from \
                 what it holds then."
            }
            Self::DuplicateId { .. } => {
                "Name one database; export it into one fresh file where you use a dump."
            }
        }
    }
}

/// Everything the migration reads.
#[derive(Debug)]
pub struct LegacyPlant {
    /// What it was read from.
    pub source: Source,
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
    /// `inv_transaction`, in the order of the source.
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
    let mut plant = LegacyPlant::empty();
    let mut seen = Seen::default();
    let summary = dump::read(dump, TABLES, |row| -> Result<(), LegacyError> {
        plant.add(&mut seen, Cells::new(row.spec, Place::Dump(row.at), row.values))
    })?;
    plant.source = summary.into();
    Ok(plant)
}

/// The row ids that came so far, by table.
type Seen = HashSet<(&'static str, i64)>;

impl LegacyPlant {
    fn empty() -> Self {
        Self {
            source: Source::default(),
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
        }
    }

    /// Adds a row to its table, unless its id came before.
    fn add(&mut self, seen: &mut Seen, cells: Cells<'_>) -> Result<(), LegacyError> {
        let (table, at) = (cells.table(), cells.at());
        match self.take(cells)? {
            Some(id) if !seen.insert((table, id)) => {
                Err(LegacyError::DuplicateId { table, id, at })
            }
            _ => Ok(()),
        }
    }
}

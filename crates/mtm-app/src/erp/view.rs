//! What is told of an ERP beside what is told of every other system.

use mtm_core::erp::protocol::Table;
use mtm_core::word::Timestamp;
use mtm_store::record::{ErpState, FeedState};
use serde::Serialize;

/// How reading an ERP's books stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErpView {
    /// How it stands.
    pub state: ErpState,
    /// Why, by a code, where it is not well.
    pub cause: Option<String>,
    /// When its ledger's sums were last whole.
    pub ledger_at: Option<Timestamp>,
    /// Whether the sums are being made anew.
    pub building: bool,
    /// When its own on-hand figures were read.
    pub on_hand_at: Option<Timestamp>,
    /// When the last look for gaps ended.
    pub scanned_at: Option<Timestamp>,
    /// Rows of its ledger that are counted.
    pub rows: u64,
    /// Rows that were committed late.
    pub late: u64,
    /// Rows that changed under their id.
    pub changed: u64,
    /// Rows that it took back.
    pub gone: u64,
    /// Rows of which something is odd.
    pub flagged: u64,
    /// Rows that cannot be kept, because they have no key.
    pub refused: u64,
    /// Its tables, as they were last read whole.
    pub tables: Vec<ErpTableView>,
}

/// A table of an ERP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErpTableView {
    /// Its name.
    pub table: &'static str,
    /// When it was read; null where it never was.
    pub read_at: Option<Timestamp>,
    /// Its rows.
    pub rows: u64,
    /// Of them, those of which something is odd.
    pub flagged: u64,
    /// Rows that cannot be kept, because they have no key.
    pub refused: u64,
}

impl From<&FeedState> for ErpView {
    fn from(it: &FeedState) -> Self {
        let tables = Table::ALL.into_iter().filter_map(|table| {
            let known = it.tables.iter().find(|known| known.table == table)?;
            Some(ErpTableView {
                table: table.as_str(),
                read_at: known.read_at,
                rows: known.rows,
                flagged: known.flagged,
                refused: known.refused,
            })
        });
        Self {
            state: it.state,
            cause: it.cause.clone(),
            ledger_at: it.ledger_at,
            building: it.building,
            on_hand_at: it.on_hand_at,
            scanned_at: it.scanned_at,
            rows: it.rows,
            late: it.late,
            changed: it.changed,
            gone: it.gone,
            flagged: it.flagged,
            refused: it.refused,
            tables: tables.collect(),
        }
    }
}

//! The audit log, and the log of an earlier system.

use mtm_core::word::Timestamp;
use serde::Serialize;

use super::history::UserRef;
use super::page::PageRequest;
use super::pattern::Pattern;

/// Which entries of the audit log; newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Kind of entry, e.g. `movement` or `user.created`.
    pub kind: Option<String>,
    /// Login name of who did it.
    pub user: Option<Pattern>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Which page.
    pub page: PageRequest,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRow {
    /// Position in the chain.
    pub sequence: u64,
    /// What kind of entry.
    pub kind: String,
    /// Who.
    pub user: UserRef,
    /// When.
    pub at: Timestamp,
    /// The canonical entry.
    pub entry: serde_json::Value,
    /// Its hash, hexadecimal.
    pub hash: String,
}

/// Which rows of an earlier system's log; newest id first.
#[derive(Debug, Clone, Default)]
pub struct LegacyQuery {
    /// Lot.
    pub lot: Option<Pattern>,
    /// Part.
    pub part: Option<Pattern>,
    /// Which page.
    pub page: PageRequest,
}

/// A row of an earlier system's log, verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegacyRow {
    /// Its id there.
    pub id: i64,
    /// Its type there.
    #[serde(rename = "type")]
    pub kind: String,
    /// Lot.
    pub lot: Option<String>,
    /// Part.
    pub part: String,
    /// Where from.
    pub from_location: Option<String>,
    /// Where to.
    pub to_location: Option<String>,
    /// Operation.
    pub operation: Option<String>,
    /// Pieces.
    pub quantity: i64,
    /// Notes.
    pub notes: Option<String>,
    /// Colour.
    pub color_code: Option<String>,
    /// Work order.
    pub work_order: Option<String>,
    /// The user named there; for takes that is who received the lot, not who took it.
    pub user: Option<String>,
    /// Item type.
    pub item_type: Option<String>,
    /// When.
    pub occurred_at: Option<Timestamp>,
}

//! How much there is.

use serde::Serialize;

/// Sizes of the ledger, for the status page, the command line and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    /// Movements.
    pub movements: u64,
    /// Lots, also those without stock.
    pub lots: u64,
    /// Buckets with pieces.
    pub buckets: u64,
    /// Parts, retired ones included.
    pub parts: u64,
    /// Locations, retired ones included.
    pub locations: u64,
    /// Operations, retired ones included.
    pub operations: u64,
    /// People, tokens and the program's own users.
    pub users: u64,
    /// Holds not released.
    pub active_holds: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// Rows of an earlier system's log.
    pub legacy_movements: u64,
    /// Feed position of the newest movement; 0 when there is none.
    pub newest_sequence: u64,
    /// Newest place in the outbox; 0 when it is empty.
    pub newest_event: u64,
}

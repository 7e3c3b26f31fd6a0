//! The way to another system: what somebody decided about it, and how it stands.

use mtm_core::guard::{Hold, State};
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

/// What is kept about the way to another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuardRecord {
    /// Which: a webhook's id, or the name of the one there is (`mqtt`, `nats`, `mail`).
    pub peer: String,
    /// What somebody decided.
    #[serde(rename = "override")]
    pub hold: Hold,
    /// Why.
    pub reason: Option<String>,
    /// Who.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// How it stood when that last changed.
    pub told: Option<GuardTold>,
}

/// How the way to another system stands, as the server that sends has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuardTold {
    /// How it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// From when on it is tried again, where it is left alone.
    pub next_probe_at: Option<Timestamp>,
    /// Calls of the last while.
    pub calls: u32,
    /// Of them, those that failed.
    pub failed: u32,
    /// Of them, those that were slow.
    pub slow: u32,
}

//! Routings as callers change and read them: another version, from a moment on; never a change of
//! what was.
//!
//! What may become a version is decided by [`mtm_core::routing`], against the catalogue inside the
//! transaction that writes it. Each writes an audit entry and tells `master.changed`.

mod change;
mod facade;
mod list;
pub(crate) mod load;
mod policy;
mod row;

pub use change::RoutingChange;
pub use list::{RoutingLine, RoutingQuery, RoutingState, line, page};
pub use row::{RoutingRow, RoutingStepRow};

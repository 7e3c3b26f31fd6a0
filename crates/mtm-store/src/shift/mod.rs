//! The site's shifts as callers change and read them: another week, from a moment on; never a
//! change of what was.
//!
//! What may become a week is decided by [`mtm_core::shift`], against the catalogue inside the
//! transaction that writes it. Each writes an audit entry and tells `master.changed`.

mod change;
pub(crate) mod load;
mod row;

pub use row::ShiftsRow;

//! Master data: made, edited, renamed, retired; never deleted.
//!
//! A change is checked against the catalogue inside the writer's transaction, so that two changes
//! at once cannot both be right. Each writes an audit entry and tells `master.changed`.

mod change;
mod draft;
mod facade;
mod table;
mod usage;

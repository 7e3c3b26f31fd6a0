//! Master data as callers change and read it: made, edited, renamed, retired; never deleted.
//!
//! A change is checked against the catalogue inside the transaction that writes it, so that two
//! changes at once cannot both be right. Each writes an audit entry and tells `master.changed`.

mod change;
mod draft;
mod facade;
mod noun;
mod request;
mod row;
mod table;
mod usage;

pub use noun::{MasterKey, MasterNoun};
pub use request::{MasterAttributes, MasterChange, NewMaster};
pub use row::{MasterDetails, MasterRow, PartDetails};

//! Keeping parts as another system has them: who acts on differences, and what is known of each part.
//!
//! A part of theirs has one row (`row`), found by its folded code: what both agreed on, what somebody decided
//! against, and what differs now. What becomes of it is decided by [`mtm_core::master_sync`]; here it is done
//! (`round`, `decide`): a part is judged and changed in one transaction, by the one way in which master data
//! changes, so that nobody's change in between is lost.
//!
//! Deliberately absent: reading the other system. Its parts are taken as they were read ([`crate::record::ErpRow`]).

mod decide;
mod list;
mod round;
mod row;

pub use decide::{BulkDeed, BulkDone, LinkDeed};
pub use list::DifferenceQuery;
pub use round::{Job, Round, Said, Settled};
pub use row::{DifferenceRow, MasterSyncRow, SyncState};

//! Comparisons with the books of another system, what they found, and what people decided about it.
//!
//! A break is one row for as long as it is the same disagreement ([`mtm_core::reconcile::Break::identity`]):
//! a run that finds it again changes nothing but when it was last seen. What a run finds no more is
//! `resolved` by it, unless the run could not judge the place; what comes back is open again, and so is
//! what somebody closed, once its difference is another. Nothing here changes stock, on either side.
//!
//! A run writes in pieces, between which others book, and resolves only at its end. One that was cut off
//! has resolved nothing, and the next one goes over the same rows.

mod count;
mod decide;
mod found;
mod list;
mod ours;
mod row;
mod run;

pub use crate::deed::DeedRow;
pub use decide::{BreakDeed, Decided};
pub use list::{BreakQuery, BreakSheet};
pub use ours::OursRead;
pub use row::{BreakRow, BreakState, RunCause, RunRow};
pub use run::RunEnd;

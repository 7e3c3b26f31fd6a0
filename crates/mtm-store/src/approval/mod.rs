//! Adjustments that wait for a second person.
//!
//! A request keeps the bucket and the difference, not the total: what moves while it waits stays as
//! it is. It is booked by the one posting path, decided anew on the stock there is by then, in the
//! transaction that says so at the request; so it is booked once, whoever approves it how often. One
//! request at most waits for a bucket, and one whose bucket was counted again since is out of date:
//! otherwise the same pieces would be corrected twice.

mod ask;
mod decide;
mod list;
mod policy;
mod row;

pub use decide::{Approved, Approving};
pub use row::ApprovalRow;

pub(crate) use policy::load;

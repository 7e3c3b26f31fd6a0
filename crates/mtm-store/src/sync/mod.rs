//! What other systems are told of our movements: flows, and a posting for each movement that concerns one.
//!
//! The log is the queue. A flow has a place in it (`flow`), and moving on lays out a row for each movement that
//! concerns its system, in the transaction that moves the place (`lay_out`); a movement has one row for a flow, so
//! going back and over the same movements again changes nothing. From then on the row has its own fate.
//!
//! What is sent is marked before it is sent (`due`): a row that is found so after a kill may be there or not, and
//! is looked up before anything is sent again. Later postings of the same part wait for one whose end is near
//! (`lane`), and for nobody's decision.
//!
//! What a person posted, or is said to have been posted, is proved by the other system's own ledger where it is
//! read (`prove`): each of its transactions shows one posting.
//!
//! Nothing here changes stock. A posting that is refused undoes nothing: people decide (`decide`).

mod decide;
mod due;
mod flow;
mod lay_out;
mod list;
mod prove;
mod row;
mod sweep;

pub use crate::deed::DeedRow;
pub use decide::PostingDeed;
pub use due::{Attempt, DuePosting, Ended};
pub use flow::{FlowChange, Start};
pub use lay_out::NewPosting;
pub use list::{PostingQuery, PostingSheet};
pub use prove::{Claim, Unproved};
pub use row::{FlowRow, PostingRow, StateCount};

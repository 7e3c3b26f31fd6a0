//! The database of an earlier system on its own server: looked at, never written to.
//!
//! A [`Snapshot`] is one read-only transaction: everything it gives is of one moment, however
//! many questions it takes. The server may be as old as `MySQL` 5.7, so that nothing newer than
//! plain `SELECT`s is sent to it. Every value comes as the text that a dump of the database would
//! hold. What the rows mean is not known here.
//!
//! Deliberately absent: pools, retries, anything that would keep a connection while nobody looks.

mod address;
mod fault;
mod snapshot;

pub use address::Address;
pub use fault::SourceFault;
pub use snapshot::{Cell, Question, Snapshot, Table};

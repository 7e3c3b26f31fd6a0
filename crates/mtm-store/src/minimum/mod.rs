//! Parts whose stock is below their minimum: telling of the fall, and listing them.
//!
//! Who books does not look at minimums: a part's stock is the sum of buckets that several servers, and a
//! plant's own SQL clients, book at the same time, so that no booking knows what it leaves behind, and to
//! make it know would have everybody who books a part wait for one row. The log knows: every movement has
//! its place there, and stock is the sum of what stands before it. So whoever serves follows the sealed log
//! ([`Ledger::watch_minimums`](crate::Ledger::watch_minimums)) and judges part by part, movement by
//! movement. What was told stands in `below_minimum`; it changes with the position up to which the log was
//! judged and with the event, in one transaction. So a fall is told once, however often the server was
//! killed in between, and one that lasted for two movements is not missed.
//!
//! Totals are not kept: the stock at the position is the stock of now without what moved since.

mod follow;
mod list;
mod standing;

pub(crate) use standing::UNSEALED;
#[cfg(test)]
pub(crate) use standing::{LATER, NOW, SINCE};

pub use follow::MinimumWatch;
pub use list::MinimumRow;

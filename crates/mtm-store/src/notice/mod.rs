//! What people are told of, and how far each of them has read.
//!
//! News are events like all others. Whoever serves follows the outbox and copies those few that are news
//! for somebody into a table of their own ([`Ledger::take_notices`](crate::Ledger::take_notices)): once
//! each, by their place in the outbox, with the position up to which it was followed. There is one row for
//! all people; what somebody has read is a place as well. So a bell costs one short question, and the
//! outbox needs no index that every booking would pay for.

mod follow;
mod read;

pub use read::{Notice, NoticeReader};

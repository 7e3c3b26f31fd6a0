//! What people are told of, how far each of them has read, and what is still to be sent to them.
//!
//! News are events like all others. Whoever serves follows the outbox and copies those few that are news
//! for somebody into a table of their own ([`Ledger::take_notices`](crate::Ledger::take_notices)): once
//! each, by their place in the outbox, with the position up to which it was followed. There is one row for
//! all people; whom a notice about lots concerns stands beside it. What somebody has read is a place as
//! well. So a bell costs one short question, and the outbox needs no index that every booking would pay for.
//!
//! Who wants to be told by a way beyond the program (mail, a webhook of their own) has a row for it, and
//! the same transaction that takes a notice puts a letter on their pile. A pile goes out as one message,
//! whose end is written down before it is sent, so that a second try after a kill is the same message.

mod concern;
mod follow;
mod letter;
mod lot;
mod read;
mod server;
mod way;

pub(crate) use follow::needed_from;
pub use letter::{Bundle, DuePile, PileFate};
pub use lot::FollowedLot;
pub use read::{Notice, NoticeReader, TheirLots};
pub use server::{MailServer, PileState};
pub use way::{NoticeAddress, WayChange};

//! Reconciliation: our stock beside the books of another system, and what they disagree about.
//!
//! Three figures are compared for each part and place of the peer: the pieces in our buckets whose
//! location maps there, what the peer says is on hand, and the sum of the peer's own ledger. Figures
//! lead: without a difference nobody has to do anything. What a difference comes from is then looked
//! for among our movements that cross places of the peer and the peer's transactions, so that one
//! fault is one [`Break`] ([`BreakClass`] says which class explains which).
//!
//! No figure is of the same moment as another, and none is waited for. What makes that safe:
//!
//! - a transaction that was read *before* on hand was read is in on hand; one that was read since may
//!   be or not. A difference between the two that is a sum of such transactions is no break;
//! - a movement has a period of grace to be posted there, and a posting to be booked here. A
//!   difference that is a sum of such young movements and postings is no break.
//!
//! Both depend on the sums alone, not on who was paired with whom. So whatever order honest postings
//! come in, they are no break (a property test), and a fault is hidden for one run at most.
//!
//! Pure: the same books give the same findings, in the same order, however their rows are ordered.

mod cell;
mod class;
mod close;
mod found;
mod input;
mod judge;
mod mapping;
mod pair;
mod rows;
mod stale;
mod sums;
mod tell;

#[cfg(test)]
mod tests;

pub use class::BreakClass;
pub use close::CloseCode;
pub use found::{Break, Evidence, Findings, Fix, Posting, Waiting};
pub use input::{Books, OurBooks, OurMovement, OurStock, PeerBooks, Settings};
pub use stale::Stale;

/// Compares the books.
pub fn reconcile(books: &Books<'_>) -> Findings {
    judge::run(books)
}

//! What machines count, and what may be believed of it.
//!
//! A machine says totals: how many parts its counter shows. What counts is the difference of two totals, and only where
//! nothing else explains it: a counter that began again, that ran over, or that nobody heard for a while says less
//! than it seems to. [`counter`] draws that line; a [`proposal`] is what becomes of the pieces, which are nobody's
//! stock before a person or a rule confirms them.
//!
//! Pure. Talking to machines, keeping and booking are done elsewhere.

pub mod counter;
pub mod proposal;
pub mod reading;
#[cfg(test)]
mod tests;

pub use self::counter::{Count, Counter, Doubt, Question, Rules, TOLD_WITHIN};
pub use self::proposal::{Booking, ProposalDeed, ProposalKind, ProposalState};
pub use self::reading::{Batch, Link, Reading, Tag, Value};

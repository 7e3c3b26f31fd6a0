//! Keeping parts as another system has them: which attributes are whose, and what becomes of a difference.
//!
//! For each attribute one side is the system of record. What the other system owns ([`Rules::owned`]) is compared
//! three ways: what it says, what stands here, and what both last agreed on. So a change of theirs is told from a
//! change of ours, and only where both or ours changed is there a conflict ([`Conflict`]). What it does not own is
//! never looked at, and what it says nothing about stays as it is.
//!
//! A part that is not there any more is one that they retired ([`Field::Retired`]), where it was there once: parts
//! that only we have are ours alone. Where suspiciously many are gone at once, somebody is asked.
//!
//! Everything here is decided from values ([`judge`]); what follows from it changes master data by the one way in
//! which anybody does. No quantity is touched, and nothing is written to the other system.

mod field;
mod judge;
mod link;
mod rules;
#[cfg(test)]
mod tests;

pub use field::{Change, Deed, Difference, Field, Values};
pub use judge::{Judged, TOO_MANY_GONE, There, judge};
pub use link::Link;
pub use rules::{Conflict, NewParts, Rules, Theirs, ours};

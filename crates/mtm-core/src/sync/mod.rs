//! What another system is told of our movements, and what it makes of that.
//!
//! A movement leads to at most one posting there ([`Fact`] says all that a posting may be made of). Pure:
//! who is told when, and what became of it, is decided here; sending and keeping is done elsewhere.

mod fact;

pub use self::fact::{Class, End, Fact};

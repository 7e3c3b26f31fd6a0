//! Scales that say how much lies on them, and how many pieces that is likely to be.
//!
//! A [`Scale`] is asked, and only a weight that stands still is an answer. Weights are exact ([`Mass`]): no
//! floating point, and units by their definitions. Pieces are a [`Suggestion`] with what was rounded away;
//! a person or a rule of the plant makes a quantity of it, never this module.
//!
//! Protocols: MT-SICS level 0 as Mettler-Toledo documents it (`S`, `SI` and what a scale sends by
//! itself), and any other lines of text by a regular expression.

mod ask;
#[cfg(test)]
mod fuzz;
mod mass;
mod pieces;
mod protocol;

pub use ask::{Ask, Scale, Trouble};
pub use mass::{Mass, MassError, Unit};
pub use pieces::Suggestion;
pub use protocol::{PatternError, Protocol, Reading};

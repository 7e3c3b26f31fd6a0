//! A small plant in memory, for tests that need a ledger without a database.
//!
//! Two independent accounts of the same history stand here. [`World`] does what a store does:
//! loads the facts that an action needs, and writes the postings that were decided. [`Naive`]
//! knows nothing of views and postings: it restates the rules over plain maps and predicts
//! which movements a command makes, or which refusals are right. [`steps`] makes random histories
//! that are mostly sensible, from a [`Plant`] of master data.
//!
//! The folder is a module, not a test of its own, so that other test binaries can take it in.

pub mod naive;
pub mod plant;
mod reserved;
pub mod steps;
pub mod world;

pub use naive::Naive;
pub use plant::Plant;
pub use steps::Step;
pub use world::World;

//! Taking over the data of the legacy inventory database: its dump is read, judged and turned into
//! a plan, as values.
//!
//! Deliberately absent: files, the store and the clock; whoever applies the plan has them. Nothing
//! of the legacy data is corrected here without keeping the original beside it.

pub mod classify;
pub mod dump;
pub mod findings;
pub mod plan;
pub mod plant;
pub mod report;

#[cfg(test)]
mod tests;

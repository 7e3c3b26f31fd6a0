//! Taking over the data of the legacy inventory database: its dump is read, judged and turned into
//! a plan, as values.
//!
//! Everything but `take_over` is pure: no files, no store, no clock. Nothing
//! of the legacy data is corrected here without keeping the original beside it.

pub mod classify;
pub mod dump;
pub mod findings;
pub mod plan;
pub mod plant;
pub mod report;
mod take_over;

#[cfg(test)]
mod tests;

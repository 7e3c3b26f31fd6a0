//! Taking over the data of the legacy inventory database: its dump, or the database itself on its
//! server, is read, judged and turned into a plan, as values.
//!
//! Everything but `take_over`, `follow` and the reading of a server is pure: no files, no store, no clock.
//! Nothing of the legacy data is corrected here without keeping the original beside it.

pub mod classify;
pub mod dump;
pub mod findings;
pub mod follow;
pub mod plan;
pub mod plant;
pub mod report;
mod take_over;

/// The way to a legacy server.
pub mod server {
    pub use mtm_store::legacy::{Address, SourceFault};
}

#[cfg(test)]
mod tests;

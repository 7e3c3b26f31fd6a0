//! The ledger against real files.

mod opening;

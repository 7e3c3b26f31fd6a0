//! Queries: `impl Ledger` blocks that only read.

//! People, tokens and sessions: `impl Ledger` blocks.

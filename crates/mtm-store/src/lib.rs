//! The ledger's home.

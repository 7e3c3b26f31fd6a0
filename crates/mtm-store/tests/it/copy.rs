//! Moving a ledger between real engines.

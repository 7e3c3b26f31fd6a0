//! The ledger's home: `SQLite` and `MariaDB` behind one façade.
//!
//! [`Ledger`] is the only thing other crates see: it posts submissions, answers queries and keeps
//! people, tokens and master data. The engines live in `sqlite` and `mariadb`; no other crate
//! names a database driver.
//!
//! Invariants kept here, in every engine: a submission is written whole or not at all, with its
//! movements, stock, audit entries, events and key in one transaction; a key has one effect; no
//! bucket goes below zero; history only grows.

pub mod fault;
pub mod query;
pub mod submission;

pub use fault::Fault;
pub use submission::{Answer, IdempotencyKey, Mode, PostError, Submission};

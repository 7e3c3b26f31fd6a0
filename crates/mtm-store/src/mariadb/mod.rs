//! A database server as the ledger's home: `MariaDB` 10.6 or later, alone or as a cluster.
//!
//! The embedded engine has one writer; here many connections, of many servers, write at once.
//! Deciding stays in Rust: a command's facts are read, `decide` judges them, and the stored
//! procedure `mtm_apply_v3` writes the postings only if no lot they were decided on has changed
//! since. What changed in between is decided again, a bounded number of times. The procedures
//! enforce by themselves what must hold against any client: once, no bucket below zero, holds,
//! append-only history.
//!
//! Nobody waits for a counter: lot numbers come from leased blocks ([`lots`]), and the places in
//! the log, the audit chain and the outbox are given after the commit, by the one server that
//! holds the lease ([`sealer`]).
//!
//! Deliberately absent: server-side queues for when the database is away. Nothing is booked then,
//! and the clients' own queues repeat themselves under their keys.

mod accounts;
mod alike;
mod books;
mod connect;
pub(crate) mod copy;
mod drift;
mod engine;
mod fault;
mod follow;
mod gather;
mod grants;
mod late;
#[cfg(test)]
mod lint;
mod lots;
mod meter;
mod patience;
mod places;
mod post;
mod posting;
mod procedures;
mod question;
mod receipts;
mod replica;
mod rights;
mod route;
mod rows;
mod schema;
mod scratch;
mod sealer;
mod status;
pub(crate) mod tls;
mod turn;
mod way;

pub(crate) use accounts::accounts;
pub(crate) use drift::check_at as check;
pub(crate) use engine::Engine;
pub(crate) use fault::fault;
pub(crate) use places::Places;
pub(crate) use receipts::last_receipts;
pub(crate) use scratch::Scratch;
pub(crate) use status::status;

//! The ledger's home: `SQLite` and `MariaDB` behind one façade.
//!
//! [`Ledger`] is the only thing other crates see: it posts submissions, answers queries and keeps
//! people, tokens and master data. The engines live in `sqlite` and `mariadb`; no other crate
//! names a database driver.
//!
//! Invariants kept here, in every engine: a submission is written whole or not at all, with its
//! movements, stock, audit entries, events and key in one transaction; a key has one effect; no
//! bucket goes below zero; history only grows.

pub mod approval;
pub mod backup;
pub mod baseline;
mod broker;
mod catalogue;
pub mod clock;
pub mod closing;
pub mod copy;
mod count;
pub mod database;
pub mod deed;
pub mod entries;
mod entry;
mod erp;
pub mod fault;
#[cfg(feature = "faults")]
pub mod faults;
pub mod floor;
mod follow;
mod guard;
mod inbound;
pub mod integrity;
pub mod label;
mod ledger;
pub mod legacy;
pub mod machine;
mod mariadb;
pub mod master;
pub mod master_sync;
mod migration;
pub mod minimum;
mod movement;
pub mod notice;
pub mod once;
mod outbox;
mod people;
pub mod period;
pub mod pool;
pub mod print;
mod purge;
pub mod query;
mod read;
pub mod reconcile;
pub mod record;
pub mod routing;
pub mod shift;
mod site;
pub mod slow;
mod sql;
mod sqlite;
pub mod submission;
pub mod sync;
mod texts;
pub mod throughput;
pub mod totals;
mod verify;
pub mod watch;
mod webhook;
mod work_order;
mod write;

pub use clock::{Clock, ManualClock, SystemClock};
pub use fault::Fault;
pub use ledger::{Ledger, OpenError, OpenOptions};
pub use once::Once;
pub use site::Site;
pub use submission::{Answer, IdempotencyKey, Mode, PostError, Submission};

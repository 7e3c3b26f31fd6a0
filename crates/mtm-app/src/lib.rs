//! The use cases of MTM WIP.
//!
//! Every door (web, command line, imports) comes through here: it says who is asking
//! ([`Principal`]), what they want, and is answered with an outcome or an [`AppError`]. Permission
//! is checked here for every command, never in a user interface.
//!
//! Deliberately absent: HTTP, terminals, SQL. [`App`] is made once, in the program's composition
//! root, and handed to whoever needs it; there are no globals.

pub mod approval;
pub mod archive;
pub mod auth;
pub mod b2mml;
pub mod bus;
pub mod checkpoint;
pub mod count;
pub mod drop_folder;
pub mod edge_node;
pub mod erp;
pub mod error;
pub mod export;
pub mod guards;
pub mod import;
pub mod inbound;
pub mod integration;
pub mod label;
pub mod legacy;
pub mod machine;
pub mod master_sync;
pub mod minimum;
pub mod movement;
pub mod notice;
pub mod once;
pub mod peers;
pub mod period;
pub mod principal;
pub mod printing;
pub mod reconcile;
pub mod relay;
pub mod report;
pub mod routing;
pub mod scan;
pub mod search;
pub mod shift;
pub mod supervisor;
pub mod sync;
pub mod truth;
pub mod vault;
pub mod verification;
pub mod webhook;
pub mod work_order;

mod app;
mod elsewhere;
mod hex;
mod insist;

pub use app::{App, Site};
pub use error::{AppError, FieldError};
pub use principal::{Principal, PrincipalKind};

/// What can be asked of the ledger and what it keeps, in the words of the store: the one
/// vocabulary of every door.
pub use mtm_store::{
    Fault, IdempotencyKey, Once, PostError, integrity, master, pool, query, record, slow,
};

//! The ledger against real files.

mod concurrency;
mod differential;
mod mariadb;
mod once;
mod opening;
mod plant;
mod posting;

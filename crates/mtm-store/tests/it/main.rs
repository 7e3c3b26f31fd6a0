//! The ledger against real files.

mod concurrency;
mod differential;
mod disk;
mod mariadb;
mod once;
mod opening;
mod plant;
mod posting;
mod read;
mod read_bulk;
mod read_stock;
mod verify;

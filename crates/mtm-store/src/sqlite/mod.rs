//! The embedded engine: one file, one writer thread, a pool of readers.
//!
//! Writes go through [`writer`], which commits everything that waits in one transaction; reads run
//! on connections of their own and never wait for it. The file is in WAL mode with
//! `synchronous=FULL`: an answer is given only after its transaction reached the disk.
//!
//! Absent on purpose: memory-mapped I/O (a truncated file would be a crash instead of an error)
//! and any cache of stock, which only the database knows.

mod backup;
pub(crate) mod connection;
pub(crate) mod copy;
pub(crate) mod drift;
mod engine;
pub(crate) mod fault;
pub(crate) mod readers;
pub(crate) mod schema;
pub(crate) mod seed;
pub(crate) mod status;
pub(crate) mod verify;
pub(crate) mod writer;

pub(crate) use backup::discard;
pub(crate) use engine::Engine;

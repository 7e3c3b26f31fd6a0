//! The one writer: a thread that takes every waiting job and commits them in one transaction.
//!
//! It never waits on a timer: while one transaction syncs, the next group gathers. A posting job
//! is grouped with its neighbours ([`group`]); any other write runs in a transaction of its own.
//! Nobody is answered before COMMIT returned. When the disk or the file fails, the whole
//! transaction is rolled back, everybody waiting is told, and the writer goes on with the next
//! group, on a new connection where the old one is not to be trusted.

mod apply;
mod aside;
mod carry;
mod group;
mod heads;
mod job;
mod receipts;
mod recent;
mod state;
mod submit;
mod thread;
mod transaction;

#[cfg(test)]
mod tests;

pub(crate) use crate::write::{Failure, Remembered, WriteContext, attribute_rows};
pub(crate) use receipts::read as last_receipts;
pub(crate) use thread::{Shared, Writer};

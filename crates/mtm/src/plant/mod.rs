//! A generated plant, written into a ledger: through the same posting path as every booking, in
//! large groups, at the moments at which its history says that it happened.

mod clock;
mod masters;
mod write;

pub(crate) use write::{NewSite, write_plant};

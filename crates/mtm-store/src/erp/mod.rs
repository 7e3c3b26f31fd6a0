//! What an ERP's books say: its ledger, added up; its own figures; its master data.
//!
//! Everything here was read from another system and is compared with our stock by people and by
//! reconciliation. No quantity of ours follows from it.
//!
//! Its ledger is counted exactly once by its ids ([`block`]): of every block of ids it is kept, for ever, which
//! were counted and what the block's figures are. Rows, their sums, the block and the position are written in one
//! transaction ([`feed`]), so a row that is read again, by whoever and after whatever was killed, changes
//! nothing. Sums have a number: while they are made anew from the beginning, the ones before are shown.
//!
//! Tables that are read whole ([`table`]) are written a piece at a time under the number of their reading, which
//! counts from the moment on at which all of it is here.
//!
//! Deliberately absent: what the figures should be, and any way to write to an ERP.

mod block;
mod feed;
mod peer;
mod read;
mod row;
mod sweep;
mod table;

pub(crate) use peer::standing_or_new;

//! What moved, per period: the figures of a day without reading the day's movements.
//!
//! The table `throughput` sums the log by quarter of an hour, type and operation. It is derived: nobody who
//! books writes it or waits for it. Whoever serves follows the log ([`Ledger::roll_up`](crate::Ledger::roll_up)) and adds what is
//! sealed, a bounded piece in a transaction, with the position up to which it holds; on a database server
//! only the one that holds the sealer's lease does so, and the position refuses whoever was overtaken. A
//! question adds what is newer than the position from the log itself, in the same moment, so that an answer
//! is exact however far the table lags. Verification compares table and log, and makes it anew where they
//! differ.
//!
//! A reversal is taken off its original at the original's time, and listed as a reversal at its own.

mod check;
mod fold;
mod follow;
mod read;

pub(crate) use check::{Sketch, differs};
#[cfg(test)]
pub(crate) use fold::SINCE;
pub(crate) use follow::moved;
#[cfg(test)]
pub(crate) use read::OF_PERIOD;

use mtm_core::movement::MovementType;
use mtm_core::word::{OperationCode, Quantity, Timestamp};

/// Which periods.
#[derive(Debug, Clone)]
pub struct ThroughputQuery {
    /// Where periods begin, ascending, and where the last one ends. On quarters of an hour.
    pub bounds: Vec<Timestamp>,
    /// Of this operation only.
    pub operation: Option<OperationCode>,
}

/// What of one type moved in one period at one operation, reversals taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThroughputRow {
    /// The period: the one that begins with the bound of this number.
    pub period: usize,
    /// The type.
    pub kind: MovementType,
    /// Where the pieces came from; where they went, if they came from outside.
    pub operation: OperationCode,
    /// Movements that were not reversed.
    pub movements: u64,
    /// Their pieces.
    pub quantity: Quantity,
}

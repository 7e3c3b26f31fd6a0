//! Closings: the whole stock as it was after a movement, kept every so many movements.
//!
//! The stock at a moment in the past is the stock at the nearest place in the log where it is known,
//! and what happened between there and the moment. Without closings it is known at
//! the beginning, where there is none, and now; with them at most half a spacing away from any
//! moment, so that what a question costs does not grow with the log or with the distance. They are
//! spaced by movements and not by midnights, because a day may hold an import of a hundred thousand
//! rows; a day in which little happens needs none of its own.
//!
//! They are derived: nobody who books writes them or waits for them. Whoever serves makes the next one
//! from the last one and the sealed log ([`Ledger::next_closing`](crate::Ledger::next_closing)), in
//! short transactions; until the last of these says that it is whole, no question looks at it. An answer
//! is the same with all of them, some, or none. Verification compares them with the log, and gives them
//! up where they differ: then they are made anew. They are not copied to another engine, either.

mod check;
mod make;
mod near;

pub(crate) use check::Compared;
pub use make::Closing;
#[cfg(test)]
pub(crate) use near::{AFTER, BEFORE, OF_LOCATIONS, OF_PART, WHOLE};
pub(crate) use near::{Bucket, Of, Place, before, each, nearest};

/// Movements from a closing of so many buckets to the next, `least` at least: the larger the stock, the
/// rarer, so that closings take no more than some rows per movement.
const fn spacing(buckets: i64, least: i64) -> i64 {
    let half = buckets / 2;
    if half > least { half } else { least }
}

//! Figures of the floor: what waits at which operation and since when, what went from where to where,
//! how long pieces stay, and where it is crowded.
//!
//! Nothing is kept for them. What waits is summed up from stock, every bucket once; what went is summed
//! up from the log between two moments, which the caller bounds. So they are what stock and log say at
//! the moment of the question, on either engine.

mod crowd;
mod flow;
mod stay;
mod waiting;

#[cfg(test)]
pub(crate) use crowd::CROWDED;
#[cfg(test)]
pub(crate) use flow::STEPS;
#[cfg(test)]
pub(crate) use stay::DEPARTURES;
#[cfg(test)]
pub(crate) use waiting::WAITING;

use mtm_core::movement::Outside;
use mtm_core::word::{LocationCode, OperationCode, Quantity, Timestamp};

/// What waits at an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The operation.
    pub operation: OperationCode,
    /// Buckets there: containers, where each stands at one place.
    pub buckets: u64,
    /// Pieces in them.
    pub quantity: Quantity,
    /// The same pieces by the age of their lots: one more than there were bounds, youngest first.
    pub by_age: Vec<Quantity>,
    /// When the oldest of the lots was received.
    pub oldest: Timestamp,
}

/// One end of what went.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// At an operation.
    Operation(OperationCode),
    /// Outside the plant's stock.
    Outside(Outside),
}

/// What went from one end to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where from.
    pub from: End,
    /// Where to.
    pub to: End,
    /// Movements. Reversals are steps back.
    pub movements: u64,
    /// Their pieces.
    pub quantity: Quantity,
}

/// How long pieces stayed at an operation that they left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The operation.
    pub operation: OperationCode,
    /// Departures, not reversed.
    pub departures: u64,
    /// Pieces that left.
    pub quantity: Quantity,
    /// Microseconds that half of the departures stayed at most.
    pub median_micros: i64,
    /// Microseconds that nine of ten departures stayed at most.
    pub p90_micros: i64,
    /// Microseconds that the longest one stayed.
    pub longest_micros: i64,
}

/// Stays of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stays {
    /// By operation.
    pub stays: Vec<Stay>,
    /// From which moment on departures were looked at: later than asked for where there were too many.
    pub from: Timestamp,
}

/// A location and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowded {
    /// The location.
    pub location: LocationCode,
    /// Its building, where known.
    pub building: Option<String>,
    /// Buckets there.
    pub buckets: u64,
    /// Pieces in them.
    pub quantity: Quantity,
}

/// Where it is crowded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// Locations with pieces.
    pub used: u64,
    /// Locations that are not retired.
    pub known: u64,
    /// The fullest, by buckets.
    pub fullest: Vec<Crowded>,
}

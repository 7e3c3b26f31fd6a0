//! How the connections to a database server are, for whoever watches a plant.

use std::time::Duration;

/// Upper bounds of the waiting times that are counted, in microseconds.
pub const WAIT_BOUNDS: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];

/// The connections of one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolReport {
    /// `writers`, `readers`, `reports` or `replica`.
    pub pool: &'static str,
    /// Most connections at once.
    pub size: u64,
    /// Connections that are open.
    pub open: u64,
    /// Of these, unused.
    pub idle: u64,
    /// Places that somebody has.
    pub in_use: u64,
    /// Who waits for a place.
    pub waiting: u64,
    /// Connections handed out, by the time that was waited for them: as [`WAIT_BOUNDS`], and then
    /// what took longer.
    pub waits: [u64; WAIT_BOUNDS.len() + 1],
    /// How long was waited in all.
    pub waited: Duration,
    /// Who heard in time that none was to be had: too much is going on.
    pub timed_out: u64,
    /// Who went away while waiting.
    pub abandoned: u64,
    /// Who heard that the server could not be reached.
    pub failed: u64,
    /// Connections that did not answer when that was in doubt.
    pub doubted: u64,
    /// Connections closed because work on them failed.
    pub broken: u64,
    /// Connections closed because of their age.
    pub expired: u64,
}

/// The servers of one URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServersReport {
    /// Host and port of each that may be written to, the preferred one first.
    pub hosts: Vec<String>,
    /// Which one is in use.
    pub current: usize,
    /// How often another one was taken.
    pub changes: u64,
    /// The newest event that this program knows of: a server without it is never taken. Where only
    /// one server is named, nothing is remembered.
    pub seen: Option<u64>,
    /// The one that follows them.
    pub replica: Option<ReplicaReport>,
}

/// A server that follows, and how it served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaReport {
    /// Host and port.
    pub host: String,
    /// Long questions that it answered.
    pub served: u64,
    /// Long questions that it was too late for.
    pub late: u64,
    /// Long questions that it was away for.
    pub away: u64,
}

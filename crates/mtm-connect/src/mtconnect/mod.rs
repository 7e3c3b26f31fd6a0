//! Counters of machines that speak `MTConnect` (ANSI/MTC1.4, versions 1.2 to 2.x): what their agent saw of them.
//!
//! An agent remembers a number of observations, numbered without holes while it runs; another run is another *instance*.
//! [`Agent::open`] goes on where somebody was before, `instance:number`, if that instance runs still and remembers that
//! number: then nothing was missed ([`Link::Next`](mtm_core::machine::Link)). In all other cases it begins anew with
//! what everything shows now, and says that something may be missing ([`Link::Gap`](mtm_core::machine::Link)): after a
//! restart of the agent, after more was observed than it remembers, the first time.
//!
//! Then [`Agent::next`] follows its stream (`sample` with `interval` and `heartbeat`, as `multipart`), or asks again and
//! again where it answers with one document instead. Each document becomes a batch with what is wanted in the order of
//! its numbers; what was told before is not told twice. A heartbeat is a batch without readings. Where nothing comes for
//! two heartbeats and a deadline, the agent is [`Away`], however alive its connection looks.
//!
//! Everything that comes is bounded: documents and parts ([`Limits`]), the depth of elements and their attributes; no
//! document types, no entities but XML's own.
//!
//! Deliberately absent: `path`, so that every agent can be asked (what is not wanted is passed over here); assets,
//! conditions and commands (`put`); authentication, which the standard does not have: an agent that wants a certificate
//! is shown one ([`Papers`]). What the totals mean is the core's.

mod address;
mod agent;
mod away;
mod document;
#[cfg(test)]
mod fuzz;
mod line;
mod position;
mod probe;
mod stream;
mod xml;

use std::collections::BTreeSet;
use std::time::Duration;

pub use self::address::{Address, AddressError};
pub use self::agent::Agent;
pub use self::away::Away;
use crate::outgoing::{Deadlines, Papers};

/// How an agent is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is, and which of its devices is meant.
    pub address: Address,
    /// The data items that are wanted, by their ids; all that count parts where there are none.
    pub wanted: BTreeSet<String>,
    /// The least time between two documents.
    pub interval: Duration,
    /// After how long without news the agent says that it is there.
    pub heartbeat: Duration,
    /// Until when a call is answered, but for a stream.
    pub deadlines: Deadlines,
    /// Who is believed, and the certificate that is shown.
    pub papers: Papers,
    /// What is taken at most.
    pub limits: Limits,
}

impl Settings {
    /// The usual ones for an agent: all that counts parts, once a second, a heartbeat every ten.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            wanted: BTreeSet::new(),
            interval: Duration::from_secs(1),
            heartbeat: Duration::from_secs(10),
            deadlines: Deadlines::default(),
            papers: Papers::default(),
            limits: Limits::default(),
        }
    }

    /// How long nothing may come on a stream.
    fn patience(&self) -> Duration {
        self.heartbeat.saturating_mul(2).saturating_add(self.deadlines.whole)
    }
}

/// What is taken of an agent at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document.
    pub document: usize,
    /// Observations in one.
    pub observations: usize,
    /// Observations that are asked for at once; fewer where the agent does not remember that many.
    pub at_once: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { document: 8 * 1024 * 1024, observations: 100_000, at_once: 1_000 }
    }
}

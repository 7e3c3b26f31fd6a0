//! When requests are sent, and when that ends.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Each client sends when its last answer is there. Finds the throughput.
    Closed,
    /// So many requests a second in all, at planned moments, whether answers are there or not.
    /// Finds what people wait at a given load.
    Open {
        /// Requests a second, of all clients together; at least one.
        per_second: u32,
    },
}

impl Pace {
    /// The planned moment of a client's `nth` request since the start; `None` where each waits
    /// for the last. Clients take turns, evenly spaced.
    pub fn planned(self, client: usize, clients: usize, nth: u64) -> Option<Duration> {
        let Self::Open { per_second } = self else { return None };
        let turn = u128::from(nth) * clients as u128 + client as u128;
        let nanos = turn * 1_000_000_000 / u128::from(per_second.max(1));
        Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.pad("closed"),
            Self::Open { per_second } => write!(f, "open, {per_second}/s"),
        }
    }
}

/// When a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// So long after the end of the warm-up.
    After(Duration),
    /// After so many requests in all, warm-up included.
    Requests(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planned_moments_are_evenly_spaced_whatever_the_clients() {
        let pace = Pace::Open { per_second: 1_000 };
        let mut moments: Vec<Duration> = (0..4)
            .flat_map(|client| (0..25).filter_map(move |nth| pace.planned(client, 4, nth)))
            .collect();
        moments.sort_unstable();
        let expected: Vec<Duration> = (0..100).map(Duration::from_millis).collect();
        assert_eq!(moments, expected);
        assert_eq!(Pace::Closed.planned(0, 1, 0), None);
    }
}

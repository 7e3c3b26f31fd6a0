//! Sparkplug by MQTT: listening to machines, and telling what this plant has.
//!
//! The rules are [`mtm_core::sparkplug`]'s; here are the sockets. A [`Host`] listens to one edge node and gives what it
//! counted, a batch at a time. It remembers nothing: whoever opens another one gets the births first, with a gap, and no
//! position. An [`Edge`] publishes, in a task of its own: it connects again by itself, is born again where a host asks, and
//! keeps what changes meanwhile.
//!
//! Neither publishes nor follows anything but what the standard names, at the quality of service that it names. Every
//! connection is a clean start. A broker that says nothing for ten seconds is asked something, and away if it does not
//! answer within ten more, however well the connection looks.
//!
//! Deliberately absent: several brokers for one edge node, and commands other than a rebirth.

mod edge;
mod host;
mod line;

use std::time::{SystemTime, UNIX_EPOCH};

pub use edge::{Edge, EdgeSettings, Standing, Status};
pub use host::{Host, HostSettings, Rebirths};
pub use line::{Heard, Line};

/// Why somebody is not there, or not any more. Reads well after "because".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Away(String);

impl Away {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Milliseconds since 1970, by this machine's clock.
fn millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

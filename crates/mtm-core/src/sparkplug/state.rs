//! Whether a host is there: `spBv1.0/STATE/HOST`, in the form of version 3.0.
//!
//! A host's will says that it is gone, and what it says after it connected, that it is there; both carry the moment of
//! that connection, so that whoever hears a late will of an earlier one knows it for what it is.

use serde::{Deserialize, Serialize};

use super::{Id, Message, Topic};

/// Bytes of what is said.
const LARGEST: usize = 4_096;

/// What is said of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whether it is there.
    pub online: bool,
    /// By which connection: when it was made, in milliseconds since 1970.
    pub timestamp: u64,
}

impl State {
    /// Reads what is said; `None` where it is something else, as of versions before 3.0.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LARGEST {
            return None;
        }
        serde_json::from_slice(bytes).ok()
    }

    /// What is sent: answered, and kept for whoever comes later.
    pub fn message(self, host: &Id) -> Message {
        let Self { online, timestamp } = self;
        let text = format!("{{\"online\":{online},\"timestamp\":{timestamp}}}");
        Message {
            topic: Topic::State(host.clone()).to_string(),
            payload: text.into_bytes(),
            is_answered: true,
            is_retained: true,
        }
    }
}

/// What one connection of a host says of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    host: Id,
    since: u64,
}

impl Presence {
    /// For a connection that is made at `now` (milliseconds since 1970).
    pub const fn new(host: Id, now: u64) -> Self {
        Self { host, since: now }
    }

    /// What the broker is to say when the connection is lost.
    pub fn will(&self) -> Message {
        State { online: false, timestamp: self.since }.message(&self.host)
    }

    /// What is said once whatever the host follows is subscribed to.
    pub fn birth(&self) -> Message {
        State { online: true, timestamp: self.since }.message(&self.host)
    }

    /// What is said before the host takes leave at `now`.
    pub fn death(&self, now: u64) -> Message {
        State { online: false, timestamp: now }.message(&self.host)
    }

    /// The topic on which the host hears what is said of it.
    pub fn topic(&self) -> String {
        Topic::State(self.host.clone()).to_string()
    }

    /// What is said at once where somebody says that the host is gone while it is not.
    pub fn hear(&self, topic: &str, payload: &[u8]) -> Option<Message> {
        let gone =
            topic == self.topic() && State::parse(payload).is_some_and(|state| !state.online);
        gone.then(|| self.birth())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_says_by_its_will_and_its_birth_since_when() {
        let presence = Presence::new(Id::parse("mtm").unwrap(), 1_700);
        let will = presence.will();
        assert_eq!(will.topic, "spBv1.0/STATE/mtm");
        assert_eq!(will.payload, br#"{"online":false,"timestamp":1700}"#);
        assert!(will.is_retained && will.is_answered);
        assert_eq!(presence.birth().payload, br#"{"online":true,"timestamp":1700}"#);
        assert_eq!(presence.death(1_800).payload, br#"{"online":false,"timestamp":1800}"#);
    }

    #[test]
    fn a_host_that_is_called_gone_says_that_it_is_there() {
        let presence = Presence::new(Id::parse("mtm").unwrap(), 1_700);
        let gone = presence.will().payload;
        assert_eq!(presence.hear("spBv1.0/STATE/mtm", &gone), Some(presence.birth()));
        assert_eq!(presence.hear("spBv1.0/STATE/other", &gone), None);
        assert_eq!(presence.hear("spBv1.0/STATE/mtm", &presence.birth().payload), None);
        assert_eq!(presence.hear("spBv1.0/STATE/mtm", b"OFFLINE"), None);
    }

    #[test]
    fn what_is_no_state_is_none() {
        for bytes in [&b""[..], b"ONLINE", b"{}", b"{\"online\":1,\"timestamp\":2}", b"[true,3]x"] {
            assert_eq!(State::parse(bytes), None);
        }
        let more = br#"{"timestamp": 5, "online": true, "bdSeq": 1}"#;
        assert_eq!(State::parse(more), Some(State { online: true, timestamp: 5 }));
        assert_eq!(State::parse(&[b' '; 5_000]), None);
    }
}

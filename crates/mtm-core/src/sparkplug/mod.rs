//! Sparkplug 3.0 (ISO/IEC 20237): how machines tell by MQTT what they count.
//!
//! An *edge node* speaks for a line, and for the *devices* on it. It says first what it has, in a birth, and then
//! what changes; the broker says for it that it died. [`host`] listens to one edge node and believes only what
//! follows a birth without a hole. [`edge`] is the other side: it tells what this plant has. [`Payload`] is what both
//! write, [`Topic`] where, [`state`] how a host says that it is there.
//!
//! Pure: time, topics and bytes come in as values, and what is to be done goes out as values. Sockets are elsewhere.
//!
//! Deliberately absent: data sets, templates and property sets, which are passed over as the bytes they are, and never
//! refused; arrays and files; the namespace of version A. Several brokers at once are several sessions.

pub mod edge;
#[cfg(test)]
mod fuzz;
pub mod host;
mod payload;
pub mod state;
#[cfg(test)]
mod tests;
mod topic;
mod value;

pub use payload::{
    LARGEST_PAYLOAD, LONGEST_NAME, MOST_METRICS, Metric, Payload, PayloadError, Wire,
};
pub use topic::{Id, IdError, Topic, Verb};
pub use value::{DataType, MetricValue};

/// The metric of a birth and a death that says which connection of the edge node both belong to.
pub const BD_SEQ: &str = "bdSeq";

/// The metric by which a host asks an edge node for its births.
pub const REBIRTH: &str = "Node Control/Rebirth";

/// What begins the names of metrics that command an edge node and count nothing.
const NODE_CONTROL: &str = "Node Control/";

/// A message as a broker is to have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it goes.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether the broker has to answer for it (quality of service 1, and 0 otherwise).
    pub is_answered: bool,
    /// Whether the broker keeps it for whoever comes later.
    pub is_retained: bool,
}

impl Message {
    /// A message as births, data and commands are sent: unanswered, not kept.
    fn plain(topic: &Topic, payload: &Payload) -> Self {
        let (topic, payload) = (topic.to_string(), payload.encode());
        Self { topic, payload, is_answered: false, is_retained: false }
    }
}

/// What a host sends to have the births of an edge node, at `now` (milliseconds since 1970).
pub fn rebirth_request(group: &Id, node: &Id, now: u64) -> Message {
    let rebirth = Metric::named(REBIRTH, &MetricValue::Boolean(true), Some(now));
    let payload = Payload { timestamp: Some(now), metrics: vec![rebirth], ..Payload::default() };
    Message::plain(&Topic::edge(Verb::Command, group, node, None), &payload)
}

//! Brokers that are told of every event, how far, and what they refused.

use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which broker. A site has one of each kind at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BrokerKind {
    /// MQTT 5.
    Mqtt,
    /// NATS `JetStream`.
    Nats,
}

impl BrokerKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Mqtt, Self::Nats];

    /// The name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mqtt => "mqtt",
            Self::Nats => "nats",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A broker and how far it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerRecord {
    /// Which.
    pub kind: BrokerKind,
    /// The place in the outbox up to which it was told.
    pub position: u64,
    /// Events after that.
    pub waiting: u64,
    /// When the first of them happened.
    pub oldest_waiting: Option<Timestamp>,
    /// Events that it took.
    pub published: u64,
    /// When it took the last.
    pub published_at: Option<Timestamp>,
    /// Since when it takes nothing.
    pub failing_since: Option<Timestamp>,
    /// How often it was tried since.
    pub attempts: u64,
    /// What was wrong the last time.
    pub last_error: Option<String>,
    /// Events that it refused for good.
    pub dead: u64,
    /// Since when it is told.
    pub created_at: Timestamp,
    /// When a server was last configured with it.
    pub seen_at: Timestamp,
}

/// An event that a broker refused for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrokerLetter {
    /// Identity.
    pub id: i64,
    /// Which broker refused it.
    pub broker: BrokerKind,
    /// The event's place in the outbox.
    pub sequence: u64,
    /// Which event.
    pub event: Uuid,
    /// Short name of the event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the event is about.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// When it was refused.
    pub refused_at: Timestamp,
    /// Why.
    pub error: String,
    /// What was sent.
    pub body: String,
    /// Whether it is to be sent again.
    pub resend: bool,
}

/// An event that was refused just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEvent {
    /// Its place in the outbox.
    pub position: u64,
    /// Which.
    pub event: Uuid,
    /// Short name of its type.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub at: Timestamp,
    /// Why it was refused.
    pub error: String,
    /// What was sent.
    pub body: String,
}

/// What became of telling a broker what came after a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Where it stood.
    pub from: u64,
    /// Up to where everything was taken, or refused for good.
    pub to: u64,
    /// How many were taken.
    pub published: u64,
    /// What was refused for good.
    pub refused: Vec<RefusedEvent>,
    /// Why it did not go on.
    pub error: Option<String>,
    /// Up to where what was taken is believed to be stored by now, where that changed.
    pub safe: Option<u64>,
}

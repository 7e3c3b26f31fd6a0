//! Who is told of events by signed requests, and what became of it.

use mtm_core::event::EventType;
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a webhook is told nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DisabledWhy {
    /// A person disabled it.
    Person,
    /// Nothing was taken for days.
    Failing,
    /// The receiver answered that it is gone for good (410).
    Gone,
}

impl DisabledWhy {
    const ALL: [Self; 3] = [Self::Person, Self::Failing, Self::Gone];

    /// The name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    /// The reason of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == name)
    }
}

/// A webhook. Its secret stays in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookRecord {
    /// Identity.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Where events are sent.
    pub url: String,
    /// Short names of the event types it is told; every type where it is empty.
    pub types: Vec<String>,
    /// Version of what can be edited.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when requests are signed with the secret before the present one as well.
    pub former_until: Option<Timestamp>,
    /// When something was last taken.
    pub delivered_at: Option<Timestamp>,
    /// Since when nothing was taken; null while all is well.
    pub failing_since: Option<Timestamp>,
    /// What was answered last, where that was no.
    pub last_error: Option<String>,
    /// Since when it is told nothing.
    pub disabled_at: Option<Timestamp>,
    /// Why it is told nothing.
    pub disabled_why: Option<DisabledWhy>,
    /// Events that wait for being sent, or sent again.
    pub waiting: u64,
    /// Events that were given up.
    pub dead: u64,
    /// When the oldest event that waits happened.
    pub oldest_waiting: Option<Timestamp>,
    /// Events in the outbox that were not looked at for it.
    pub behind: u64,
}

/// A webhook to make.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Its identity; its secret is bound to it.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Where events are sent.
    pub url: String,
    /// Which; all where it is empty.
    pub types: Vec<EventType>,
    /// Its secret, encrypted.
    pub sealed_secret: Vec<u8>,
}

/// Changes of a webhook.
#[derive(Debug, Clone, Default)]
pub struct WebhookChanges {
    /// What it is for.
    pub name: Option<String>,
    /// Where events are sent.
    pub url: Option<String>,
    /// Which; all where it is empty.
    pub types: Option<Vec<EventType>>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

/// What sending needs to know of a webhook.
#[derive(Debug, Clone)]
pub struct ActiveWebhook {
    /// Row.
    pub row: i64,
    /// Identity.
    pub id: Uuid,
    /// Where events are sent.
    pub url: String,
    /// Its secret, encrypted.
    pub sealed_secret: Vec<u8>,
    /// The one before, encrypted, and until when it counts.
    pub former: Option<(Vec<u8>, Timestamp)>,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeliveryState {
    /// To be sent, or sent again.
    Waiting,
    /// Taken.
    Delivered,
    /// Given up: a dead letter.
    Dead,
    /// A dead letter that somebody dropped.
    Dropped,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Dead, Self::Dropped];

    /// The name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Dropped => "dropped",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// One event for one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryRecord {
    /// Identity.
    pub id: i64,
    /// Whom it is for.
    pub webhook: Uuid,
    /// Which event; `webhook-id` of the request.
    pub event: Uuid,
    /// The event's place in the outbox.
    pub sequence: u64,
    /// Short name of the event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the event is about.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next, while it waits.
    pub due_at: Option<Timestamp>,
    /// When it was sent last.
    pub tried_at: Option<Timestamp>,
    /// The status that was answered last.
    pub status: Option<u16>,
    /// Why it was not taken the last time.
    pub error: Option<String>,
    /// What is sent in place of the event, where somebody edited it; of a dead letter what was sent.
    pub body: Option<String>,
    /// Why somebody dropped it.
    pub reason: Option<String>,
}

/// A delivery that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Identity.
    pub id: i64,
    /// The event's place in the outbox.
    pub position: u64,
    /// Which event.
    pub event: Uuid,
    /// What it is about: one at a time is under way.
    pub subject: String,
    /// How often it was sent before.
    pub attempts: u32,
    /// What is sent in place of the event.
    pub body: Option<String>,
}

/// What became of sending a delivery.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Which delivery.
    pub delivery: i64,
    /// The status that was answered, where there was one.
    pub status: Option<u16>,
    /// How it goes on.
    pub verdict: Verdict,
}

/// How a delivery goes on after it was sent.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It was taken.
    Taken,
    /// It is sent again at `due`.
    Again {
        /// Why it was not taken.
        error: String,
        /// When.
        due: Timestamp,
    },
    /// It is given up.
    Dead {
        /// Why it was not taken.
        error: String,
        /// What was sent, so that it can be looked at and edited when the event is long gone.
        body: String,
    },
    /// The event is not kept any more: nothing was sent, and the receiver has no part in it.
    Gone,
}

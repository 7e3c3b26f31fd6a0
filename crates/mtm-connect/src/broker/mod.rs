//! Brokers: what hands a message on to whoever follows a topic or a subject.
//!
//! Two are known, MQTT 5 and NATS `JetStream`, and both are used in one way: a [`Link`] is opened, a few
//! [`Message`]s at a time are published in order, and each is answered by the broker before it counts.
//! What a broker will never take ([`NotTaken::Refused`]) is told apart from what it did not take now.
//!
//! Nothing is kept here: no queue, no session, no second try. A link that failed is dropped and another
//! one opened, and whoever sends knows from their own books where to go on. That is why no broker ever
//! holds up a booking, and why an away broker costs no memory.

mod address;
#[cfg(feature = "fakes")]
pub mod fake;
mod mqtt;
mod nats;

use std::path::PathBuf;
use std::time::Duration;

use mtm_core::trouble::Trouble;

pub use crate::trust::TrustError;
pub use address::{Address, AddressError, MQTT_SCHEMES, NATS_SCHEMES};
pub use mqtt::Mqtt;
pub use nats::Nats;

/// Until there is a connection that the broker agreed to.
const CONNECT: Duration = Duration::from_secs(10);
/// Until everything that was published together is answered.
const ANSWER: Duration = Duration::from_secs(10);

/// How a message says that it is an event: the structured mode of `CloudEvents`.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Who one is to a broker. Never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// The password of the user in the address.
    pub password: Option<String>,
    /// PEM file of the authority that signed the broker's certificate, where the system does not know it.
    pub ca_file: Option<PathBuf>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("ca_file", &self.ca_file).finish_non_exhaustive()
    }
}

/// An event on its way to a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Identity, by which consumers de-duplicate.
    pub id: String,
    /// Short name of the event's type: the end of its topic or subject.
    pub kind: String,
    /// Attributes of the event, for whoever looks before reading the body.
    pub attributes: Vec<(&'static str, String)>,
    /// The event as JSON.
    pub body: String,
}

/// Why a message does not count as told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The broker will never take it, however often it is sent.
    #[error("{0}")]
    Refused(String),
    /// It was not taken now, or nobody knows; it is to be sent again.
    #[error("{0}")]
    Later(String),
}

impl NotTaken {
    /// What is done about it.
    pub const fn trouble(&self) -> Trouble {
        match self {
            Self::Refused(_) => Trouble::Permanent,
            Self::Later(_) => Trouble::Ambiguous,
        }
    }

    /// Why.
    pub fn why(self) -> String {
        match self {
            Self::Refused(why) | Self::Later(why) => why,
        }
    }
}

/// Why there is no link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoLink(String);

impl NoLink {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// What a broker speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// MQTT 5.
    Mqtt,
    /// NATS `JetStream`.
    Nats,
}

/// A broker to tell events.
#[derive(Debug, Clone)]
pub enum Broker {
    /// MQTT 5.
    Mqtt(Mqtt),
    /// NATS `JetStream`.
    Nats(Nats),
    /// One in memory, for tests.
    #[cfg(feature = "fakes")]
    Fake(fake::Fake),
}

/// A connection to a broker, for one who publishes.
#[derive(Debug)]
pub enum Link {
    /// By MQTT 5.
    Mqtt(Box<mqtt::Link>),
    /// To NATS `JetStream`.
    Nats(Box<nats::Link>),
    /// To one in memory.
    #[cfg(feature = "fakes")]
    Fake(fake::Link),
}

impl Broker {
    /// Connects, and sees to it that there is a place for what is published.
    pub async fn open(&self) -> Result<Link, NoLink> {
        let opening = async {
            match self {
                Self::Mqtt(broker) => broker.open().await.map(|link| Link::Mqtt(Box::new(link))),
                Self::Nats(broker) => broker.open().await.map(|link| Link::Nats(Box::new(link))),
                #[cfg(feature = "fakes")]
                Self::Fake(broker) => broker.open().map(Link::Fake),
            }
        };
        let late = || NoLink(format!("no answer within {} s", CONNECT.as_secs()));
        tokio::time::timeout(CONNECT, opening).await.unwrap_or_else(|_| Err(late()))
    }

    /// What it speaks.
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Mqtt(_) => Protocol::Mqtt,
            Self::Nats(_) => Protocol::Nats,
            #[cfg(feature = "fakes")]
            Self::Fake(broker) => broker.protocol(),
        }
    }

    /// Where a message of this kind goes.
    pub fn place_of(&self, kind: &str) -> String {
        match self {
            Self::Mqtt(broker) => broker.topic(kind),
            Self::Nats(broker) => broker.subject(kind),
            #[cfg(feature = "fakes")]
            Self::Fake(broker) => broker.place_of(kind),
        }
    }
}

impl Link {
    /// Publishes `messages` in order and waits for the broker's answer to each. After anything that
    /// was not taken *now* the link is of no use any more.
    pub async fn publish(&mut self, messages: &[Message]) -> Vec<Result<(), NotTaken>> {
        let publishing = async {
            match self {
                Self::Mqtt(link) => link.publish(messages).await,
                Self::Nats(link) => link.publish(messages).await,
                #[cfg(feature = "fakes")]
                Self::Fake(link) => link.publish(messages),
            }
        };
        let late = || {
            let why = format!("no acknowledgement within {} s", ANSWER.as_secs());
            vec![Err(NotTaken::Later(why)); messages.len()]
        };
        tokio::time::timeout(ANSWER, publishing).await.unwrap_or_else(|_| late())
    }

    /// Keeps the connection while nothing is published. Ends when it is lost, and says why.
    pub async fn rest(&mut self) -> String {
        match self {
            Self::Mqtt(link) => link.rest().await,
            Self::Nats(link) => link.rest().await,
            #[cfg(feature = "fakes")]
            Self::Fake(link) => link.rest().await,
        }
    }

    /// Takes leave, so that the broker does not wonder.
    pub async fn close(self) {
        match self {
            Self::Mqtt(link) => link.close().await,
            Self::Nats(link) => link.close().await,
            #[cfg(feature = "fakes")]
            Self::Fake(link) => drop(link),
        }
    }
}

/// The name of a site as one step of a topic or subject: what has a meaning there becomes `-`.
pub fn step(site: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || it == '_' { it } else { '-' };
    let step: String = site.trim().chars().map(plain).collect();
    if step.is_empty() { "-".to_owned() } else { step }
}

/// The value of an attribute as every broker takes it: one line, of characters that mean something.
/// A broker may hang up on whoever sends others, and would on every try.
fn plain(value: &str) -> String {
    let is_none =
        |it: char| (u32::from(it) & 0xfffe) == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&it);
    let plain = |it: char| match it {
        it if it.is_control() => ' ',
        it if is_none(it) => char::REPLACEMENT_CHARACTER,
        it => it,
    };
    value.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sites_name_is_one_step_whatever_it_holds() {
        for (site, expected) in
            [("plant", "plant"), (" Werk 1/Süd ", "Werk-1-S-d"), ("a.b>*#+", "a-b----"), ("", "-")]
        {
            assert_eq!(step(site), expected);
        }
    }

    #[test]
    fn an_attribute_is_one_plain_line() {
        assert_eq!(plain("Stück\n1\u{7f}"), "Stück 1 ");
        assert_eq!(plain("a\u{fffe}b\u{1ffff}c\u{fdd0}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn a_password_is_never_shown() {
        let account = Account { password: Some("geheim".to_owned()), ca_file: None };
        assert!(!format!("{account:?}").contains("geheim"));
    }
}

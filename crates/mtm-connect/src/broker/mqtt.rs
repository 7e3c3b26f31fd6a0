//! MQTT 5, by which the smallest controller listens.
//!
//! An event goes to `<prefix>/<site>/<type>` at quality of service 1, not retained, as the `CloudEvents`
//! binding of MQTT says: structured JSON under its content type, its attributes also as user properties.
//! Every link is a clean start without a session: what was under way when it broke is sent again by
//! whoever keeps the books, under its own id.

use std::time::Duration;

use rumqttc::mqttbytes::v5::{ConnAck, Packet, PubAckReason, Publish, PublishProperties};
use rumqttc::mqttbytes::{Error as BytesError, QoS};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, PublishNotice, PublishNoticeError,
    PublishOptions, StateError,
};

use super::{Account, Address, CONTENT_TYPE, Message, NoLink, NotTaken, plain, step};
use crate::mqtt::{self, why};

/// Seconds without a word after which both sides make sure that the other is there.
const KEEP_ALIVE: u16 = 15;
/// Messages between the caller and the socket; the caller sends fewer at a time.
const CHANNEL: usize = 64;
/// How long leave-taking may take.
const LEAVE: Duration = Duration::from_secs(1);
/// "Packet too large", which MQTT 5 knows for a whole connection and some brokers answer to a message.
const TOO_LARGE: u8 = 149;

/// An MQTT broker.
#[derive(Debug, Clone)]
pub struct Mqtt {
    address: Address,
    account: Account,
    client_id: String,
    /// What stands before the type in a topic.
    before: String,
}

impl Mqtt {
    /// The broker at `address`, told of `site` below `prefix`.
    pub fn new(
        address: Address,
        account: Account,
        client_id: String,
        prefix: &str,
        site: &str,
    ) -> Self {
        let before = format!("{}/{}", prefix.trim_matches('/'), step(site));
        Self { address, account, client_id, before }
    }

    pub(super) fn topic(&self, kind: &str) -> String {
        format!("{}/{kind}", self.before)
    }

    pub(super) async fn open(&self) -> Result<Link, NoLink> {
        let options = mqtt::options(&self.address, &self.account, &self.client_id, KEEP_ALIVE);
        let (client, events) = AsyncClient::builder(options.map_err(NoLink::of)?)
            .capacity(CHANNEL)
            .try_build()
            .map_err(NoLink::of)?;
        let mut link = Link { client, events, before: self.before.clone(), most: None };
        loop {
            match link.events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(agreed))) => {
                    link.most = most(&agreed);
                    return Ok(link);
                }
                Ok(_) => {}
                Err(error) => return Err(NoLink(why(&error))),
            }
        }
    }
}

/// The largest packet that the broker takes, where it said so.
fn most(agreed: &ConnAck) -> Option<usize> {
    let most = agreed.properties.as_ref()?.max_packet_size?;
    usize::try_from(most).ok()
}

/// A connection.
pub struct Link {
    client: AsyncClient,
    events: EventLoop,
    before: String,
    most: Option<usize>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("before", &self.before).finish_non_exhaustive()
    }
}

impl Link {
    pub(super) async fn publish(&mut self, messages: &[Message]) -> Vec<Result<(), NotTaken>> {
        let Self { client, events, before, most } = self;
        let publishing = publish(client, before, *most, messages);
        tokio::pin!(publishing);
        loop {
            tokio::select! {
                biased;
                results = &mut publishing => return results,
                event = events.poll() => if let Err(error) = event {
                    return broken(&error, messages.len());
                }
            }
        }
    }

    pub(super) async fn rest(&mut self) -> String {
        loop {
            if let Err(error) = self.events.poll().await {
                return why(&error);
            }
        }
    }

    pub(super) async fn close(mut self) {
        if self.client.try_disconnect().is_ok() {
            // Ends with the error that there is nothing more to do.
            let _ = tokio::time::timeout(LEAVE, self.rest()).await;
        }
    }
}

/// Hands everything to the socket, in order, and waits for each answer.
async fn publish(
    client: &AsyncClient,
    before: &str,
    most: Option<usize>,
    messages: &[Message],
) -> Vec<Result<(), NotTaken>> {
    let mut sent = Vec::with_capacity(messages.len());
    for message in messages {
        sent.push(hand_over(client, before, most, message).await);
    }
    let mut results = Vec::with_capacity(sent.len());
    for sent in sent {
        results.push(match sent {
            Ok(notice) => notice.wait_async().await.map(|_| ()).map_err(|error| judge(&error)),
            Err(error) => Err(error),
        });
    }
    results
}

async fn hand_over(
    client: &AsyncClient,
    before: &str,
    most: Option<usize>,
    message: &Message,
) -> Result<PublishNotice, NotTaken> {
    let topic = format!("{before}/{}", message.kind);
    let properties = properties(message);
    let payload = message.body.clone();
    let mut whole = Publish::new(&*topic, QoS::AtLeastOnce, payload, Some(properties.clone()));
    // Any number: it is given later, and takes its place in the packet.
    whole.pkid = 1;
    if let Some(most) = most
        && whole.size() > most
    {
        let why = format!("it takes {} bytes, and the broker takes {most} at most", whole.size());
        return Err(NotTaken::Refused(why));
    }
    let options = PublishOptions::at_least_once().properties(properties);
    let sent = client.publish_tracked(topic, message.body.clone(), options).await;
    sent.map_err(|error| NotTaken::Later(error.to_string()))
}

fn properties(message: &Message) -> PublishProperties {
    let attributes = message.attributes.iter();
    PublishProperties {
        // Text, so that a broker may check it and a tool may show it.
        payload_format_indicator: Some(1),
        content_type: Some(CONTENT_TYPE.to_owned()),
        user_properties: attributes
            .map(|(name, value)| ((*name).to_owned(), plain(value)))
            .collect(),
        ..PublishProperties::default()
    }
}

/// Whether a broker that answered so will ever take it. A right that is missing can be given.
fn judge(error: &PublishNoticeError) -> NotTaken {
    match error {
        PublishNoticeError::V5PubAck(
            reason @ (PubAckReason::TopicNameInvalid | PubAckReason::PayloadFormatInvalid),
        ) => NotTaken::Refused(format!("the broker refuses it: {reason:?}")),
        PublishNoticeError::V5PubAck(reason) => {
            NotTaken::Later(format!("the broker does not take it: {reason:?}"))
        }
        other => NotTaken::Later(other.to_string()),
    }
}

/// The connection broke while `under_way` messages were.
fn broken(error: &ConnectionError, under_way: usize) -> Vec<Result<(), NotTaken>> {
    if under_way == 1 && is_too_large(error) {
        let why = "the broker refuses it: it is larger than its limit for messages".to_owned();
        return vec![Err(NotTaken::Refused(why))];
    }
    vec![Err(NotTaken::Later(why(error))); under_way]
}

const fn is_too_large(error: &ConnectionError) -> bool {
    matches!(
        error,
        ConnectionError::MqttState(StateError::Deserialization(
            BytesError::InvalidConnectReturnCode(TOO_LARGE)
        ))
    )
}

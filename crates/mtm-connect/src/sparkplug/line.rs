//! A connection to a broker, for one who hears and says Sparkplug messages.

use std::collections::VecDeque;
use std::time::Duration;

use mtm_core::sparkplug::{LARGEST_PAYLOAD, Message};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{
    DisconnectProperties, DisconnectReasonCode, LastWill, Packet, Publish, SubAck,
    SubscribeReasonCode,
};
use rumqttc::{
    AsyncClient, ClientError, ConnectionError, Event, EventLoop, IncomingPacketSizeLimit,
    MqttOptions, PublishNotice, PublishOptions, SubscribeFilterInput,
};
use tokio::time::{Instant, sleep_until, timeout};

use super::Away;
use crate::broker::{Account, Address};
use crate::mqtt::{self, why};

/// Seconds without a word after which both sides make sure that the other is there.
const KEEP_ALIVE: u16 = 10;
/// The same, for what the broker says.
const SILENCE: Duration = Duration::from_secs(10);
/// What nobody follows. Not to follow it any more is what a broker is asked, to hear whether it is there: it need not answer
/// what is published unanswered, and whoever publishes is never asked by the protocol's own means.
const NOBODY: &str = "mtm/nobody";
/// Until the broker agreed to the connection and to what is followed.
const OPEN: Duration = Duration::from_secs(10);
/// How long leave-taking may take.
const LEAVE: Duration = Duration::from_secs(2);
/// Messages between this and the socket.
const CHANNEL: usize = 64;
/// Messages that may come while subscriptions are under way.
const EARLY: usize = 1_024;
/// Bytes that wait to be sent.
const MOST_WAITING: usize = 16 << 20;
/// Bytes of a packet around its payload: a topic of four identifiers, and properties.
const AROUND: u32 = 8_192;

/// A message that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Where it was said.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
}

/// A connection. Dropping it breaks it, so that the broker says the will.
pub struct Line {
    client: AsyncClient,
    /// Large, and moved with whatever waits for it.
    events: Box<EventLoop>,
    early: VecDeque<Heard>,
    waiting: VecDeque<Message>,
    /// Bytes of those.
    bytes: usize,
    /// Since when the broker says nothing, or was asked.
    silent: Instant,
    is_asked: bool,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl Line {
    /// Connects to the broker at `address`, with `will`, and follows `filters`. There when all of that is agreed to.
    pub async fn open(
        address: &Address,
        account: &Account,
        client_id: &str,
        will: Option<&Message>,
        filters: &[String],
    ) -> Result<Self, Away> {
        let options = mqtt::options(address, account, client_id, KEEP_ALIVE).map_err(Away::of)?;
        let opening = Box::pin(Self::connect(options, will, filters));
        let late = || Away(format!("no answer within {} s", OPEN.as_secs()));
        timeout(OPEN, opening).await.unwrap_or_else(|_| Err(late()))
    }

    async fn connect(
        mut options: MqttOptions,
        will: Option<&Message>,
        filters: &[String],
    ) -> Result<Self, Away> {
        let largest = u32::try_from(LARGEST_PAYLOAD).unwrap_or(u32::MAX).saturating_add(AROUND);
        options.set_incoming_packet_size_limit(IncomingPacketSizeLimit::Bytes(largest));
        if let Some(Message { topic, payload, is_answered, is_retained }) = will {
            let quality = quality(*is_answered);
            let will = LastWill::new(topic.clone(), payload.clone(), quality, *is_retained, None);
            options.set_last_will(will);
        }
        let (client, events) =
            AsyncClient::builder(options).capacity(CHANNEL).try_build().map_err(Away::of)?;
        let events = Box::new(events);
        let (early, waiting) = (VecDeque::new(), VecDeque::new());
        let (silent, is_asked) = (Instant::now(), false);
        let mut line = Self { client, events, early, waiting, bytes: 0, silent, is_asked };
        line.wait_for(|packet| matches!(packet, Packet::ConnAck(_)).then_some(())).await?;
        if !filters.is_empty() {
            let filter = |filter: &String| SubscribeFilterInput::new(filter, QoS::AtLeastOnce);
            line.client.try_subscribe_many(filters.iter().map(filter)).map_err(Away::of)?;
            let answer = |packet: &Packet| match packet {
                Packet::SubAck(answer) => Some(answer.clone()),
                _ => None,
            };
            agreed(&line.wait_for(answer).await?, filters)?;
        }
        Ok(line)
    }

    /// Waits for a packet, and keeps messages that come before it.
    async fn wait_for<T>(
        &mut self,
        mut wanted: impl FnMut(&Packet) -> Option<T>,
    ) -> Result<T, Away> {
        loop {
            let event = self.events.poll().await.map_err(|error| Away(why(&error)))?;
            let Event::Incoming(packet) = event else { continue };
            if let Packet::Publish(publish) = &packet
                && self.early.len() < EARLY
            {
                self.early.push_back(heard(publish));
            }
            if let Some(wanted) = wanted(&packet) {
                return Ok(wanted);
            }
        }
    }

    /// Takes messages to be sent in this order, which happens while [`Line::hear`] waits. Fails where more wait than may,
    /// because the broker takes nothing.
    pub fn send(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), Away> {
        for message in messages {
            self.bytes = self.bytes.saturating_add(message.payload.len());
            self.waiting.push_back(message);
        }
        if self.bytes > MOST_WAITING {
            return Err(Away("the broker does not take what it is sent".to_owned()));
        }
        self.hand_over()
    }

    /// Hands on as much as there is room for.
    fn hand_over(&mut self) -> Result<(), Away> {
        while let Some(message) = self.waiting.front() {
            let Message { topic, payload, is_answered, is_retained } = message.clone();
            let options = PublishOptions::new(quality(is_answered)).retain(is_retained);
            match self.client.try_publish(topic, payload, options) {
                Ok(()) => {}
                Err(ClientError::RequestChannelFull(_)) => return Ok(()),
                Err(error) => return Err(Away::of(error)),
            }
            if let Some(sent) = self.waiting.pop_front() {
                self.bytes = self.bytes.saturating_sub(sent.payload.len());
            }
        }
        Ok(())
    }

    /// The next message. May be dropped while it waits: nothing is lost.
    pub async fn hear(&mut self) -> Result<Heard, Away> {
        loop {
            if let Some(heard) = self.early.pop_front() {
                return Ok(heard);
            }
            self.hand_over()?;
            let event = tokio::select! {
                biased;
                event = self.events.poll() => event.map_err(|error| Away(why(&error)))?,
                () = sleep_until(self.silent + SILENCE) => {
                    self.ask()?;
                    continue;
                }
            };
            let Event::Incoming(packet) = event else { continue };
            (self.silent, self.is_asked) = (Instant::now(), false);
            if let Packet::Publish(publish) = packet {
                return Ok(heard(&publish));
            }
        }
    }

    /// The broker said nothing for a while: asks whether it is there, once.
    fn ask(&mut self) -> Result<(), Away> {
        if self.is_asked {
            return Err(Away("the broker does not answer any more".to_owned()));
        }
        (self.silent, self.is_asked) = (Instant::now(), true);
        match self.client.try_unsubscribe(NOBODY) {
            // What waits before it goes nowhere either, or is answered.
            Ok(()) | Err(ClientError::RequestChannelFull(_)) => Ok(()),
            Err(error) => Err(Away::of(error)),
        }
    }

    /// Says `last`, takes leave, and has the broker say the will as well where `with_will`.
    pub async fn close(mut self, last: Option<Message>, with_will: bool) {
        // Whoever does not answer meanwhile is left.
        let _ = timeout(LEAVE, self.leave(last, with_will)).await;
    }

    async fn leave(&mut self, last: Option<Message>, with_will: bool) -> Result<(), Away> {
        while !self.waiting.is_empty() {
            self.hand_over()?;
            self.events.poll().await.map_err(|error| Away(why(&error)))?;
        }
        if let Some(Message { topic, payload, is_answered, is_retained }) = last {
            let options = PublishOptions::new(quality(is_answered)).retain(is_retained);
            let said = self.client.try_publish_tracked(topic, payload, options);
            self.answered(said.map_err(Away::of)?).await?;
        }
        let reason = if with_will {
            DisconnectReasonCode::DisconnectWithWillMessage
        } else {
            DisconnectReasonCode::NormalDisconnection
        };
        let properties = DisconnectProperties {
            session_expiry_interval: None,
            reason_string: None,
            user_properties: Vec::new(),
            server_reference: None,
        };
        self.client.try_disconnect_with_properties(reason, properties).map_err(Away::of)?;
        loop {
            match self.events.poll().await {
                Ok(_) => {}
                // There is nothing more to do.
                Err(ConnectionError::RequestsDone) => return Ok(()),
                Err(error) => return Err(Away(why(&error))),
            }
        }
    }

    async fn answered(&mut self, said: PublishNotice) -> Result<(), Away> {
        let answer = said.wait_async();
        tokio::pin!(answer);
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return answer.map(|_| ()).map_err(Away::of),
                event = self.events.poll() => drop(event.map_err(|error| Away(why(&error)))?),
            }
        }
    }
}

const fn quality(is_answered: bool) -> QoS {
    if is_answered { QoS::AtLeastOnce } else { QoS::AtMostOnce }
}

fn heard(publish: &Publish) -> Heard {
    let topic = String::from_utf8_lossy(&publish.topic).into_owned();
    Heard { topic, payload: publish.payload.to_vec() }
}

/// Whether the broker lets everything be followed.
fn agreed(answer: &SubAck, filters: &[String]) -> Result<(), Away> {
    for (filter, code) in filters.iter().zip(&answer.return_codes) {
        if !matches!(code, SubscribeReasonCode::Success(_)) {
            return Err(Away(format!("the broker does not let {filter} be followed: {code:?}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_broker_does_not_let_be_followed_is_named() {
        let filters = ["spBv1.0/G/NBIRTH/N".to_owned(), "spBv1.0/G/NDATA/N".to_owned()];
        let answer = |second| SubAck {
            pkid: 1,
            return_codes: vec![SubscribeReasonCode::Success(QoS::AtLeastOnce), second],
            properties: None,
        };
        let lowered = answer(SubscribeReasonCode::Success(QoS::AtMostOnce));
        assert_eq!(agreed(&lowered, &filters), Ok(()));
        let refused = agreed(&answer(SubscribeReasonCode::NotAuthorized), &filters).unwrap_err();
        let expected = "the broker does not let spBv1.0/G/NDATA/N be followed: NotAuthorized";
        assert_eq!(refused.to_string(), expected);
    }
}

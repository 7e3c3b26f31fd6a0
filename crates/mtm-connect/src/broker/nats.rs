//! NATS `JetStream`, which keeps what it was told until its consumers have taken it.
//!
//! An event goes to `mtm.<site>.<type>` under `Nats-Msg-Id`, its own id, by which the stream itself drops
//! repetitions for a while. It counts as told when the stream has acknowledged that it is stored.
//!
//! The stream is looked for when a link is opened. Where there is none of its name it is made, on disk and
//! bounded; where there is one it is left as it is, and must take the subjects.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::context::{GetStreamErrorKind, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{Client, ConnectOptions};
use mtm_core::trace::TRACEPARENT;
use tokio::sync::watch;

use super::{
    ANSWER, Account, Address, CONNECT, CONTENT_TYPE, Message, NoLink, NotTaken, plain, step,
};
use crate::trust;

/// Limits of a stream that is made here. None in bytes: the server would set the room aside at once.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
const MOST: i64 = 5_000_000;
/// How long the stream itself drops repetitions.
const REPETITIONS: Duration = Duration::from_secs(10 * 60);

/// A NATS server, or several of one cluster.
#[derive(Debug, Clone)]
pub struct Nats {
    addresses: Vec<Address>,
    account: Account,
    /// Contents of a credentials file.
    credentials: Option<Credentials>,
    stream: String,
    /// What stands before the type in a subject.
    before: String,
}

/// Contents of a credentials file. Never shown.
#[derive(Clone, PartialEq, Eq)]
struct Credentials(String);

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Nats {
    /// The servers at `addresses`, told of `site` through the stream of that name.
    pub fn new(
        addresses: Vec<Address>,
        account: Account,
        credentials: Option<String>,
        stream: String,
        site: &str,
    ) -> Self {
        let before = format!("mtm.{}", step(site));
        Self { addresses, account, credentials: credentials.map(Credentials), stream, before }
    }

    pub(super) fn subject(&self, kind: &str) -> String {
        format!("{}.{kind}", self.before)
    }

    pub(super) async fn open(&self) -> Result<Link, NoLink> {
        let lost = watch::Sender::new(None);
        let urls: Vec<String> = self.addresses.iter().map(url).collect();
        let client = self.options(&lost)?.connect(urls).await.map_err(NoLink::of)?;
        let mut stream = jetstream::new(client.clone());
        stream.set_timeout(ANSWER);
        self.see_to_stream(&stream).await?;
        Ok(Link { client, stream, before: self.before.clone(), lost: lost.subscribe() })
    }

    fn options(&self, lost: &watch::Sender<Option<String>>) -> Result<ConnectOptions, NoLink> {
        let lost = lost.clone();
        let mut options = ConnectOptions::new()
            .name("mtm")
            .connection_timeout(CONNECT)
            .request_timeout(Some(ANSWER))
            .event_callback(move |event| {
                let why = match event {
                    async_nats::Event::Disconnected | async_nats::Event::Closed => {
                        Some("the connection was lost".to_owned())
                    }
                    async_nats::Event::LameDuckMode => Some("the server shuts down".to_owned()),
                    _ => None,
                };
                if why.is_some() {
                    lost.send_replace(why);
                }
                std::future::ready(())
            });
        if self.addresses.iter().any(|address| address.encrypted) {
            options = options.require_tls(true);
        }
        if self.addresses.iter().any(|it| it.encrypted) || self.account.ca_file.is_some() {
            let rules = trust::rules(self.account.ca_file.as_deref()).map_err(NoLink::of)?;
            options = options.tls_client_config(rules);
        }
        if let Some(Credentials(text)) = &self.credentials {
            options = options.credentials(text).map_err(NoLink::of)?;
        }
        let user = self.addresses.iter().find_map(|address| address.user.clone());
        Ok(match (user, self.account.password.clone()) {
            (Some(user), password) => options.user_and_password(user, password.unwrap_or_default()),
            (None, Some(token)) => options.token(token),
            (None, None) => options,
        })
    }

    /// Makes the stream where there is none, and refuses one that would not take what is published.
    async fn see_to_stream(&self, context: &jetstream::Context) -> Result<(), NoLink> {
        let subjects = format!("{}.>", self.before);
        let found = match context.get_stream(&self.stream).await {
            Ok(found) => found,
            Err(error) => {
                let GetStreamErrorKind::JetStream(told) = error.kind() else {
                    return Err(NoLink::of(error));
                };
                if told.error_code() != ErrorCode::STREAM_NOT_FOUND {
                    return Err(NoLink::of(error));
                }
                context.create_stream(self.wanted(subjects)).await.map_err(NoLink::of)?;
                return Ok(());
            }
        };
        let config = &found.cached_info().config;
        if config.subjects.iter().any(|pattern| takes(pattern, &subjects)) {
            return Ok(());
        }
        let taken = config.subjects.join(", ");
        Err(NoLink(format!("the stream {} takes {taken} and not {subjects}", self.stream)))
    }

    fn wanted(&self, subjects: String) -> Config {
        Config {
            name: self.stream.clone(),
            description: Some("Events of MTM WIP".to_owned()),
            subjects: vec![subjects],
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            discard: DiscardPolicy::Old,
            max_age: KEPT,
            max_messages: MOST,
            duplicate_window: REPETITIONS,
            ..Config::default()
        }
    }
}

fn url(address: &Address) -> String {
    let scheme = if address.encrypted { "tls" } else { "nats" };
    if address.host.contains(':') {
        format!("{scheme}://[{}]:{}", address.host, address.port)
    } else {
        format!("{scheme}://{}:{}", address.host, address.port)
    }
}

/// Whether everything below `wanted`, which ends in `>`, falls under `pattern`.
fn takes(pattern: &str, wanted: &str) -> bool {
    let mut pattern = pattern.split('.');
    for step in wanted.split('.') {
        match pattern.next() {
            Some(">") => return true,
            Some("*") if step != ">" => {}
            Some(name) if name == step => {}
            _ => return false,
        }
    }
    pattern.next().is_none()
}

/// A connection.
#[derive(Debug)]
pub struct Link {
    client: Client,
    stream: jetstream::Context,
    before: String,
    lost: watch::Receiver<Option<String>>,
}

impl Link {
    pub(super) async fn publish(&mut self, messages: &[Message]) -> Vec<Result<(), NotTaken>> {
        let mut sent = Vec::with_capacity(messages.len());
        for message in messages {
            let subject = format!("{}.{}", self.before, message.kind);
            sent.push(self.stream.send_publish(subject, letter(message)).await);
        }
        let mut results = Vec::with_capacity(sent.len());
        for sent in sent {
            let answered = match sent {
                Ok(answer) => answer.await.map(|_| ()),
                Err(error) => Err(error),
            };
            results.push(answered.map_err(|error| judge(&error)));
        }
        results
    }

    pub(super) async fn rest(&mut self) -> String {
        match self.lost.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_default(),
            Err(_) => "the connection was given up".to_owned(),
        }
    }

    pub(super) async fn close(self) {
        // Whatever is left is flushed; nothing is: every message was answered.
        let _ = self.client.drain().await;
    }
}

fn letter(message: &Message) -> PublishMessage {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", CONTENT_TYPE);
    for (name, value) in &message.attributes {
        headers.insert(format!("ce-{name}").as_str(), plain(value).as_str());
        if *name == TRACEPARENT {
            // Also where tracing looks for it, which knows no events.
            headers.insert(TRACEPARENT, plain(value).as_str());
        }
    }
    PublishMessage::build()
        .payload(message.body.clone().into())
        .headers(headers)
        .message_id(&message.id)
}

/// Whether a server that answered so will ever take it. A stream that is missing can be made.
fn judge(error: &jetstream::context::PublishError) -> NotTaken {
    let refused = match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => true,
        PublishErrorKind::Other => {
            let told = std::error::Error::source(error)
                .and_then(|source| source.downcast_ref::<jetstream::Error>());
            told.is_some_and(|told| told.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM)
        }
        _ => false,
    };
    if refused { NotTaken::Refused(error.to_string()) } else { NotTaken::Later(error.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_takes_what_its_subjects_cover() {
        for (pattern, covers) in [
            ("mtm.plant.>", true),
            ("mtm.>", true),
            (">", true),
            ("mtm.*.>", true),
            ("*.plant.>", true),
            ("mtm.plant.*", false),
            ("mtm.other.>", false),
            ("mtm.plant", false),
            ("mtm.plant.movement.>", false),
        ] {
            assert_eq!(takes(pattern, "mtm.plant.>"), covers, "{pattern}");
        }
    }

    #[test]
    fn servers_are_named_as_the_client_wants_them() {
        let named = |text: &str| url(&Address::nats(text).unwrap());
        assert_eq!(named("nats://user@a.plant"), "nats://a.plant:4222");
        assert_eq!(named("tls://[::1]:1"), "tls://[::1]:1");
    }
}

//! A consumer of a `JetStream` stream, and what a test sets up there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_nats::jetstream::consumer::pull::Config as Pull;
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context, Message};
use futures_util::StreamExt as _;

use super::consumer::{Consumer, Heard, Memory, ask};

/// Between two tries of a server that is away, or of a stream that is not there.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) fn consume(port: u16, stream: &str) -> Result<Consumer> {
    let stream = stream.to_owned();
    Consumer::start(move |memory| async move {
        loop {
            // Whatever it was: the next connection goes on after what was acknowledged.
            let _ = follow(port, &stream, &memory).await;
            tokio::time::sleep(PAUSE).await;
        }
    })
}

pub(super) fn make_stream(port: u16, name: &str, subjects: &[&str], largest: i32) -> Result<()> {
    ask(async {
        let config = Config {
            name: name.to_owned(),
            subjects: subjects.iter().map(|&subject| subject.to_owned()).collect(),
            max_message_size: largest,
            ..Config::default()
        };
        connect(port).await?.create_stream(config).await?;
        Ok(())
    })
}

pub(super) fn stream(port: u16, name: &str) -> Result<(Vec<String>, i64)> {
    ask(async {
        let found = connect(port).await?.get_stream(name).await?;
        let config = &found.cached_info().config;
        Ok((config.subjects.clone(), config.max_messages))
    })
}

async fn connect(port: u16) -> Result<Context> {
    let client = async_nats::ConnectOptions::new()
        .connection_timeout(Duration::from_secs(5))
        .connect(format!("nats://127.0.0.1:{port}"))
        .await?;
    Ok(jetstream::new(client))
}

/// Hears a stream out until the connection breaks.
async fn follow(port: u16, stream: &str, memory: &Arc<Memory>) -> Result<()> {
    let stream = connect(port).await?.get_stream(stream).await?;
    let durable = Pull {
        durable_name: Some("consumer".to_owned()),
        ack_wait: Duration::from_secs(2),
        ..Pull::default()
    };
    let consumer = stream.get_or_create_consumer("consumer", durable).await?;
    let mut messages = consumer.stream().heartbeat(Duration::from_millis(500)).messages().await?;
    memory.connected();
    while let Some(message) = messages.next().await {
        let message = message?;
        memory.hear(heard(&message));
        message.ack().await.map_err(anyhow::Error::from_boxed)?;
    }
    Ok(())
}

fn heard(message: &Message) -> Heard {
    let headers = message.headers.clone().unwrap_or_default();
    let properties: Vec<(String, String)> = headers
        .iter()
        .flat_map(|(name, values)| {
            values.iter().map(move |value| (name.to_string(), value.to_string()))
        })
        .collect();
    let mut heard = Heard {
        place: message.subject.to_string(),
        properties,
        body: String::from_utf8_lossy(&message.payload).into_owned(),
        ..Heard::default()
    };
    heard.content_type = heard.property("content-type").unwrap_or_default().to_owned();
    heard
}

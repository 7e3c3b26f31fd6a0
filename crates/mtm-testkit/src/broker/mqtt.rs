//! A consumer by MQTT 5.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rumqttc::mqttbytes::QoS;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, Publish};

use super::consumer::{Consumer, Heard, Memory};

/// Between two tries of a broker that is away.
const PAUSE: Duration = Duration::from_millis(20);
/// How long the broker keeps the consumer's session, in seconds.
const SESSION: u32 = 3_600;

pub(super) fn consume(port: u16, topics: &str) -> Result<Consumer> {
    let topics = topics.to_owned();
    let consumer = Consumer::start(move |memory| follow(port, topics, memory))?;
    consumer.wait_connected(1)?;
    Ok(consumer)
}

async fn follow(port: u16, topics: String, memory: Arc<Memory>) {
    let mut options = MqttOptions::new("consumer", ("127.0.0.1".to_owned(), port));
    options.set_clean_start(false).set_session_expiry_interval(Some(SESSION)).set_keep_alive(5);
    let (client, mut events) = AsyncClient::builder(options).build();
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                // The subscription is the session's; saying it again harms nothing.
                if client.try_subscribe(topics.as_str(), QoS::AtLeastOnce).is_err() {
                    return;
                }
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => memory.connected(),
            Ok(Event::Incoming(Packet::Publish(publish))) => memory.hear(heard(&publish)),
            Ok(_) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn heard(publish: &Publish) -> Heard {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let properties = publish.properties.clone().unwrap_or_default();
    Heard {
        place: text(&publish.topic),
        content_type: properties.content_type.unwrap_or_default(),
        properties: properties.user_properties,
        body: text(&publish.payload),
        ..Heard::default()
    }
}

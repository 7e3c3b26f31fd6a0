//! The brokers that events are relayed to, as the configuration names them.

use std::time::Duration;

use mtm_connect::broker::{Account, Address, Broker, Mqtt, Nats, Protocol, step};

use super::error::ConfigError;
use super::layers::Settings;
use super::{Hidden, secret};

/// The brokers of a configuration. What they are called where nobody says depends on the site, which
/// the ledger knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Brokers {
    mqtt: Option<MqttSettings>,
    nats: Option<NatsSettings>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct MqttSettings {
    address: Address,
    account: Account,
    client_id: Option<String>,
    topic_prefix: String,
    unsafe_for: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NatsSettings {
    addresses: Vec<Address>,
    account: Account,
    credentials: Option<Hidden>,
    stream: Option<String>,
}

impl Brokers {
    pub(super) fn of(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { mqtt: mqtt(settings)?, nats: nats(settings)? })
    }

    /// How long a broker may lose what it acknowledged. NATS acknowledges what is stored.
    pub(crate) fn unsafe_for(&self, broker: &Broker) -> Duration {
        match (broker.protocol(), &self.mqtt) {
            (Protocol::Mqtt, Some(mqtt)) => mqtt.unsafe_for,
            _ => Duration::ZERO,
        }
    }

    /// The brokers, for a site of this name.
    pub(crate) fn for_site(&self, site: &str) -> Vec<Broker> {
        let own_name = || format!("mtm-{}", step(site));
        let mqtt = self.mqtt.clone().map(|it| {
            let client_id = it.client_id.unwrap_or_else(own_name);
            Broker::Mqtt(Mqtt::new(it.address, it.account, client_id, &it.topic_prefix, site))
        });
        let nats = self.nats.clone().map(|it| {
            let credentials = it.credentials.map(|text| text.reveal().to_owned());
            let stream = it.stream.unwrap_or_else(own_name);
            Broker::Nats(Nats::new(it.addresses, it.account, credentials, stream, site))
        });
        mqtt.into_iter().chain(nats).collect()
    }
}

fn text(settings: &Settings, name: &str) -> Option<String> {
    settings.setting(name).map(|setting| setting.value.clone())
}

fn account(
    settings: &Settings,
    password: [&'static str; 2],
    ca_file: &str,
) -> Result<Account, ConfigError> {
    let password = secret(settings, password[0], password[1])?;
    Ok(Account {
        password: password.map(|it| it.reveal().to_owned()),
        ca_file: text(settings, ca_file).map(Into::into),
    })
}

fn mqtt(settings: &Settings) -> Result<Option<MqttSettings>, ConfigError> {
    let Some(url) = text(settings, "mqtt.url") else { return Ok(None) };
    Ok(Some(MqttSettings {
        address: addresses(settings, "mqtt.url", &url, Address::mqtt)?.swap_remove(0),
        account: account(settings, ["mqtt.password", "mqtt.password_file"], "mqtt.ca_file")?,
        client_id: text(settings, "mqtt.client_id"),
        topic_prefix: text(settings, "mqtt.topic_prefix").unwrap_or_default(),
        unsafe_for: Duration::from_secs(
            text(settings, "mqtt.resend_seconds").and_then(|it| it.parse().ok()).unwrap_or(0),
        ),
    }))
}

fn nats(settings: &Settings) -> Result<Option<NatsSettings>, ConfigError> {
    let Some(url) = text(settings, "nats.url") else { return Ok(None) };
    Ok(Some(NatsSettings {
        addresses: addresses(settings, "nats.url", &url, Address::nats)?,
        account: account(settings, ["nats.password", "nats.password_file"], "nats.ca_file")?,
        credentials: secret(settings, "nats.credentials", "nats.credentials_file")?,
        stream: text(settings, "nats.stream"),
    }))
}

/// At least one address.
fn addresses<E: std::fmt::Display>(
    settings: &Settings,
    key: &str,
    text: &str,
    parse: fn(&str) -> Result<Address, E>,
) -> Result<Vec<Address>, ConfigError> {
    let wrong = |error: E| ConfigError::WrongValue {
        origin: settings.setting(key).map(|it| it.source.to_string()).unwrap_or_default(),
        key: key.to_owned(),
        message: error.to_string(),
    };
    text.split(',').map(|one| parse(one.trim()).map_err(wrong)).collect()
}

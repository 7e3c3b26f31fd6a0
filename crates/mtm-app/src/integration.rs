//! Other systems that are told of events, in one list: how each stands, whatever brings it the events.

use mtm_core::policy::Deed;
use mtm_core::word::Timestamp;
use mtm_store::query::ReadError;
use mtm_store::record::{BrokerKind, BrokerLetter, BrokerRecord, WebhookRecord};
use mtm_store::{Fault, IdempotencyKey, Once};
use serde::Serialize;

use crate::App;
use crate::bus::Channel;
use crate::error::AppError;
use crate::principal::Principal;
use crate::relay::LetterDue;

/// A server says every ten minutes that it has a broker; one that nobody spoke of for an hour is off.
const SILENT_MICROS: i64 = 3_600 * 1_000_000;

/// What brings events to another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum IntegrationKind {
    /// Signed requests.
    Webhook,
    /// An MQTT 5 broker.
    Mqtt,
    /// A NATS `JetStream` server.
    Nats,
}

impl IntegrationKind {
    /// The name in the API and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Mqtt => "mqtt",
            Self::Nats => "nats",
        }
    }
}

/// How an integration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum IntegrationState {
    /// Everything is taken.
    Well,
    /// Something is not taken; it is tried again, and nothing is lost.
    Failing,
    /// It is told nothing: disabled, or no server is configured with it.
    Off,
}

/// Another system that is told of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Integration {
    /// Its name: a webhook's own, `mqtt`, or `nats`.
    pub name: String,
    /// What brings it the events.
    pub kind: IntegrationKind,
    /// How it stands.
    pub state: IntegrationState,
    /// Since when it stands so, where it is not well.
    pub since: Option<Timestamp>,
    /// The place in the outbox up to which events were looked at for it.
    pub position: u64,
    /// Events that it was not told yet.
    pub lag: u64,
    /// When the oldest of them happened.
    pub oldest_waiting: Option<Timestamp>,
    /// Events that were given up or refused for good.
    pub dead: u64,
    /// Events that a broker took; of a webhook nobody counts.
    pub published: Option<u64>,
    /// When something was last taken.
    pub last_taken: Option<Timestamp>,
    /// What was answered last, where that was no.
    pub last_error: Option<String>,
}

impl App {
    /// Every system that is told of events: brokers first, then webhooks by name.
    pub async fn integrations(&self) -> Result<Vec<Integration>, Fault> {
        let newest = match self.ledger().newest_event().await {
            Ok(newest) => newest.unwrap_or(0),
            Err(ReadError::Fault(fault)) => return Err(fault),
            Err(ReadError::Refused(refusal)) => return Err(Fault::Permanent(refusal.to_string())),
        };
        let now = self.clock().now();
        let brokers = self.ledger().brokers().await?;
        let webhooks = self.ledger().webhooks().await?;
        let brokers = brokers.into_iter().map(|record| of_broker(record, now));
        Ok(brokers.chain(webhooks.into_iter().map(|record| of_webhook(record, newest))).collect())
    }

    /// Has an event that a broker refused for good sent again.
    pub async fn resend_broker_letter(
        &self,
        who: &Principal,
        id: i64,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BrokerLetter>, AppError> {
        who.require(Deed::Administer)?;
        let resent = self.ledger().resend_broker_letter(who.user, id, key).await?;
        self.bus().send_on(&Channel::named(resent.value.broker.as_str()), &LetterDue);
        Ok(resent)
    }

    /// Gives an event that a broker refused up for good, and says why.
    pub async fn drop_broker_letter(
        &self,
        who: &Principal,
        id: i64,
        reason: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BrokerLetter>, AppError> {
        who.require(Deed::Administer)?;
        Ok(self.ledger().drop_broker_letter(who.user, id, reason, key).await?)
    }
}

fn of_broker(record: BrokerRecord, now: Timestamp) -> Integration {
    let silent = now.micros() - record.seen_at.micros() > SILENT_MICROS;
    let (state, since) = match record.failing_since {
        _ if silent => (IntegrationState::Off, Some(record.seen_at)),
        Some(since) => (IntegrationState::Failing, Some(since)),
        None => (IntegrationState::Well, None),
    };
    Integration {
        name: record.kind.as_str().to_owned(),
        kind: match record.kind {
            BrokerKind::Mqtt => IntegrationKind::Mqtt,
            BrokerKind::Nats => IntegrationKind::Nats,
        },
        state,
        since,
        position: record.position,
        lag: record.waiting,
        oldest_waiting: record.oldest_waiting,
        dead: record.dead,
        published: Some(record.published),
        last_taken: record.published_at,
        last_error: record.last_error,
    }
}

fn of_webhook(record: WebhookRecord, newest: u64) -> Integration {
    let (state, since) = match (record.disabled_at, record.failing_since) {
        (Some(at), _) => (IntegrationState::Off, Some(at)),
        (None, Some(since)) => (IntegrationState::Failing, Some(since)),
        (None, None) if record.last_error.is_some() => (IntegrationState::Failing, None),
        (None, None) => (IntegrationState::Well, None),
    };
    Integration {
        name: record.name,
        kind: IntegrationKind::Webhook,
        state,
        since,
        position: newest.saturating_sub(record.behind),
        lag: record.waiting + record.behind,
        oldest_waiting: record.oldest_waiting,
        dead: record.dead,
        published: None,
        last_taken: record.delivered_at,
        last_error: record.last_error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(failing_since: Option<Timestamp>) -> BrokerRecord {
        let start = Timestamp::from_micros(0);
        BrokerRecord {
            kind: BrokerKind::Mqtt,
            position: 7,
            waiting: 3,
            oldest_waiting: Some(start),
            published: 5,
            published_at: None,
            failing_since,
            attempts: 0,
            last_error: None,
            dead: 2,
            created_at: start,
            seen_at: start,
        }
    }

    #[test]
    fn a_broker_that_no_server_speaks_of_is_off() {
        let (soon, late) = (Timestamp::from_micros(SILENT_MICROS), SILENT_MICROS + 1);
        let since = Some(Timestamp::from_micros(9));
        assert_eq!(of_broker(broker(None), soon).state, IntegrationState::Well);
        let failing = of_broker(broker(since), soon);
        assert_eq!((failing.state, failing.since), (IntegrationState::Failing, since));
        assert_eq!((failing.position, failing.lag, failing.dead), (7, 3, 2));
        let off = of_broker(broker(since), Timestamp::from_micros(late));
        assert_eq!(off.state, IntegrationState::Off);
    }
}

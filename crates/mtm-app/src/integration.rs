//! Other systems, in one list: those that are told of events, whatever brings it to them, and those that
//! are called. How each stands.

mod edge_node;
mod guard;
mod peer;

use mtm_core::notice::NoticeWay;
use mtm_core::policy::Deed;
use mtm_core::word::Timestamp;
use mtm_store::query::ReadError;
use mtm_store::record::{
    BrokerKind, BrokerLetter, BrokerRecord, ErpState, FeedState, GuardRecord, WebhookRecord,
};
use mtm_store::{Fault, IdempotencyKey, Once};
use serde::Serialize;

pub use self::guard::GuardView;
use crate::App;
use crate::bus::Channel;
use crate::erp::{ErpView, peer_of};
use crate::error::AppError;
use crate::notice::{Telling, is_configured};
use crate::peers::{CredentialView, id_of};
use crate::principal::Principal;
use crate::relay::LetterDue;

/// A server says every ten minutes that it has a broker; one that nobody spoke of for an hour is off.
const SILENT_MICROS: i64 = 3_600 * 1_000_000;

/// The mail server's id and name.
pub(crate) const MAIL: &str = "mail";

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
    /// The server by which people are written to.
    Mail,
    /// An ERP whose books are read; it is told nothing.
    Erp,
    /// A system that is called; it is told nothing by itself.
    Peer,
    /// A broker that hears by Sparkplug B what waits here.
    EdgeNode,
}

impl IntegrationKind {
    /// The name in the API and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Mqtt => "mqtt",
            Self::Nats => "nats",
            Self::Mail => "mail",
            Self::Erp => "erp",
            Self::Peer => "peer",
            Self::EdgeNode => "edge_node",
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

/// Another system that is told of events, or called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Integration {
    /// How it is named in an address: a webhook's id, `mqtt`, `nats`, `mail`, or `erp:`, `peer:` or `edge:`
    /// and a name.
    pub id: String,
    /// Its name: a webhook's own, that of the configuration, `mqtt`, `nats`, or `mail`.
    pub name: String,
    /// What brings it the events.
    pub kind: IntegrationKind,
    /// How it stands.
    pub state: IntegrationState,
    /// Since when it stands so, where it is not well.
    pub since: Option<Timestamp>,
    /// The place in the outbox up to which events were looked at for it; of an ERP, the greatest id of its
    /// ledger that was read.
    pub position: u64,
    /// Events that it was not told yet; of an ERP, how far its newest id is ahead; of an edge node, changes that wait
    /// until somebody hears it.
    pub lag: u64,
    /// When the oldest of them happened.
    pub oldest_waiting: Option<Timestamp>,
    /// Events that were given up or refused for good; of an edge node, changes that were too many to keep.
    pub dead: u64,
    /// Events that a broker took; of a webhook nobody counts.
    pub published: Option<u64>,
    /// When something was last taken; of an ERP, when its ledger was last read to its end; of an edge node, when its
    /// figures were last read.
    pub last_taken: Option<Timestamp>,
    /// What was answered last, where that was no.
    pub last_error: Option<String>,
    /// How the way to it stands.
    pub guard: GuardView,
    /// How reading its books stands, where it is an ERP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erp: Option<ErpView>,
    /// How one that is called is told who asks; null for all others.
    pub credential: Option<CredentialView>,
}

impl App {
    /// Every other system: brokers first, then the mail server, ERPs, webhooks by name, those that
    /// are called by name, and edge nodes by name.
    pub async fn integrations(&self) -> Result<Vec<Integration>, Fault> {
        let newest = match self.ledger().newest_event().await {
            Ok(newest) => newest.unwrap_or(0),
            Err(ReadError::Fault(fault)) => return Err(fault),
            Err(ReadError::Refused(refusal)) => return Err(Fault::Permanent(refusal.to_string())),
        };
        let now = self.clock().now();
        let brokers = self.ledger().brokers().await?;
        let webhooks = self.ledger().webhooks().await?;
        let telling = self.telling().await?;
        let guards = self.ledger().guards().await?;
        let guard = |peer: &str| guards.iter().find(|it| it.peer == peer);
        let mut all = Vec::new();
        for record in brokers {
            let known = guard(record.kind.as_str());
            all.push(of_broker(record, now, known));
        }
        all.extend(of_mail(telling, now, newest, guard(MAIL)));
        for state in self.ledger().erp_states().await? {
            let id = peer_of(&state.name);
            let view = GuardView::of_called(self, &id, guard(&id));
            all.push(of_erp(&state, now, view));
        }
        for record in webhooks {
            let id = record.id.to_string();
            let view = GuardView::of_called(self, &id, guard(&id));
            all.push(of_webhook(record, newest, view));
        }
        all.extend(self.peers().values().map(|it| peer::view(self, it, guard(&id_of(it.name())))));
        let edge_nodes = self.edge_node_set();
        all.extend(edge_nodes.values().map(|it| edge_node::view(self, it, &guards)));
        Ok(all)
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

fn of_broker(record: BrokerRecord, now: Timestamp, guard: Option<&GuardRecord>) -> Integration {
    let silent = now.micros() - record.seen_at.micros() > SILENT_MICROS;
    let (state, since) = match record.failing_since {
        _ if silent => (IntegrationState::Off, Some(record.seen_at)),
        Some(since) => (IntegrationState::Failing, Some(since)),
        None => (IntegrationState::Well, None),
    };
    Integration {
        credential: None,
        guard: GuardView::of_patience(state, since, guard),
        id: record.kind.as_str().to_owned(),
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
        erp: None,
    }
}

/// The mail server, where there is or was one. News have no place in the outbox of their own.
fn of_mail(
    telling: Telling,
    now: Timestamp,
    newest: u64,
    guard: Option<&GuardRecord>,
) -> Option<Integration> {
    let server = telling.mail?;
    let pile = telling.piles.into_iter().find(|pile| pile.way == NoticeWay::Mail);
    let (state, since) = match server.failing_since {
        _ if !is_configured(&server, now) => (IntegrationState::Off, Some(server.seen_at)),
        Some(since) => (IntegrationState::Failing, Some(since)),
        None => (IntegrationState::Well, None),
    };
    Some(Integration {
        credential: None,
        guard: GuardView::of_patience(state, since, guard),
        id: MAIL.to_owned(),
        name: MAIL.to_owned(),
        kind: IntegrationKind::Mail,
        state,
        since,
        position: newest,
        lag: pile.as_ref().map_or(0, |pile| pile.waiting),
        oldest_waiting: pile.and_then(|pile| pile.oldest_waiting),
        dead: 0,
        published: None,
        last_taken: server.answered_at,
        last_error: server.last_error,
        erp: None,
    })
}

/// An ERP whose books are read.
fn of_erp(it: &FeedState, now: Timestamp, guard: GuardView) -> Integration {
    let silent = now.micros() - it.seen_at.micros() > SILENT_MICROS;
    let (state, since) = match it.state {
        _ if silent => (IntegrationState::Off, Some(it.seen_at)),
        ErpState::Failing | ErpState::Refused => (IntegrationState::Failing, it.failing_since),
        ErpState::Reading | ErpState::Well => (IntegrationState::Well, None),
    };
    Integration {
        guard,
        id: peer_of(&it.name),
        name: it.name.clone(),
        kind: IntegrationKind::Erp,
        state,
        since,
        position: u64::try_from(it.position).unwrap_or(0),
        lag: u64::try_from(it.newest.saturating_sub(it.position)).unwrap_or(0),
        oldest_waiting: None,
        dead: 0,
        published: None,
        last_taken: it.read_at,
        last_error: it.last_error.clone(),
        erp: Some(ErpView::from(it)),
        credential: None,
    }
}

fn of_webhook(record: WebhookRecord, newest: u64, guard: GuardView) -> Integration {
    let (state, since) = match (record.disabled_at, record.failing_since) {
        (Some(at), _) => (IntegrationState::Off, Some(at)),
        (None, Some(since)) => (IntegrationState::Failing, Some(since)),
        (None, None) if record.last_error.is_some() => (IntegrationState::Failing, None),
        (None, None) => (IntegrationState::Well, None),
    };
    Integration {
        credential: None,
        guard,
        id: record.id.to_string(),
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
        erp: None,
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
        assert_eq!(of_broker(broker(None), soon, None).state, IntegrationState::Well);
        let failing = of_broker(broker(since), soon, None);
        assert_eq!((failing.state, failing.since), (IntegrationState::Failing, since));
        assert_eq!((failing.position, failing.lag, failing.dead), (7, 3, 2));
        let off = of_broker(broker(since), Timestamp::from_micros(late), None);
        assert_eq!(off.state, IntegrationState::Off);
    }
}

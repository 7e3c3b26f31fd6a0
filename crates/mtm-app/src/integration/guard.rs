//! The way to another system: how it stands, and what somebody decides about it.

use mtm_core::code::Code;
use mtm_core::guard::{Hold, State};
use mtm_core::policy::Deed;
use mtm_core::word::Timestamp;
use mtm_store::record::{GuardRecord, GuardTold};
use mtm_store::{IdempotencyKey, Once};
use serde::Serialize;

use super::{Integration, IntegrationKind, IntegrationState};
use crate::App;
use crate::bus::Channel;
use crate::edge_node::EdgeNodesChanged;
use crate::error::AppError;
use crate::guards::told;
use crate::peers::PeersChanged;
use crate::principal::Principal;
use crate::relay::{DeliveryDue, LetterDue, NoticesDue, WebhooksChanged};

/// How the way to another system stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuardView {
    /// Whether it is called (`closed`), left alone (`open`), or tried just now (`half_open`).
    pub state: State,
    /// Since when; left alone and tried are one.
    pub since: Option<Timestamp>,
    /// From when on it is tried again, where it is left alone and that is known.
    pub next_probe_at: Option<Timestamp>,
    /// Of a hundred calls of the last while, those that failed.
    pub error_rate: u8,
    /// Of a hundred calls of the last while, those that were slow.
    pub slow_rate: u8,
    /// Calls of the last while.
    pub calls: u32,
    /// Calls under way; null where another server makes them.
    pub in_flight: Option<u32>,
    /// What somebody decided.
    #[serde(rename = "override")]
    pub hold: Hold,
    /// Why.
    pub reason: Option<String>,
    /// Who decided that.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
}

impl GuardView {
    /// Of what is called: as this process has it where it calls, as it was told otherwise.
    pub(super) fn of_called(app: &App, peer: &str, record: Option<&GuardRecord>) -> Self {
        let here = app.guards().view(peer);
        let now = here.as_ref().map(told).or_else(|| record.and_then(|it| it.told));
        let view = now.map_or_else(Self::unknown, Self::standing);
        let in_flight = here.map(|it| it.in_flight);
        Self { in_flight, ..view }.decided(record)
    }

    /// As it was told last, by whichever server calls.
    pub(super) fn as_told(record: Option<&GuardRecord>) -> Self {
        let told = record.and_then(|it| it.told);
        told.map_or_else(Self::unknown, Self::standing).decided(record)
    }

    /// Of what is tried again with patience of its own: it is left alone while it takes nothing.
    pub(super) fn of_patience(
        state: IntegrationState,
        since: Option<Timestamp>,
        record: Option<&GuardRecord>,
    ) -> Self {
        let left_alone = state == IntegrationState::Failing;
        let state = if left_alone { State::Open } else { State::Closed };
        Self { state, since: since.filter(|_| left_alone), ..Self::unknown() }.decided(record)
    }

    /// Of one that was never called.
    pub const fn unknown() -> Self {
        Self {
            state: State::Closed,
            since: None,
            next_probe_at: None,
            error_rate: 0,
            slow_rate: 0,
            calls: 0,
            in_flight: None,
            hold: Hold::Automatic,
            reason: None,
            by: None,
            at: None,
        }
    }

    fn standing(it: GuardTold) -> Self {
        let rate = |count: u32| {
            let percent = u64::from(count) * 100 / u64::from(it.calls.max(1));
            u8::try_from(percent).unwrap_or(100)
        };
        Self {
            state: it.state,
            since: Some(it.since),
            next_probe_at: it.next_probe_at,
            error_rate: rate(it.failed),
            slow_rate: rate(it.slow),
            calls: it.calls,
            ..Self::unknown()
        }
    }

    /// What somebody decided counts from the moment on: the server that sends hears of it soon.
    fn decided(self, record: Option<&GuardRecord>) -> Self {
        let Some(record) = record else { return self };
        let state = match record.hold {
            Hold::Automatic => self.state,
            Hold::Open => State::Open,
            Hold::Closed => State::Closed,
        };
        let next_probe_at = self.next_probe_at.filter(|_| record.hold == Hold::Automatic);
        Self {
            state,
            next_probe_at,
            hold: record.hold,
            reason: record.reason.clone(),
            by: record.by.clone(),
            at: record.at,
            ..self
        }
    }
}

impl App {
    /// Has a system be left alone, called however it answers, or go by itself again. `name` is its id or
    /// its name. It counts for every server, and stays when they are begun again.
    pub async fn hold_integration(
        &self,
        who: &Principal,
        name: &str,
        hold: Hold,
        reason: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<GuardRecord>, AppError> {
        who.require(Deed::Administer)?;
        let it = self.integration(name).await?;
        let is_called = matches!(
            it.kind,
            IntegrationKind::Webhook | IntegrationKind::Erp | IntegrationKind::Peer
        );
        if hold == Hold::Closed && !is_called {
            let message =
                format!("{} is tried again by itself, and never left alone for long", it.name);
            return Err(AppError::field("override", Code::InvalidBody, message));
        }
        let held = self.ledger().hold_guard(who.user, it.id.clone(), hold, reason, key).await?;
        self.wake(&it);
        Ok(held)
    }

    /// The system of this id, or of this name.
    async fn integration(&self, name: &str) -> Result<Integration, AppError> {
        let mut all = self.integrations().await?;
        let found = all.iter().position(|it| it.id == name);
        let found = found.or_else(|| all.iter().position(|it| it.name == name));
        found.map(|place| all.swap_remove(place)).ok_or_else(|| {
            let message = format!("there is no system {name} that is told of events or called");
            AppError::refused(Code::NotFound, message)
        })
    }

    /// Whoever sends to it looks now.
    fn wake(&self, it: &Integration) {
        match it.kind {
            IntegrationKind::Webhook => {
                self.bus().send(&WebhooksChanged);
                self.bus().send_on(&Channel::named(&it.id), &DeliveryDue);
            }
            IntegrationKind::Mqtt | IntegrationKind::Nats => {
                self.bus().send_on(&Channel::named(&it.id), &LetterDue);
            }
            IntegrationKind::Mail => {
                self.bus().send(&NoticesDue);
            }
            // Its next round asks.
            IntegrationKind::Erp => {}
            IntegrationKind::Peer => {
                self.bus().send(&PeersChanged);
            }
            IntegrationKind::EdgeNode => {
                self.bus().send(&EdgeNodesChanged);
            }
        }
    }
}

//! Relays: what carries events to other systems, behind everybody's back.
//!
//! A relay is started with the server and stopped with it. On a database that several servers share it
//! works where the sealer does, so that one of them sends; if two ever do for a moment, receivers
//! de-duplicate by the event's id. A booking never waits for a relay, and one receiver never waits for
//! another: each is served in a loop of its own.

mod again;
mod broker;
mod destination;
mod each;
mod message;
mod patience;
mod people;
mod schedule;
mod send;
mod stop;
mod window;

use std::sync::Arc;

use mtm_connect::outgoing::Client;
use mtm_store::Fault;
use mtm_store::record::ActiveWebhook;

pub use self::broker::{BrokerRelay, LetterDue, Standing};
pub(crate) use self::each::serve_each;
pub use self::patience::Patience;
pub use self::people::{NoticesDue, Pace, PeopleRelay};
pub use self::schedule::Schedule;
pub(crate) use self::stop::Stop;
use crate::App;
use crate::bus::Message;

/// Webhooks were made, changed or removed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhooksChanged;

impl Message for WebhooksChanged {}

/// Something is to be sent now. Sent on the channel of the webhook that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryDue;

impl Message for DeliveryDue {}

/// Sends events to webhooks.
#[derive(Debug, Clone)]
pub struct WebhookRelay {
    app: App,
    client: Client,
    schedule: Arc<Schedule>,
    stop: Stop,
}

impl WebhookRelay {
    /// A relay that sends by `client` and tries again by `schedule`.
    pub fn new(app: App, client: Client, schedule: Schedule) -> Self {
        Self { app, client, schedule: Arc::new(schedule), stop: Stop::new() }
    }

    /// Sends until it is stopped; what is under way then is waited for and written down.
    pub async fn run(&self) {
        let changed = self.app.bus().follow::<WebhooksChanged>();
        let names = || async {
            let active = self.active().await.into_iter();
            active.map(|webhook| (webhook.row, webhook.id)).collect()
        };
        serve_each(&self.stop, changed, names, |(row, id)| self.serve(row, id)).await;
    }

    /// One round for every webhook, of what [`WebhookRelay::run`] does again and again, for whoever
    /// decides when the next is. Whether there may be more to do at once.
    pub async fn step(&self) -> Result<bool, Fault> {
        let mut more = false;
        for webhook in self.app.ledger().active_webhooks().await? {
            more |= self.step_of(webhook.row).await?;
        }
        Ok(more)
    }

    /// Has [`WebhookRelay::run`] end as soon as what is under way is written down.
    pub fn stop(&self) {
        self.stop.now();
    }

    async fn active(&self) -> Vec<ActiveWebhook> {
        match self.app.ledger().active_webhooks().await {
            Ok(active) => active,
            Err(error) => {
                tracing::warn!(%error, "webhooks could not be read");
                Vec::new()
            }
        }
    }
}

//! Events on their way to other systems, and news on their way to people, as long as the server runs.

use std::pin::pin;

use mtm_app::App;
use mtm_app::relay::{BrokerRelay, Pace, Patience, PeopleRelay, Schedule, WebhookRelay};
use mtm_app::supervisor::{Ended, Stop};
use mtm_app::vault::VaultError;
use mtm_connect::outgoing::{Client, ClientError, Deadlines};

use crate::config::Config;
use crate::failure::{Failure, Outcome, exit};

/// What tells other systems, and people.
pub(super) struct Relays {
    pub(super) webhooks: WebhookRelay,
    pub(super) brokers: Vec<BrokerRelay>,
    pub(super) people: PeopleRelay,
}

/// The relays to webhooks, to people, and to the brokers of the configuration. From now on events are
/// kept for those as well, whether they are there or not.
pub(super) async fn relays(app: &App, config: &Config) -> Outcome<Relays> {
    let brokers = &config.brokers;
    let client = Client::new(Deadlines::default())?;
    let webhooks = WebhookRelay::new(app.clone(), client.clone(), Schedule::default());
    let people = PeopleRelay::new(app.clone(), client, config.mail.clone(), Pace::default());
    people.meet().await?;
    let relay = |broker| {
        let unsafe_for = brokers.unsafe_for(&broker);
        BrokerRelay::new(app.clone(), broker, Patience::default()).told_again_for(unsafe_for)
    };
    let brokers: Vec<_> = brokers.for_site(&app.site().name).into_iter().map(relay).collect();
    for broker in &brokers {
        broker.meet().await?;
    }
    Ok(Relays { webhooks, brokers, people })
}

/// Sends until it is stopped; what is under way then is waited for and written down. What is cut off
/// is sent by the next start, under the same identity.
pub(super) async fn run(
    relaying: impl Future<Output = ()>,
    end: impl Fn(),
    mut stop: Stop,
) -> Ended {
    let mut running = pin!(relaying);
    tokio::select! {
        () = &mut running => {}
        () = stop.requested() => {
            end();
            running.await;
        }
    }
    Ok(())
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::new("no_outgoing_calls", exit::FAILURE, error.to_string())
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::new("secrets_key", exit::FAILURE, error.to_string())
            .next("Restore the key file, or name another one with `secrets.key_file`.")
    }
}

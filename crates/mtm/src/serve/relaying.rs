//! Events on their way to other systems, as long as the server runs.

use std::pin::pin;

use mtm_app::App;
use mtm_app::relay::{Schedule, WebhookRelay};
use mtm_app::supervisor::{Ended, Stop};
use mtm_app::vault::VaultError;
use mtm_connect::outgoing::{Client, ClientError, Deadlines};

use crate::failure::{Failure, Outcome, exit};

/// The relay to webhooks.
pub(super) fn webhooks(app: &App) -> Outcome<WebhookRelay> {
    let client = Client::new(Deadlines::default())?;
    Ok(WebhookRelay::new(app.clone(), client, Schedule::default()))
}

/// Sends until it is stopped; what is under way then is waited for and written down. What is cut off
/// is sent by the next start, under the same identity.
pub(super) async fn run(relay: &WebhookRelay, mut stop: Stop) -> Ended {
    let mut running = pin!(relay.run());
    tokio::select! {
        () = &mut running => {}
        () = stop.requested() => {
            relay.stop();
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

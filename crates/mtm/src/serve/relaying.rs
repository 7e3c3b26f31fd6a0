//! Events on their way to other systems, as long as the server runs.

use std::pin::Pin;
use std::time::Duration;

use mtm_app::App;
use mtm_app::relay::{Schedule, WebhookRelay};
use mtm_app::vault::VaultError;
use mtm_connect::outgoing::{Client, ClientError, Deadlines};

use crate::failure::{Failure, Outcome, exit};

/// How long what is under way may take at the end. What it leaves is sent by the next start, under
/// the same identity.
const LAST: Duration = Duration::from_millis(500);

/// The relay to webhooks.
pub(super) fn webhooks(app: &App) -> Outcome<WebhookRelay> {
    let client = Client::new(Deadlines::default())?;
    Ok(WebhookRelay::new(app.clone(), client, Schedule::default()))
}

/// Lets what is under way be written down.
pub(super) async fn finish(relay: &WebhookRelay, relaying: Pin<&mut impl Future<Output = ()>>) {
    relay.stop();
    if tokio::time::timeout(LAST, relaying).await.is_err() {
        tracing::info!("some events were under way to webhooks; they are sent again");
    }
}

/// A relay ends when it is stopped, and nobody stopped it.
pub(super) fn ended() -> Failure {
    Failure::new("relay_ended", exit::FAILURE, "the relay to webhooks ended by itself")
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

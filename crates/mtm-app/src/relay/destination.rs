//! One webhook, served in a loop of its own.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use mtm_connect::webhook::Secret;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::record::{ActiveWebhook, Attempt, DueDelivery, Verdict};
use uuid::Uuid;

use super::send::{Letter, NotTaken, letters};
use super::{DeliveryDue, Schedule, WebhookRelay};
use crate::bus::Channel;

/// Deliveries sent in one round, each about another thing; then what became of them is written down.
const ROUND: u16 = 64;
/// Requests to one receiver at once.
const AT_ONCE: usize = 8;
/// Longest until the database is asked again whether anything is due.
const AT_LEAST: Duration = Duration::from_secs(5);
/// After a failure of the database, and while another server sends.
const PAUSE: Duration = Duration::from_secs(1);

/// How a round ended.
enum Round {
    /// There may be more to do.
    More,
    /// Nothing is due before then, where anything is.
    Nothing(Option<Timestamp>),
    /// Another server sends.
    Elsewhere,
    /// The webhook is told nothing any more.
    Over,
}

impl WebhookRelay {
    /// Serves the webhook in `row` until it is told nothing any more, or the relay is stopped.
    pub(super) async fn serve(&self, row: i64, id: Uuid) {
        let mut newest = self.app.ledger().subscribe();
        let mut due = self.app.bus().follow_on::<DeliveryDue>(&Channel::named(id));
        while !self.stop.is_wanted() {
            newest.mark_unchanged();
            let pause = match self.round(row).await {
                Ok(Round::More) => continue,
                Ok(Round::Over) => return,
                Ok(Round::Nothing(next)) => self.until(next),
                Ok(Round::Elsewhere) => PAUSE,
                Err(error) => {
                    tracing::warn!(webhook = %id, %error, "a webhook waits for the database");
                    PAUSE
                }
            };
            tokio::select! {
                // The ledger outlives its relays; an error is a pause.
                Ok(()) = newest.changed() => {}
                _ = due.next() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.stop.wanted() => {}
            }
        }
    }

    /// Whether there may be more to do at once, after a round for the webhook in `row`.
    pub(super) async fn step_of(&self, row: i64) -> Result<bool, Fault> {
        Ok(matches!(self.round(row).await?, Round::More))
    }

    async fn round(&self, row: i64) -> Result<Round, Fault> {
        let ledger = self.app.ledger();
        if !ledger.is_elected().await? {
            return Ok(Round::Elsewhere);
        }
        let active = ledger.active_webhooks().await?;
        let Some(webhook) = active.into_iter().find(|it| it.row == row) else {
            return Ok(Round::Over);
        };
        let more = ledger.lay_out(row).await?;
        let now = self.app.clock().now();
        let due = ledger.due_deliveries(row, now, Schedule::held_since(now), ROUND).await?;
        if due.is_empty() {
            if more {
                return Ok(Round::More);
            }
            return Ok(Round::Nothing(ledger.next_due(row).await?.filter(|next| *next > now)));
        }
        let secrets = match self.secrets_of(&webhook, now) {
            Ok(secrets) => secrets,
            Err(error) => {
                // The receiver has no part in it: nothing counts as tried.
                ledger.webhook_stands_still(row, error).await?;
                return Ok(Round::Nothing(None));
            }
        };
        let attempts = self.send_all(&webhook, &secrets, due).await?;
        let now = self.app.clock().now();
        ledger.record_attempts(webhook, attempts, now, Schedule::given_up(now)).await?;
        Ok(Round::More)
    }

    /// Sends what is due, some at a time.
    async fn send_all(
        &self,
        webhook: &ActiveWebhook,
        secrets: &[Secret],
        due: Vec<DueDelivery>,
    ) -> Result<Vec<Attempt>, Fault> {
        let letters = letters(&self.app, webhook, due).await?;
        let attempts = stream::iter(letters).map(|letter| self.attempt(webhook, secrets, letter));
        Ok(attempts.buffer_unordered(AT_ONCE).collect().await)
    }

    async fn attempt(
        &self,
        webhook: &ActiveWebhook,
        secrets: &[Secret],
        letter: Letter,
    ) -> Attempt {
        let Some(body) = &letter.body else {
            return Attempt { delivery: letter.delivery, status: None, verdict: Verdict::Gone };
        };
        let sent = letter.send(&self.app, &self.client, &webhook.url, secrets, body).await;
        let (status, verdict) = match sent {
            Ok(status) => (Some(status), Verdict::Taken),
            Err(NotTaken { status, error, asked }) => {
                let now = self.app.clock().now();
                let verdict = match self.schedule.next(letter.attempts + 1, now, asked) {
                    Some(due) => Verdict::Again { error, due },
                    None => Verdict::Dead { error, body: body.clone() },
                };
                (status, verdict)
            }
        };
        Attempt { delivery: letter.delivery, status, verdict }
    }

    /// The secrets that requests sent at `now` are signed with.
    fn secrets_of(&self, webhook: &ActiveWebhook, now: Timestamp) -> Result<Vec<Secret>, String> {
        let vault = self.app.vault().ok_or("this program keeps no secrets")?;
        let former = webhook.former.as_ref().filter(|(_, until)| *until > now);
        let sealed =
            std::iter::once(&webhook.sealed_secret).chain(former.map(|(secret, _)| secret));
        let open = |sealed: &Vec<u8>| {
            let bytes = vault.unseal(webhook.id.as_bytes(), sealed);
            Secret::of_bytes(bytes.map_err(|error| error.to_string())?)
                .map_err(|error| error.to_string())
        };
        sealed.map(open).collect()
    }

    fn until(&self, next: Option<Timestamp>) -> Duration {
        let Some(next) = next else { return AT_LEAST };
        let micros = next.micros() - self.app.clock().now().micros();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(AT_LEAST)
    }
}

//! One webhook, served in a loop of its own.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use mtm_connect::guard::{Guard, Refusal, State, Verdict as Ending};
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
                Ok(Round::Over) => {
                    self.app.guards().forget(&id.to_string());
                    return;
                }
                Ok(Round::Nothing(next)) => self.until(next),
                Ok(Round::Elsewhere) => {
                    // Who sends knows how the way stands; what was known here is old.
                    self.app.guards().forget(&id.to_string());
                    PAUSE
                }
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
        let peer = webhook.id.to_string();
        let guard = self.app.guards().of(&peer);
        guard.hold(ledger.guard_hold(peer.clone()).await?);
        self.app.tell_guard(&peer).await?;
        if let Some(refusal) = guard.shut() {
            // Nothing is tried, and so nothing counts as tried: what is due waits for the probe.
            return Ok(if more { Round::More } else { Round::Nothing(refusal.until) });
        }
        // One is enough to see whether it is well again.
        let most = if guard.state() == State::Closed { ROUND } else { 1 };
        let now = self.app.clock().now();
        let due = ledger.due_deliveries(row, now, Schedule::held_since(now), most).await?;
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
        let (attempts, refused) = self.send_all(&webhook, &guard, &secrets, due).await?;
        let went_on = !attempts.is_empty();
        if went_on {
            let now = self.app.clock().now();
            ledger.record_attempts(webhook, attempts, now, Schedule::given_up(now)).await?;
        }
        self.app.tell_guard(&peer).await?;
        Ok(if went_on { Round::More } else { Round::Nothing(refused.and_then(|it| it.until)) })
    }

    /// Sends what is due, some at a time, as far as the guard lets it through; why something was not.
    async fn send_all(
        &self,
        webhook: &ActiveWebhook,
        guard: &Guard,
        secrets: &[Secret],
        due: Vec<DueDelivery>,
    ) -> Result<(Vec<Attempt>, Option<Refusal>), Fault> {
        let letters = letters(&self.app, webhook, due).await?;
        let at_once = usize::from(guard.settings().at_once.max(1));
        let sending =
            stream::iter(letters).map(|letter| self.attempt(webhook, guard, secrets, letter));
        let ended: Vec<_> = sending.buffer_unordered(at_once).collect().await;
        let refused = ended.iter().find_map(|it| it.as_ref().err().copied());
        Ok((ended.into_iter().filter_map(Result::ok).collect(), refused))
    }

    async fn attempt(
        &self,
        webhook: &ActiveWebhook,
        guard: &Guard,
        secrets: &[Secret],
        letter: Letter,
    ) -> Result<Attempt, Refusal> {
        let Some(body) = &letter.body else {
            let (delivery, verdict) = (letter.delivery, Verdict::Gone);
            return Ok(Attempt { delivery, status: None, verdict });
        };
        let passage = guard.admit()?;
        let sent = letter.send(&self.app, &self.client, &webhook.url, secrets, body).await;
        passage.ended(match &sent {
            Ok(status) => Ending::of_answer(*status, None),
            Err(no) => no.status.map_or(Ending::FAILED, |it| Ending::of_answer(it, no.asked)),
        });
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
        Ok(Attempt { delivery: letter.delivery, status, verdict })
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

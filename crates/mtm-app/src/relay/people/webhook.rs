//! News by webhooks of people's own: signed requests, some at a time.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use mtm_connect::guard::Verdict;
use mtm_connect::outgoing::Target;
use mtm_connect::webhook::{self, Secret};
use mtm_core::notice::NoticeWay;
use mtm_core::trouble::Trouble;
use mtm_store::Fault;
use mtm_store::notice::{Bundle, DuePile, PileFate};

use super::message::{body, items};
use super::{MOST, NoticesDue, PeopleRelay, Round};

/// Requests at once.
const AT_ONCE: usize = 8;
/// Until what this program cannot sign is looked at again.
const UNSIGNED: Duration = Duration::from_secs(300);
/// Until a host that is called as often as may be is called again.
const BUSY: Duration = Duration::from_secs(1);

impl PeopleRelay {
    /// Sends requests until it is stopped.
    pub(super) async fn webhooks(&self) {
        let mut due = self.app.bus().follow::<NoticesDue>();
        while !self.stop.is_wanted() {
            let round = self.webhook_round().await;
            self.rest(round, &mut due).await;
        }
    }

    async fn webhook_round(&self) -> Result<Round, Fault> {
        let due = match self.due(NoticeWay::Webhook).await? {
            Ok(due) => due,
            Err(round) => return Ok(round),
        };
        let telling = stream::iter(due).map(|pile| self.request(pile));
        let told: Vec<Result<(), Fault>> = telling.buffer_unordered(AT_ONCE).collect().await;
        told.into_iter().collect::<Result<(), Fault>>()?;
        Ok(Round::More)
    }

    async fn request(&self, pile: DuePile) -> Result<(), Fault> {
        let Some(bundle) = self.app.ledger().bundle(pile.row, MOST).await? else { return Ok(()) };
        let items = items(&pile, &bundle);
        if items.is_empty() {
            return self.settle(&pile, bundle.up_to, PileFate::Empty).await;
        }
        let fate = match (self.secret_of(&pile), self.target_of(&pile)) {
            (Err(error), _) => PileFate::Held { error, due: self.after(UNSIGNED) },
            (_, Err(error)) => PileFate::Stopped { error },
            (Ok(secret), Ok(target)) => {
                // Many people have webhooks on the same chat server: it is one peer.
                let guard = self.app.guards().of(&format!("people:{}", target.origin()));
                match guard.admit() {
                    Ok(passage) => {
                        let text = body(&self.app, &pile, &bundle, &items);
                        let sent = self.post(&pile, &bundle, &target, &secret, text).await;
                        passage.ended(sent.1);
                        sent.0
                    }
                    Err(refusal) => PileFate::Held {
                        error: format!("{} is left alone for a while", target.origin()),
                        due: refusal.until.unwrap_or_else(|| self.after(BUSY)),
                    },
                }
            }
        };
        self.settle(&pile, bundle.up_to, fate).await
    }

    async fn post(
        &self,
        pile: &DuePile,
        bundle: &Bundle,
        target: &Target,
        secret: &Secret,
        body: String,
    ) -> (PileFate, Verdict) {
        let id = format!("{}.{}", pile.id.simple(), bundle.up_to);
        let seconds = self.app.clock().now().micros() / 1_000_000;
        let signed = webhook::sign(std::slice::from_ref(secret), &id, seconds, body.as_bytes());
        let headers = [
            ("content-type", "application/json"),
            (webhook::ID, id.as_str()),
            (webhook::TIMESTAMP, signed.timestamp.as_str()),
            (webhook::SIGNATURE, signed.signature.as_str()),
        ];
        let reply = match self.client.post(target, &headers, body.into_bytes()).await {
            Ok(reply) => reply,
            Err(error) => return (self.again(pile, error.to_string(), None), Verdict::FAILED),
        };
        let verdict = Verdict::of_answer(reply.status, reply.retry_after);
        if reply.is_success() {
            return (PileFate::Taken { next: self.after(self.pace.webhook) }, verdict);
        }
        let error = format!("HTTP {}: {}", reply.status, reply.excerpt);
        let fate = if Trouble::of_peer(reply.status) == Trouble::Permanent {
            PileFate::Stopped { error }
        } else {
            self.again(pile, error, reply.retry_after)
        };
        (fate, verdict)
    }

    /// The address is looked at again: what its owner may do, and what is allowed here, may have changed.
    fn target_of(&self, pile: &DuePile) -> Result<Target, String> {
        let address = self.app.webhook_address(pile.role, &pile.address);
        let address = address.map_err(|error| error.to_string())?;
        Target::parse(&address).map_err(|error| error.to_string())
    }

    fn secret_of(&self, pile: &DuePile) -> Result<Secret, String> {
        let vault = self.app.vault().ok_or("this program keeps no secrets")?;
        let sealed = pile.sealed_secret.as_deref().ok_or("this webhook has no secret")?;
        let bytes = vault.unseal(pile.id.as_bytes(), sealed).map_err(|error| error.to_string())?;
        Secret::of_bytes(bytes).map_err(|error| error.to_string())
    }
}

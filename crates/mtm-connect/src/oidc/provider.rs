//! A provider: what is known of it, and the two halves of a sign-in.

use std::sync::Arc;

use mtm_core::word::Timestamp;
use tokio::sync::Mutex;

use super::Client;
use super::claims::Claims;
use super::discovery::{LONGEST, Metadata, object};
use super::error::{OidcError, word};
use super::exchange;
use super::keys::Keys;
use super::request::{self, Answer, Attempt};
use super::token::{Expected, Unproved};
use crate::outgoing;

const SECOND: i64 = 1_000_000;
/// How long what it published counts.
const FRESH: i64 = 3_600 * SECOND;
/// How long a provider that was away is not asked again: people who press once more wait for nobody.
const PAUSE: i64 = 5 * SECOND;
/// At most so often its keys are asked for because a token names one that is not known: tokens come from
/// strangers.
const ROTATION: i64 = 60 * SECOND;

/// Who somebody is, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Its name for the person, which never changes and is never given to another one.
    pub subject: String,
    /// What else it says.
    pub claims: Claims,
}

/// An identity provider. What it published is remembered; times are the caller's, in
/// [`Timestamp`]s.
#[derive(Debug)]
pub struct Provider {
    client: Client,
    http: outgoing::Client,
    /// Held while it is asked, so that many who press at once ask once.
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    published: Option<(Timestamp, Arc<Metadata>, Arc<Keys>)>,
    failed: Option<(Timestamp, OidcError)>,
    rotated: Option<Timestamp>,
}

impl Provider {
    /// The provider that `client` names, called by `http`. Nobody is asked yet.
    pub fn new(client: Client, http: outgoing::Client) -> Self {
        Self { client, http, known: Mutex::default() }
    }

    /// Its name for itself.
    pub fn issuer(&self) -> &str {
        &self.client.issuer
    }

    /// The address that a browser is sent to, which comes back to `redirect`.
    pub async fn begin(
        &self,
        redirect: &str,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<String, OidcError> {
        let (metadata, _) = self.published(now).await?;
        request::address(&metadata, &self.client, redirect, attempt)
    }

    /// Who came back to `redirect` with `answer` to `attempt`.
    pub async fn finish(
        &self,
        redirect: &str,
        attempt: &Attempt,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Identity, OidcError> {
        if !same(&answer.state, &attempt.state) {
            return Err(OidcError::Foreign);
        }
        let (metadata, keys) = self.published(now).await?;
        self.came_from_issuer(&metadata, answer)?;
        if !answer.error.is_empty() {
            return Err(match word(&answer.error) {
                reason if ["server_error", "temporarily_unavailable"].contains(&&*reason) => {
                    OidcError::Away { step: "authorization", why: reason }
                }
                reason => OidcError::Refused(reason),
            });
        }
        if answer.code.is_empty() {
            return Err(OidcError::Foreign);
        }
        let (http, client) = (&self.http, &self.client);
        let tokens =
            exchange::tokens(http, &metadata, client, redirect, &answer.code, &attempt.verifier)
                .await?;
        let token = Unproved::parse(&tokens.id)?;
        let known = keys.know(token.key_id.as_deref());
        let keys = if known { keys } else { self.rotated(now).await? };
        let expected = Expected {
            issuer: &client.issuer,
            client_id: &client.client_id,
            nonce: &attempt.nonce,
            now: now.micros().div_euclid(SECOND),
        };
        let (subject, mut claims) = token.prove(&keys, &expected)?;
        if client.claims.iter().any(|name| !claims.has(name)) {
            let user_info = metadata.user_info.as_ref();
            let more = exchange::user_info(http, user_info, &tokens, &subject).await?;
            claims = claims.and(more);
        }
        Ok(Identity { issuer: client.issuer.clone(), subject, claims })
    }

    /// Refuses an answer of another provider (RFC 9207): it would have the code of this one's person
    /// told to that one, or the other way round.
    fn came_from_issuer(&self, metadata: &Metadata, answer: &Answer) -> Result<(), OidcError> {
        let named = !answer.issuer.is_empty();
        if named && answer.issuer != self.client.issuer || !named && metadata.names_issuer {
            return Err(OidcError::untrusted("the answer does not come from oidc.issuer"));
        }
        Ok(())
    }

    /// What it published, asked for where it is older than an hour.
    async fn published(&self, now: Timestamp) -> Result<(Arc<Metadata>, Arc<Keys>), OidcError> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata, keys)) = &known.published
            && is_within(*at, FRESH, now)
        {
            return Ok((Arc::clone(metadata), Arc::clone(keys)));
        }
        if let Some((at, error)) = &known.failed
            && is_within(*at, PAUSE, now)
        {
            return Err(error.clone());
        }
        match self.ask().await {
            Ok((metadata, keys)) => {
                let (metadata, keys) = (Arc::new(metadata), Arc::new(keys));
                known.published = Some((now, Arc::clone(&metadata), Arc::clone(&keys)));
                known.failed = None;
                Ok((metadata, keys))
            }
            Err(error) => {
                known.failed = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    /// Its keys, asked for anew where that was not done a moment ago.
    async fn rotated(&self, now: Timestamp) -> Result<Arc<Keys>, OidcError> {
        let mut known = self.known.lock().await;
        let recently = known.rotated.is_some_and(|at| is_within(at, ROTATION, now));
        let Some((_, metadata, keys)) = &mut known.published else {
            return Err(OidcError::untrusted("its keys are not known"));
        };
        if !recently {
            *keys = Arc::new(self.keys(metadata).await?);
        }
        let keys = Arc::clone(keys);
        if !recently {
            known.rotated = Some(now);
        }
        Ok(keys)
    }

    async fn ask(&self) -> Result<(Metadata, Keys), OidcError> {
        let metadata = Metadata::fetch(&self.http, &self.client.issuer).await?;
        let keys = self.keys(&metadata).await?;
        Ok((metadata, keys))
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Keys, OidcError> {
        let answer =
            self.http.fetch(&metadata.keys, &[("accept", "application/json")], LONGEST).await;
        Keys::of(&object("keys", &answer.map_err(|error| OidcError::away("keys", &error))?)?)
    }
}

fn is_within(at: Timestamp, micros: i64, now: Timestamp) -> bool {
    at <= now && now < at.plus_micros(micros)
}

/// Whether two texts are the same, found out as slowly for each that is not.
fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differences == 0
}

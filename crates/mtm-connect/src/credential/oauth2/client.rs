//! Asks for tokens, and hands them out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mtm_core::word::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer::{Given, LONGEST, given};
use super::assertion::Statement;
use super::tokens::{Step, Tokens};
use super::{Proof as Way, Settings};
use crate::credential::{CredentialError, Denial, Proof};
use crate::guard::{Guard, Moments, Unanswered, Verdict};
use crate::outgoing::{Answered, CallError, Header, Message, Method, Rotating};
use crate::secret::{Kept, Secret, SecretError};

/// What a statement of ours is called (RFC 7523, §2.2).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Asks one token endpoint for tokens, and keeps them in memory.
pub struct Client {
    settings: Settings,
    kept: Kept,
    way: Rotating,
    guard: Guard,
    moments: Moments,
    state: Mutex<State>,
    /// Told whenever a request has ended.
    ended: watch::Sender<u64>,
    /// The request that is under way; it ends by its deadline.
    asking: Mutex<JoinSet<()>>,
}

struct State {
    tokens: Tokens,
    /// The secret by which was asked last.
    asked_by: u64,
    /// Requests that were made.
    requests: u64,
}

/// How a token stands, for whoever looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// When the token that is used was asked for.
    pub obtained_at: Option<Timestamp>,
    /// Until when it is used.
    pub valid_until: Option<Timestamp>,
    /// Requests for tokens that were made.
    pub requests: u64,
    /// Why the last request brought none, where it did not, and when.
    pub failed: Option<(CredentialError, Timestamp)>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that asks by `way`, under `guard`. Nobody is asked yet.
    pub fn new(
        settings: Settings,
        way: Rotating,
        guard: Guard,
        moments: Moments,
        seed: u64,
    ) -> Self {
        let kept = Kept::new(settings.proof.reference().clone());
        let state = State { tokens: Tokens::new(seed), asked_by: 0, requests: 0 };
        let (ended, _) = watch::channel(0);
        let (state, asking) = (Mutex::new(state), Mutex::default());
        Self { settings, kept, way, guard, moments, state, ended, asking }
    }

    /// The header with a token; waits for one that is asked for.
    pub(in crate::credential) async fn prove(self: &Arc<Self>) -> Result<Proof, CredentialError> {
        let mut ended = self.ended.subscribe();
        loop {
            // Marked before it is looked: what ends from now on wakes.
            ended.mark_unchanged();
            let step = {
                let number = self.kept.current().map_or(0, |(_, number)| number);
                let mut state = self.state();
                if state.asked_by != number {
                    state.tokens.changed();
                }
                state.tokens.step((self.moments)())
            };
            match step {
                Step::Use(token) => return proof(&token.text, token.number),
                Step::UseAndAsk(token) => {
                    self.ask();
                    return proof(&token.text, token.number);
                }
                Step::Ask => self.ask(),
                Step::Wait => {}
                Step::Fail(error) => return Err(error),
            }
            // The sender is ours.
            let _ = ended.changed().await;
        }
    }

    pub(in crate::credential) fn refused(&self, number: u64) -> bool {
        let now = (self.moments)();
        self.state().tokens.refused(number, now)
    }

    pub(in crate::credential) const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// How its token stands.
    pub fn standing(&self) -> Standing {
        let state = self.state();
        let held = state.tokens.held();
        Standing {
            obtained_at: held.map(|token| token.since),
            valid_until: held.map(|token| token.until),
            requests: state.requests,
            failed: state.tokens.failed().map(|(error, at)| (error.clone(), at)),
        }
    }

    /// Asks in a task of its own, so that no caller who goes away takes the others' token along.
    fn ask(self: &Arc<Self>) {
        let asker = Asker(Arc::clone(self), false);
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        while asking.try_join_next().is_some() {}
        asking.spawn(asker.ask());
    }

    async fn request(&self) -> Result<Given, CredentialError> {
        let (secret, number) = self.kept.current()?;
        self.state().asked_by = number;
        let first = self.request_by(&secret).await;
        let is_unknown = matches!(first, Err(CredentialError::Denied(Denial::InvalidClient)));
        if !is_unknown || !self.kept.is_other_than(number) {
            return first;
        }
        // It was rotated a moment ago, and its file looked the same.
        let (secret, number) = self.kept.current()?;
        self.state().asked_by = number;
        self.request_by(&secret).await
    }

    async fn request_by(&self, secret: &Secret) -> Result<Given, CredentialError> {
        let message = self.message(secret)?;
        let client = self.way.client()?;
        self.state().requests += 1;
        let answer = self.guard.once(judge, client.send(message)).await;
        match answer {
            Ok(answer) => given(&answer),
            Err(Unanswered::Refused(refusal)) => Err(CredentialError::Guarded(refusal)),
            Err(Unanswered::TimedOut(limit)) => {
                let why = format!("no answer within {} ms", limit.as_millis());
                Err(CredentialError::Away { why, asked: None })
            }
            Err(Unanswered::Failed(CallError::Endless(_))) => {
                Err(CredentialError::Untrusted("it does not end"))
            }
            Err(Unanswered::Failed(error)) => Err(CredentialError::away(&error)),
        }
    }

    fn message(&self, secret: &Secret) -> Result<Message, CredentialError> {
        let settings = &self.settings;
        let assertion;
        let mut fields = vec![("grant_type", "client_credentials")];
        let optional = [
            ("scope", &settings.scope),
            ("audience", &settings.audience),
            ("resource", &settings.resource),
        ];
        fields.extend(optional.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        let mut headers = vec![
            Header::open("accept", "application/json"),
            Header::open("content-type", "application/x-www-form-urlencoded"),
        ];
        let unsendable = || SecretError::Unsendable(self.kept.reference().clone());
        match &settings.proof {
            Way::Basic(_) => {
                let secret = std::str::from_utf8(secret.bytes()).map_err(|_| unsendable())?;
                headers.push(Header::secret("authorization", basic(&settings.client_id, secret)));
            }
            Way::Post(_) => {
                let secret = std::str::from_utf8(secret.bytes()).map_err(|_| unsendable())?;
                fields.extend([("client_id", &*settings.client_id), ("client_secret", secret)]);
            }
            Way::Key { key_id, algorithm, audience, .. } => {
                let statement = Statement {
                    client_id: &settings.client_id,
                    audience: audience.as_deref().unwrap_or(settings.token_url.as_str()),
                    key_id: key_id.as_deref(),
                    algorithm: *algorithm,
                    now: (self.moments)().micros().div_euclid(1_000_000),
                };
                assertion = statement.sign(secret)?;
                fields.extend([
                    ("client_id", &*settings.client_id),
                    ("client_assertion_type", ASSERTION),
                    ("client_assertion", &*assertion),
                ]);
            }
        }
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Ok(Message {
            method: Method::Post,
            target: settings.token_url.clone(),
            headers,
            body: body.into_bytes(),
            most: LONGEST,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in there panics half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever makes a request; however that ends, those who wait hear of it.
struct Asker(Arc<Client>, bool);

impl Asker {
    async fn ask(mut self) {
        let asked_at = (self.0.moments)();
        let answer = self.0.request().await;
        let now = (self.0.moments)();
        self.0.state().tokens.answered(answer, asked_at, now);
        self.1 = true;
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        if !self.1 {
            self.0.state().tokens.given_up();
        }
        self.0.ended.send_modify(|times| *times += 1);
    }
}

fn proof(token: &Secret, number: u64) -> Result<Proof, CredentialError> {
    let text = token.text().ok_or(CredentialError::Untrusted("its token is no header"))?;
    let header = Header::secret("authorization", format!("Bearer {text}"));
    Ok(Proof { headers: vec![header], number })
}

/// A server that says no to what it was sent is well.
fn judge(answer: &Result<Answered, CallError>) -> Verdict {
    match answer {
        Ok(answer) => Verdict::of_answer(answer.status, answer.retry_after),
        Err(_) => Verdict::FAILED,
    }
}

/// Name and secret, each encoded as a form's field first (RFC 6749, §2.3.1).
fn basic(name: &str, secret: &str) -> String {
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(name), encoded(secret))))
}

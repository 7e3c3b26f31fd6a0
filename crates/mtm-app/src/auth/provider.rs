//! People whom the plant's identity provider vouches for: signing in with it.
//!
//! An attempt is kept by the browser, sealed under the vault's key, for ten minutes: servers that share a
//! database share that key, so that whichever of them is asked can finish what another began, and nothing
//! waits in memory. It is used once; a provider's code is, too, which counts wherever the browser goes.
//!
//! Each end of an attempt has its code, and a line in the log that says why without a token, a code or a
//! secret. What follows for people (role, name, being new) is decided in one transaction of the store.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mtm_connect::oidc::{Answer, Attempt, Identity, OidcError, Provider};
use mtm_core::code::Code;
use mtm_core::word::{Timestamp, UserName};
use mtm_store::Fault;
use mtm_store::record::Arrival;
use serde_json::{Value, json};

use super::rights::RightsChanged;
use super::role_map::RoleMap;
use super::secret::digest;
use super::session::SessionGrant;
use crate::App;
use crate::error::AppError;

/// How long an attempt may take.
const LIFETIME_MICROS: i64 = 10 * 60 * 1_000_000;
/// Beyond so many used attempts the memory is emptied of those that are over, then of all.
const MOST_USED: usize = 10_000;
/// A way back that is longer is not kept: cookies end at 4 KiB.
const LONGEST_WAY: usize = 1_000;
/// What an attempt is sealed for.
const OWNER: &[u8] = b"oidc attempt";
/// Whose tries are counted: who somebody is turns out afterwards.
const ACCOUNT: &str = "\u{0}provider";
/// Most characters of a name people are known by.
const LONGEST_NAME: usize = 100;

/// What holds for people of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRules {
    /// What people call it; stands on the button.
    pub name: String,
    /// Address by which browsers come to this server, without a `/` at its end; without one, only those
    /// on this machine can sign in this way.
    pub public_url: Option<String>,
    /// The claim that names groups.
    pub role_claim: String,
    /// What groups may do.
    pub roles: RoleMap,
    /// The claim that is the login name of somebody new.
    pub login_claim: String,
    /// Whether somebody new may be a person of the same login name who is here already.
    pub link: bool,
}

/// The plant's identity provider, with the rules for its people.
#[derive(Debug)]
pub struct SignInProvider {
    rules: ProviderRules,
    provider: Provider,
}

/// A browser on its way to the provider.
pub struct Departure {
    /// Where it goes.
    pub address: String,
    /// What it keeps meanwhile, for [`App::finish_with_provider`] only.
    pub kept: String,
}

impl std::fmt::Debug for Departure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Departure(…)")
    }
}

/// Attempts that came back, by a digest of their state, until they are over.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<HashMap<[u8; 32], Timestamp>>);

/// What a browser kept.
struct Kept {
    attempt: Attempt,
    redirect: String,
    next: String,
    until: Timestamp,
}

impl SignInProvider {
    /// `provider`, under these rules.
    pub fn new(rules: ProviderRules, provider: Provider) -> Self {
        Self { rules, provider }
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.rules.name
    }

    /// The address by which browsers come to this server, where the configuration says it.
    pub fn public_url(&self) -> Option<&str> {
        self.rules.public_url.as_deref()
    }

    /// Whom the store is to welcome.
    fn arrival(&self, identity: &Identity) -> Result<Arrival, AppError> {
        let rules = &self.rules;
        let groups = identity.claims.texts(&rules.role_claim);
        let role = rules.roles.role(&groups).ok_or_else(|| {
            let message = format!("{} names no group of yours that may come in here", rules.name);
            AppError::refused(Code::NoRole, message)
        })?;
        let claim = &rules.login_claim;
        let unusable = |why: String| {
            let message = format!("{} gives no login name in `{claim}`: {why}", rules.name);
            AppError::refused(Code::ProviderUntrusted, message)
        };
        let login = identity.claims.text(claim);
        let login = login.ok_or_else(|| unusable("it is missing".to_owned()))?;
        let name = UserName::parse(login).map_err(|error| unusable(error.to_string()))?;
        let known_as = identity.claims.text("name").map(|name| {
            let plain = name.chars().filter(|it| !it.is_control()).take(LONGEST_NAME);
            plain.collect::<String>().trim().to_owned()
        });
        Ok(Arrival {
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            name,
            display_name: known_as.filter(|name| !name.is_empty()),
            role,
            link: rules.link,
        })
    }
}

impl App {
    /// Sends a browser to the provider, which sends it back to `redirect`; afterwards it goes on to
    /// `next`.
    pub async fn begin_with_provider(
        &self,
        redirect: &str,
        next: &str,
    ) -> Result<Departure, AppError> {
        let provider = self.provider().ok_or_else(no_provider)?;
        let attempt = Attempt::fresh().map_err(|error| told(&error))?;
        let now = self.clock().now();
        let begun = provider.provider.begin(redirect, &attempt, now).await;
        let address = begun.map_err(|error| told(&error))?;
        let next = if next.len() > LONGEST_WAY { "/" } else { next };
        let kept = Kept {
            attempt,
            redirect: redirect.to_owned(),
            next: next.to_owned(),
            until: now.plus_micros(LIFETIME_MICROS),
        };
        Ok(Departure { address, kept: self.seal(&kept)? })
    }

    /// Signs in whoever came back with `answer` to what their browser `kept`; gives the session, and where
    /// they wanted to go. Ten tries a minute from an address, not counting those that succeed.
    pub async fn finish_with_provider(
        &self,
        kept: Option<&str>,
        answer: &Answer,
        remote: IpAddr,
        user_agent: Option<String>,
    ) -> Result<(SessionGrant, String), AppError> {
        let provider = self.provider().ok_or_else(no_provider)?;
        let (door, now) = (self.doorkeeper(), self.clock().now());
        door.limit.admit(remote, ACCOUNT, now).map_err(|seconds| AppError::TooMany { seconds })?;
        let kept = kept.and_then(|kept| self.unseal(kept)).filter(|kept| now < kept.until);
        let kept = kept.ok_or_else(|| told(&OidcError::Foreign))?;
        // Before anybody is asked, so that of two that come at once one goes on.
        if answer.state == kept.attempt.state && !door.used.first(&answer.state, kept.until, now) {
            return Err(told(&OidcError::CodeUsed));
        }
        let came = provider.provider.finish(&kept.redirect, &kept.attempt, answer, now).await;
        let identity = came.map_err(|error| told(&error))?;
        let arrival = provider.arrival(&identity).inspect_err(refusal)?;
        let welcome = self.ledger().welcome(arrival).await.map_err(AppError::from);
        let welcome = welcome.inspect_err(refusal)?;
        if welcome.changed {
            self.bus().send(&RightsChanged);
        }
        door.limit.succeed(remote, ACCOUNT);
        Ok((self.begin_session(welcome.user, user_agent).await?, kept.next))
    }

    fn seal(&self, kept: &Kept) -> Result<String, AppError> {
        let Kept { attempt, redirect, next, until } = kept;
        let text =
            json!([attempt.state, attempt.nonce, attempt.verifier, redirect, next, until.micros()]);
        let vault = self.vault().ok_or_else(no_provider)?;
        let sealed = vault.seal(OWNER, text.to_string().as_bytes());
        let sealed = sealed.map_err(|error| Fault::Transient(error.to_string()))?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn unseal(&self, kept: &str) -> Option<Kept> {
        let sealed = URL_SAFE_NO_PAD.decode(kept).ok()?;
        let text = self.vault()?.unseal(OWNER, &sealed).ok()?;
        let parts: Vec<Value> = serde_json::from_slice(&text).ok()?;
        let text = |at: usize| parts.get(at)?.as_str().map(str::to_owned);
        Some(Kept {
            attempt: Attempt { state: text(0)?, nonce: text(1)?, verifier: text(2)? },
            redirect: text(3)?,
            next: text(4)?,
            until: Timestamp::from_micros(parts.get(5)?.as_i64()?),
        })
    }
}

impl Used {
    /// Whether an attempt that lasts `until` comes back for the first time.
    fn first(&self, state: &str, until: Timestamp, now: Timestamp) -> bool {
        let mut used = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if used.len() >= MOST_USED {
            used.retain(|_, until| now < *until);
        }
        if used.len() >= MOST_USED {
            used.clear();
        }
        used.insert(digest(state), until).is_none()
    }
}

fn no_provider() -> AppError {
    AppError::refused(Code::NotFound, "nobody signs in here with an identity provider")
}

/// A failure as people are told it; the log is told why.
fn told(error: &OidcError) -> AppError {
    let code = match error {
        OidcError::Away { .. } => Code::ProviderUnavailable,
        OidcError::Refused(_) | OidcError::Misconfigured(_) => Code::ProviderRefused,
        OidcError::Foreign | OidcError::CodeUsed => Code::SignInExpired,
        OidcError::Untrusted(_) => Code::ProviderUntrusted,
        OidcError::NoRandomness => Code::Internal,
    };
    match error {
        OidcError::Away { .. } | OidcError::Untrusted(_) | OidcError::Misconfigured(_) => {
            tracing::warn!(%code, "nobody was signed in with the identity provider: {error}");
        }
        _ => {
            tracing::info!(%code, "somebody was not signed in with the identity provider: {error}");
        }
    }
    match error {
        // What strangers are told of our configuration is its code.
        OidcError::Away { .. } | OidcError::Untrusted(_) | OidcError::Misconfigured(_) => {
            AppError::refused(code, code.title())
        }
        _ => AppError::refused(code, error.to_string()),
    }
}

/// Tells the log of somebody whom the provider vouches for, and who is kept out here.
fn refusal(error: &AppError) {
    let code = error.code();
    tracing::info!(%code, "somebody of the identity provider was kept out: {error}");
}

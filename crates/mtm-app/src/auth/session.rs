//! People in browsers: signing in, being recognised, signing out.

use std::net::IpAddr;

use mtm_core::code::Code;
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserName, fold};
use mtm_store::Fault;
use mtm_store::record::{NewSession, SessionRecord, UserKind, UserRecord};

use super::password;
use super::rights::RightsChanged;
use super::secret::{Secret, digest};
use crate::App;
use crate::error::AppError;
use crate::principal::{Principal, PrincipalKind};

/// A session lives as long as a long shift after its last use.
const LIFETIME_MICROS: i64 = 12 * 3600 * 1_000_000;
/// The demo's plant manager.
const DEMO_USER: &str = "demo";

/// A session that just began. The secret goes into the cookie and nowhere else.
#[derive(Debug, Clone)]
pub struct SessionGrant {
    /// For the cookie.
    pub secret: Secret,
    /// What forms and scripts must send back.
    pub csrf: String,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub principal: Principal,
}

impl App {
    /// Lets a person in by name and password. Ten tries a minute for an address and a name.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        remote: IpAddr,
        user_agent: Option<String>,
    ) -> Result<SessionGrant, AppError> {
        let account = fold(name);
        let door = self.doorkeeper();
        door.limit
            .admit(remote, &account, self.clock().now())
            .map_err(|seconds| AppError::TooMany { seconds })?;
        let known = match UserName::parse(name) {
            Ok(name) => self.ledger().user_to_sign_in(&name).await?,
            Err(_) => None,
        };
        let (user, stored) = match known {
            Some((user, stored)) => (Some(user), stored),
            None => (None, None),
        };
        let right = self.verify_password(password.to_owned(), stored).await?;
        // One answer for "nobody of that name" and "wrong password".
        let Some(user) = user.filter(|user| right && user.disabled_at.is_none()) else {
            return Err(AppError::refused(Code::Unauthenticated, "name or password is wrong"));
        };
        door.limit.succeed(remote, &account);
        self.begin_session(user, user_agent).await
    }

    /// Lets the demo's plant manager in with one click: only on a demo ledger, only from this
    /// machine.
    pub async fn demo_sign_in(
        &self,
        remote: IpAddr,
        user_agent: Option<String>,
    ) -> Result<SessionGrant, AppError> {
        if !self.site().demo || !remote.to_canonical().is_loopback() {
            return Err(AppError::refused(
                Code::Forbidden,
                "one-click sign-in works on the demo, from the machine it runs on",
            ));
        }
        let name =
            UserName::parse(DEMO_USER).map_err(|error| Fault::Permanent(error.to_string()))?;
        let user = match self.ledger().user_to_sign_in(&name).await? {
            Some((user, _)) => user,
            None => self.add_demo_user(name).await?,
        };
        self.begin_session(user, user_agent).await
    }

    /// Who shows this session secret, if anybody.
    pub async fn principal_of_session(&self, secret: &str) -> Result<Option<Principal>, AppError> {
        let secret_hash = digest(secret);
        let now = self.clock().now();
        if let Some(principal) = self.doorkeeper().recall(&secret_hash, now) {
            return Ok(Some(principal));
        }
        let Some((session, user)) = self.ledger().session_by_secret(secret_hash).await? else {
            return Ok(None);
        };
        self.ledger().touch_session(&session, LIFETIME_MICROS).await?;
        let principal = person(&session, user);
        self.doorkeeper().remember(secret_hash, now, principal.clone());
        Ok(Some(principal))
    }

    /// Ends a session.
    pub async fn sign_out(&self, secret: &str) -> Result<(), AppError> {
        self.ledger().end_session(digest(secret)).await?;
        self.bus().send(&RightsChanged);
        Ok(())
    }

    pub(super) async fn begin_session(
        &self,
        user: UserRecord,
        user_agent: Option<String>,
    ) -> Result<SessionGrant, AppError> {
        let secret = Secret::fresh("")?;
        let csrf = Secret::fresh("")?.reveal().to_owned();
        let expires_at = self.clock().now().plus_micros(LIFETIME_MICROS);
        let new = NewSession {
            user: user.row,
            secret_hash: secret.digest(),
            csrf: csrf.clone(),
            user_agent: user_agent.map(|agent| agent.chars().take(200).collect()),
            expires_at,
        };
        let session = self.ledger().begin_session(new).await?;
        Ok(SessionGrant { secret, csrf, expires_at, principal: person(&session, user) })
    }

    async fn add_demo_user(&self, name: UserName) -> Result<UserRecord, AppError> {
        let system = self.ledger().ensure_cli_user("demo").await?;
        let new = mtm_store::record::NewUser {
            name,
            display_name: Some("Demo plant manager".to_owned()),
            role: Role::Admin,
            password_hash: None,
        };
        Ok(self.ledger().create_user(system.row, new, None).await?.value)
    }

    pub(super) async fn hash_password(&self, password: String) -> Result<String, AppError> {
        let hash = self.hashing(move || password::hash(&password)).await?;
        Ok(hash)
    }

    async fn verify_password(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, AppError> {
        let right = self.hashing(move || password::verify(&password, stored.as_deref())).await?;
        Ok(right)
    }

    /// Slow hashing off the async threads, few at a time.
    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let stopped = |error: &dyn std::fmt::Display| Fault::Transient(error.to_string());
        let _permit = self.doorkeeper().hashing.acquire().await.map_err(|error| stopped(&error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| stopped(&error))?
    }
}

fn person(session: &SessionRecord, user: UserRecord) -> Principal {
    debug_assert_eq!(user.kind, UserKind::Person, "only people have sessions");
    principal(user, PrincipalKind::Session { id: session.id, csrf: session.csrf.clone() })
}

/// The principal that `user` is.
pub(crate) fn principal(user: UserRecord, kind: PrincipalKind) -> Principal {
    Principal {
        user: user.row,
        display_name: user.display_name.unwrap_or_else(|| user.name.to_string()),
        name: user.name,
        role: user.role,
        kind,
        intent_window: user.intent_window.unwrap_or(Principal::INTENT_WINDOW),
    }
}

//! The first admin: no default password exists, a printed link works once.

use mtm_core::code::Code;
use mtm_core::policy::Role;
use mtm_core::word::UserName;
use mtm_store::record::NewUser;

use super::password::check_strength;
use super::secret::{Secret, digest};
use super::session::SessionGrant;
use crate::App;
use crate::error::AppError;

const LINK_LIFETIME_MICROS: i64 = 30 * 60 * 1_000_000;

impl App {
    /// Whether nobody can administer this site yet.
    pub async fn needs_setup(&self) -> Result<bool, AppError> {
        Ok(self.ledger().count_admins().await? == 0)
    }

    /// A fresh one-time setup secret, valid for thirty minutes; older ones stop working.
    pub async fn setup_link(&self) -> Result<Secret, AppError> {
        let secret = Secret::fresh("")?;
        let expires_at = self.clock().now().plus_micros(LINK_LIFETIME_MICROS);
        self.ledger().create_setup_link(secret.digest(), expires_at).await?;
        Ok(secret)
    }

    /// Whether a setup secret can still be used.
    pub async fn setup_link_works(&self, secret: &str) -> Result<bool, AppError> {
        Ok(self.ledger().setup_link_works(digest(secret)).await?)
    }

    /// Uses a setup secret up: adds the admin and signs them in.
    pub async fn set_up(
        &self,
        secret: &str,
        name: &str,
        password: &str,
        user_agent: Option<String>,
    ) -> Result<SessionGrant, AppError> {
        let login = UserName::parse(name)
            .map_err(|error| AppError::field("name", Code::InvalidBody, error.to_string()))?;
        check_strength(password, login.as_str())?;
        if !self.setup_link_works(secret).await? {
            return Err(AppError::refused(
                Code::NotFound,
                "the setup link was used or is too old; start the server for a new one",
            ));
        }
        let password_hash = Some(self.hash_password(password.to_owned()).await?);
        let new = NewUser { name: login, display_name: None, role: Role::Admin, password_hash };
        let user = self.ledger().use_setup_link(digest(secret), new).await?;
        self.begin_session(user, user_agent).await
    }
}

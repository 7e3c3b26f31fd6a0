//! Machines: tokens made, recognised, revoked.

use mtm_core::policy::{Deed, Role};
use mtm_store::IdempotencyKey;
use mtm_store::record::{NewToken, TokenRecord};
use uuid::Uuid;

use super::local;
use super::rights::RightsChanged;
use super::secret::{Secret, digest};
use super::session::principal;
use crate::App;
use crate::error::AppError;
use crate::principal::{Principal, PrincipalKind};

/// What every token starts with, so that people and scanners of leaked secrets know it.
const PREFIX: &str = "mtm_";

/// A token to make.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scope: Role,
    /// Whether it may give receipts lot numbers of its own.
    pub owns_lots: bool,
    /// Seconds within which an equal booking is questioned; 0 never; the default where `None`.
    pub intent_window: Option<u32>,
}

impl App {
    /// Makes a token. The secret is shown now and never again.
    pub async fn create_token(
        &self,
        who: &Principal,
        request: TokenRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<(TokenRecord, Secret), AppError> {
        who.require(Deed::Administer)?;
        let secret = Secret::fresh(PREFIX)?;
        let new = NewToken {
            name: request.name.trim().to_owned(),
            scope: request.scope,
            owns_lots: request.owns_lots,
            intent_window: request.intent_window,
            secret_hash: secret.digest(),
        };
        let token = self.ledger().create_token(who.user, new, key).await?;
        Ok((token, secret))
    }

    /// Revokes a token for good.
    pub async fn revoke_token(
        &self,
        who: &Principal,
        id: Uuid,
        key: Option<IdempotencyKey>,
    ) -> Result<TokenRecord, AppError> {
        who.require(Deed::Administer)?;
        let revoked = self.ledger().revoke_token(who.user, id, key).await?;
        self.bus().send(&RightsChanged);
        Ok(revoked.value)
    }

    /// Who shows this token, if anybody.
    pub async fn principal_of_token(&self, secret: &str) -> Result<Option<Principal>, AppError> {
        if local::is_local(secret) {
            return self.principal_of_command_line(secret).await;
        }
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let secret_hash = digest(secret);
        let now = self.clock().now();
        if let Some(principal) = self.doorkeeper().recall(&secret_hash, now) {
            return Ok(Some(principal));
        }
        let Some((token, owner)) = self.ledger().token_by_secret(secret_hash).await? else {
            return Ok(None);
        };
        self.ledger().touch_token(&token).await?;
        let kind = PrincipalKind::Token { id: token.id, owns_lots: token.owns_lots };
        let machine = Principal { role: token.scope, ..principal(owner, kind) };
        self.doorkeeper().remember(secret_hash, now, machine.clone());
        Ok(Some(machine))
    }

    /// The principal of a command line on this machine, where the ledger is opened directly.
    pub async fn local_principal(&self, os_user: &str) -> Result<Principal, AppError> {
        let user = self.ledger().ensure_cli_user(os_user).await?;
        Ok(principal(user, PrincipalKind::Local))
    }
}

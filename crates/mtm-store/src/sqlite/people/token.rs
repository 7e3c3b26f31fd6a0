//! Machine tokens, each with a principal of its own.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserId, UserName};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;
use uuid::Uuid;

use super::once::Kept;
use super::user;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{NewToken, NewUser, Once, TokenRecord, UserKind, UserRecord};
use crate::sqlite::catalogue::named;
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

const SELECT: &str = "SELECT token.uid, token.user_id, token.name, token.scope, token.owns_lots,
                             user.intent_window, token.created_at, token.last_used_at,
                             token.revoked_at
                        FROM token JOIN user ON user.id = token.user_id";

/// Last use is noted at most so often: it tells which tokens are dead, not when exactly.
const TOUCH_MICROS: i64 = 60_000_000;

fn read(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    Ok(TokenRecord {
        id: Uuid::from_bytes(row.get(0)?),
        user: UserId(row.get(1)?),
        name: row.get(2)?,
        scope: named(row, 3, Role::from_name)?,
        owns_lots: row.get(4)?,
        intent_window: row.get(5)?,
        created_at: Timestamp::from_micros(row.get(6)?),
        last_used_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_micros),
        revoked_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_micros),
    })
}

impl Ledger {
    /// Makes a token. Its answer is not kept under the key: it goes out with the secret.
    pub async fn create_token(
        &self,
        by: UserId,
        new: NewToken,
        key: Option<IdempotencyKey>,
    ) -> Result<TokenRecord, PostError> {
        let made = self.write_once(key, Kept::Nothing, move |context| create(context, by, &new));
        Ok(made.await?.value)
    }

    /// Every token, newest first.
    pub async fn tokens(&self) -> Result<Vec<TokenRecord>, Fault> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("{SELECT} ORDER BY token.id DESC"))?;
            let tokens = statement.query_map([], read)?;
            tokens.collect::<Result<Vec<_>, _>>().map_err(Fault::from)
        })
        .await
    }

    /// The token with this secret, unless it or its principal is revoked.
    pub async fn token_by_secret(
        &self,
        secret_hash: [u8; 32],
    ) -> Result<Option<(TokenRecord, UserRecord)>, Fault> {
        self.read(move |connection| {
            let token = connection
                .prepare_cached(&format!(
                    "{SELECT} WHERE token.secret_hash = ?1 AND token.revoked_at IS NULL
                        AND user.disabled_at IS NULL"
                ))?
                .query_row([secret_hash], read)
                .optional()?;
            let Some(token) = token else { return Ok(None) };
            let owner = connection
                .prepare_cached(
                    "SELECT id, uid, kind, name, display_name, role, password_hash IS NOT NULL,
                            intent_window, created_at, disabled_at, version
                       FROM user WHERE id = ?1",
                )?
                .query_row([token.user.0], user::read)?;
            Ok(Some((token, owner)))
        })
        .await
    }

    /// Notes that a token was used about now.
    pub async fn touch_token(&self, token: &TokenRecord) -> Result<(), Fault> {
        let now = self.clock().now();
        let fresh = token.last_used_at.is_some_and(|last| last.plus_micros(TOUCH_MICROS) > now);
        if fresh {
            return Ok(());
        }
        let id = token.id;
        self.write(move |context| {
            context.connection().execute(
                "UPDATE token SET last_used_at = ?2 WHERE uid = ?1",
                params![id.as_bytes(), now.micros()],
            )?;
            Ok::<(), Fault>(())
        })
        .await
    }

    /// Revokes a token for good.
    pub async fn revoke_token(
        &self,
        by: UserId,
        id: Uuid,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<TokenRecord>, PostError> {
        self.write_once(key, Kept::Body, move |context| revoke(context, by, id)).await
    }
}

fn create(
    context: &mut WriteContext<'_>,
    by: UserId,
    new: &NewToken,
) -> Result<TokenRecord, Failure> {
    let name = UserName::parse(&format!("token:{}", new.name))
        .map_err(|error| Rejection::new(Code::InvalidBody, "name", error.to_string()))?;
    let principal = NewUser {
        name,
        display_name: Some(new.name.clone()),
        role: new.scope,
        password_hash: None,
    };
    let owner = user::insert(context, by, UserKind::Token, &principal, new.intent_window)?;
    let (uid, at) = (context.fresh_uuid(), context.now());
    context.connection().execute(
        "INSERT INTO token (uid, user_id, name, scope, secret_hash, owns_lots, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            uid.as_bytes(),
            owner.row.0,
            new.name,
            new.scope.as_str(),
            new.secret_hash,
            new.owns_lots,
            at.micros(),
        ],
    )?;
    let facts = json!({"token": uid, "user": owner.row, "scope": new.scope});
    context.audit("token.added", by, at, &facts)?;
    load(context, uid)
}

fn revoke(context: &mut WriteContext<'_>, by: UserId, id: Uuid) -> Result<TokenRecord, Failure> {
    let token = load(context, id)?;
    if token.revoked_at.is_some() {
        return Ok(token);
    }
    let at = context.now();
    context.connection().execute(
        "UPDATE token SET revoked_at = ?2 WHERE uid = ?1",
        params![id.as_bytes(), at.micros()],
    )?;
    context.connection().execute(
        "UPDATE user SET disabled_at = ?2 WHERE id = ?1",
        params![token.user.0, at.micros()],
    )?;
    context.audit("token.revoked", by, at, &json!({"token": id, "user": token.user}))?;
    load(context, id)
}

fn load(context: &WriteContext<'_>, id: Uuid) -> Result<TokenRecord, Failure> {
    context
        .connection()
        .prepare_cached(&format!("{SELECT} WHERE token.uid = ?1"))?
        .query_row([id.as_bytes()], read)
        .optional()?
        .ok_or_else(|| Rejection::new(Code::NotFound, None, "there is no such token").into())
}

//! Machine tokens. Each has a principal of its own, so that the log says which machine it was.

use mtm_core::code::Code;
use mtm_core::policy::Role;
use mtm_core::rejection::Rejection;
use mtm_core::word::{UserId, UserName, fold};
use serde_json::json;
use uuid::Uuid;

use super::{is_stale, user};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once, once_secret};
use crate::record::{NewToken, NewUser, TokenRecord, UserKind, UserRecord};
use crate::sql::{
    Connection, Error, OptionalExtension, Row, moment, named, optional_moment, params, uuid,
};
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

macro_rules! tokens {
    ($tail:literal) => {
        concat!(
            "SELECT t.uid, t.user_id, t.name, t.scope, t.owns_lots, u.intent_window,
                    t.created_at, t.last_used_at, t.revoked_at
             FROM token t JOIN user u ON u.id = t.user_id ",
            $tail
        )
    };
}

/// Longest name of a token.
const NAME_MAX: usize = 60;

impl Ledger {
    /// Every token, revoked ones included, by name and age.
    pub async fn tokens(&self) -> Result<Vec<TokenRecord>, Fault> {
        self.query(|connection| {
            let mut statement = connection.prepare_cached(tokens!("ORDER BY t.name, t.id"))?;
            Ok(statement.query_all(&[], token)?)
        })
        .await
    }

    /// The token of this identity.
    pub async fn token(&self, id: Uuid) -> Result<Option<TokenRecord>, Fault> {
        self.query(move |connection| Ok(by_id(connection, id)?)).await
    }

    /// The token with this secret and its principal, unless it was revoked.
    pub async fn token_by_secret(
        &self,
        secret_hash: [u8; 32],
    ) -> Result<Option<(TokenRecord, UserRecord)>, Fault> {
        self.query(move |connection| {
            let sql = tokens!(
                "WHERE t.secret_hash = ?1 AND t.revoked_at IS NULL AND u.disabled_at IS NULL"
            );
            let found = connection.query_row(sql, params![secret_hash], token).optional()?;
            let Some(found) = found else { return Ok(None) };
            let principal = user::of_row(connection, found.user)?;
            Ok(principal.map(|principal| (found, principal)))
        })
        .await
    }

    /// Makes a token and its principal. Refused (`already_exists`) while a token of that name is
    /// in use. A second time under the same key is refused: the secret is not kept.
    pub async fn create_token(
        &self,
        by: UserId,
        new: NewToken,
        key: Option<IdempotencyKey>,
    ) -> Result<TokenRecord, PostError> {
        self.write(move |context| {
            Ok(once_secret(context, key.as_ref(), |context| create(context, by, &new))?)
        })
        .await
    }

    /// Revokes a token for good; a token revoked before stays as it is.
    pub async fn revoke_token(
        &self,
        by: UserId,
        id: Uuid,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<TokenRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| revoke(context, by, id))?)
        })
        .await
    }

    /// Writes that `token` was used, about once a minute.
    pub async fn touch_token(&self, token: &TokenRecord) -> Result<(), PostError> {
        let now = self.clock().now();
        if !is_stale(token.last_used_at, now) {
            return Ok(());
        }
        let id = token.id;
        self.write(move |context| {
            context.sql().execute(
                "UPDATE token SET last_used_at = ?2 WHERE uid = ?1",
                params![id.as_bytes(), now.micros()],
            )?;
            Ok(())
        })
        .await
    }
}

fn create(
    context: &mut WriteContext<'_>,
    by: UserId,
    new: &NewToken,
) -> Result<TokenRecord, Failure> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Rejection::new(
            Code::InvalidBody,
            "name",
            format!("a token's name has 1 to {NAME_MAX} characters"),
        )
        .into());
    }
    let in_use: bool = context.sql().query_row(
        "SELECT EXISTS (SELECT 1 FROM token WHERE name = ?1 AND revoked_at IS NULL)",
        params![name],
        |row| row.get(0),
    )?;
    if in_use {
        return Err(Rejection::new(
            Code::AlreadyExists,
            "name",
            format!("the token {name} is in use; revoke it first"),
        )
        .into());
    }
    let principal = NewUser {
        name: free_name(context.sql(), "token", name)?,
        display_name: Some(name.to_owned()),
        role: new.scope,
        password_hash: None,
    };
    let principal = user::insert(context, UserKind::Token, &principal, new.intent_window, by)?;
    let (id, at) = (context.fresh_uuid(), context.now());
    context.sql().execute(
        "INSERT INTO token (uid, user_id, name, scope, secret_hash, owns_lots, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            id.as_bytes(),
            principal.row.0,
            name,
            new.scope.as_str(),
            new.secret_hash,
            new.owns_lots,
            at.micros(),
        ],
    )?;
    let facts = json!({
        "token": id, "user": principal.row, "scope": new.scope, "owns_lots": new.owns_lots,
    });
    context.audit("token.created", by, at, &facts)?;
    reload(context, id)
}

fn revoke(context: &mut WriteContext<'_>, by: UserId, id: Uuid) -> Result<TokenRecord, Failure> {
    let known = by_id(context.sql(), id)?
        .ok_or_else(|| Rejection::new(Code::NotFound, "id", "there is no such token"))?;
    if known.revoked_at.is_some() {
        return Ok(known);
    }
    let at = context.now();
    context.sql().execute(
        "UPDATE token SET revoked_at = ?2 WHERE uid = ?1",
        params![id.as_bytes(), at.micros()],
    )?;
    context.audit("token.revoked", by, at, &json!({ "token": id, "user": known.user }))?;
    reload(context, id)
}

/// A free login name for the principal of the machine `name` of a kind: that of a revoked one of the
/// same name stays with its past.
pub(crate) fn free_name(
    connection: Connection<'_>,
    kind: &str,
    name: &str,
) -> Result<UserName, Failure> {
    let mut taken =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM user WHERE folded = ?1)")?;
    for turn in 1_u32.. {
        let candidate =
            if turn == 1 { format!("{kind}:{name}") } else { format!("{kind}:{name} #{turn}") };
        let candidate = UserName::parse(&candidate)
            .map_err(|error| Rejection::new(Code::InvalidBody, "name", error.to_string()))?;
        if !taken.query_row(params![fold(candidate.as_str())], |row| row.get::<bool>(0))? {
            return Ok(candidate);
        }
    }
    Err(Failure::Broken("no name is left for a machine".to_owned()))
}

fn reload(context: &WriteContext<'_>, id: Uuid) -> Result<TokenRecord, Failure> {
    by_id(context.sql(), id)?
        .ok_or_else(|| Failure::Broken("a token vanished while it was written".to_owned()))
}

fn by_id(connection: Connection<'_>, id: Uuid) -> Result<Option<TokenRecord>, Error> {
    connection.query_row(tokens!("WHERE t.uid = ?1"), params![id.as_bytes()], token).optional()
}

fn token(row: &Row<'_>) -> Result<TokenRecord, Error> {
    Ok(TokenRecord {
        id: uuid(row, 0)?,
        user: UserId(row.get(1)?),
        name: row.get(2)?,
        scope: named(row, 3, Role::from_name)?,
        owns_lots: row.get(4)?,
        intent_window: row.get(5)?,
        created_at: moment(row, 6)?,
        last_used_at: optional_moment(row, 7)?,
        revoked_at: optional_moment(row, 8)?,
    })
}

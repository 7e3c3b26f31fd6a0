//! Sources made, changed, removed, recognised.

use mtm_core::code::Code;
use mtm_core::policy::Role;
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId};
use serde_json::json;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once, once_secret};
use crate::people::{free_name, user};
use crate::record::{InboundSource, KnownSource, NewSource, NewUser, RotatedSecret, UserKind};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, optional_moment, params, uuid,
};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

macro_rules! sources {
    ($tail:literal) => {
        concat!(
            "SELECT s.uid, s.name, s.version, s.created_at, s.former_until, s.refused_at,
                    s.last_error, s.disabled_at,
                    (SELECT count(*) FROM inbox i WHERE i.source_id = s.id),
                    (SELECT max(i.received_at) FROM inbox i WHERE i.source_id = s.id)
             FROM inbound_source s WHERE s.removed_at IS NULL ",
            $tail
        )
    };
}

impl Ledger {
    /// Every source, by name.
    pub async fn inbound_sources(&self) -> Result<Vec<InboundSource>, Fault> {
        self.query(|connection| {
            Ok(connection.prepare_cached(sources!("ORDER BY s.name"))?.query_all(&[], source)?)
        })
        .await
    }

    /// The source of this identity.
    pub async fn inbound_source(&self, id: Uuid) -> Result<Option<InboundSource>, Fault> {
        self.query(move |connection| Ok(by_id(connection, id)?)).await
    }

    /// Who sends to the address `name` at `now`, and by which secrets that is proved; `None` where
    /// nobody may.
    pub async fn known_source(
        &self,
        name: String,
        now: Timestamp,
    ) -> Result<Option<KnownSource>, Fault> {
        self.query(move |connection| {
            let sql = "SELECT id, uid, user_id, secret,
                              CASE WHEN former_until > ?2 THEN former END
                       FROM inbound_source
                       WHERE name = ?1 AND removed_at IS NULL AND disabled_at IS NULL";
            let found = connection.query_row(sql, params![name, now.micros()], known).optional()?;
            let Some((row, id, owner, sealed_secrets)) = found else { return Ok(None) };
            let principal = user::of_row(connection, owner)?;
            Ok(principal.map(|user| KnownSource { row, id, user, sealed_secrets }))
        })
        .await
    }

    /// Makes a source and its principal. A second time under the same key is refused: the secret
    /// was shown.
    pub async fn create_inbound_source(
        &self,
        by: UserId,
        new: NewSource,
        key: Option<IdempotencyKey>,
    ) -> Result<InboundSource, PostError> {
        self.write(move |context| {
            Ok(once_secret(context, key.as_ref(), |context| create(context, by, &new))?)
        })
        .await
    }

    /// Has a source send, or not; refused (`stale`) where `version` is not its version.
    pub async fn enable_inbound_source(
        &self,
        by: UserId,
        id: Uuid,
        version: Option<i64>,
        enabled: bool,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<InboundSource>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| enable(context, by, id, version, enabled))?)
        })
        .await
    }

    /// Gives a source another secret; the present one counts for a while.
    pub async fn rotate_inbound_secret(
        &self,
        by: UserId,
        id: Uuid,
        secret: RotatedSecret,
        key: Option<IdempotencyKey>,
    ) -> Result<InboundSource, PostError> {
        self.write(move |context| {
            Ok(once_secret(context, key.as_ref(), |context| rotate(context, by, id, &secret))?)
        })
        .await
    }

    /// Removes a source: nothing of it is taken any more.
    pub async fn remove_inbound_source(
        &self,
        by: UserId,
        id: Uuid,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<InboundSource>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| remove(context, by, id))?)
        })
        .await
    }
}

fn create(
    context: &mut WriteContext<'_>,
    by: UserId,
    new: &NewSource,
) -> Result<InboundSource, Failure> {
    let in_use: bool = context.sql().query_row(
        "SELECT EXISTS (SELECT 1 FROM inbound_source WHERE name = ?1 AND removed_at IS NULL)",
        params![new.name],
        |row| row.get(0),
    )?;
    if in_use {
        let message = format!("there is a source {} already", new.name);
        return Err(Rejection::new(Code::AlreadyExists, "name", message).into());
    }
    let principal = NewUser {
        name: free_name(context.sql(), "inbound", &new.name)?,
        display_name: Some(new.name.clone()),
        role: Role::Operator,
        password_hash: None,
    };
    // A machine that says once what happened once: nothing is questioned for looking alike.
    let principal = user::insert(context, UserKind::Token, &principal, Some(0), by)?;
    let at = context.now();
    context.sql().execute(
        "INSERT INTO inbound_source (uid, name, user_id, secret, created_at, version)
         VALUES (?1, ?2, ?3, ?4, ?5, 1)",
        params![new.id.as_bytes(), new.name, principal.row.0, new.sealed_secret, at.micros()],
    )?;
    let facts = json!({ "source": new.id, "name": new.name, "user": principal.row });
    context.audit("inbound_source.created", by, at, &facts)?;
    reload(context, new.id)
}

fn enable(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: Uuid,
    version: Option<i64>,
    enabled: bool,
) -> Result<InboundSource, Failure> {
    let known = present(context.sql(), id)?;
    if version.is_some_and(|version| version != known.version) {
        return Err(Rejection::new(Code::Stale, None, "the source was changed since").into());
    }
    let at = context.now();
    let disabled_at = if enabled { None } else { Some(known.disabled_at.unwrap_or(at)) };
    context.sql().execute(
        "UPDATE inbound_source SET disabled_at = ?2, version = version + 1 WHERE uid = ?1",
        params![id.as_bytes(), disabled_at.map(Timestamp::micros)],
    )?;
    let facts = json!({ "source": id, "name": known.name, "enabled": enabled });
    context.audit("inbound_source.changed", by, at, &facts)?;
    reload(context, id)
}

fn rotate(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: Uuid,
    secret: &RotatedSecret,
) -> Result<InboundSource, Failure> {
    let known = present(context.sql(), id)?;
    let at = context.now();
    context.sql().execute(
        "UPDATE inbound_source SET former = secret, former_until = ?2, secret = ?3,
                version = version + 1
         WHERE uid = ?1",
        params![id.as_bytes(), secret.former_until.micros(), secret.sealed_secret],
    )?;
    let facts = json!({ "source": id, "name": known.name, "former_until": secret.former_until });
    context.audit("inbound_source.secret_changed", by, at, &facts)?;
    reload(context, id)
}

fn remove(context: &mut WriteContext<'_>, by: UserId, id: Uuid) -> Result<InboundSource, Failure> {
    let known = present(context.sql(), id)?;
    let at = context.now();
    context.sql().execute(
        "UPDATE inbound_source SET removed_at = ?2, secret = ?3, former = NULL,
                former_until = NULL, version = version + 1
         WHERE uid = ?1",
        params![id.as_bytes(), at.micros(), [0_u8; 0]],
    )?;
    let facts = json!({ "source": id, "name": known.name });
    context.audit("inbound_source.removed", by, at, &facts)?;
    Ok(known)
}

fn present(connection: Connection<'_>, id: Uuid) -> Result<InboundSource, Failure> {
    by_id(connection, id)?
        .ok_or_else(|| Rejection::new(Code::NotFound, "id", "there is no such source").into())
}

fn reload(context: &WriteContext<'_>, id: Uuid) -> Result<InboundSource, Failure> {
    by_id(context.sql(), id)?
        .ok_or_else(|| Failure::Broken("a source vanished while it was written".to_owned()))
}

fn by_id(connection: Connection<'_>, id: Uuid) -> Result<Option<InboundSource>, Error> {
    connection.query_row(sources!("AND s.uid = ?1"), params![id.as_bytes()], source).optional()
}

fn source(row: &Row<'_>) -> Result<InboundSource, Error> {
    Ok(InboundSource {
        id: uuid(row, 0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        created_at: moment(row, 3)?,
        former_until: optional_moment(row, 4)?,
        refused_at: optional_moment(row, 5)?,
        last_error: row.get(6)?,
        disabled_at: optional_moment(row, 7)?,
        taken: row.get(8)?,
        taken_at: optional_moment(row, 9)?,
    })
}

type Known = (i64, Uuid, UserId, Vec<Vec<u8>>);

fn known(row: &Row<'_>) -> Result<Known, Error> {
    let former: Option<Vec<u8>> = row.get(4)?;
    let secrets = std::iter::once(row.get(3)?).chain(former).collect();
    Ok((row.get(0)?, uuid(row, 1)?, UserId(row.get(2)?), secrets))
}

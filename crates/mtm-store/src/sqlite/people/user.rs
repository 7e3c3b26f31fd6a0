//! Users.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserId, UserName, fold};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;
use uuid::Uuid;

use super::once::Kept;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{NewUser, Once, UserChanges, UserKind, UserRecord};
use crate::sqlite::catalogue::{named, word};
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

const SELECT: &str = "SELECT id, uid, kind, name, display_name, role, password_hash IS NOT NULL,
                             intent_window, created_at, disabled_at, version FROM user";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<UserRecord> {
    Ok(UserRecord {
        row: UserId(row.get(0)?),
        id: Uuid::from_bytes(row.get(1)?),
        kind: named(row, 2, UserKind::from_name)?,
        name: word(row, 3, UserName::parse)?,
        display_name: row.get(4)?,
        role: named(row, 5, Role::from_name)?,
        has_password: row.get(6)?,
        intent_window: row.get(7)?,
        created_at: Timestamp::from_micros(row.get(8)?),
        disabled_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_micros),
        version: row.get(10)?,
    })
}

fn find(
    connection: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> rusqlite::Result<Option<UserRecord>> {
    connection
        .prepare_cached(&format!("{SELECT} WHERE {condition} = ?1"))?
        .query_row([value], read)
        .optional()
}

fn missing() -> Failure {
    Rejection::new(Code::NotFound, None, "there is no such user").into()
}

/// Adds a user row; refused where the name is taken.
pub(super) fn insert(
    context: &mut WriteContext<'_>,
    by: UserId,
    kind: UserKind,
    new: &NewUser,
    intent_window: Option<u32>,
) -> Result<UserRecord, Failure> {
    let folded = fold(new.name.as_str());
    if find(context.connection(), "folded", &folded)?.is_some() {
        let message = format!("there is a user {} already", new.name);
        return Err(Rejection::new(Code::AlreadyExists, "name", message).into());
    }
    let (uid, at) = (context.fresh_uuid(), context.now());
    context.connection().execute(
        "INSERT INTO user (uid, kind, name, folded, display_name, role, password_hash,
                           intent_window, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            uid.as_bytes(),
            kind.as_str(),
            new.name.as_str(),
            folded,
            new.display_name,
            new.role.as_str(),
            new.password_hash,
            intent_window,
            at.micros(),
        ],
    )?;
    let user = find(context.connection(), "folded", &folded)?.ok_or_else(missing)?;
    let facts = json!({"user": user.row, "kind": kind.as_str(), "role": new.role});
    context.audit("user.added", by, at, &facts)?;
    Ok(user)
}

impl Ledger {
    /// Every user, by name; principals of tokens and of the system only where asked for.
    pub async fn users(&self, all_kinds: bool) -> Result<Vec<UserRecord>, Fault> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached(&format!("{SELECT} WHERE ?1 OR kind = 'person' ORDER BY folded"))?;
            let users = statement.query_map([all_kinds], read)?;
            users.collect::<Result<Vec<_>, _>>().map_err(Fault::from)
        })
        .await
    }

    /// The user of this public identity.
    pub async fn user(&self, id: Uuid) -> Result<Option<UserRecord>, Fault> {
        self.read(move |connection| find(connection, "uid", id.into_bytes()).map_err(Fault::from))
            .await
    }

    /// The user of this login name, compared folded, with the hash of their password.
    pub async fn user_to_sign_in(
        &self,
        name: &UserName,
    ) -> Result<Option<(UserRecord, Option<String>)>, Fault> {
        let folded = fold(name.as_str());
        self.read(move |connection| {
            let Some(user) = find(connection, "folded", folded)? else { return Ok(None) };
            let hash = connection.query_row(
                "SELECT password_hash FROM user WHERE id = ?1",
                [user.row.0],
                |row| row.get(0),
            )?;
            Ok(Some((user, hash)))
        })
        .await
    }

    /// How many people with the role admin could sign in.
    pub async fn count_admins(&self) -> Result<u64, Fault> {
        self.read(|connection| {
            connection
                .query_row(
                    "SELECT count(*) FROM user WHERE kind = 'person' AND role = 'admin'
                        AND disabled_at IS NULL AND password_hash IS NOT NULL",
                    [],
                    |row| row.get::<_, i64>(0),
                )
                .map(i64::cast_unsigned)
                .map_err(Fault::from)
        })
        .await
    }

    /// Adds a person. `by` is who does it.
    pub async fn create_user(
        &self,
        by: UserId,
        new: NewUser,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<UserRecord>, PostError> {
        self.write_once(key, Kept::Body, move |context| {
            insert(context, by, UserKind::Person, &new, None)
        })
        .await
    }

    /// The principal of a user of the command line on this machine; made at first use.
    pub async fn ensure_cli_user(&self, os_user: &str) -> Result<UserRecord, PostError> {
        let name = UserName::parse(&format!("cli:{os_user}"))
            .map_err(|error| Rejection::new(Code::InvalidBody, "user", error.to_string()))?;
        let folded = fold(name.as_str());
        let known = self
            .read(move |connection| find(connection, "folded", folded).map_err(Fault::from))
            .await?;
        if let Some(user) = known {
            return Ok(user);
        }
        self.write(move |context| Ok(ensure_cli(context, name)?)).await
    }

    /// Changes `version` of a user.
    pub async fn edit_user(
        &self,
        by: UserId,
        id: Uuid,
        version: Option<i64>,
        changes: UserChanges,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<UserRecord>, PostError> {
        self.write_once(key, Kept::Body, move |context| edit(context, by, id, version, &changes))
            .await
    }
}

fn ensure_cli(context: &mut WriteContext<'_>, name: UserName) -> Result<UserRecord, Failure> {
    // Another process may have made it since it was looked up.
    if let Some(user) = find(context.connection(), "folded", fold(name.as_str()))? {
        return Ok(user);
    }
    let new = NewUser { name, display_name: None, role: Role::Admin, password_hash: None };
    insert(context, UserId(crate::sqlite::seed::SYSTEM_USER), UserKind::Cli, &new, None)
}

fn edit(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: Uuid,
    version: Option<i64>,
    changes: &UserChanges,
) -> Result<UserRecord, Failure> {
    let user = find(context.connection(), "uid", id.into_bytes())?.ok_or_else(missing)?;
    if version.is_some_and(|version| version != user.version) {
        let message = format!("user {} has version {} now", user.name, user.version);
        return Err(Rejection::new(Code::Stale, None, message).into());
    }
    let at = context.now();
    let display_name = changes.display_name.apply(user.display_name.as_ref());
    let role = changes.role.unwrap_or(user.role);
    let intent_window = match changes.intent_window {
        Patch::Keep => user.intent_window,
        Patch::Clear => None,
        Patch::Set(seconds) => Some(seconds),
    };
    let disabled_at = match changes.disabled {
        None => user.disabled_at,
        Some(true) => user.disabled_at.or(Some(at)),
        Some(false) => None,
    };
    refuse_last_admin(context.connection(), &user, role, disabled_at)?;
    context.connection().execute(
        "UPDATE user SET display_name = ?2, role = ?3, intent_window = ?4, disabled_at = ?5,
                password_hash = coalesce(?6, password_hash), version = version + 1
          WHERE id = ?1",
        params![
            user.row.0,
            display_name,
            role.as_str(),
            intent_window,
            disabled_at.map(Timestamp::micros),
            changes.password_hash,
        ],
    )?;
    // Whoever was signed in with the old password or rights signs in again.
    if changes.password_hash.is_some() || disabled_at.is_some() || role != user.role {
        context.connection().execute("DELETE FROM session WHERE user_id = ?1", [user.row.0])?;
    }
    let facts = json!({
        "user": user.row, "role": role, "disabled": disabled_at.is_some(),
        "password": changes.password_hash.is_some(), "intent_window": intent_window,
    });
    context.audit("user.changed", by, at, &facts)?;
    find(context.connection(), "uid", id.into_bytes())?.ok_or_else(missing)
}

/// A site without anybody who can administer it would need a setup link again.
fn refuse_last_admin(
    connection: &Connection,
    user: &UserRecord,
    role: Role,
    disabled_at: Option<Timestamp>,
) -> Result<(), Failure> {
    let stays = role == Role::Admin && disabled_at.is_none();
    if stays || user.role != Role::Admin || user.disabled_at.is_some() || !user.has_password {
        return Ok(());
    }
    let others: i64 = connection.query_row(
        "SELECT count(*) FROM user WHERE kind = 'person' AND role = 'admin' AND id <> ?1
            AND disabled_at IS NULL AND password_hash IS NOT NULL",
        [user.row.0],
        |row| row.get(0),
    )?;
    if others == 0 {
        let message = format!("{} is the last admin", user.name);
        return Err(Rejection::new(Code::InUse, "role", message).into());
    }
    Ok(())
}

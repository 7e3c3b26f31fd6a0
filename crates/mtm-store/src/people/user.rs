//! Users: people, and the principals of tokens, command lines and the system itself.

use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::policy::Role;
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId, UserName, fold};
use serde_json::json;
use uuid::Uuid;

use super::session;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::record::{NewUser, UserChanges, UserKind, UserRecord};
use crate::sql::{
    Bind, Connection, Error, OptionalExtension, Row, moment, named, optional_moment, params, uuid,
    word,
};
use crate::sqlite::seed::SYSTEM_USER;
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

macro_rules! users {
    ($tail:literal) => {
        concat!(
            "SELECT id, uid, kind, name, display_name, role, password_hash, intent_window,
             created_at, disabled_at, version,
             (SELECT count(*) FROM identity WHERE identity.user_id = user.id) FROM user ",
            $tail
        )
    };
}

/// People who can administer: enabled, and able to sign in (on a demonstration by one click).
pub(super) const ADMINS: &str = "SELECT count(*) FROM user WHERE kind = 'person' AND role = 'admin'
    AND disabled_at IS NULL
    AND (password_hash IS NOT NULL OR (SELECT demo FROM site WHERE id = 1))";

impl Ledger {
    /// Every user of every kind, by name.
    pub async fn users(&self) -> Result<Vec<UserRecord>, Fault> {
        self.query(|connection| {
            let mut statement = connection.prepare_cached(users!("ORDER BY folded"))?;
            Ok(statement.query_all(&[], user)?)
        })
        .await
    }

    /// The user of this identity.
    pub async fn user(&self, id: Uuid) -> Result<Option<UserRecord>, Fault> {
        self.query(move |connection| Ok(by_id(connection, id)?)).await
    }

    /// The user of this row.
    pub async fn user_of_row(&self, row: UserId) -> Result<Option<UserRecord>, Fault> {
        self.query(move |connection| Ok(of_row(connection, row)?)).await
    }

    /// The user of this login name, of any kind.
    pub async fn user_by_name(&self, name: &UserName) -> Result<Option<UserRecord>, Fault> {
        let folded = fold(name.as_str());
        self.query(move |connection| Ok(by_name(connection, &folded)?)).await
    }

    /// The person of this login name with the hash of their password, if they have one. Also
    /// somebody disabled: the caller looks.
    pub async fn user_to_sign_in(
        &self,
        name: &UserName,
    ) -> Result<Option<(UserRecord, Option<String>)>, Fault> {
        let folded = fold(name.as_str());
        self.query(move |connection| {
            let sql = users!("WHERE folded = ?1 AND kind = 'person'");
            let found = connection
                .query_row(sql, params![folded], |row| -> Result<_, Error> {
                    Ok((user(row)?, row.get(6)?))
                })
                .optional()?;
            Ok(found)
        })
        .await
    }

    /// How many people can administer this site.
    pub async fn count_admins(&self) -> Result<u64, Fault> {
        self.query(|connection| Ok(connection.query_row(ADMINS, &[], |row| row.get(0))?)).await
    }

    /// Adds a person. Refused (`already_exists`) where the name is taken after folding.
    pub async fn create_user(
        &self,
        by: UserId,
        new: NewUser,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<UserRecord>, PostError> {
        self.write(move |context| {
            let made = once(context, key.as_ref(), |context| {
                insert(context, UserKind::Person, &new, None, by)
            })?;
            Ok(with_row(context, made)?)
        })
        .await
    }

    /// Changes a person; with a `version`, only that one (`stale`). Disabling ends their sessions,
    /// and so does somebody else's setting their password. The last admin stays one (`in_use`).
    pub async fn edit_user(
        &self,
        by: UserId,
        id: Uuid,
        version: Option<i64>,
        changes: UserChanges,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<UserRecord>, PostError> {
        self.write(move |context| {
            let changed =
                once(context, key.as_ref(), |context| edit(context, by, id, version, &changes))?;
            Ok(with_row(context, changed)?)
        })
        .await
    }

    /// The user that the command line of `os_user` on this machine acts as, added when new.
    pub async fn ensure_cli_user(&self, os_user: &str) -> Result<UserRecord, PostError> {
        let os_user: String = os_user.chars().filter(|c| !c.is_control()).take(80).collect();
        self.ensure_user_here(&format!("cli:{}", os_user.trim()), Role::Admin).await
    }

    /// The user that books what files in the folder for them say, added when new.
    pub async fn ensure_folder_user(&self) -> Result<UserRecord, PostError> {
        self.ensure_user_here("files:in", Role::Admin).await
    }

    /// The user by whom what machines counted is booked, where a rule confirmed it.
    ///
    /// # Errors
    /// As for any write.
    pub async fn ensure_machine_user(&self) -> Result<UserRecord, PostError> {
        self.ensure_user_here("machines:rule", Role::Operator).await
    }

    /// A user who needs no sign-in, being on this machine already.
    async fn ensure_user_here(&self, name: &str, role: Role) -> Result<UserRecord, PostError> {
        let name = UserName::parse(name)
            .map_err(|error| PostError::Fault(Fault::Permanent(error.to_string())))?;
        if let Some(known) = self.user_by_name(&name).await? {
            return Ok(known);
        }
        self.write(move |context| {
            if let Some(known) = by_name(context.sql(), &fold(name.as_str()))? {
                return Ok(known);
            }
            let new = NewUser { name, display_name: None, role, password_hash: None };
            Ok(insert(context, UserKind::Cli, &new, None, UserId(SYSTEM_USER))?)
        })
        .await
    }

    /// The user that the system itself acts as.
    pub async fn system_user(&self) -> Result<UserRecord, Fault> {
        let system = self.user_of_row(UserId(SYSTEM_USER)).await?;
        system.ok_or_else(|| Fault::Unusable("the ledger has no system user".to_owned()))
    }
}

/// Adds a user of any kind, with its entry.
pub(crate) fn insert(
    context: &mut WriteContext<'_>,
    kind: UserKind,
    new: &NewUser,
    intent_window: Option<u32>,
    by: UserId,
) -> Result<UserRecord, Failure> {
    let folded = fold(new.name.as_str());
    if by_name(context.sql(), &folded)?.is_some() {
        return Err(Rejection::new(
            Code::AlreadyExists,
            "name",
            format!("there is a user {} already", new.name),
        )
        .into());
    }
    let (id, at) = (context.fresh_uuid(), context.now());
    context.sql().execute(
        "INSERT INTO user (uid, kind, name, folded, display_name, role, password_hash,
                           intent_window, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            id.as_bytes(),
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
    let row = UserId(context.sql().last_insert_rowid());
    let facts = json!({ "user": row, "kind": kind, "role": new.role });
    context.audit("user.created", by, at, &facts)?;
    reload(context, row)
}

fn edit(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: Uuid,
    version: Option<i64>,
    changes: &UserChanges,
) -> Result<UserRecord, Failure> {
    let known = by_id(context.sql(), id)?
        .filter(|user| matches!(user.kind, UserKind::Person | UserKind::Cli))
        .ok_or_else(|| Rejection::new(Code::NotFound, "id", "there is no such user"))?;
    if version.is_some_and(|version| version != known.version) {
        return Err(Rejection::new(
            Code::Stale,
            None,
            format!("the user is at version {}", known.version),
        )
        .into());
    }
    let at = context.now();
    let disabled_at = match changes.disabled {
        None => known.disabled_at,
        Some(true) => Some(known.disabled_at.unwrap_or(at)),
        Some(false) => None,
    };
    context.sql().execute(
        "UPDATE user SET display_name = ?2, role = ?3, intent_window = ?4, disabled_at = ?5,
                password_hash = coalesce(?6, password_hash), version = version + 1
         WHERE id = ?1",
        params![
            known.row.0,
            changes.display_name.apply(known.display_name.as_ref()),
            changes.role.unwrap_or(known.role).as_str(),
            changes.intent_window.apply(known.intent_window.as_ref()),
            disabled_at.map(Timestamp::micros),
            changes.password_hash,
        ],
    )?;
    refuse_without_admin(context, &known)?;
    let facts = json!({
        "user": known.row,
        "version": known.version + 1,
        "role": changes.role,
        "disabled": changes.disabled,
        "password": changes.password_hash.is_some(),
        "display_name": changes.display_name != Patch::Keep,
        "intent_window": changes.intent_window != Patch::Keep,
    });
    context.audit("user.edited", by, at, &facts)?;
    if disabled_at.is_some() || (changes.password_hash.is_some() && by != known.row) {
        session::end_all(context, known.row, by)?;
    }
    reload(context, known.row)
}

/// Refuses a change that left nobody who can administer, where `before` could.
fn refuse_without_admin(context: &WriteContext<'_>, before: &UserRecord) -> Result<(), Failure> {
    let could = before.kind == UserKind::Person
        && before.role == Role::Admin
        && before.disabled_at.is_none();
    let left: u64 = context.sql().query_row(ADMINS, &[], |row| row.get(0))?;
    if could && left == 0 {
        return Err(Rejection::new(
            Code::InUse,
            None,
            "this is the last admin; make somebody else one first",
        )
        .into());
    }
    Ok(())
}

/// A kept answer names no row: it is looked up, for whoever acts on the answer.
fn with_row(
    context: &WriteContext<'_>,
    mut answer: Once<UserRecord>,
) -> Result<Once<UserRecord>, Failure> {
    if answer.replayed
        && let Some(user) = by_id(context.sql(), answer.value.id)?
    {
        answer.value.row = user.row;
    }
    Ok(answer)
}

pub(super) fn reload(context: &WriteContext<'_>, row: UserId) -> Result<UserRecord, Failure> {
    of_row(context.sql(), row)?
        .ok_or_else(|| Failure::Broken(format!("user {row} vanished while it was written")))
}

pub(super) fn by_id(connection: Connection<'_>, id: Uuid) -> Result<Option<UserRecord>, Error> {
    one(connection, users!("WHERE uid = ?1"), id.as_bytes())
}

pub(crate) fn of_row(connection: Connection<'_>, row: UserId) -> Result<Option<UserRecord>, Error> {
    one(connection, users!("WHERE id = ?1"), row.0)
}

pub(crate) fn by_name(
    connection: Connection<'_>,
    folded: &str,
) -> Result<Option<UserRecord>, Error> {
    one(connection, users!("WHERE folded = ?1"), folded)
}

fn one(connection: Connection<'_>, sql: &str, key: impl Bind) -> Result<Option<UserRecord>, Error> {
    connection.query_row(sql, params![key], user).optional()
}

fn user(row: &Row<'_>) -> Result<UserRecord, Error> {
    Ok(UserRecord {
        row: UserId(row.get(0)?),
        id: uuid(row, 1)?,
        kind: named(row, 2, UserKind::from_name)?,
        name: word(row, 3, UserName::parse)?,
        display_name: row.get(4)?,
        role: named(row, 5, Role::from_name)?,
        has_password: !row.is_null(6)?,
        intent_window: row.get(7)?,
        created_at: moment(row, 8)?,
        disabled_at: optional_moment(row, 9)?,
        version: row.get(10)?,
        has_identity: row.get::<i64>(11)? > 0,
    })
}

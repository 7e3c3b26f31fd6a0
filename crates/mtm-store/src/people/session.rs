//! Sessions of people in browsers. A session that has ended is gone: the audit log remembers it.

use mtm_core::word::UserId;
use serde_json::json;

use super::{is_stale, user};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{NewSession, SessionRecord, UserRecord};
use crate::sql::{Error, OptionalExtension, Row, moment, params, uuid};
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::PostError;

macro_rules! sessions {
    ($tail:literal) => {
        concat!(
            "SELECT uid, user_id, csrf, user_agent, created_at, last_seen_at, expires_at
             FROM session ",
            $tail
        )
    };
}

impl Ledger {
    /// Begins a session.
    pub async fn begin_session(&self, new: NewSession) -> Result<SessionRecord, PostError> {
        self.write(move |context| Ok(begin(context, &new)?)).await
    }

    /// The session with this secret and whose it is, unless it has ended by itself or its user is
    /// disabled.
    pub async fn session_by_secret(
        &self,
        secret_hash: [u8; 32],
    ) -> Result<Option<(SessionRecord, UserRecord)>, Fault> {
        let now = self.clock().now();
        self.query(move |connection| {
            let sql = sessions!("WHERE secret_hash = ?1 AND expires_at > ?2");
            let found = connection
                .query_row(sql, params![secret_hash, now.micros()], |row| -> Result<_, Error> {
                    Ok((session(row)?, UserId(row.get(1)?)))
                })
                .optional()?;
            let Some((session, whose)) = found else { return Ok(None) };
            let user = user::of_row(connection, whose)?;
            Ok(user.filter(|user| user.disabled_at.is_none()).map(|user| (session, user)))
        })
        .await
    }

    /// Writes that `session` is used, about once a minute, and lets it live for `lifetime_micros`
    /// from now.
    pub async fn touch_session(
        &self,
        session: &SessionRecord,
        lifetime_micros: i64,
    ) -> Result<(), PostError> {
        let now = self.clock().now();
        if !is_stale(Some(session.last_seen_at), now) {
            return Ok(());
        }
        let id = session.id;
        self.write(move |context| {
            context.sql().execute(
                "UPDATE session SET last_seen_at = ?2, expires_at = ?3 WHERE uid = ?1",
                params![id.as_bytes(), now.micros(), now.plus_micros(lifetime_micros).micros()],
            )?;
            Ok(())
        })
        .await
    }

    /// Ends the session with this secret, if there is one.
    pub async fn end_session(&self, secret_hash: [u8; 32]) -> Result<(), PostError> {
        self.write(move |context| {
            let whose = context
                .sql()
                .query_row(
                    "SELECT user_id FROM session WHERE secret_hash = ?1",
                    params![secret_hash],
                    |row| row.get(0).map(UserId),
                )
                .optional()?;
            if let Some(user) = whose {
                context
                    .sql()
                    .execute("DELETE FROM session WHERE secret_hash = ?1", params![secret_hash])?;
                let at = context.now();
                context.audit(
                    "session.ended",
                    user,
                    at,
                    &json!({ "user": user, "sessions": 1 }),
                )?;
            }
            Ok(())
        })
        .await
    }

    /// The sessions of a user that have not ended, the newest first.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<SessionRecord>, Fault> {
        let now = self.clock().now();
        self.query(move |connection| {
            let sql =
                sessions!("WHERE user_id = ?1 AND expires_at > ?2 ORDER BY created_at DESC, uid");
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_all(params![user.0, now.micros()], session)?)
        })
        .await
    }

    /// Ends every session of a user; how many there were.
    pub async fn end_sessions_of(&self, user: UserId, by: UserId) -> Result<usize, PostError> {
        self.write(move |context| Ok(end_all(context, user, by)?)).await
    }

    /// Forgets the sessions that have ended by themselves; how many there were.
    pub async fn purge_expired_sessions(&self) -> Result<usize, PostError> {
        let now = self.clock().now();
        self.write(move |context| {
            Ok(context
                .sql()
                .execute("DELETE FROM session WHERE expires_at <= ?1", params![now.micros()])?)
        })
        .await
    }
}

fn begin(context: &mut WriteContext<'_>, new: &NewSession) -> Result<SessionRecord, Failure> {
    let (id, at) = (context.fresh_uuid(), context.now());
    context.sql().execute(
        "INSERT INTO session (secret_hash, uid, user_id, csrf, user_agent, created_at,
                              last_seen_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
        params![
            new.secret_hash,
            id.as_bytes(),
            new.user.0,
            new.csrf,
            new.user_agent,
            at.micros(),
            new.expires_at.micros(),
        ],
    )?;
    let facts = json!({ "user": new.user, "session": id });
    context.audit("session.begun", new.user, at, &facts)?;
    Ok(SessionRecord {
        id,
        csrf: new.csrf.clone(),
        user_agent: new.user_agent.clone(),
        created_at: at,
        last_seen_at: at,
        expires_at: new.expires_at,
    })
}

/// Ends every session of `user`, with its entry.
pub(super) fn end_all(
    context: &mut WriteContext<'_>,
    user: UserId,
    by: UserId,
) -> Result<usize, Failure> {
    let ended = context.sql().execute("DELETE FROM session WHERE user_id = ?1", params![user.0])?;
    if ended > 0 {
        let at = context.now();
        context.audit("session.ended", by, at, &json!({ "user": user, "sessions": ended }))?;
    }
    Ok(ended)
}

fn session(row: &Row<'_>) -> Result<SessionRecord, Error> {
    Ok(SessionRecord {
        id: uuid(row, 0)?,
        csrf: row.get(2)?,
        user_agent: row.get(3)?,
        created_at: moment(row, 4)?,
        last_seen_at: moment(row, 5)?,
        expires_at: moment(row, 6)?,
    })
}

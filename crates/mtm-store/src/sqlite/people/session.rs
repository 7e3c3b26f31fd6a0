//! Sessions of people in browsers.

use mtm_core::word::{Timestamp, UserId};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;
use uuid::Uuid;

use super::user;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{NewSession, SessionRecord, UserRecord};
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::PostError;

const COLUMNS: &str = "session.uid, session.csrf, session.user_agent, session.created_at,
                       session.last_seen_at, session.expires_at";

/// Last use is noted at most so often.
const TOUCH_MICROS: i64 = 60_000_000;

fn read(row: &Row<'_>) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        id: Uuid::from_bytes(row.get(0)?),
        csrf: row.get(1)?,
        user_agent: row.get(2)?,
        created_at: Timestamp::from_micros(row.get(3)?),
        last_seen_at: Timestamp::from_micros(row.get(4)?),
        expires_at: Timestamp::from_micros(row.get(5)?),
    })
}

impl Ledger {
    /// Begins a session, and forgets those that ended by themselves.
    pub async fn begin_session(&self, new: NewSession) -> Result<SessionRecord, PostError> {
        self.write(move |context| Ok(begin(context, &new)?)).await
    }

    /// The session with this secret and its user, unless it ended or the user is disabled.
    pub async fn session_by_secret(
        &self,
        secret_hash: [u8; 32],
    ) -> Result<Option<(SessionRecord, UserRecord)>, Fault> {
        let now = self.clock().now();
        self.read(move |connection| {
            let found = connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, session.user_id FROM session
                      WHERE secret_hash = ?1 AND expires_at > ?2"
                ))?
                .query_row(params![secret_hash, now.micros()], |row| {
                    Ok((read(row)?, row.get::<_, i64>(6)?))
                })
                .optional()?;
            let Some((session, owner)) = found else { return Ok(None) };
            let owner = connection
                .prepare_cached(
                    "SELECT id, uid, kind, name, display_name, role, password_hash IS NOT NULL,
                            intent_window, created_at, disabled_at, version
                       FROM user WHERE id = ?1 AND disabled_at IS NULL",
                )?
                .query_row([owner], user::read)
                .optional()?;
            Ok(owner.map(|owner| (session, owner)))
        })
        .await
    }

    /// Notes that a session was used about now, and lets it end `lifetime_micros` later.
    pub async fn touch_session(
        &self,
        session: &SessionRecord,
        lifetime_micros: i64,
    ) -> Result<(), Fault> {
        let now = self.clock().now();
        if session.last_seen_at.plus_micros(TOUCH_MICROS) > now {
            return Ok(());
        }
        let id = session.id;
        self.write(move |context| {
            context.connection().execute(
                "UPDATE session SET last_seen_at = ?2, expires_at = ?3 WHERE uid = ?1",
                params![id.as_bytes(), now.micros(), now.plus_micros(lifetime_micros).micros()],
            )?;
            Ok::<(), Fault>(())
        })
        .await
    }

    /// Ends the session with this secret, if there is one.
    pub async fn end_session(&self, secret_hash: [u8; 32]) -> Result<(), Fault> {
        self.write(move |context| {
            context
                .connection()
                .execute("DELETE FROM session WHERE secret_hash = ?1", [secret_hash])?;
            Ok::<(), Fault>(())
        })
        .await
    }

    /// Sessions of a user that have not ended, newest first.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<SessionRecord>, Fault> {
        let now = self.clock().now();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM session WHERE user_id = ?1 AND expires_at > ?2
                  ORDER BY created_at DESC"
            ))?;
            let sessions = statement.query_map(params![user.0, now.micros()], read)?;
            sessions.collect::<Result<Vec<_>, _>>().map_err(Fault::from)
        })
        .await
    }
}

fn begin(context: &mut WriteContext<'_>, new: &NewSession) -> Result<SessionRecord, Failure> {
    let (uid, at) = (context.fresh_uuid(), context.now());
    context.connection().execute("DELETE FROM session WHERE expires_at <= ?1", [at.micros()])?;
    context.connection().execute(
        "INSERT INTO session (secret_hash, uid, user_id, csrf, user_agent, created_at,
                              last_seen_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
        params![
            new.secret_hash,
            uid.as_bytes(),
            new.user.0,
            new.csrf,
            new.user_agent,
            at.micros(),
            new.expires_at.micros(),
        ],
    )?;
    context.audit("session.began", new.user, at, &json!({"session": uid}))?;
    let session = context
        .connection()
        .prepare_cached(&format!("SELECT {COLUMNS} FROM session WHERE secret_hash = ?1"))?
        .query_row([new.secret_hash], read)?;
    Ok(session)
}

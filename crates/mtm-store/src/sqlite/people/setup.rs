//! The one-time link that lets the first admin in.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::word::{Timestamp, UserId};
use rusqlite::params;
use serde_json::json;

use super::user;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{NewUser, UserKind, UserRecord};
use crate::sqlite::seed::SYSTEM_USER;
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::PostError;

impl Ledger {
    /// Makes a link valid until `expires_at`; links made before stop working.
    pub async fn create_setup_link(
        &self,
        secret_hash: [u8; 32],
        expires_at: Timestamp,
    ) -> Result<(), PostError> {
        self.write(move |context| Ok(create(context, secret_hash, expires_at)?)).await
    }

    /// Whether a link with this secret can still be used.
    pub async fn setup_link_works(&self, secret_hash: [u8; 32]) -> Result<bool, Fault> {
        let now = self.clock().now();
        self.read(move |connection| {
            connection
                .query_row(
                    "SELECT count(*) FROM setup_link
                      WHERE secret_hash = ?1 AND used_at IS NULL AND expires_at > ?2",
                    params![secret_hash, now.micros()],
                    |row| row.get::<_, i64>(0),
                )
                .map(|found| found > 0)
                .map_err(Fault::from)
        })
        .await
    }

    /// Uses a link up and adds the user it lets in, both or neither.
    pub async fn use_setup_link(
        &self,
        secret_hash: [u8; 32],
        new: NewUser,
    ) -> Result<UserRecord, PostError> {
        self.write(move |context| Ok(consume(context, secret_hash, &new)?)).await
    }
}

fn create(
    context: &mut WriteContext<'_>,
    secret_hash: [u8; 32],
    expires_at: Timestamp,
) -> Result<(), Failure> {
    let at = context.now();
    context.connection().execute("DELETE FROM setup_link WHERE used_at IS NULL", [])?;
    context.connection().execute(
        "INSERT INTO setup_link (secret_hash, expires_at) VALUES (?1, ?2)",
        params![secret_hash, expires_at.micros()],
    )?;
    let facts = json!({"expires_at": expires_at.micros()});
    context.audit("setup_link.added", UserId(SYSTEM_USER), at, &facts)?;
    Ok(())
}

fn consume(
    context: &mut WriteContext<'_>,
    secret_hash: [u8; 32],
    new: &NewUser,
) -> Result<UserRecord, Failure> {
    let at = context.now();
    let used = context.connection().execute(
        "UPDATE setup_link SET used_at = ?2
          WHERE secret_hash = ?1 AND used_at IS NULL AND expires_at > ?2",
        params![secret_hash, at.micros()],
    )?;
    if used == 0 {
        let message = "the setup link was used or is too old; start the server for a new one";
        return Err(Rejection::new(Code::NotFound, None, message).into());
    }
    user::insert(context, UserId(SYSTEM_USER), UserKind::Person, new, None)
}

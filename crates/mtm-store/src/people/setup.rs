//! The one-time link by which the first admin comes in.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId};
use serde_json::json;

use super::user;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{NewUser, UserKind, UserRecord};
use crate::sql::params;
use crate::sqlite::seed::SYSTEM_USER;
use crate::submission::PostError;

impl Ledger {
    /// Makes a setup link; older ones stop working.
    pub async fn create_setup_link(
        &self,
        secret_hash: [u8; 32],
        expires_at: Timestamp,
    ) -> Result<(), PostError> {
        self.write(move |context| {
            let at = context.now();
            context.sql().execute(
                "UPDATE setup_link SET used_at = ?1 WHERE used_at IS NULL",
                params![at.micros()],
            )?;
            context.sql().execute(
                "INSERT INTO setup_link (secret_hash, expires_at) VALUES (?1, ?2)",
                params![secret_hash, expires_at.micros()],
            )?;
            let facts = json!({ "expires_at": expires_at });
            context.audit("setup_link.created", UserId(SYSTEM_USER), at, &facts)?;
            Ok(())
        })
        .await
    }

    /// Whether a setup link can still be used.
    pub async fn setup_link_works(&self, secret_hash: [u8; 32]) -> Result<bool, Fault> {
        let now = self.clock().now();
        self.query(move |connection| {
            Ok(connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM setup_link
                 WHERE secret_hash = ?1 AND used_at IS NULL AND expires_at > ?2)",
                params![secret_hash, now.micros()],
                |row| row.get(0),
            )?)
        })
        .await
    }

    /// Uses a setup link up and adds the person it lets in, both or neither. Of two callers at
    /// once, one is refused (`not_found`).
    pub async fn use_setup_link(
        &self,
        secret_hash: [u8; 32],
        new: NewUser,
    ) -> Result<UserRecord, PostError> {
        let now = self.clock().now();
        self.write(move |context| {
            let used = context.sql().execute(
                "UPDATE setup_link SET used_at = ?2
                 WHERE secret_hash = ?1 AND used_at IS NULL AND expires_at > ?2",
                params![secret_hash, now.micros()],
            )?;
            if used == 0 {
                return Err(PostError::Rejected(Rejection::new(
                    Code::NotFound,
                    None,
                    "the setup link was used or is too old; start the server for a new one",
                )));
            }
            let system = UserId(SYSTEM_USER);
            let user = user::insert(context, UserKind::Person, &new, None, system)?;
            let at = context.now();
            context.audit("setup_link.used", system, at, &json!({ "user": user.row }))?;
            Ok(user)
        })
        .await
    }
}

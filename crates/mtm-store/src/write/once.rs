//! Once: a key has one effect, whoever sends it how often.
//!
//! The key is looked up before anything else, inside the transaction that would write it. Only
//! accepted answers are kept.

use mtm_core::code::Code;
use mtm_core::intent::Signature;
use mtm_core::rejection::Rejection;
use mtm_core::word::{CommandId, Timestamp};

use super::context::WriteContext;
use super::failure::Failure;
use crate::sql::{Connection, OptionalExtension as _, params};
use crate::submission::IdempotencyKey;

/// What was answered to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAnswer {
    /// HTTP status, or what the writer of the answer meant by the number.
    pub(crate) status: u16,
    /// The answer; `None` where it held a secret.
    pub(crate) body: Option<Vec<u8>>,
}

/// What is kept with an answer besides the key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remembered<'a> {
    pub(crate) at: Timestamp,
    pub(crate) status: u16,
    pub(crate) body: Option<&'a [u8]>,
    pub(crate) command: Option<CommandId>,
    pub(crate) signature: Option<Signature>,
}

/// What was answered to `key` before. Refused where the key stands for something else.
pub(crate) fn answered(
    connection: Connection<'_>,
    key: &IdempotencyKey,
) -> Result<Option<StoredAnswer>, Failure> {
    let found = connection
        .prepare_cached("SELECT fingerprint, status, body FROM idempotency_key WHERE \"key\" = ?1")?
        .query_row(params![key.key], |row| {
            let fingerprint: [u8; 32] = row.get(0)?;
            Ok((fingerprint, StoredAnswer { status: row.get(1)?, body: row.get(2)? }))
        })
        .optional()?;
    match found {
        None => Ok(None),
        Some((fingerprint, stored)) if fingerprint == key.fingerprint => Ok(Some(stored)),
        Some(_) => Err(reused().into()),
    }
}

/// The key stands for something else.
pub(crate) fn reused() -> Rejection {
    let message = "the key was used before for something else";
    Rejection::new(Code::IdempotencyKeyReused, None, message)
}

/// Keeps the answer to `key`.
pub(crate) fn remember(
    connection: Connection<'_>,
    key: &IdempotencyKey,
    answer: Remembered<'_>,
) -> Result<(), Failure> {
    let sql = connection.pick(
        "INSERT INTO idempotency_key
             (\"key\", fingerprint, user_id, recorded_at, command_id, signature, status, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        "CALL mtm_remember(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    );
    connection.prepare_cached(sql)?.execute(params![
        key.key,
        key.fingerprint,
        key.user.0,
        answer.at.micros(),
        answer.command.as_ref().map(|command| command.0.as_bytes()),
        answer.signature.map(|signature| signature.0),
        answer.status,
        answer.body,
    ])?;
    Ok(())
}

impl WriteContext<'_> {
    /// What was answered to `key` before. Refused where the key stands for something else.
    pub(crate) fn answered(&self, key: &IdempotencyKey) -> Result<Option<StoredAnswer>, Failure> {
        answered(self.sql(), key)
    }

    /// Keeps the answer to `key`.
    pub(crate) fn remember(
        &mut self,
        key: &IdempotencyKey,
        answer: Remembered<'_>,
    ) -> Result<(), Failure> {
        remember(self.sql(), key, answer)?;
        self.recorded(answer.at);
        Ok(())
    }
}

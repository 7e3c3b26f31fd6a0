//! Booking: load, decide, write; decide again when something changed in between.

use mtm_core::code::Code;
use mtm_core::command::Command;
use mtm_core::outcome::Outcome;
use mtm_core::view::needs;
use mtm_core::{Rejection, View, decide};
use mysql_async::Row;
use mysql_async::prelude::Queryable;

use super::catalogue::{corrupt, take};
use super::{MariaDb, fault, is_conflict, posting, view};
use crate::fault::Fault;
use crate::submission::{IdempotencyKey, PostError};

/// How often a command is decided again before the caller hears that the ledger is too busy.
const MOST_ATTEMPTS: u32 = 50;

/// The answer to one command, and whether it is a stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// What was booked. Sequences are absent until the movements are sealed.
    pub outcome: Outcome,
    /// Whether this answers a repetition.
    pub replayed: bool,
}

enum Written {
    Done,
    Replayed(String),
    KeyReused,
    Stale,
}

impl MariaDb {
    /// Books one command, once under its key.
    pub async fn post(
        &self,
        key: Option<&IdempotencyKey>,
        command: &Command,
    ) -> Result<Posted, PostError> {
        let mut connection = self.connection().await?;
        let fresh = self.fresh_lots(&mut connection, needs(&command.action).fresh_lots).await?;
        for attempt in 1..=MOST_ATTEMPTS {
            if attempt > 1 {
                self.refresh().await?;
            }
            if let Some(posted) = self.replay(&mut connection, key).await? {
                return Ok(posted);
            }
            let catalogue = self.catalogue();
            let now = self.inner.clock.now();
            let facts = view::load(&mut connection, &catalogue, command, now).await?;
            let versions = facts.versions;
            let view = View {
                now,
                catalogue: &catalogue,
                limits: self.inner.limits,
                stock: facts.stock,
                lots: facts.lots,
                fresh_lots: fresh.clone(),
                receipts: facts.receipts,
                recent: facts.recent,
                reversals: facts.reversals,
            };
            let postings = decide(&view, command)?;
            let kind = Outcome::kind_of(&command.action);
            let outcome = Outcome::new(command.id, kind, &postings, None, now);
            let clock = &*self.inner.clock;
            let payload =
                posting::payload(command, key, &postings, &outcome, &versions, &catalogue, clock)
                    .map_err(corrupt)?;
            match write(&mut connection, &payload.to_string()).await? {
                Written::Done => {
                    if postings.new_hold.is_some() || postings.released.is_some() {
                        self.refresh().await?;
                    }
                    return Ok(Posted { outcome, replayed: false });
                }
                Written::Replayed(body) => return stored(&body),
                Written::KeyReused => return Err(reused().into()),
                Written::Stale => {}
            }
        }
        Err(Fault::Transient(format!("others were faster {MOST_ATTEMPTS} times")).into())
    }

    /// The stored answer, if the key was used: looked up before anything else is judged.
    async fn replay(
        &self,
        connection: &mut mysql_async::Conn,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<Posted>, PostError> {
        let Some(key) = key else { return Ok(None) };
        let stored_row: Option<(Vec<u8>, String)> = connection
            .exec_first(
                "SELECT fingerprint, body FROM idempotency_key WHERE `key` = ?",
                (key.key.as_str(),),
            )
            .await
            .map_err(fault)?;
        match stored_row {
            None => Ok(None),
            Some((fingerprint, _)) if fingerprint != key.fingerprint => Err(reused().into()),
            Some((_, body)) => stored(&body).map(Some),
        }
    }
}

fn reused() -> Rejection {
    Rejection::new(Code::IdempotencyKeyReused, None, "the key was used for a different command")
}

fn stored(body: &str) -> Result<Posted, PostError> {
    let outcome = serde_json::from_str(body).map_err(corrupt)?;
    Ok(Posted { outcome, replayed: true })
}

/// Calls `mtm_post` and reads every result to the end: an error raised after a result set would
/// otherwise surface on the next statement.
async fn write(connection: &mut mysql_async::Conn, payload: &str) -> Result<Written, Fault> {
    let called = async {
        let result =
            connection.exec_iter("CALL mtm_post(?, @mtm_status, @mtm_body)", (payload,)).await?;
        result.drop_result().await?;
        connection.query_first::<Row, _>("SELECT @mtm_status, @mtm_body").await
    };
    let row = match called.await {
        Ok(row) => row.ok_or_else(|| corrupt("mtm_post gave no status"))?,
        Err(error) if is_conflict(&error) => return Ok(Written::Stale),
        Err(error) => return Err(fault(error)),
    };
    match take::<Option<String>>(&row, 0)?.as_deref() {
        Some("done") => Ok(Written::Done),
        Some("replayed") => Ok(Written::Replayed(take(&row, 1)?)),
        Some("key_reused") => Ok(Written::KeyReused),
        Some("stale") => Ok(Written::Stale),
        other => Err(corrupt(format!("mtm_post answered {other:?}"))),
    }
}

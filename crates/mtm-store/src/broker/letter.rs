//! Dead letters: what a broker will never take, and what a person does about it.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId};
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::record::{BrokerKind, BrokerLetter, RefusedEvent};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, moment, named, params, uuid};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

macro_rules! letters {
    ($tail:literal) => {
        concat!(
            "SELECT l.id, b.kind, l.position, l.event_id, l.type, l.subject, l.at, l.refused_at,
                    l.error, l.body, l.resend
             FROM broker_letter l JOIN broker b ON b.id = l.broker_id ",
            $tail
        )
    };
}

/// Longest error and reason that is kept, in characters.
const TEXT_MAX: usize = 500;

impl Ledger {
    /// At most `limit` events that brokers refused for good, the newest first.
    pub async fn broker_letters(&self, limit: u16) -> Result<Vec<BrokerLetter>, Fault> {
        self.query(move |connection| {
            let sql = letters!("ORDER BY l.id DESC LIMIT ?1");
            Ok(connection.prepare_cached(sql)?.query_all(params![limit], letter)?)
        })
        .await
    }

    /// At most `limit` dead letters that are to be sent again, in the order of their events.
    pub async fn letters_to_resend(
        &self,
        kind: BrokerKind,
        limit: u16,
    ) -> Result<Vec<BrokerLetter>, Fault> {
        self.query(move |connection| {
            let sql = letters!("WHERE b.kind = ?1 AND l.resend = 1 ORDER BY l.position LIMIT ?2");
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_all(params![kind.as_str(), limit], letter)?)
        })
        .await
    }

    /// Writes down that a dead letter was taken after all, or refused again.
    pub async fn letter_resent(&self, id: i64, refused: Option<String>) -> Result<(), Fault> {
        self.write(move |context| {
            let (connection, now) = (context.sql(), context.now().micros());
            match &refused {
                None => {
                    connection.execute(
                        "UPDATE broker SET published = published + 1, published_at = ?2
                         WHERE id = (SELECT broker_id FROM broker_letter WHERE id = ?1)",
                        params![id, now],
                    )?;
                    connection.execute("DELETE FROM broker_letter WHERE id = ?1", params![id])?
                }
                Some(error) => connection.execute(
                    "UPDATE broker_letter SET resend = 0, refused_at = ?2, error = ?3 WHERE id = ?1",
                    params![id, now, bounded(error)],
                )?,
            };
            Ok(())
        })
        .await
    }

    /// Has a dead letter sent again.
    pub async fn resend_broker_letter(
        &self,
        by: UserId,
        id: i64,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BrokerLetter>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let known = known(context.sql(), id)?;
                let sql = "UPDATE broker_letter SET resend = 1 WHERE id = ?1";
                context.sql().execute(sql, params![id])?;
                let at = context.now();
                context.audit("broker_letter.resent", by, at, &facts(&known, None))?;
                Ok(BrokerLetter { resend: true, ..known })
            })?)
        })
        .await
    }

    /// Gives a dead letter up for good, and says why.
    pub async fn drop_broker_letter(
        &self,
        by: UserId,
        id: i64,
        reason: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BrokerLetter>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| give_up(context, by, id, &reason))?)
        })
        .await
    }
}

/// Whether a broker has dead letters.
pub(super) fn any(connection: Connection<'_>, kind: BrokerKind) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM broker_letter l JOIN broker b ON b.id = l.broker_id
                              WHERE b.kind = ?1)";
    connection.query_row(sql, params![kind.as_str()], |row| row.get(0))
}

/// Keeps what was refused.
pub(super) fn keep(
    connection: Connection<'_>,
    kind: BrokerKind,
    refused: &RefusedEvent,
    now: Timestamp,
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO broker_letter
             (broker_id, position, event_id, type, subject, at, refused_at, error, body)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM broker WHERE kind = ?1",
        params![
            kind.as_str(),
            refused.position.cast_signed(),
            refused.event.into_bytes(),
            refused.kind,
            refused.subject,
            refused.at.micros(),
            now.micros(),
            bounded(&refused.error),
            refused.body,
        ],
    )?;
    Ok(())
}

fn give_up(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: i64,
    reason: &str,
) -> Result<BrokerLetter, Failure> {
    let known = known(context.sql(), id)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > TEXT_MAX {
        let message = format!("say why it is dropped, in at most {TEXT_MAX} characters");
        return Err(Rejection::new(Code::ReasonRequired, "reason", message).into());
    }
    context.sql().execute("DELETE FROM broker_letter WHERE id = ?1", params![id])?;
    let at = context.now();
    context.audit("broker_letter.dropped", by, at, &facts(&known, Some(reason)))?;
    Ok(known)
}

fn facts(letter: &BrokerLetter, reason: Option<&str>) -> serde_json::Value {
    json!({ "broker": letter.broker, "event": letter.event, "reason": reason })
}

fn known(connection: Connection<'_>, id: i64) -> Result<BrokerLetter, Failure> {
    let found =
        connection.query_row(letters!("WHERE l.id = ?1"), params![id], letter).optional()?;
    found.ok_or_else(|| {
        Rejection::new(Code::NotFound, "id", "there is no such dead letter of a broker").into()
    })
}

fn letter(row: &Row<'_>) -> Result<BrokerLetter, Error> {
    Ok(BrokerLetter {
        id: row.get(0)?,
        broker: named(row, 1, BrokerKind::from_name)?,
        sequence: row.get(2)?,
        event: uuid(row, 3)?,
        kind: row.get(4)?,
        subject: row.get(5)?,
        time: moment(row, 6)?,
        refused_at: moment(row, 7)?,
        error: row.get(8)?,
        body: row.get(9)?,
        resend: row.get::<i64>(10)? == 1,
    })
}

fn bounded(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

//! Deliveries looked at, dead letters edited, sent again and dropped.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::UserId;
use serde_json::json;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::query::{Cursor, Page, PageRequest, ReadError, number, stamp};
use crate::record::{DeliveryRecord, DeliveryState};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, params, uuid,
};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

macro_rules! deliveries {
    ($tail:literal) => {
        concat!(
            "SELECT d.id, w.uid, d.event_id, d.position, d.type, d.subject, d.at, d.state,
                    d.attempts, d.due_at, d.tried_at, d.status, d.error, d.body, d.reason
             FROM delivery d JOIN webhook w ON w.id = d.webhook_id ",
            $tail
        )
    };
}

const LIST: &str = deliveries!(
    "WHERE w.removed_at IS NULL AND (?1 IS NULL OR w.uid = ?1) AND (?2 IS NULL OR d.state = ?2)
       AND d.id < ?3
     ORDER BY d.id DESC LIMIT ?4"
);
const COUNT: &str = "SELECT count(*) FROM delivery d JOIN webhook w ON w.id = d.webhook_id
    WHERE w.removed_at IS NULL AND (?1 IS NULL OR w.uid = ?1) AND (?2 IS NULL OR d.state = ?2)";

/// Longest body that somebody may write, in bytes.
const BODY_MAX: usize = 256 * 1024;
/// Longest reason.
const REASON_MAX: usize = 500;

impl Ledger {
    /// A page of deliveries, newest first: of one webhook, in one state, where these are named.
    pub async fn deliveries(
        &self,
        webhook: Option<Uuid>,
        state: Option<DeliveryState>,
        page: PageRequest,
    ) -> Result<Page<DeliveryRecord>, ReadError> {
        self.query(move |connection| list(connection, webhook, state, &page)).await
    }

    /// One delivery.
    pub async fn delivery(&self, id: i64) -> Result<Option<DeliveryRecord>, Fault> {
        self.query(move |connection| Ok(by_id(connection, id)?)).await
    }

    /// Sends a delivery again from the beginning of its schedule, whatever became of it.
    pub async fn resend_delivery(
        &self,
        by: UserId,
        id: i64,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DeliveryRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| resend(context, by, id))?)
        })
        .await
    }

    /// Puts another body in a dead letter's place. It is sent when it is resent.
    pub async fn edit_dead_letter(
        &self,
        by: UserId,
        id: i64,
        body: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DeliveryRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| edit(context, by, id, &body))?)
        })
        .await
    }

    /// Gives a dead letter up for good.
    pub async fn drop_dead_letter(
        &self,
        by: UserId,
        id: i64,
        reason: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DeliveryRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| drop_letter(context, by, id, &reason))?)
        })
        .await
    }
}

fn list(
    connection: Connection<'_>,
    webhook: Option<Uuid>,
    state: Option<DeliveryState>,
    page: &PageRequest,
) -> Result<Page<DeliveryRecord>, ReadError> {
    let stamp = stamp("deliveries", &(webhook, state));
    let before = match &page.cursor {
        Some(cursor) => {
            let [id] = cursor.fields(&stamp)?;
            number(id)?
        }
        None => i64::MAX,
    };
    let webhook = webhook.map(Uuid::into_bytes);
    let state = state.map(|state| state.as_str().to_owned());
    let limit = page.rows();
    let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let values = params![webhook, state, before, rows];
    let mut items = connection.prepare_cached(LIST)?.query_all(values, delivery)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| Cursor::of(&stamp, [last.id.to_string()]).encode());
    let total = if page.count {
        let count = connection.query_row(COUNT, params![webhook, state], |row| row.get(0));
        Some(count.map_err(|error: Error| ReadError::from(error))?)
    } else {
        None
    };
    Ok(Page { items, next_cursor, total })
}

fn resend(context: &mut WriteContext<'_>, by: UserId, id: i64) -> Result<DeliveryRecord, Failure> {
    let known = known(context.sql(), id)?;
    let gone = known.body.is_none() && !is_kept(context.sql(), known.sequence)?;
    if gone {
        let message = "the event is not kept any more, and so there is nothing to send";
        return Err(Rejection::new(Code::EventsExpired, "id", message).into());
    }
    let at = context.now();
    context.sql().execute(
        "UPDATE delivery SET state = 'waiting', attempts = 0, first_tried_at = NULL, due_at = ?2,
                reason = NULL
         WHERE id = ?1",
        params![id, at.micros()],
    )?;
    context.audit("delivery.resent", by, at, &facts(&known))?;
    reload(context, id)
}

fn is_kept(connection: Connection<'_>, position: u64) -> Result<bool, Error> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE position = ?1)",
        params![position.cast_signed()],
        |row| row.get(0),
    )
}

fn edit(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: i64,
    body: &str,
) -> Result<DeliveryRecord, Failure> {
    let known = dead(context.sql(), id)?;
    if body.len() > BODY_MAX || serde_json::from_str::<serde_json::Value>(body).is_err() {
        let message = format!("the body must be JSON of at most {BODY_MAX} bytes");
        return Err(Rejection::new(Code::InvalidBody, "body", message).into());
    }
    let at = context.now();
    context.sql().execute("UPDATE delivery SET body = ?2 WHERE id = ?1", params![id, body])?;
    context.audit("dead_letter.edited", by, at, &facts(&known))?;
    reload(context, id)
}

fn drop_letter(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: i64,
    reason: &str,
) -> Result<DeliveryRecord, Failure> {
    let known = dead(context.sql(), id)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        let message = format!("say why it is dropped, in at most {REASON_MAX} characters");
        return Err(Rejection::new(Code::ReasonRequired, "reason", message).into());
    }
    let at = context.now();
    context.sql().execute(
        "UPDATE delivery SET state = 'dropped', reason = ?2 WHERE id = ?1",
        params![id, reason],
    )?;
    context.audit("dead_letter.dropped", by, at, &facts(&known))?;
    reload(context, id)
}

fn facts(delivery: &DeliveryRecord) -> serde_json::Value {
    json!({ "delivery": delivery.id, "webhook": delivery.webhook, "event": delivery.event })
}

fn dead(connection: Connection<'_>, id: i64) -> Result<DeliveryRecord, Failure> {
    let known = known(connection, id)?;
    if known.state != DeliveryState::Dead {
        let message = format!("delivery {id} is no dead letter: it is {}", known.state.as_str());
        return Err(Rejection::new(Code::NotFound, "id", message).into());
    }
    Ok(known)
}

fn known(connection: Connection<'_>, id: i64) -> Result<DeliveryRecord, Failure> {
    by_id(connection, id)?
        .ok_or_else(|| Rejection::new(Code::NotFound, "id", "there is no such delivery").into())
}

fn reload(context: &WriteContext<'_>, id: i64) -> Result<DeliveryRecord, Failure> {
    by_id(context.sql(), id)?
        .ok_or_else(|| Failure::Broken("a delivery vanished while it was written".to_owned()))
}

fn by_id(connection: Connection<'_>, id: i64) -> Result<Option<DeliveryRecord>, Error> {
    let sql = deliveries!("WHERE d.id = ?1 AND w.removed_at IS NULL");
    connection.query_row(sql, params![id], delivery).optional()
}

fn delivery(row: &Row<'_>) -> Result<DeliveryRecord, Error> {
    let state = named(row, 7, DeliveryState::from_name)?;
    Ok(DeliveryRecord {
        id: row.get(0)?,
        webhook: uuid(row, 1)?,
        event: uuid(row, 2)?,
        sequence: row.get(3)?,
        kind: row.get(4)?,
        subject: row.get(5)?,
        time: moment(row, 6)?,
        state,
        attempts: row.get(8)?,
        due_at: optional_moment(row, 9)?.filter(|_| state == DeliveryState::Waiting),
        tried_at: optional_moment(row, 10)?,
        status: row.get(11)?,
        error: row.get(12)?,
        body: row.get(13)?,
        reason: row.get(14)?,
    })
}

//! What is to be sent now, and what became of it.

use mtm_core::event::EventType;
use mtm_core::trouble::Trouble;
use mtm_core::word::{Timestamp, UserId};
use serde_json::json;

use super::subscription::disable;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{ActiveWebhook, Attempt, DisabledWhy, DueDelivery, Verdict};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, optional_moment, params, uuid};
use crate::sqlite::seed::SYSTEM_USER;
use crate::write::{Failure, WriteContext};

/// Delivered rows kept for each webhook.
const KEPT: i64 = 5_000;
/// What stands at a delivery whose event is not kept any more.
const GONE_EVENT: &str = "the event is not kept any more, and so there was nothing to send";
/// Longest error that is kept, in characters.
const ERROR_MAX: usize = 500;

/// Due, and nothing earlier about the same thing stands before it: an earlier one is waited for
/// until it was tried long ago.
const DUE: &str = "
    SELECT d.id, d.position, d.event_id, d.subject, d.attempts, d.body
    FROM delivery d
    WHERE d.webhook_id = ?1 AND d.state = 'waiting' AND d.due_at <= ?2
      AND NOT EXISTS (
          SELECT 1 FROM delivery e
          WHERE e.webhook_id = ?1 AND e.state = 'waiting' AND e.subject = d.subject
            AND e.position < d.position
            AND (e.first_tried_at IS NULL OR e.first_tried_at > ?3))
    ORDER BY d.position LIMIT ?4";

const NEXT_DUE: &str =
    "SELECT min(due_at) FROM delivery WHERE webhook_id = ?1 AND state = 'waiting'";

const NEEDED: &str = "
    SELECT min(needed) FROM (
        SELECT position + 1 AS needed FROM webhook
        WHERE removed_at IS NULL AND disabled_at IS NULL
        UNION ALL
        SELECT d.position FROM delivery d JOIN webhook w ON w.id = d.webhook_id
        WHERE d.state = 'waiting' AND d.body IS NULL
          AND w.removed_at IS NULL AND w.disabled_at IS NULL) AS positions";

impl Ledger {
    /// At most `limit` deliveries that are to be sent at `now`, the oldest first. One whose
    /// predecessor about the same thing was first tried after `held` waits for that.
    pub async fn due_deliveries(
        &self,
        webhook: i64,
        now: Timestamp,
        held: Timestamp,
        limit: u16,
    ) -> Result<Vec<DueDelivery>, Fault> {
        self.query(move |connection| {
            let (now, held) = (now.micros(), held.micros());
            let values = params![webhook, now, held, limit];
            Ok(connection.prepare_cached(DUE)?.query_all(values, due)?)
        })
        .await
    }

    /// When the next delivery of a webhook is due, where any waits.
    pub async fn next_due(&self, webhook: i64) -> Result<Option<Timestamp>, Fault> {
        self.query(move |connection| {
            let read = |row: &Row<'_>| optional_moment(row, 0);
            Ok(connection.query_row(NEXT_DUE, params![webhook], read)?)
        })
        .await
    }

    /// Writes down what became of deliveries that were sent at `now`. Where nothing was taken since
    /// before `given_up`, or the receiver is gone, the webhook is disabled and the world is told.
    pub async fn record_attempts(
        &self,
        webhook: ActiveWebhook,
        attempts: Vec<Attempt>,
        now: Timestamp,
        given_up: Timestamp,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            let dies = |it: &Attempt| matches!(it.verdict, Verdict::Dead { .. } | Verdict::Gone);
            let first = attempts.iter().any(dies) && !has_dead(context.sql(), webhook.row)?;
            for attempt in &attempts {
                record(context.sql(), attempt, now)?;
            }
            if first {
                // Told once, until somebody has cleared them: also of an event that tells of this.
                let at = context.now();
                let data = json!({ "webhook": webhook.id, "state": "dead_letters" });
                let subject = webhook.id.to_string();
                context.emit(EventType::IntegrationChanged, &subject, at, &data, None)?;
            }
            Ok(conclude(context, &webhook, &attempts, now, given_up)?)
        })
        .await
    }

    /// Says at the webhook why nothing is sent at all; no delivery pays for it.
    pub async fn webhook_stands_still(&self, webhook: i64, error: String) -> Result<(), Fault> {
        self.write(move |context| {
            context.sql().execute(
                "UPDATE webhook SET last_error = ?2
                 WHERE id = ?1 AND (last_error IS NULL OR last_error <> ?2)",
                params![webhook, bounded(&error)],
            )?;
            Ok(())
        })
        .await
    }

    /// Lets go of what was delivered or dropped long ago, so that the newest few thousand stay, and of
    /// whatever was for a webhook that is no more.
    pub async fn purge_deliveries(&self) -> Result<u64, Fault> {
        self.write(|context| {
            let connection = context.sql();
            let mut webhooks =
                connection.prepare_cached("SELECT id, removed_at IS NOT NULL FROM webhook")?;
            let mut purged = 0;
            let read = |row: &Row<'_>| Ok::<(i64, bool), Error>((row.get(0)?, row.get(1)?));
            for (webhook, removed) in webhooks.query_all(&[], read)? {
                if removed {
                    let all = "DELETE FROM delivery WHERE webhook_id = ?1";
                    purged += connection.execute(all, params![webhook])?;
                } else {
                    purged += purge(connection, webhook, "delivered")?;
                    purged += purge(connection, webhook, "dropped")?;
                }
            }
            Ok::<_, Fault>(purged as u64)
        })
        .await
    }

    /// The oldest place in the outbox that webhooks still need, where they need any: events before it
    /// may go. A disabled webhook keeps nothing.
    pub async fn oldest_event_needed_by_webhooks(&self) -> Result<Option<u64>, Fault> {
        self.query(|connection| Ok(needed_from(connection)?.map(i64::cast_unsigned))).await
    }
}

/// The first place in the outbox whose event some webhook has not been sent.
pub(crate) fn needed_from(connection: Connection<'_>) -> Result<Option<i64>, Error> {
    connection.query_row(NEEDED, &[], |row| row.get(0))
}

/// Whether a webhook has dead letters.
fn has_dead(connection: Connection<'_>, webhook: i64) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM delivery WHERE webhook_id = ?1 AND state = 'dead')";
    connection.query_row(sql, params![webhook], |row| row.get(0))
}

fn due(row: &Row<'_>) -> Result<DueDelivery, Error> {
    Ok(DueDelivery {
        id: row.get(0)?,
        position: row.get(1)?,
        event: uuid(row, 2)?,
        subject: row.get(3)?,
        attempts: row.get(4)?,
        body: row.get(5)?,
    })
}

fn record(connection: Connection<'_>, attempt: &Attempt, now: Timestamp) -> Result<(), Error> {
    let (state, error, due, body) = match &attempt.verdict {
        Verdict::Taken => ("delivered", None, None, None),
        Verdict::Again { error, due } => {
            ("waiting", Some(error.as_str()), Some(due.micros()), None)
        }
        Verdict::Dead { error, body } => ("dead", Some(error.as_str()), None, Some(body)),
        Verdict::Gone => ("dead", Some(GONE_EVENT), None, None),
    };
    connection.execute(
        "UPDATE delivery SET state = ?2, attempts = attempts + 1, tried_at = ?3,
                first_tried_at = COALESCE(first_tried_at, ?3), status = ?4, error = ?5,
                due_at = COALESCE(?6, due_at), body = COALESCE(?7, body)
         WHERE id = ?1 AND state = 'waiting'",
        params![
            attempt.delivery,
            state,
            now.micros(),
            attempt.status,
            error.map(bounded),
            due,
            body,
        ],
    )?;
    Ok(())
}

/// How the webhook itself stands after its deliveries.
fn conclude(
    context: &mut WriteContext<'_>,
    webhook: &ActiveWebhook,
    attempts: &[Attempt],
    now: Timestamp,
    given_up: Timestamp,
) -> Result<(), Failure> {
    let taken = attempts.iter().any(|attempt| matches!(attempt.verdict, Verdict::Taken));
    if taken {
        context.sql().execute(
            "UPDATE webhook SET delivered_at = ?2, failing_since = NULL, last_error = NULL
             WHERE id = ?1",
            params![webhook.row, now.micros()],
        )?;
    }
    let last = attempts.iter().rev().find_map(|attempt| match &attempt.verdict {
        Verdict::Taken | Verdict::Gone => None,
        Verdict::Again { error, .. } | Verdict::Dead { error, .. } => Some(error),
    });
    let Some(error) = last else { return Ok(()) };
    // Somebody may have mended, or disabled, it while its receiver was waited for.
    let Some(failing_since) = as_it_was(context.sql(), webhook, now)? else { return Ok(()) };
    context.sql().execute(
        "UPDATE webhook SET last_error = ?2, failing_since = COALESCE(failing_since, ?3)
         WHERE id = ?1",
        params![webhook.row, bounded(error), now.micros()],
    )?;
    let for_good = |status| Trouble::of_peer(status) == Trouble::Permanent;
    let gone = attempts.iter().any(|attempt| attempt.status.is_some_and(for_good));
    let failing = !taken && failing_since < given_up.micros();
    let why = match (gone, failing) {
        (true, _) => DisabledWhy::Gone,
        (_, true) => DisabledWhy::Failing,
        _ => return Ok(()),
    };
    disable(context.sql(), webhook.id, now.micros(), why)?;
    // Whoever edits what was there before is told that it changed.
    context
        .sql()
        .execute("UPDATE webhook SET version = version + 1 WHERE id = ?1", params![webhook.row])?;
    let at = context.now();
    let facts = json!({ "webhook": webhook.id, "why": why.as_str() });
    context.audit("webhook.disabled", UserId(SYSTEM_USER), at, &facts)?;
    let data = json!({ "webhook": webhook.id, "state": "disabled", "why": why.as_str() });
    context.emit(EventType::IntegrationChanged, &webhook.id.to_string(), at, &data, None)
}

/// Since when the webhook fails, `now` where it did not before, if it still sends where it sent when
/// `webhook` was read.
fn as_it_was(
    connection: Connection<'_>,
    webhook: &ActiveWebhook,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    connection
        .query_row(
            "SELECT COALESCE(failing_since, ?3) FROM webhook
             WHERE id = ?1 AND url = ?2 AND disabled_at IS NULL AND removed_at IS NULL",
            params![webhook.row, webhook.url, now.micros()],
            |row| row.get(0),
        )
        .optional()
}

/// Lets go of what stands so and is older than the newest few thousand.
fn purge(connection: Connection<'_>, webhook: i64, state: &str) -> Result<usize, Error> {
    let oldest_kept: Option<i64> = connection.query_row(
        "SELECT min(position) FROM (
             SELECT position FROM delivery WHERE webhook_id = ?1 AND state = ?2
             ORDER BY position DESC LIMIT ?3) AS kept",
        params![webhook, state, KEPT],
        |row| row.get(0),
    )?;
    let Some(oldest_kept) = oldest_kept else { return Ok(0) };
    connection.execute(
        "DELETE FROM delivery WHERE webhook_id = ?1 AND state = ?2 AND position < ?3",
        params![webhook, state, oldest_kept],
    )
}

fn bounded(error: &str) -> String {
    error.chars().take(ERROR_MAX).collect()
}

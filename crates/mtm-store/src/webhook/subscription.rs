//! Webhooks made, changed, removed.

use mtm_core::code::Code;
use mtm_core::event::EventType;
use mtm_core::rejection::Rejection;
use mtm_core::word::UserId;
use serde_json::json;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once, once_secret};
use crate::query::ReadError;
use crate::record::{
    ActiveWebhook, DisabledWhy, NewWebhook, RotatedSecret, WebhookChanges, WebhookRecord,
};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, optional_moment, params, uuid,
};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

macro_rules! webhooks {
    ($tail:literal) => {
        concat!(
            "SELECT w.uid, w.name, w.url, w.types, w.version, w.created_at, w.delivered_at,
                    w.failing_since, w.last_error, w.disabled_at, w.disabled_why,
                    (SELECT count(*) FROM delivery d
                     WHERE d.webhook_id = w.id AND d.state = 'waiting'),
                    (SELECT count(*) FROM delivery d
                     WHERE d.webhook_id = w.id AND d.state = 'dead'),
                    (SELECT d.at FROM delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'
                     ORDER BY d.position LIMIT 1),
                    (SELECT max(o.position) FROM outbox o) - w.position, w.former_until
             FROM webhook w WHERE w.removed_at IS NULL ",
            $tail
        )
    };
}

/// Longest name.
const NAME_MAX: usize = 60;

impl Ledger {
    /// Every webhook, by name and age.
    pub async fn webhooks(&self) -> Result<Vec<WebhookRecord>, Fault> {
        self.query(|connection| {
            let sql = webhooks!("ORDER BY w.name, w.id");
            Ok(connection.prepare_cached(sql)?.query_all(&[], webhook)?)
        })
        .await
    }

    /// The webhook of this identity.
    pub async fn webhook(&self, id: Uuid) -> Result<Option<WebhookRecord>, Fault> {
        self.query(move |connection| Ok(by_id(connection, id)?)).await
    }

    /// Makes a webhook that is told what happens from now on. A second time under the same key is
    /// refused: the secret was shown.
    pub async fn create_webhook(
        &self,
        by: UserId,
        new: NewWebhook,
        key: Option<IdempotencyKey>,
    ) -> Result<WebhookRecord, PostError> {
        // What was booked here before has its place by now, also on a server.
        let newest = self.newest_event().await.map_err(not_read)?.unwrap_or(0);
        self.write(move |context| {
            Ok(once_secret(context, key.as_ref(), |context| create(context, by, &new, newest))?)
        })
        .await
    }

    /// Changes a webhook; refused (`stale`) where `version` is not its version.
    pub async fn edit_webhook(
        &self,
        by: UserId,
        id: Uuid,
        version: Option<i64>,
        changes: WebhookChanges,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<WebhookRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| edit(context, by, id, version, &changes))?)
        })
        .await
    }

    /// Gives a webhook another secret; requests are signed with the present one as well for a while.
    /// A second time under the same key is refused: the secret was shown.
    pub async fn rotate_webhook_secret(
        &self,
        by: UserId,
        id: Uuid,
        secret: RotatedSecret,
        key: Option<IdempotencyKey>,
    ) -> Result<WebhookRecord, PostError> {
        self.write(move |context| {
            Ok(once_secret(context, key.as_ref(), |context| rotate(context, by, id, &secret))?)
        })
        .await
    }

    /// Removes a webhook: what waits for it is not sent any more.
    pub async fn remove_webhook(
        &self,
        by: UserId,
        id: Uuid,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<WebhookRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| remove(context, by, id))?)
        })
        .await
    }

    /// The webhooks that are told things.
    pub async fn active_webhooks(&self) -> Result<Vec<ActiveWebhook>, Fault> {
        self.query(|connection| {
            let sql = "SELECT id, uid, url, secret, former, former_until FROM webhook
                       WHERE removed_at IS NULL AND disabled_at IS NULL ORDER BY id";
            Ok(connection.prepare_cached(sql)?.query_all(&[], active)?)
        })
        .await
    }
}

fn not_read(error: ReadError) -> PostError {
    match error {
        ReadError::Refused(rejection) => PostError::Rejected(rejection),
        ReadError::Fault(fault) => PostError::Fault(fault),
    }
}

fn create(
    context: &mut WriteContext<'_>,
    by: UserId,
    new: &NewWebhook,
    newest: u64,
) -> Result<WebhookRecord, Failure> {
    let name = checked_name(context.sql(), &new.name, new.id)?;
    let at = context.now();
    context.sql().execute(
        "INSERT INTO webhook (uid, name, url, types, secret, position, created_at, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)",
        params![
            new.id.as_bytes(),
            name,
            new.url,
            type_list(&new.types),
            new.sealed_secret,
            newest.cast_signed(),
            at.micros(),
        ],
    )?;
    // The address may carry what only its receiver should know, and the log is kept for ever.
    context.audit("webhook.created", by, at, &json!({ "webhook": new.id, "name": name }))?;
    reload(context, new.id)
}

fn edit(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: Uuid,
    version: Option<i64>,
    changes: &WebhookChanges,
) -> Result<WebhookRecord, Failure> {
    let known = known(context.sql(), id)?;
    if version.is_some_and(|version| version != known.version) {
        return Err(Rejection::new(Code::Stale, None, "the webhook was changed since").into());
    }
    let name = match &changes.name {
        Some(name) => checked_name(context.sql(), name, id)?,
        None => known.name.clone(),
    };
    let url = changes.url.as_ref().unwrap_or(&known.url);
    let types = match &changes.types {
        Some(types) => type_list(types),
        None => json!(known.types).to_string(),
    };
    let at = context.now();
    context.sql().execute(
        "UPDATE webhook SET name = ?2, url = ?3, types = ?4, version = version + 1
         WHERE uid = ?1",
        params![id.as_bytes(), name, url, types],
    )?;
    let mut passed_over = 0;
    match (changes.enabled, known.disabled_at) {
        (Some(true), Some(_)) => passed_over = enable(context.sql(), id, at.micros())?,
        (Some(false), None) => disable(context.sql(), id, at.micros(), DisabledWhy::Person)?,
        _ => {}
    }
    let facts = json!({
        "webhook": id, "name": name, "moved": *url != known.url, "enabled": changes.enabled,
        "events_passed_over": passed_over,
    });
    context.audit("webhook.changed", by, at, &facts)?;
    reload(context, id)
}

/// What waits is due at once; what the outbox does not keep any more is passed over. Gives how many
/// events that are.
fn enable(connection: Connection<'_>, id: Uuid, at: i64) -> Result<i64, Failure> {
    let oldest: Option<i64> =
        connection.query_row("SELECT min(position) FROM outbox", &[], |row| row.get(0))?;
    let before = oldest.unwrap_or(1) - 1;
    let position: i64 = connection.query_row(
        "SELECT position FROM webhook WHERE uid = ?1",
        params![id.as_bytes()],
        |row| row.get(0),
    )?;
    connection.execute(
        "UPDATE webhook SET disabled_at = NULL, disabled_why = NULL, failing_since = NULL,
                position = CASE WHEN position < ?2 THEN ?2 ELSE position END
         WHERE uid = ?1",
        params![id.as_bytes(), before],
    )?;
    connection.execute(
        "UPDATE delivery SET due_at = ?2, attempts = 0, first_tried_at = NULL
         WHERE state = 'waiting' AND webhook_id = (SELECT id FROM webhook WHERE uid = ?1)",
        params![id.as_bytes(), at],
    )?;
    Ok((before - position).max(0))
}

/// Tells it nothing any more.
pub(super) fn disable(
    connection: Connection<'_>,
    id: Uuid,
    at: i64,
    why: DisabledWhy,
) -> Result<(), Failure> {
    connection.execute(
        "UPDATE webhook SET disabled_at = ?2, disabled_why = ?3 WHERE uid = ?1",
        params![id.as_bytes(), at, why.as_str()],
    )?;
    Ok(())
}

fn rotate(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: Uuid,
    secret: &RotatedSecret,
) -> Result<WebhookRecord, Failure> {
    let known = known(context.sql(), id)?;
    let at = context.now();
    context.sql().execute(
        "UPDATE webhook SET former = secret, former_until = ?2, secret = ?3,
                version = version + 1
         WHERE uid = ?1",
        params![id.as_bytes(), secret.former_until.micros(), secret.sealed_secret],
    )?;
    let facts = json!({ "webhook": id, "name": known.name, "former_until": secret.former_until });
    context.audit("webhook.secret_changed", by, at, &facts)?;
    reload(context, id)
}

fn remove(context: &mut WriteContext<'_>, by: UserId, id: Uuid) -> Result<WebhookRecord, Failure> {
    let known = known(context.sql(), id)?;
    let at = context.now();
    context.sql().execute(
        "UPDATE webhook SET removed_at = ?2, secret = ?3, former = NULL, former_until = NULL,
                version = version + 1
         WHERE uid = ?1",
        params![id.as_bytes(), at.micros(), [0_u8; 0]],
    )?;
    context.sql().execute("DELETE FROM peer_guard WHERE peer = ?1", params![id.to_string()])?;
    context.audit("webhook.removed", by, at, &json!({ "webhook": id, "name": known.name }))?;
    Ok(known)
}

fn checked_name(connection: Connection<'_>, name: &str, id: Uuid) -> Result<String, Failure> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        let message = format!("a webhook's name has 1 to {NAME_MAX} characters");
        return Err(Rejection::new(Code::InvalidBody, "name", message).into());
    }
    let taken: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM webhook
                        WHERE name = ?1 AND uid <> ?2 AND removed_at IS NULL)",
        params![name, id.as_bytes()],
        |row| row.get(0),
    )?;
    if taken {
        let message = format!("there is a webhook {name} already");
        return Err(Rejection::new(Code::AlreadyExists, "name", message).into());
    }
    Ok(name.to_owned())
}

fn type_list(types: &[EventType]) -> String {
    types.iter().map(|kind| kind.as_str()).collect::<serde_json::Value>().to_string()
}

fn known(connection: Connection<'_>, id: Uuid) -> Result<WebhookRecord, Failure> {
    by_id(connection, id)?
        .ok_or_else(|| Rejection::new(Code::NotFound, "id", "there is no such webhook").into())
}

fn reload(context: &WriteContext<'_>, id: Uuid) -> Result<WebhookRecord, Failure> {
    by_id(context.sql(), id)?
        .ok_or_else(|| Failure::Broken("a webhook vanished while it was written".to_owned()))
}

fn by_id(connection: Connection<'_>, id: Uuid) -> Result<Option<WebhookRecord>, Error> {
    connection.query_row(webhooks!("AND w.uid = ?1"), params![id.as_bytes()], webhook).optional()
}

fn webhook(row: &Row<'_>) -> Result<WebhookRecord, Error> {
    let types = serde_json::from_str(row.text(3)?)
        .map_err(|error| Error::shape(3, format!("no list of types: {error}")))?;
    let why = row.optional_text(10)?.map(|name| {
        DisabledWhy::from_name(name).ok_or_else(|| Error::shape(10, format!("{name:?}")))
    });
    Ok(WebhookRecord {
        id: uuid(row, 0)?,
        name: row.get(1)?,
        url: row.get(2)?,
        types,
        version: row.get(4)?,
        created_at: moment(row, 5)?,
        delivered_at: optional_moment(row, 6)?,
        failing_since: optional_moment(row, 7)?,
        last_error: row.get(8)?,
        disabled_at: optional_moment(row, 9)?,
        disabled_why: why.transpose()?,
        waiting: row.get(11)?,
        dead: row.get(12)?,
        oldest_waiting: optional_moment(row, 13)?,
        behind: row.get::<Option<i64>>(14)?.unwrap_or(0).max(0).cast_unsigned(),
        former_until: optional_moment(row, 15)?,
    })
}

fn active(row: &Row<'_>) -> Result<ActiveWebhook, Error> {
    let former: Option<Vec<u8>> = row.get(4)?;
    Ok(ActiveWebhook {
        row: row.get(0)?,
        id: uuid(row, 1)?,
        url: row.get(2)?,
        sealed_secret: row.get(3)?,
        former: former.zip(optional_moment(row, 5)?),
    })
}

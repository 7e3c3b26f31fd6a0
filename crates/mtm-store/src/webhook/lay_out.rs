//! Moving on in the outbox: a row for every event that concerns the webhook.

use serde_json::json;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, params, uuid};

/// Events looked at in one transaction.
const PIECE: i64 = 500;
/// Deliveries that may wait for one webhook: beyond them the outbox is the queue.
const AHEAD: i64 = 10_000;

const NEXT: &str = "SELECT position, id, type, subject, at FROM outbox
                    WHERE position > ?1 ORDER BY position LIMIT ?2";

const ADD: (&str, &str) = (
    "INSERT INTO delivery (webhook_id, position, event_id, type, subject, at, state, due_at)
     SELECT ?1, value ->> 'position', unhex(value ->> 'id'), value ->> 'type',
            value ->> 'subject', value ->> 'at', 'waiting', ?2
     FROM json_each(?3)",
    "INSERT INTO delivery (webhook_id, position, event_id, type, subject, at, state, due_at)
     SELECT ?1, position, UNHEX(event), type, subject, at, 'waiting', ?2
     FROM JSON_TABLE(?3, '$[*]' COLUMNS (
         position BIGINT PATH '$.position', event VARCHAR(32) PATH '$.id',
         type VARCHAR(60) PATH '$.type', subject VARCHAR(120) PATH '$.subject',
         at BIGINT PATH '$.at')) AS listed",
);

/// An event, as far as a delivery names it.
struct Told {
    position: i64,
    id: Uuid,
    kind: String,
    subject: String,
    at: i64,
}

/// What a webhook has before it.
struct Ahead {
    /// Where it stands.
    before: i64,
    /// What it is told; everything where it is empty.
    types: Vec<String>,
    /// The events that come next.
    told: Vec<Told>,
}

impl Ledger {
    /// Lays out the next events of the outbox for the webhook in `row`. Whether there may be more;
    /// none are laid out while very many wait.
    pub async fn lay_out(&self, row: i64) -> Result<bool, Fault> {
        let ahead = self.query(move |connection| Ok::<_, Fault>(next(connection, row)?)).await?;
        let Some(Ahead { before, types, told }) = ahead else { return Ok(false) };
        let Some(last) = told.last().map(|told| told.position) else { return Ok(false) };
        let more = told.len() >= usize::try_from(PIECE).unwrap_or(usize::MAX);
        let concerns = |told: &&Told| types.is_empty() || types.contains(&told.kind);
        let listed: Vec<_> = told.iter().filter(concerns).map(Told::listed).collect();
        let listed = (!listed.is_empty()).then(|| serde_json::Value::from(listed).to_string());
        let now = self.clock().now().micros();
        self.write(move |context| {
            let connection = context.sql();
            let moved = connection.execute(
                "UPDATE webhook SET position = ?3
                 WHERE id = ?1 AND position = ?2 AND disabled_at IS NULL AND removed_at IS NULL",
                params![row, before, last],
            )?;
            // Somebody else was faster, or disabled it: its position is read next time.
            if moved == 1
                && let Some(listed) = &listed
            {
                connection.execute(connection.pick(ADD.0, ADD.1), params![row, now, listed])?;
            }
            Ok::<_, Fault>(more)
        })
        .await
    }
}

impl Told {
    fn listed(&self) -> serde_json::Value {
        json!({
            "position": self.position, "id": self.id.simple().to_string(), "type": self.kind,
            "subject": self.subject, "at": self.at,
        })
    }

    fn read(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            position: row.get(0)?,
            id: uuid(row, 1)?,
            kind: row.get(2)?,
            subject: row.get(3)?,
            at: row.get(4)?,
        })
    }
}

/// Where the webhook stands, what it is told, and the events that come next.
fn next(connection: Connection<'_>, row: i64) -> Result<Option<Ahead>, Error> {
    let found = connection
        .query_row(
            "SELECT position, types,
                    (SELECT count(*) FROM delivery WHERE webhook_id = ?1 AND state = 'waiting')
             FROM webhook WHERE id = ?1 AND disabled_at IS NULL AND removed_at IS NULL",
            params![row],
            |row| Ok::<_, Error>((row.get(0)?, row.get::<String>(1)?, row.get::<i64>(2)?)),
        )
        .optional()?;
    let Some((before, types, waiting)) = found else { return Ok(None) };
    if waiting >= AHEAD {
        return Ok(None);
    }
    let types = serde_json::from_str(&types)
        .map_err(|error| Error::shape(1, format!("no list of types: {error}")))?;
    let told = connection.prepare_cached(NEXT)?.query_all(params![before, PIECE], Told::read)?;
    Ok(Some(Ahead { before, types, told }))
}

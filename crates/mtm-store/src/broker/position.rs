//! Where a broker stands in the outbox.

use mtm_core::event::EventType;
use mtm_core::word::Timestamp;
use serde_json::json;

use super::letter;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::record::{BrokerKind, BrokerRecord, Told};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, params,
};
use crate::write::{Failure, WriteContext};

/// Longest error that is kept, in characters.
const ERROR_MAX: usize = 500;

const ALL: &str = "
    SELECT b.kind, b.position, b.published, b.published_at, b.failing_since, b.attempts,
           b.last_error, b.created_at, b.seen_at,
           (SELECT max(o.position) FROM outbox o),
           (SELECT o.at FROM outbox o WHERE o.position > b.position ORDER BY o.position LIMIT 1),
           (SELECT count(*) FROM broker_letter l WHERE l.broker_id = b.id)
    FROM broker b ORDER BY b.kind";

impl Ledger {
    /// Every broker that was ever told anything, by name.
    pub async fn brokers(&self) -> Result<Vec<BrokerRecord>, Fault> {
        self.query(|connection| Ok(connection.prepare_cached(ALL)?.query_all(&[], record)?)).await
    }

    /// Says that a server is configured with a broker. One that is new is told what happens from now on.
    pub async fn meet_broker(&self, kind: BrokerKind) -> Result<(), Fault> {
        // What was booked here before has its place by now, also on a server.
        let newest = match self.newest_event().await {
            Ok(newest) => newest.unwrap_or(0).cast_signed(),
            Err(ReadError::Fault(fault)) => return Err(fault),
            Err(ReadError::Refused(refusal)) => return Err(Fault::Permanent(refusal.to_string())),
        };
        self.write(move |context| {
            let (connection, now) = (context.sql(), context.now().micros());
            let known = connection.execute(
                "UPDATE broker SET seen_at = ?2 WHERE kind = ?1",
                params![kind.as_str(), now],
            )?;
            if known == 0 && standing(connection, kind)?.is_none() {
                connection.execute(
                    "INSERT INTO broker (kind, position, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)",
                    params![kind.as_str(), newest, now],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// Up to which place in the outbox what a broker acknowledged is believed to be stored by it; `None`
    /// where it is not known. As far as the outbox is kept: what is gone cannot be told again.
    pub async fn broker_safe_position(&self, kind: BrokerKind) -> Result<Option<u64>, Fault> {
        self.query(move |connection| {
            let safe: Option<i64> = connection
                .query_row(
                    "SELECT COALESCE(safe_position, position) FROM broker WHERE kind = ?1",
                    params![kind.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            let oldest: Option<i64> =
                connection.query_row("SELECT min(position) FROM outbox", &[], |row| row.get(0))?;
            let kept = oldest.unwrap_or(1) - 1;
            Ok(safe.map(|safe| safe.max(kept).cast_unsigned()))
        })
        .await
    }

    /// Says that what a broker, which stands at `position`, acknowledged up to `safe` is stored by now.
    pub async fn broker_is_safe(
        &self,
        kind: BrokerKind,
        position: u64,
        safe: u64,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            context.sql().execute(
                "UPDATE broker SET safe_position = ?3 WHERE kind = ?1 AND position = ?2",
                params![kind.as_str(), position.cast_signed(), safe.cast_signed()],
            )?;
            Ok(())
        })
        .await
    }

    /// Up to which place in the outbox a broker was told; `None` where it is not known.
    pub async fn broker_position(&self, kind: BrokerKind) -> Result<Option<u64>, Fault> {
        self.query(move |connection| Ok(standing(connection, kind)?.map(i64::cast_unsigned))).await
    }

    /// Writes down what became of telling a broker. Whether it stood where it was told to go on from;
    /// otherwise somebody else told it, and nothing is written.
    pub async fn broker_told(&self, kind: BrokerKind, told: Told) -> Result<bool, Fault> {
        self.write(move |context| {
            let now = context.now();
            if !move_on(context.sql(), kind, &told, now)? {
                return Ok(false);
            }
            if !told.refused.is_empty() && !letter::any(context.sql(), kind)? {
                // Told once, until somebody has cleared them.
                let data = json!({ "broker": kind.as_str(), "state": "dead_letters" });
                context.emit(EventType::IntegrationChanged, kind.as_str(), now, &data, None)?;
            }
            for refused in &told.refused {
                letter::keep(context.sql(), kind, refused, now)?;
            }
            Ok::<_, Fault>(true)
        })
        .await
    }

    /// Has a broker go on with the oldest event that is kept, where those that it waited for are not, and
    /// tells the world that it was not told of them. From where to where it skipped.
    pub async fn broker_skips_expired(
        &self,
        kind: BrokerKind,
    ) -> Result<Option<(u64, u64)>, Fault> {
        self.write(move |context| Ok(skip(context, kind)?)).await
    }

    /// Forgets brokers that no server was configured with since `oldest`, with their dead letters.
    pub async fn purge_brokers(&self, oldest: Timestamp) -> Result<u64, Fault> {
        self.write(move |context| {
            let connection = context.sql();
            connection.execute(
                "DELETE FROM broker_letter
                 WHERE broker_id IN (SELECT id FROM broker WHERE seen_at < ?1)",
                params![oldest.micros()],
            )?;
            let gone = "DELETE FROM broker WHERE seen_at < ?1";
            Ok::<_, Fault>(connection.execute(gone, params![oldest.micros()])? as u64)
        })
        .await
    }
}

/// The first place in the outbox whose event some broker was not told, among those that a server was
/// configured with since `oldest`.
pub(crate) fn needed_from(
    connection: Connection<'_>,
    oldest: Timestamp,
) -> Result<Option<i64>, Error> {
    let sql =
        "SELECT min(CASE WHEN safe_position < position THEN safe_position ELSE position END) + 1
               FROM broker WHERE seen_at >= ?1";
    connection.query_row(sql, params![oldest.micros()], |row| row.get(0))
}

fn standing(connection: Connection<'_>, kind: BrokerKind) -> Result<Option<i64>, Error> {
    connection
        .query_row("SELECT position FROM broker WHERE kind = ?1", params![kind.as_str()], |row| {
            row.get(0)
        })
        .optional()
}

fn move_on(
    connection: Connection<'_>,
    kind: BrokerKind,
    told: &Told,
    now: Timestamp,
) -> Result<bool, Error> {
    let (from, to) = (told.from.cast_signed(), told.to.cast_signed());
    let published = told.published.cast_signed();
    let safe = told.safe.map(u64::cast_signed);
    let error = told.error.as_ref().map(|error| error.chars().take(ERROR_MAX).collect::<String>());
    // Where something was taken before it failed, it fails since now.
    let moved = connection.execute(
        "UPDATE broker SET position = ?3, published = published + ?4,
                published_at = CASE WHEN ?4 > 0 THEN ?5 ELSE published_at END,
                attempts = CASE WHEN ?6 IS NULL THEN 0 WHEN ?4 > 0 THEN 1 ELSE attempts + 1 END,
                failing_since = CASE WHEN ?6 IS NULL THEN NULL WHEN ?4 > 0 THEN ?5
                                     ELSE COALESCE(failing_since, ?5) END,
                last_error = ?6, safe_position = COALESCE(?7, safe_position)
         WHERE kind = ?1 AND position = ?2",
        params![kind.as_str(), from, to, published, now.micros(), error, safe],
    )?;
    // A server counts the rows that it changed, and may have changed none.
    Ok(moved == 1 || (from == to && standing(connection, kind)? == Some(from)))
}

fn skip(context: &mut WriteContext<'_>, kind: BrokerKind) -> Result<Option<(u64, u64)>, Failure> {
    let connection = context.sql();
    let Some(stands) = standing(connection, kind)? else { return Ok(None) };
    let oldest: Option<i64> =
        connection.query_row("SELECT min(position) FROM outbox", &[], |row| row.get(0))?;
    let Some(before) = oldest.map(|oldest| oldest - 1).filter(|before| *before > stands) else {
        return Ok(None);
    };
    connection.execute(
        "UPDATE broker SET position = ?2 WHERE kind = ?1",
        params![kind.as_str(), before],
    )?;
    let at = context.now();
    let data = json!({
        "broker": kind.as_str(), "state": "skipped", "why": "events_expired",
        "after": stands, "up_to": before,
    });
    context.emit(EventType::IntegrationChanged, kind.as_str(), at, &data, None)?;
    Ok(Some((stands.cast_unsigned(), before.cast_unsigned())))
}

fn record(row: &Row<'_>) -> Result<BrokerRecord, Error> {
    let position: u64 = row.get(1)?;
    let newest: Option<u64> = row.get(9)?;
    Ok(BrokerRecord {
        kind: named(row, 0, BrokerKind::from_name)?,
        position,
        waiting: newest.unwrap_or(0).saturating_sub(position),
        oldest_waiting: optional_moment(row, 10)?,
        published: row.get(2)?,
        published_at: optional_moment(row, 3)?,
        failing_since: optional_moment(row, 4)?,
        attempts: row.get(5)?,
        last_error: row.get(6)?,
        dead: row.get(11)?,
        created_at: moment(row, 7)?,
        seen_at: moment(row, 8)?,
    })
}

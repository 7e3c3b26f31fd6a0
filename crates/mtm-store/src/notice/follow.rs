//! Following the outbox: a bounded piece at a time, never in anybody's booking.

use mtm_core::notice::NoticeKind;
use mtm_core::word::Timestamp;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, params};

/// The name in `derived_position`.
const NAME: &str = "notices";

/// So many events that were no news may be looked at again by the next look: writing the position down
/// after each would cost more.
const UNWRITTEN: i64 = 1_000;

/// Notices forgotten in one transaction.
const STEP: i64 = 500;

/// An event that is news.
struct News {
    position: i64,
    id: Vec<u8>,
    kind: NoticeKind,
    subject: String,
    at: i64,
    data: String,
}

/// What a look found.
struct Look {
    before: Option<i64>,
    last: i64,
    news: Vec<News>,
    more: bool,
}

impl Ledger {
    /// Takes what is news out of the next `most` events of the outbox. Whether there may be more. What was
    /// told before anybody followed is no news.
    pub async fn take_notices(&self, most: u32) -> Result<bool, Fault> {
        let look =
            self.query(move |connection| Ok::<_, Fault>(look(connection, most.into())?)).await?;
        let more = look.more;
        let far = look.last - look.before.unwrap_or(look.last) >= UNWRITTEN;
        if look.news.is_empty() && look.before.is_some() && !far && !more {
            return Ok(false);
        }
        self.write(move |context| {
            let connection = context.sql();
            if !advance(connection, &look)? {
                // Another server was faster: its position is read next.
                return Ok(true);
            }
            for news in &look.news {
                take(connection, news)?;
            }
            Ok::<_, Fault>(more)
        })
        .await
    }

    /// Forgets what was told before `oldest`. Gives how much there was.
    pub async fn purge_notices(&self, oldest: Timestamp) -> Result<u64, Fault> {
        let mut purged = 0;
        loop {
            let step =
                self.write(move |context| Ok::<_, Fault>(purge(context.sql(), oldest)?)).await?;
            if step == 0 {
                return Ok(purged);
            }
            purged += step as u64;
        }
    }
}

/// Forgets the first few that are old enough.
fn purge(connection: Connection<'_>, oldest: Timestamp) -> Result<usize, Error> {
    let last: Option<i64> = connection.query_row(
        "SELECT max(position) FROM
             (SELECT position FROM notice WHERE at < ?1 ORDER BY position LIMIT ?2) AS old",
        params![oldest.micros(), STEP],
        |row| row.get(0),
    )?;
    let Some(last) = last else { return Ok(0) };
    let delete = "DELETE FROM notice WHERE position <= ?1 AND at < ?2";
    connection.execute(delete, params![last, oldest.micros()])
}

fn look(connection: Connection<'_>, most: i64) -> Result<Look, Error> {
    let before: Option<i64> = connection.query_row(
        "SELECT max(sequence) FROM derived_position WHERE name = ?1",
        params![NAME],
        |row| row.get(0),
    )?;
    let newest: Option<i64> =
        connection.query_row("SELECT max(position) FROM outbox", params![], |row| row.get(0))?;
    let newest = newest.unwrap_or(0);
    let start = before.unwrap_or(newest);
    let last = newest.min(start.saturating_add(most)).max(start);
    let [truth, integration, minimum, hold] = NoticeKind::ALL.map(|kind| kind.event().as_str());
    let rows = connection
        .prepare_cached(
            "SELECT position, id, type, subject, at, data FROM outbox
             WHERE position > ?1 AND position <= ?2 AND type IN (?3, ?4, ?5, ?6)
             ORDER BY position",
        )?
        .query_all(params![start, last, truth, integration, minimum, hold], |row| {
            let kind = NoticeKind::of_event(row.text(2)?);
            let data: Option<String> = row.get(5)?;
            Ok::<_, Error>(kind.zip(data).map(|(kind, data)| {
                Ok::<_, Error>(News {
                    position: row.get(0)?,
                    id: row.get(1)?,
                    kind,
                    subject: row.get(3)?,
                    at: row.get(4)?,
                    data,
                })
            }))
        })?;
    let news = rows.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
    Ok(Look { before, last, news, more: last < newest })
}

/// Moves the position on, unless somebody else did.
fn advance(connection: Connection<'_>, look: &Look) -> Result<bool, Error> {
    let changed = match look.before {
        None => {
            let insert = connection.pick(
                "INSERT OR IGNORE INTO derived_position (name, sequence) VALUES (?1, ?2)",
                "INSERT IGNORE INTO derived_position (name, sequence) VALUES (?1, ?2)",
            );
            connection.execute(insert, params![NAME, look.last])?
        }
        Some(before) => connection.execute(
            "UPDATE derived_position SET sequence = ?3 WHERE name = ?1 AND sequence = ?2",
            params![NAME, before, look.last],
        )?,
    };
    Ok(changed == 1)
}

/// Keeps an event as a notice. One that is meant for nobody is none.
fn take(connection: Connection<'_>, news: &News) -> Result<(), Error> {
    let kind = news.kind.as_str();
    let insert = connection.pick("INSERT OR IGNORE", "INSERT IGNORE");
    let columns = "INTO notice (position, event_id, kind, subject, at, data, user_id)";
    if news.kind.is_personal() {
        // The subject of a hold on a lot is the lot; the ones on parts and places are nobody's.
        let sql = format!(
            "{insert} {columns}
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, lot.received_by FROM lot
             WHERE lot.lot = ?4 AND lot.received_by IS NOT NULL"
        );
        if holds_a_lot(news) {
            connection.execute(
                &sql,
                params![news.position, news.id, kind, news.subject, news.at, news.data],
            )?;
        }
        return Ok(());
    }
    let sql = format!("{insert} {columns} VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)");
    connection
        .execute(&sql, params![news.position, news.id, kind, news.subject, news.at, news.data])?;
    Ok(())
}

fn holds_a_lot(news: &News) -> bool {
    let data: Result<serde_json::Value, _> = serde_json::from_str(&news.data);
    data.is_ok_and(|data| data["lot"] == news.subject.as_str())
}

//! Following the outbox: a bounded piece at a time, never in anybody's booking.

use mtm_core::event::EventType;
use mtm_core::notice::NoticeKind;
use mtm_core::word::Timestamp;
use uuid::Uuid;

use super::concern::{Person, by_hold, by_lot, stands};
use super::letter::lay_out;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, Row, params};

/// The name in `derived_position`.
const NAME: &str = "notices";

/// So many events that were no news may be looked at again by the next look: writing the position down
/// after each would cost more.
const UNWRITTEN: i64 = 1_000;

/// News taken in one transaction: whoever books waits for no more.
const NEWS: usize = 100;

/// Notices forgotten in one transaction.
const STEP: i64 = 500;

/// Events looked at to find the first one that is still to be taken.
const AHEAD: usize = 2_000;

/// Every type that is news; the last one only for whoever follows the lot.
const TYPES: [EventType; 8] = [
    EventType::TruthViolated,
    EventType::IntegrationChanged,
    EventType::ApprovalRequested,
    EventType::LabelFailed,
    EventType::StockBelowMinimum,
    EventType::LotHeld,
    EventType::LotReleased,
    EventType::StockDepleted,
];

const NEXT: &str = "
    SELECT o.position, o.id, o.type, o.subject, o.at, o.data FROM outbox o
    WHERE o.position > ?1 AND o.position <= ?2 AND o.type IN (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      AND (o.type <> ?10 OR EXISTS (SELECT 1 FROM lot_follow f WHERE f.lot = o.subject))
    ORDER BY o.position LIMIT ?11";

/// An event that is news.
struct News {
    position: i64,
    id: Vec<u8>,
    event: EventType,
    kind: NoticeKind,
    subject: String,
    at: i64,
    data: String,
    /// Whom it concerns, where it is meant for nobody else.
    people: Option<Vec<Person>>,
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

/// The first place in the outbox whose event may be news that was not taken yet; none where nobody ever
/// followed.
pub(crate) fn needed_from(connection: Connection<'_>) -> Result<Option<i64>, Error> {
    let Some(position) = position(connection)? else { return Ok(None) };
    let read = |row: &Row<'_>| Ok::<_, Error>((row.get::<i64>(0)?, is_news(row.text(1)?)));
    let sql = "SELECT position, type FROM outbox WHERE position > ?1 ORDER BY position LIMIT ?2";
    let limit = i64::try_from(AHEAD).unwrap_or(i64::MAX);
    let next = connection.prepare_cached(sql)?.query_all(params![position, limit], read)?;
    let news = next.iter().find(|(_, news)| *news).map(|(position, _)| *position);
    let beyond = || next.get(AHEAD - 1).map(|(position, _)| position + 1);
    Ok(news.or_else(beyond))
}

fn is_news(name: &str) -> bool {
    TYPES.iter().any(|event| event.as_str() == name)
}

fn position(connection: Connection<'_>) -> Result<Option<i64>, Error> {
    let sql = "SELECT max(sequence) FROM derived_position WHERE name = ?1";
    connection.query_row(sql, params![NAME], |row| row.get(0))
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
    // What was not sent in all that time is no news any more.
    for table in ["notice_letter", "notice_person"] {
        connection.execute(&format!("DELETE FROM {table} WHERE position <= ?1"), params![last])?;
    }
    let delete = "DELETE FROM notice WHERE position <= ?1 AND at < ?2";
    connection.execute(delete, params![last, oldest.micros()])
}

fn look(connection: Connection<'_>, most: i64) -> Result<Look, Error> {
    let before = position(connection)?;
    let kept = "SELECT min(position), max(position) FROM outbox";
    let read = |row: &Row<'_>| Ok::<(Option<i64>, Option<i64>), Error>((row.get(0)?, row.get(1)?));
    let (oldest, newest) = connection.query_row(kept, params![], read)?;
    let newest = newest.unwrap_or(0);
    // What is not kept any more is not looked for.
    let start = before.map_or(newest, |before| before.max(oldest.unwrap_or(1) - 1));
    let mut last = newest.min(start.saturating_add(most)).max(start);
    let [truth, integration, asked, label, minimum, held, released, depleted] =
        TYPES.map(EventType::as_str);
    let limit = i64::try_from(NEWS).unwrap_or(i64::MAX);
    let rows = connection.prepare_cached(NEXT)?.query_all(
        params![
            start,
            last,
            truth,
            integration,
            asked,
            label,
            minimum,
            held,
            released,
            depleted,
            limit,
        ],
        read_news,
    )?;
    if rows.len() == NEWS
        && let Some((position, _)) = rows.last()
    {
        last = *position;
    }
    let mut news: Vec<News> = rows.into_iter().filter_map(|(_, news)| news).collect();
    for news in &mut news {
        news.people = concerned(connection, news)?;
    }
    Ok(Look { before, last, news, more: last < newest })
}

/// The place of an event, and what it is as news. One that tells nothing is none.
fn read_news(row: &Row<'_>) -> Result<(i64, Option<News>), Error> {
    let position = row.get(0)?;
    let event = EventType::from_name(row.text(2)?);
    let kind = event.and_then(NoticeKind::of_event);
    let data: Option<String> = row.get(5)?;
    let (Some(event), Some(kind), Some(data)) = (event, kind, data) else {
        return Ok((position, None));
    };
    let news = News {
        position,
        id: row.get(1)?,
        event,
        kind,
        subject: row.get(3)?,
        at: row.get(4)?,
        data,
        people: None,
    };
    Ok((position, Some(news)))
}

/// Whom news are meant for; nothing where they are meant for everybody who may know.
fn concerned(connection: Connection<'_>, news: &News) -> Result<Option<Vec<Person>>, Error> {
    if !news.kind.is_personal() {
        return Ok(None);
    }
    if news.event == EventType::StockDepleted {
        // A bucket was emptied; the lot is used up where nothing of it stands elsewhere.
        if stands(connection, &news.subject)? {
            return Ok(Some(Vec::new()));
        }
        return by_lot(connection, &news.subject, false).map(Some);
    }
    let data: serde_json::Value = serde_json::from_str(&news.data).unwrap_or_default();
    let hold = data["hold_id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let receivers = news.kind.concerns_receivers();
    Ok(Some(match hold {
        Some(hold) => by_hold(connection, hold.as_bytes(), receivers)?,
        None => Vec::new(),
    }))
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

/// Keeps an event as a notice, and lays it on the piles of those who want it sent. One that is meant for
/// nobody is none.
fn take(connection: Connection<'_>, news: &News) -> Result<(), Error> {
    let people = news.people.as_deref();
    if people.is_some_and(<[Person]>::is_empty) {
        return Ok(());
    }
    let first = people.and_then(<[Person]>::first).map(|person| person.user);
    let insert = connection.pick("INSERT OR IGNORE", "INSERT IGNORE");
    let kind = news.kind.as_str();
    let sql = format!(
        "{insert} INTO notice (position, event_id, kind, subject, at, data, user_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    let values = params![news.position, news.id, kind, news.subject, news.at, news.data, first];
    connection.execute(&sql, values)?;
    for person in people.unwrap_or_default() {
        let sql = format!(
            "{insert} INTO notice_person (position, user_id, lots, received)
             VALUES (?1, ?2, ?3, ?4)"
        );
        connection
            .execute(&sql, params![news.position, person.user, person.lots, person.received])?;
    }
    lay_out(connection, news.position, news.kind, news.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_every_kind_is_looked_for() {
        let events = NoticeKind::ALL.iter().flat_map(|kind| kind.events());
        assert!(events.copied().eq(TYPES));
    }
}

//! How mail goes out, and how what is to be sent to people stands in all.

use mtm_core::notice::NoticeWay;
use mtm_core::word::Timestamp;

use super::letter::bounded;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Error, OptionalExtension as _, Row, moment, optional_moment, params};

/// The server by which mail goes out, as the last who sent found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// When a server of ours last said that it has one.
    pub seen_at: Timestamp,
    /// When it last dealt with a mail.
    pub answered_at: Option<Timestamp>,
    /// Since when it deals with none.
    pub failing_since: Option<Timestamp>,
    /// Why.
    pub last_error: Option<String>,
}

/// What is to be sent to people by one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PileState {
    /// The way.
    pub way: NoticeWay,
    /// People who are told so.
    pub people: u64,
    /// Of them, those to whom nothing is sent any more.
    pub stopped: u64,
    /// News that wait and are to be sent.
    pub waiting: u64,
    /// When the oldest of them happened.
    pub oldest_waiting: Option<Timestamp>,
    /// Since when somebody is told nothing although it is tried.
    pub failing_since: Option<Timestamp>,
    /// When something was last taken.
    pub delivered_at: Option<Timestamp>,
    /// News that were not sent: too many waited, or they were given up. They stand in the program.
    pub passed_over: u64,
}

impl Ledger {
    /// How the mail server stands; nothing where none was ever configured.
    pub async fn mail_server(&self) -> Result<Option<MailServer>, Fault> {
        self.query(|connection| {
            let sql = "SELECT seen_at, answered_at, failing_since, last_error FROM mail_server";
            Ok(connection.query_row(sql, params![], server).optional()?)
        })
        .await
    }

    /// This server has a mail server.
    pub async fn mail_server_seen(&self, now: Timestamp) -> Result<(), Fault> {
        self.write(move |context| {
            let sql = context.sql().pick(
                "INSERT INTO mail_server (id, seen_at) VALUES (1, ?1)
                 ON CONFLICT (id) DO UPDATE SET seen_at = ?1",
                "INSERT INTO mail_server (id, seen_at) VALUES (1, ?1)
                 ON DUPLICATE KEY UPDATE seen_at = ?1",
            );
            context.sql().execute(sql, params![now.micros()])?;
            Ok(())
        })
        .await
    }

    /// The mail server dealt with a mail at `now`, or with none because of `error`.
    pub async fn mail_server_told(
        &self,
        now: Timestamp,
        error: Option<String>,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            let (now, connection) = (now.micros(), context.sql());
            match &error {
                None => connection.execute(
                    "UPDATE mail_server SET answered_at = ?1, failing_since = NULL,
                            last_error = NULL WHERE id = 1",
                    params![now],
                )?,
                Some(error) => connection.execute(
                    "UPDATE mail_server SET failing_since = COALESCE(failing_since, ?1),
                            last_error = ?2 WHERE id = 1",
                    params![now, bounded(error)],
                )?,
            };
            Ok(())
        })
        .await
    }

    /// How what is to be sent to people stands, for each way.
    pub async fn pile_states(&self) -> Result<Vec<PileState>, Fault> {
        self.query(|connection| {
            let mut states = Vec::new();
            for way in NoticeWay::ALL {
                let read = |row: &Row<'_>| state(row, way);
                let mut state = connection.query_row(OF_WAY, params![way.as_str()], read)?;
                let read = |row: &Row<'_>| Ok::<_, Error>((row.get(0)?, optional_moment(row, 1)?));
                let waiting = connection.query_row(WAITING, params![way.as_str()], read)?;
                (state.waiting, state.oldest_waiting) = waiting;
                states.push(state);
            }
            Ok(states)
        })
        .await
    }
}

const OF_WAY: &str = "
    SELECT count(*), sum(CASE WHEN w.stopped_at IS NULL THEN 0 ELSE 1 END),
           min(CASE WHEN w.stopped_at IS NULL THEN w.failing_since END), max(w.delivered_at),
           sum(w.passed_over)
    FROM notice_way w JOIN user u ON u.id = w.user_id
    WHERE w.way = ?1 AND u.disabled_at IS NULL";

const WAITING: &str = "
    SELECT count(*), min(l.at) FROM notice_letter l
    JOIN notice_way w ON w.id = l.way_id JOIN user u ON u.id = w.user_id
    WHERE w.way = ?1 AND w.stopped_at IS NULL AND u.disabled_at IS NULL";

fn server(row: &Row<'_>) -> Result<MailServer, Error> {
    Ok(MailServer {
        seen_at: moment(row, 0)?,
        answered_at: optional_moment(row, 1)?,
        failing_since: optional_moment(row, 2)?,
        last_error: row.get(3)?,
    })
}

fn state(row: &Row<'_>, way: NoticeWay) -> Result<PileState, Error> {
    Ok(PileState {
        way,
        people: row.get(0)?,
        stopped: row.get::<Option<u64>>(1)?.unwrap_or(0),
        waiting: 0,
        oldest_waiting: None,
        failing_since: optional_moment(row, 2)?,
        delivered_at: optional_moment(row, 3)?,
        passed_over: row.get::<Option<u64>>(4)?.unwrap_or(0),
    })
}

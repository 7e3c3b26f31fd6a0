//! What somebody is told of, newest first, and how far they have read.

use mtm_core::notice::NoticeKind;
use mtm_core::word::{EventId, Timestamp, UserId};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, moment, named, params, uuid};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::Failure;

/// A bell does not count further.
const MOST_COUNTED: i64 = 100;

/// Something that happened and that somebody should know.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The place of its event in the outbox.
    pub position: u64,
    /// Its event.
    pub event: EventId,
    /// What kind of news it is.
    pub kind: NoticeKind,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub at: Timestamp,
    /// What the event told.
    pub data: Value,
    /// Which lots of the reader's it concerns; nothing where it is meant for everybody.
    pub theirs: Option<TheirLots>,
}

/// How news about lots concern somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TheirLots {
    /// How many lots of theirs it is about.
    pub lots: u64,
    /// Whether they received one of them; otherwise they follow it.
    pub received: bool,
}

/// How somebody reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticeReader {
    /// Everything up to this place was read.
    pub read_to: u64,
    /// What they do not want to be told of.
    pub muted: Vec<NoticeKind>,
}

impl Ledger {
    /// How `user` reads.
    pub async fn notice_reader(&self, user: UserId) -> Result<NoticeReader, Fault> {
        self.query(move |connection| Ok(reader(connection, user)?)).await
    }

    /// What of `kinds` `user` is told of, before the place `before`: at most `limit`, newest first.
    pub async fn notices(
        &self,
        user: UserId,
        kinds: Vec<NoticeKind>,
        before: Option<u64>,
        limit: u16,
    ) -> Result<Vec<Notice>, Fault> {
        let before = before.map_or(i64::MAX, u64::cast_signed);
        self.query(move |connection| {
            let kinds = names(&kinds);
            let sql =
                "SELECT n.position, n.event_id, n.kind, n.subject, n.at, n.data, p.lots, p.received
                 FROM notice n
                 LEFT JOIN notice_person p ON p.position = n.position AND p.user_id = ?2
                 WHERE n.position < ?1
                   AND (n.user_id IS NULL OR n.user_id = ?2 OR p.user_id IS NOT NULL)
                   AND instr(?3, ' ' || n.kind || ' ') > 0
                 ORDER BY n.position DESC LIMIT ?4";
            let values = params![before, user.0, kinds, limit];
            Ok(connection.prepare_cached(sql)?.query_all(values, notice)?)
        })
        .await
    }

    /// How much of `kinds` `user` has not read, up to 100.
    pub async fn unread_notices(&self, user: UserId, kinds: Vec<NoticeKind>) -> Result<u64, Fault> {
        self.query(move |connection| {
            let read_to = reader(connection, user)?.read_to.cast_signed();
            let kinds = names(&kinds);
            let sql = "SELECT count(*) FROM
                     (SELECT n.position FROM notice n
                      LEFT JOIN notice_person p ON p.position = n.position AND p.user_id = ?2
                      WHERE n.position > ?1
                        AND (n.user_id IS NULL OR n.user_id = ?2 OR p.user_id IS NOT NULL)
                        AND instr(?3, ' ' || n.kind || ' ') > 0 LIMIT ?4) AS unread";
            let values = params![read_to, user.0, kinds, MOST_COUNTED];
            Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
        })
        .await
    }

    /// `user` has read everything up to the place `position`, as far as there is anything. What was read
    /// stays read.
    pub async fn notices_read(&self, user: UserId, position: u64) -> Result<(), Fault> {
        self.write(move |context| {
            let connection = context.sql();
            known(connection, user)?;
            let newest: Option<i64> =
                connection
                    .query_row("SELECT max(position) FROM notice", params![], |row| row.get(0))?;
            let position = i64::try_from(position).unwrap_or(i64::MAX).min(newest.unwrap_or(0));
            connection.execute(
                "UPDATE notice_reader SET read_to = ?2 WHERE user_id = ?1 AND read_to < ?2",
                params![user.0, position],
            )?;
            Ok(())
        })
        .await
    }

    /// `user` does not want to be told of these kinds, and of all others.
    pub async fn mute_notices(
        &self,
        user: UserId,
        muted: Vec<NoticeKind>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<NoticeKind>>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let text: Vec<&str> = muted.iter().map(|kind| kind.as_str()).collect();
                known(context.sql(), user)?;
                context.sql().execute(
                    "UPDATE notice_reader SET muted = ?2 WHERE user_id = ?1",
                    params![user.0, text.join(" ")],
                )?;
                let at = context.now();
                let facts = json!({ "user": user, "muted": text });
                context.audit("notices.muted", user, at, &facts)?;
                Ok::<_, Failure>(muted.clone())
            })?)
        })
        .await
    }
}

/// There is a row of the user.
fn known(connection: Connection<'_>, user: UserId) -> Result<(), Error> {
    let insert = connection.pick(
        "INSERT OR IGNORE INTO notice_reader (user_id) VALUES (?1)",
        "INSERT IGNORE INTO notice_reader (user_id) VALUES (?1)",
    );
    connection.execute(insert, params![user.0])?;
    Ok(())
}

fn reader(connection: Connection<'_>, user: UserId) -> Result<NoticeReader, Error> {
    let found = connection
        .prepare_cached("SELECT read_to, muted FROM notice_reader WHERE user_id = ?1")?
        .query_row(params![user.0], |row| {
            let muted = row.text(1)?.split(' ').filter_map(NoticeKind::from_name).collect();
            Ok::<_, Error>(NoticeReader { read_to: row.get(0)?, muted })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Their names, each between two blanks.
fn names(kinds: &[NoticeKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    format!(" {} ", names.join(" "))
}

pub(super) fn notice(row: &Row<'_>) -> Result<Notice, Error> {
    let theirs = row.get::<Option<u64>>(6)?.zip(row.get::<Option<bool>>(7)?);
    Ok(Notice {
        theirs: theirs.map(|(lots, received)| TheirLots { lots, received }),
        position: row.get(0)?,
        event: EventId(uuid(row, 1)?),
        kind: named(row, 2, NoticeKind::from_name)?,
        subject: row.get(3)?,
        at: moment(row, 4)?,
        data: serde_json::from_str(row.text(5)?)
            .map_err(|error| Error::shape(5, error.to_string()))?,
    })
}

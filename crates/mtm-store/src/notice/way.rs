//! The ways by which somebody is told beyond the program: an address of theirs, and of what.

use mtm_core::code::Code;
use mtm_core::notice::{NoticeKind, NoticeWay};
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once, once_secret};
use crate::sql::{Error, OptionalExtension as _, Row, named, optional_moment, params, uuid};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// How somebody is told, and how that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeAddress {
    /// Identity, by which its secret is bound to it and its messages are told apart.
    pub id: Uuid,
    /// The way.
    pub way: NoticeWay,
    /// Where they are told: an e-mail address or a URL.
    pub address: String,
    /// Of what.
    pub kinds: Vec<NoticeKind>,
    /// News that wait to be sent.
    pub waiting: u64,
    /// When something was last taken there.
    pub delivered_at: Option<Timestamp>,
    /// Since when nothing is.
    pub failing_since: Option<Timestamp>,
    /// What was answered last, where that was no.
    pub last_error: Option<String>,
    /// Since when nothing is sent any more: until the address is saved again.
    pub stopped_at: Option<Timestamp>,
    /// News that were not sent: too many waited, or they were given up. They stand in the program.
    pub passed_over: u64,
}

/// How somebody wants to be told.
#[derive(Debug, Clone)]
pub struct WayChange {
    /// Identity of the way where there is none yet.
    pub id: Uuid,
    /// The way.
    pub way: NoticeWay,
    /// Where.
    pub address: String,
    /// Of what.
    pub kinds: Vec<NoticeKind>,
    /// Another secret, encrypted; the one that is there stays without.
    pub sealed_secret: Option<Vec<u8>>,
}

macro_rules! ways {
    ($tail:literal) => {
        concat!(
            "SELECT w.uid, w.way, w.address, w.kinds,
                    (SELECT count(*) FROM notice_letter l WHERE l.way_id = w.id),
                    w.delivered_at, w.failing_since, w.last_error, w.stopped_at, w.passed_over
             FROM notice_way w ",
            $tail
        )
    };
}

impl Ledger {
    /// The ways by which `user` is told.
    pub async fn notice_ways(&self, user: UserId) -> Result<Vec<NoticeAddress>, Fault> {
        self.query(move |connection| {
            let sql = ways!("WHERE w.user_id = ?1 ORDER BY w.way");
            Ok(connection.prepare_cached(sql)?.query_all(params![user.0], address)?)
        })
        .await
    }

    /// `user` wants to be told so from now on. What waits is sent to the new address, at once, also where
    /// nothing was sent any more. With a secret that is shown, a second time under the same key is refused.
    pub async fn set_notice_way(
        &self,
        user: UserId,
        change: WayChange,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<NoticeAddress>, PostError> {
        self.write(move |context| {
            if change.sealed_secret.is_some() {
                let set = once_secret(context, key.as_ref(), |it| set(it, user, &change))?;
                return Ok(Once::first(set));
            }
            Ok(once(context, key.as_ref(), |context| set(context, user, &change))?)
        })
        .await
    }

    /// `user` is not told by this way any more. What waits is not sent.
    pub async fn remove_notice_way(
        &self,
        user: UserId,
        way: NoticeWay,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<()>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| remove(context, user, way))?)
        })
        .await
    }
}

fn set(
    context: &mut WriteContext<'_>,
    user: UserId,
    change: &WayChange,
) -> Result<NoticeAddress, Failure> {
    let way = change.way.as_str();
    let at = context.now();
    let known: Option<i64> = context
        .sql()
        .query_row(
            "SELECT id FROM notice_way WHERE user_id = ?1 AND way = ?2",
            params![user.0, way],
            |row| row.get(0),
        )
        .optional()?;
    match known {
        None => context.sql().execute(
            "INSERT INTO notice_way (uid, user_id, way, address, secret, kinds, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
            params![
                change.id.as_bytes(),
                user.0,
                way,
                change.address,
                change.sealed_secret,
                spelt(&change.kinds),
            ],
        )?,
        Some(known) => context.sql().execute(
            "UPDATE notice_way SET address = ?2, kinds = ?3, secret = COALESCE(?4, secret),
                    due_at = 0, attempts = 0, failing_since = NULL, last_error = NULL,
                    stopped_at = NULL
             WHERE id = ?1",
            params![known, change.address, spelt(&change.kinds), change.sealed_secret],
        )?,
    };
    // Where somebody is reached is theirs, and the log is kept for ever.
    let facts = json!({
        "user": user, "way": change.way, "kinds": change.kinds,
        "new_secret": change.sealed_secret.is_some(),
    });
    context.audit("notices.way_set", user, at, &facts)?;
    let sql = ways!("WHERE w.user_id = ?1 AND w.way = ?2");
    Ok(context.sql().query_row(sql, params![user.0, way], address)?)
}

fn remove(context: &mut WriteContext<'_>, user: UserId, way: NoticeWay) -> Result<(), Failure> {
    let connection = context.sql();
    let name = way.as_str();
    let of_theirs = params![user.0, name];
    let letters = "DELETE FROM notice_letter WHERE way_id IN
                       (SELECT id FROM notice_way WHERE user_id = ?1 AND way = ?2)";
    connection.execute(letters, of_theirs)?;
    let delete = "DELETE FROM notice_way WHERE user_id = ?1 AND way = ?2";
    if connection.execute(delete, of_theirs)? == 0 {
        let message = format!("you are told nothing by {name}");
        return Err(Rejection::new(Code::NotFound, "way", message).into());
    }
    let at = context.now();
    let facts = json!({ "user": user, "way": way });
    context.audit("notices.way_removed", user, at, &facts)
}

/// Kinds as a row has them: each between blanks, so that one can be asked for.
fn spelt(kinds: &[NoticeKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    format!(" {} ", names.join("  "))
}

/// The pattern that finds a kind among them.
pub(super) fn pattern(kind: NoticeKind) -> String {
    format!("% {} %", kind.as_str())
}

fn address(row: &Row<'_>) -> Result<NoticeAddress, Error> {
    Ok(NoticeAddress {
        id: uuid(row, 0)?,
        way: named(row, 1, NoticeWay::from_name)?,
        address: row.get(2)?,
        kinds: kinds_of(row, 3)?,
        waiting: row.get(4)?,
        delivered_at: optional_moment(row, 5)?,
        failing_since: optional_moment(row, 6)?,
        last_error: row.get(7)?,
        stopped_at: optional_moment(row, 8)?,
        passed_over: row.get(9)?,
    })
}

/// The kinds in a column; those that this program does not know are none.
pub(super) fn kinds_of(row: &Row<'_>, column: usize) -> Result<Vec<NoticeKind>, Error> {
    Ok(row.text(column)?.split_whitespace().filter_map(NoticeKind::from_name).collect())
}

//! What is still to be sent to people: a pile for each of their ways, sent as one message at a time.

use mtm_core::notice::{NoticeKind, NoticeWay};
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserId};
use uuid::Uuid;

use super::read::{Notice, notice};
use super::way::{kinds_of, pattern};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, named, optional_moment, params, uuid,
};

/// Letters that may wait on one pile: what is beyond stands in the program only.
const PILE: i64 = 1_000;
/// Longest answer that is kept, in characters.
const ERROR_MAX: usize = 500;

/// A pile from which something is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePile {
    /// Row of its way.
    pub row: i64,
    /// Identity of its way.
    pub id: Uuid,
    /// By which way.
    pub way: NoticeWay,
    /// Where to.
    pub address: String,
    /// The secret it is signed with, encrypted, where there is one.
    pub sealed_secret: Option<Vec<u8>>,
    /// Whose it is.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// What they want to be told of.
    pub kinds: Vec<NoticeKind>,
    /// How often the message under way was tried.
    pub attempts: u32,
    /// Since when nothing is taken there.
    pub failing_since: Option<Timestamp>,
}

/// What goes out as one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// The place of its last notice: with the way, its identity.
    pub up_to: u64,
    /// Its notices, in order.
    pub notices: Vec<Notice>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PileFate {
    /// It was taken; the next one goes no earlier than this.
    Taken {
        /// When.
        next: Timestamp,
    },
    /// There was nothing in it that its receiver may still know.
    Empty,
    /// It was not taken now.
    Again {
        /// Why.
        error: String,
        /// When it is tried again.
        due: Timestamp,
    },
    /// It is given up, and what waits behind it goes on.
    GivenUp {
        /// Why.
        error: String,
    },
    /// Nothing goes to this address any more, until somebody mends it.
    Stopped {
        /// Why.
        error: String,
    },
    /// The receiver has no part in it; nothing counts as tried.
    Held {
        /// Why.
        error: String,
        /// When it is looked at again.
        due: Timestamp,
    },
}

const DUE: &str = "
    SELECT w.id, w.uid, w.way, w.address, w.secret, w.user_id, u.name, u.role, w.kinds, w.attempts,
           w.failing_since
    FROM notice_way w JOIN user u ON u.id = w.user_id
    WHERE w.due_at <= ?1 AND w.way = ?2 AND w.stopped_at IS NULL AND u.disabled_at IS NULL
      AND EXISTS (SELECT 1 FROM notice_letter l WHERE l.way_id = w.id)
    ORDER BY w.due_at, w.id LIMIT ?3";

const NEXT_DUE: &str = "
    SELECT min(w.due_at) FROM notice_way w JOIN user u ON u.id = w.user_id
    WHERE w.way = ?1 AND w.stopped_at IS NULL AND u.disabled_at IS NULL
      AND EXISTS (SELECT 1 FROM notice_letter l WHERE l.way_id = w.id)";

impl Ledger {
    /// Piles from which something is to be sent by `way` at `now`: at most `limit`, the longest due first.
    pub async fn due_piles(
        &self,
        way: NoticeWay,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<DuePile>, Fault> {
        self.query(move |connection| {
            let (now, way) = (now.micros(), way.as_str());
            Ok(connection.prepare_cached(DUE)?.query_all(params![now, way, limit], due)?)
        })
        .await
    }

    /// When the next pile is due, where anything waits.
    pub async fn next_pile_due(&self, way: NoticeWay) -> Result<Option<Timestamp>, Fault> {
        self.query(move |connection| {
            let read = |row: &Row<'_>| optional_moment(row, 0);
            Ok(connection.query_row(NEXT_DUE, params![way.as_str()], read)?)
        })
        .await
    }

    /// What of a pile goes out as one message, at most `most` notices. Written down, so that a second try
    /// is the same message. Nothing where nothing waits.
    pub async fn bundle(&self, way: i64, most: u16) -> Result<Option<Bundle>, Fault> {
        self.write(move |context| Ok::<_, Fault>(bundle(context.sql(), way, most)?)).await
    }

    /// Writes down what became of the message that ends with the place `up_to`.
    pub async fn settle_pile(
        &self,
        way: i64,
        up_to: u64,
        fate: PileFate,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            let up_to = up_to.cast_signed();
            Ok::<_, Fault>(settle(context.sql(), way, up_to, &fate, now.micros())?)
        })
        .await
    }
}

/// Lays a notice that was just taken on the piles of those who want it sent and whom it is meant for.
pub(super) fn lay_out(
    connection: Connection<'_>,
    position: i64,
    kind: NoticeKind,
    at: i64,
) -> Result<(), Error> {
    let meant = if kind.is_personal() {
        "w.user_id IN (SELECT p.user_id FROM notice_person p WHERE p.position = ?1)"
    } else {
        "?1 = ?1"
    };
    let pile = "(SELECT count(*) FROM notice_letter l WHERE l.way_id = w.id)";
    let whose = format!(
        "FROM notice_way w JOIN user u ON u.id = w.user_id
         WHERE u.disabled_at IS NULL AND w.kinds LIKE ?2 AND {meant}"
    );
    let pattern = pattern(kind);
    let full = format!("SELECT w.id {whose} AND {pile} >= ?3");
    let read = |row: &Row<'_>| row.get::<i64>(0);
    let full =
        connection.prepare_cached(&full)?.query_all(params![position, pattern, PILE], read)?;
    for way in full {
        let sql = "UPDATE notice_way SET passed_over = passed_over + 1 WHERE id = ?1";
        connection.execute(sql, params![way])?;
    }
    let insert = connection.pick("INSERT OR IGNORE", "INSERT IGNORE");
    let sql = format!(
        "{insert} INTO notice_letter (way_id, position, at)
         SELECT w.id, ?1, ?4 {whose} AND {pile} < ?3"
    );
    connection.execute(&sql, params![position, pattern, PILE, at])?;
    Ok(())
}

fn bundle(connection: Connection<'_>, way: i64, most: u16) -> Result<Option<Bundle>, Error> {
    let sql = "SELECT bundle_to FROM notice_way WHERE id = ?1";
    let read = |row: &Row<'_>| row.get::<Option<i64>>(0);
    let under_way = connection.query_row(sql, params![way], read).optional()?.flatten();
    let up_to = if let Some(up_to) = under_way {
        up_to
    } else {
        let last: Option<i64> = connection.query_row(
            "SELECT max(position) FROM
                 (SELECT position FROM notice_letter WHERE way_id = ?1
                  ORDER BY position LIMIT ?2) AS next",
            params![way, most],
            |row| row.get(0),
        )?;
        let Some(last) = last else { return Ok(None) };
        let sql = "UPDATE notice_way SET bundle_to = ?2 WHERE id = ?1";
        connection.execute(sql, params![way, last])?;
        last
    };
    let notices = connection
        .prepare_cached(
            "SELECT n.position, n.event_id, n.kind, n.subject, n.at, n.data, p.lots, p.received
             FROM notice_letter l
             JOIN notice_way w ON w.id = l.way_id
             JOIN notice n ON n.position = l.position
             LEFT JOIN notice_person p ON p.position = n.position AND p.user_id = w.user_id
             WHERE l.way_id = ?1 AND l.position <= ?2 ORDER BY l.position",
        )?
        .query_all(params![way, up_to], notice)?;
    Ok(Some(Bundle { up_to: up_to.cast_unsigned(), notices }))
}

fn settle(
    connection: Connection<'_>,
    way: i64,
    up_to: i64,
    fate: &PileFate,
    now: i64,
) -> Result<(), Error> {
    // Only as long as this message is the one under way: somebody may have removed the way meanwhile.
    let same = "WHERE id = ?1 AND bundle_to = ?2";
    let (changed, done) = match fate {
        PileFate::Taken { next } => {
            let set = "SET bundle_to = NULL, attempts = 0, delivered_at = ?3, due_at = ?4,
                           failing_since = NULL, last_error = NULL";
            let sql = format!("UPDATE notice_way {set} {same}");
            (connection.execute(&sql, params![way, up_to, now, next.micros()])?, true)
        }
        PileFate::Empty => {
            let sql = format!("UPDATE notice_way SET bundle_to = NULL, attempts = 0 {same}");
            (connection.execute(&sql, params![way, up_to])?, true)
        }
        PileFate::Again { error, due } => {
            let set = "SET attempts = attempts + 1, due_at = ?4, last_error = ?5,
                           failing_since = COALESCE(failing_since, ?3)";
            let sql = format!("UPDATE notice_way {set} {same}");
            let (due, error) = (due.micros(), bounded(error));
            (connection.execute(&sql, params![way, up_to, now, due, error])?, false)
        }
        PileFate::GivenUp { error } => {
            let set = "SET bundle_to = NULL, attempts = 0, due_at = ?3, last_error = ?4,
                           failing_since = COALESCE(failing_since, ?3)";
            let sql = format!("UPDATE notice_way {set} {same}");
            (connection.execute(&sql, params![way, up_to, now, bounded(error)])?, true)
        }
        PileFate::Stopped { error } => {
            let set = "SET attempts = attempts + 1, stopped_at = ?3, last_error = ?4,
                           failing_since = COALESCE(failing_since, ?3)";
            let sql = format!("UPDATE notice_way {set} {same}");
            (connection.execute(&sql, params![way, up_to, now, bounded(error)])?, false)
        }
        PileFate::Held { error, due } => {
            let sql = format!("UPDATE notice_way SET due_at = ?3, last_error = ?4 {same}");
            let (due, error) = (due.micros(), bounded(error));
            (connection.execute(&sql, params![way, up_to, due, error])?, false)
        }
    };
    if !done || changed != 1 {
        return Ok(());
    }
    let delete = "DELETE FROM notice_letter WHERE way_id = ?1 AND position <= ?2";
    let letters = connection.execute(delete, params![way, up_to])?;
    if matches!(fate, PileFate::GivenUp { .. }) {
        let letters = i64::try_from(letters).unwrap_or(i64::MAX);
        let sql = "UPDATE notice_way SET passed_over = passed_over + ?2 WHERE id = ?1";
        connection.execute(sql, params![way, letters])?;
    }
    Ok(())
}

fn due(row: &Row<'_>) -> Result<DuePile, Error> {
    Ok(DuePile {
        row: row.get(0)?,
        id: uuid(row, 1)?,
        way: named(row, 2, NoticeWay::from_name)?,
        address: row.get(3)?,
        sealed_secret: row.get(4)?,
        user: UserId(row.get(5)?),
        name: row.get(6)?,
        role: named(row, 7, Role::from_name)?,
        kinds: kinds_of(row, 8)?,
        attempts: row.get(9)?,
        failing_since: optional_moment(row, 10)?,
    })
}

pub(super) fn bounded(error: &str) -> String {
    error.chars().take(ERROR_MAX).collect()
}

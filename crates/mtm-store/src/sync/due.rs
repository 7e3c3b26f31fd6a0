//! What is to be sent or looked up now, and what became of it.

use std::time::Duration;

use mtm_core::sync::{Deed, State};
use mtm_core::word::{MovementId, Timestamp};

use super::decide::settle;
use super::lay_out::{AT_ONCE, telling, undone};
use super::row::{cause, document, word};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{
    Error, OptionalExtension as _, Row, moment, named, optional_moment, optional_uuid, params, uuid,
};
use crate::write::{Failure, WriteContext};

/// What is to be sent, or looked up.
#[derive(Debug, Clone)]
pub struct DuePosting {
    /// Its row.
    pub id: i64,
    /// The movement that it is for.
    pub movement: MovementId,
    /// The movement that it undoes.
    pub reverses: Option<MovementId>,
    /// Whether nothing was sent yet that may be there: otherwise it is looked up first.
    pub is_fresh: bool,
    /// How often it was sent or looked up since somebody last decided.
    pub attempts: u32,
    /// The movement as the other system sees it: JSON.
    pub fact: String,
    /// What is sent: JSON. Nothing where it is yet to be made.
    pub request: Option<String>,
    /// Whether a person corrected that.
    pub edited: bool,
    /// When the movement was recorded.
    pub recorded_at: Timestamp,
    /// Its version; what becomes of it is written down only where it is still this one.
    pub version: i64,
}

/// How sending one, or looking it up, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It is in their ledger.
    Posted {
        /// Under this number, where they say.
        document: Option<String>,
    },
    /// They, or the mapping, say no.
    Refused {
        /// By a code.
        code: Option<String>,
        /// In words.
        cause: String,
    },
    /// Certainly nothing happened there; it is sent again then.
    NotNow {
        /// Why.
        cause: String,
        /// When.
        due: Timestamp,
    },
    /// Nobody knows; it is looked up then.
    Unknown {
        /// Why.
        cause: String,
        /// When.
        due: Timestamp,
    },
    /// It was looked up, and is not there: it is sent again.
    NotThere,
    /// They cannot be asked: a person has to look.
    Unsure {
        /// Why.
        cause: String,
    },
}

/// How sending or looking up one posting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its row.
    pub posting: i64,
    /// The version under which it was begun.
    pub version: i64,
    /// What was answered, where anything was.
    pub status: Option<u16>,
    /// How it ended.
    pub ended: Ended,
}

/// The code of what somebody had looked up.
pub(super) const ASKED: &str = "asked";
/// What a look-up found.
const NOT_THERE: &str = "it was looked up there, and is not there";

/// Its turn: due, and nothing earlier of the same part that others wait for.
const DUE: &str = "
    SELECT p.id, p.movement_id, p.reverses, p.state, p.attempts, p.fact, p.request, p.edited,
           p.recorded_at, p.version
    FROM flow_posting p
    WHERE p.flow_id = ?1 AND p.due_at <= ?2 AND (?3 = 0 OR p.state <> 'waiting')
      AND NOT EXISTS (
          SELECT 1 FROM flow_posting e
          WHERE e.flow_id = ?1 AND e.lane = p.lane AND e.sequence < p.sequence)
    ORDER BY p.sequence LIMIT ?4";

const NEXT_DUE: &str =
    "SELECT min(due_at) FROM flow_posting WHERE flow_id = ?1 AND due_at IS NOT NULL";

impl Ledger {
    /// At most `limit` postings whose turn it is at `now`, the oldest first, one of a part; only those that
    /// are to be looked up where nothing is to be sent.
    pub async fn due_postings(
        &self,
        flow: i64,
        now: Timestamp,
        only_look: bool,
        limit: u16,
    ) -> Result<Vec<DuePosting>, Fault> {
        self.query(move |connection| {
            let now = now.micros();
            let values = params![flow, now, only_look, limit];
            Ok(connection.prepare_cached(DUE)?.query_all(values, due)?)
        })
        .await
    }

    /// When the next posting of a flow is due, where any is.
    pub async fn next_posting_due(&self, flow: i64) -> Result<Option<Timestamp>, Fault> {
        self.query(move |connection| {
            let read = |row: &Row<'_>| optional_moment(row, 0);
            Ok(connection.query_row(NEXT_DUE, params![flow], read)?)
        })
        .await
    }

    /// What a program that is no more was sending is looked up `patience` after it was, and not when that
    /// program would have given it up. Only for whoever knows that nobody else sends: the owner of a file.
    pub async fn orphaned_postings(&self, flow: i64, patience: Duration) -> Result<(), Fault> {
        let patience = i64::try_from(patience.as_micros()).unwrap_or(i64::MAX);
        self.write(move |context| {
            let sending: Vec<(i64, i64)> = context
                .sql()
                .prepare_cached(
                    "SELECT id, tried_at FROM flow_posting WHERE flow_id = ?1 AND state = 'sending'",
                )?
                .query_all(params![flow], |row: &Row<'_>| {
                    Ok::<_, Error>((row.get(0)?, row.get::<Option<i64>>(1)?.unwrap_or(0)))
                })?;
            for (posting, sent) in sending {
                context.sql().execute(
                    "UPDATE flow_posting SET due_at = ?2 WHERE id = ?1 AND due_at > ?2",
                    params![posting, sent.saturating_add(patience)],
                )?;
            }
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Marks a posting as being sent, or looked up, until `until`: found so afterwards, it may be there.
    /// `request` is what is sent, where it was made just now. The version under which it was begun; nothing
    /// where it is not its turn any more.
    pub async fn begin_posting(
        &self,
        flow: i64,
        posting: DuePosting,
        request: Option<String>,
        until: Timestamp,
    ) -> Result<Option<i64>, Fault> {
        self.write(move |context| {
            let begun = telling(context, flow, |context| {
                begin(context, flow, &posting, request.as_deref(), until)
            });
            Ok::<_, Fault>(begun?)
        })
        .await
    }

    /// Writes down what became of postings.
    pub async fn record_postings(&self, flow: i64, attempts: Vec<Attempt>) -> Result<(), Fault> {
        self.write(move |context| {
            telling(context, flow, |context| {
                attempts.iter().try_for_each(|attempt| record(context, attempt))
            })?;
            Ok::<_, Fault>(())
        })
        .await
    }
}

fn due(row: &Row<'_>) -> Result<DuePosting, Error> {
    Ok(DuePosting {
        id: row.get(0)?,
        movement: MovementId(uuid(row, 1)?),
        reverses: optional_uuid(row, 2)?.map(MovementId),
        is_fresh: named(row, 3, State::from_name)? == State::Waiting,
        attempts: row.get(4)?,
        fact: row.get(5)?,
        request: row.get(6)?,
        edited: row.get(7)?,
        recorded_at: moment(row, 8)?,
        version: row.get(9)?,
    })
}

fn begin(
    context: &mut WriteContext<'_>,
    flow: i64,
    posting: &DuePosting,
    request: Option<&str>,
    until: Timestamp,
) -> Result<Option<i64>, Failure> {
    let connection = context.sql();
    let holds: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM flow_posting p JOIN flow f ON f.id = p.flow_id
             WHERE p.id = ?1 AND p.version = ?2 AND (?3 = 0 OR f.mode = 'automatic'))",
        params![posting.id, posting.version, posting.is_fresh],
        |row| row.get(0),
    )?;
    // Somebody else began it, or decided otherwise, since it was found to be due.
    if !holds {
        return Ok(None);
    }
    if let (true, Some(movement)) = (posting.is_fresh, posting.reverses)
        && let Some((other, state)) = undone(connection, flow, movement)?
    {
        // What it undoes is known by now: it came before it in the same lane.
        if state.after(Deed::Withdraw, false).is_some() {
            settle(context, other, State::Withdrawn, "withdrawn", None)?;
            settle(context, posting.id, State::Withdrawn, "withdrawn", None)?;
            return Ok(None);
        }
        if let Some((code, why)) = state.against_its_undo() {
            context.sql().execute(
                "UPDATE flow_posting SET code = ?2, cause = ?3 WHERE id = ?1",
                params![posting.id, code, why],
            )?;
            settle(context, posting.id, State::Refused, "refused", Some(why))?;
            return Ok(None);
        }
    }
    let state = if posting.is_fresh { State::Sending } else { State::Unknown };
    let now = context.now();
    let begun = context.sql().execute(
        "UPDATE flow_posting SET state = ?3, due_at = ?4, attempts = attempts + 1, tried_at = ?5,
                request = COALESCE(?6, request), version = version + 1
         WHERE id = ?1 AND version = ?2",
        params![posting.id, posting.version, state.as_str(), until.micros(), now.micros(), request],
    )?;
    Ok((begun == 1).then_some(posting.version + 1))
}

fn record(context: &mut WriteContext<'_>, attempt: &Attempt) -> Result<(), Failure> {
    let connection = context.sql();
    let current: Option<(i64, Option<String>)> = connection
        .query_row(
            "SELECT version, code FROM flow_posting WHERE id = ?1",
            params![attempt.posting],
            |row| Ok::<_, Error>((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    // Somebody decided meanwhile, or another server went on with it.
    let Some((version, code)) = current else { return Ok(()) };
    if version != attempt.version {
        return Ok(());
    }
    // What somebody had looked up goes back to them: they did not say that it is to be sent.
    let asked = code.as_deref() == Some(ASKED);
    let (code, why, number) = match &attempt.ended {
        Ended::Posted { document } => (None, None, document.as_deref()),
        Ended::Refused { code, cause } => (code.as_deref(), Some(cause.as_str()), None),
        Ended::NotThere if asked => (Some("not_there"), Some(NOT_THERE), None),
        Ended::Unknown { cause, .. } if asked => (Some(ASKED), Some(cause.as_str()), None),
        Ended::NotNow { cause, .. } | Ended::Unknown { cause, .. } | Ended::Unsure { cause } => {
            (None, Some(cause.as_str()), None)
        }
        Ended::NotThere => (None, Some(NOT_THERE), None),
    };
    connection.execute(
        "UPDATE flow_posting SET status = ?2, code = ?3, cause = ?4, document = COALESCE(?5, document)
         WHERE id = ?1",
        params![
            attempt.posting,
            attempt.status,
            code.map(word),
            why.map(cause),
            number.map(document),
        ],
    )?;
    match &attempt.ended {
        Ended::Posted { document } => {
            settle(context, attempt.posting, State::Posted, "posted", document.as_deref())
        }
        Ended::Refused { cause, .. } => {
            settle(context, attempt.posting, State::Refused, "refused", Some(cause))
        }
        Ended::Unsure { cause } => {
            settle(context, attempt.posting, State::Unsure, "unsure", Some(cause))
        }
        Ended::NotThere if asked => {
            settle(context, attempt.posting, State::Refused, "refused", Some(NOT_THERE))
        }
        Ended::NotThere => {
            turn(context, attempt.posting, State::Waiting, Timestamp::from_micros(AT_ONCE))
        }
        Ended::NotNow { due, .. } => turn(context, attempt.posting, State::Waiting, *due),
        Ended::Unknown { due, .. } => turn(context, attempt.posting, State::Unknown, *due),
    }
}

/// It stays in its lane, and has its turn then.
fn turn(
    context: &WriteContext<'_>,
    posting: i64,
    state: State,
    due: Timestamp,
) -> Result<(), Failure> {
    context.sql().execute(
        "UPDATE flow_posting SET state = ?2, due_at = ?3, version = version + 1 WHERE id = ?1",
        params![posting, state.as_str(), due.micros()],
    )?;
    Ok(())
}

//! A comparison from its beginning to its end.

use mtm_core::code::Code;
use mtm_core::reconcile::{Stale, Waiting};
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId};

use super::row::{RUN, RunCause, RunRow, run};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{OptionalExtension as _, params};
use crate::submission::PostError;
use crate::write::{Failure, WriteContext};

/// Microseconds after which a run that is not over was cut off.
const CUT_OFF: i64 = 30 * 60 * 1_000_000;

/// How a comparison ended.
#[derive(Debug, Clone, Default)]
pub struct RunEnd {
    /// The moment of our stock.
    pub ours_at: Timestamp,
    /// When their ledger had been read.
    pub ledger_at: Option<Timestamp>,
    /// When their on hand had been read.
    pub on_hand_at: Option<Timestamp>,
    /// Why it is not the last word.
    pub stale: Vec<Stale>,
    /// Parts at places that were compared.
    pub compared: u64,
    /// Figures of theirs in warehouses that are not mapped.
    pub elsewhere: u64,
    /// What was too young.
    pub waiting: Waiting,
    /// Breaks that it found.
    pub found: u64,
    /// Of these, those that were not open before.
    pub opened: u64,
    /// Whether what it did not find is resolved: not where it could not look at everything.
    pub resolves: bool,
}

impl Ledger {
    /// Begins a comparison with `peer`. Refused while another one of it is under way (`run_under_way`).
    pub async fn begin_reconciliation(
        &self,
        peer: String,
        cause: RunCause,
        by: Option<UserId>,
    ) -> Result<i64, PostError> {
        self.write(move |context| Ok::<_, PostError>(begin(context, &peer, cause, by)?)).await
    }

    /// Ends a comparison: what it did not find is resolved, where it looked at everything.
    pub async fn end_reconciliation(&self, id: i64, end: RunEnd) -> Result<RunRow, Fault> {
        self.write(move |context| Ok::<_, Fault>(finish(context, id, &end)?)).await
    }

    /// Ends a comparison that failed. It resolved nothing.
    pub async fn fail_reconciliation(&self, id: i64, why: String) -> Result<(), Fault> {
        self.write(move |context| {
            let at = context.now();
            let why: String = why.chars().take(500).collect();
            context.sql().execute(
                "UPDATE reconcile_run SET finished_at = ?2, failed = ?3
                 WHERE id = ?1 AND finished_at IS NULL",
                params![id, at.micros(), why],
            )?;
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Comparisons with `peer`, or with all, before the one with the number `before`: the newest first.
    pub async fn reconciliations(
        &self,
        peer: Option<String>,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<RunRow>, Fault> {
        let before = before.unwrap_or(i64::MAX);
        self.query(move |connection| {
            let sql = format!(
                "{RUN} WHERE r.id < ?1 AND (?2 IS NULL OR r.peer = ?2) ORDER BY r.id DESC LIMIT ?3"
            );
            let rows =
                connection.prepare_cached(&sql)?.query_all(params![before, peer, limit], run);
            Ok::<_, Fault>(rows?)
        })
        .await
    }

    /// The last comparison with `peer` that came to its end, well.
    pub async fn last_reconciliation(&self, peer: &str) -> Result<Option<RunRow>, Fault> {
        let peer = peer.to_owned();
        self.query(move |connection| {
            let sql = format!(
                "{RUN} WHERE r.peer = ?1 AND r.finished_at IS NOT NULL AND r.failed IS NULL
                 ORDER BY r.id DESC LIMIT 1"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            Ok::<_, Fault>(statement.query_row(params![peer], run).optional()?)
        })
        .await
    }

    /// The comparison with this number.
    pub async fn reconciliation(&self, id: i64) -> Result<Option<RunRow>, Fault> {
        self.query(move |connection| {
            let sql = format!("{RUN} WHERE r.id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok::<_, Fault>(statement.query_row(params![id], run).optional()?)
        })
        .await
    }
}

fn begin(
    context: &mut WriteContext<'_>,
    peer: &str,
    cause: RunCause,
    by: Option<UserId>,
) -> Result<i64, Failure> {
    let at = context.now();
    let under_way: Option<i64> = context
        .sql()
        .prepare_cached(
            "SELECT id FROM reconcile_run
             WHERE peer = ?1 AND finished_at IS NULL AND started_at > ?2
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![peer, at.plus_micros(-CUT_OFF).micros()], |row| row.get(0))
        .optional()?;
    if let Some(id) = under_way {
        let message = format!("run {id} compares with {peer} just now");
        return Err(Rejection::new(Code::RunUnderWay, None, message).into());
    }
    // Those that were cut off end here.
    context.sql().execute(
        "UPDATE reconcile_run SET finished_at = ?2, failed = 'cut off'
         WHERE peer = ?1 AND finished_at IS NULL",
        params![peer, at.micros()],
    )?;
    context.sql().execute(
        "INSERT INTO reconcile_run (peer, cause, asked_by, started_at) VALUES (?1, ?2, ?3, ?4)",
        params![peer, cause.as_str(), by.map(|by| by.0), at.micros()],
    )?;
    Ok(context.sql().last_insert_rowid())
}

fn finish(context: &mut WriteContext<'_>, id: i64, end: &RunEnd) -> Result<RunRow, Failure> {
    let at = context.now();
    let mut resolved = 0;
    if end.resolves {
        let which = "peer = (SELECT peer FROM reconcile_run WHERE id = ?1)
             AND state IN ('open', 'closed') AND last_run < ?1";
        let deeds = format!(
            "INSERT INTO reconcile_deed (break_id, what, at, run_id)
             SELECT id, 'resolved', ?2, ?1 FROM reconcile_break WHERE {which}"
        );
        context.sql().execute(&deeds, params![id, at.micros()])?;
        let breaks = format!(
            "UPDATE reconcile_break SET state = 'resolved', ended_at = ?2, version = version + 1
             WHERE {which}"
        );
        resolved = context.sql().execute(&breaks, params![id, at.micros()])?;
    }
    let stale = serde_json::to_string(&end.stale)
        .map_err(|error| Failure::Broken(format!("words that cannot be written: {error}")))?;
    context.sql().execute(
        "UPDATE reconcile_run SET finished_at = ?2, ours_at = ?3, ledger_at = ?4, on_hand_at = ?5,
                stale = ?6, compared = ?7, elsewhere = ?8, movements_waiting = ?9,
                postings_waiting = ?10, in_motion = ?11, found = ?12, opened = ?13, resolved = ?14
         WHERE id = ?1 AND finished_at IS NULL",
        params![
            id,
            at.micros(),
            end.ours_at.micros(),
            end.ledger_at.map(Timestamp::micros),
            end.on_hand_at.map(Timestamp::micros),
            stale,
            signed(end.compared),
            signed(end.elsewhere),
            signed(end.waiting.movements),
            signed(end.waiting.postings),
            signed(end.waiting.in_motion),
            signed(end.found),
            signed(end.opened),
            i64::try_from(resolved).unwrap_or(i64::MAX),
        ],
    )?;
    let sql = format!("{RUN} WHERE r.id = ?1");
    let row = context.sql().prepare_cached(&sql)?.query_row(params![id], run)?;
    Ok(row)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! Print jobs, the newest first, and one with its history.

use mtm_core::print::JobState;
use mtm_core::word::MovementId;
use serde::{Deserialize, Serialize};

use super::row::{JOB, PrintJob, job};
use crate::deed::{DeedRow, deeds};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, params};

/// How long what is over is kept, and that a label of it may be out: 400 days.
const KEPT_MICROS: i64 = 400 * 24 * 3_600 * 1_000_000;
/// Jobs that go in one transaction.
const STEP: i64 = 500;

/// Which print jobs.
#[derive(Debug, Clone, Default)]
pub struct JobQuery {
    /// Of this printer; of all where `None`.
    pub printer: Option<String>,
    /// Which stand so; all where `None`.
    pub state: Option<JobState>,
    /// Only those that wait for somebody.
    pub needs_somebody: bool,
    /// Labels of this: `lot`, `location`, …
    pub subject: Option<String>,
    /// Labels of which of them.
    pub key: Option<String>,
    /// Laid out for this receipt.
    pub movement: Option<MovementId>,
    /// Before the one with this number.
    pub before: Option<i64>,
    /// How many.
    pub limit: u16,
}

/// A print job, what is sent, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobSheet {
    /// The job.
    #[serde(flatten)]
    pub row: PrintJob,
    /// What was sent last: ZPL; null before that, long after, and where that was a document.
    pub label: Option<String>,
    /// What became of it, the oldest first.
    pub history: Vec<DeedRow>,
}

impl JobQuery {
    /// The conditions that were asked for, and no other: each leads along its own index.
    fn conditions(&self) -> String {
        let asked = [
            (self.printer.is_some(), "j.printer = ?2"),
            (self.state.is_some(), "j.state = ?3"),
            (self.needs_somebody, "j.state IN ('failed', 'unknown')"),
            (self.subject.is_some(), "j.subject = ?4"),
            (self.key.is_some(), "j.subject_key = ?5"),
            (self.movement.is_some(), "j.movement_id = ?6"),
        ];
        let mut text = "WHERE j.id < ?1".to_owned();
        for (_, condition) in asked.into_iter().filter(|(is_asked, _)| *is_asked) {
            text.push_str(" AND ");
            text.push_str(condition);
        }
        text
    }
}

impl Ledger {
    /// Print jobs, the newest first.
    pub async fn print_jobs(&self, query: JobQuery) -> Result<Vec<PrintJob>, Fault> {
        self.query(move |connection| {
            let sql = format!("{JOB} {} ORDER BY j.id DESC LIMIT ?7", query.conditions());
            let movement = query.movement.as_ref().map(|id| id.0.as_bytes().as_slice());
            let before = query.before.unwrap_or(i64::MAX);
            let state = query.state.map(JobState::as_str);
            let values = params![
                before,
                query.printer,
                state,
                query.subject,
                query.key,
                movement,
                query.limit,
            ];
            Ok::<_, Fault>(connection.prepare_cached(&sql)?.query_all(values, job)?)
        })
        .await
    }

    /// The print job with this number.
    pub async fn print_job(&self, id: i64) -> Result<Option<JobSheet>, Fault> {
        self.query(move |connection| Ok::<_, Fault>(sheet(connection, id)?)).await
    }

    /// Lets go of a piece of the jobs that are over, or that nobody saw to, for long. Whether there may be more.
    pub async fn sweep_print_jobs(&self) -> Result<bool, Fault> {
        self.write(move |context| {
            let oldest = context.now().plus_micros(-KEPT_MICROS).micros();
            Ok::<_, Fault>(sweep(context.sql(), oldest)?)
        })
        .await
    }
}

pub(super) fn sheet(connection: Connection<'_>, id: i64) -> Result<Option<JobSheet>, Error> {
    let sql = format!("{JOB} WHERE j.id = ?1");
    let row = connection.prepare_cached(&sql)?.query_row(params![id], job).optional()?;
    let Some(row) = row else { return Ok(None) };
    let label = connection
        .prepare_cached("SELECT label FROM print_job WHERE id = ?1")?
        .query_row(params![id], |row| row.get(0))?;
    let history = deeds(connection, ("print_deed", "job_id"), id)?;
    Ok(Some(JobSheet { row, label, history }))
}

fn sweep(connection: Connection<'_>, oldest: i64) -> Result<bool, Error> {
    let old: Vec<i64> = connection
        .prepare_cached(
            "SELECT id FROM print_job WHERE state IN ('printed', 'cancelled', 'failed', 'unknown')
               AND ended_at < ?1 ORDER BY id LIMIT ?2",
        )?
        .query_all(params![oldest, STEP], |row: &Row<'_>| row.get(0))?;
    for job in &old {
        for sql in
            ["DELETE FROM print_deed WHERE job_id = ?1", "DELETE FROM print_job WHERE id = ?1"]
        {
            connection.execute(sql, params![job])?;
        }
    }
    Ok(!old.is_empty())
}

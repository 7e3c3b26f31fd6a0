//! A printer's jobs, one after the other.

use mtm_core::event::EventType;
use mtm_core::print::{Condition, JobDeed, JobState};
use mtm_core::word::Timestamp;
use serde_json::json;

use super::job::{Labels, Spelled, may_be_out};
use super::list::sheet;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, moment, named, params};
use crate::write::{Failure, WriteContext};

/// A job whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueJob {
    /// Its number.
    pub id: i64,
    /// The template.
    pub template: String,
    /// What stands on it: JSON.
    pub fields: String,
    /// How often it was begun.
    pub attempts: u32,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// Its version; what becomes of it is written down only where it is still this one.
    pub version: i64,
}

/// How sending a label ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrintEnd {
    /// The printer says that it printed it.
    Printed,
    /// Nothing of it was sent; it waits again.
    NotSent(Condition),
    /// The printer says that it did not print it, for this reason.
    Refused(String),
    /// It was sent, and nobody knows what became of it.
    Unknown(String),
}

/// What a person is told of a job whose printer no server has.
const NOBODY: &str = "no server prints on this printer: send the label to another one";
/// What a person is told of a job whose receipt was undone.
const UNDONE: &str = "its receipt was undone before it was printed";
/// What a person is told of a job that a server left behind.
const LEFT: &str = "the server was stopped while the printer had the label";

impl Ledger {
    /// The job of a printer whose turn it is, where one waits.
    pub async fn next_print_job(&self, printer: String) -> Result<Option<DueJob>, Fault> {
        self.query(move |connection| Ok::<_, Fault>(next(connection, &printer)?)).await
    }

    /// Marks a job as being sent: found so afterwards, its label may be out. Gives the version under which it was
    /// begun, and which label is sent: the copy where one of the same thing may be out. Nothing where it is not its turn
    /// any more, or its receipt was undone: then it is cancelled.
    pub async fn begin_print(
        &self,
        job: DueJob,
        labels: Labels,
    ) -> Result<Option<(i64, Spelled)>, Fault> {
        self.write(move |context| Ok::<_, Fault>(begin(context, &job, &labels)?)).await
    }

    /// Gives up a job whose label cannot be made, for that reason.
    pub async fn refuse_print(&self, id: i64, version: i64, cause: String) -> Result<(), Fault> {
        self.write(move |context| {
            settle(context, (id, version), JobDeed::GiveUp, (None, Some(&cause)))?;
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Writes down what the printer lacks that has a job, or that it lacks nothing any more.
    pub async fn print_is_held(
        &self,
        id: i64,
        version: i64,
        lacking: Condition,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            let word = (lacking != Condition::Ready).then(|| lacking.as_str());
            context.sql().execute(
                "UPDATE print_job SET lacking = ?3 WHERE id = ?1 AND version = ?2 AND state = 'sending'",
                params![id, version, word],
            )?;
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Writes down how sending a job ended that was begun under `version`.
    pub async fn end_print(&self, id: i64, version: i64, end: PrintEnd) -> Result<(), Fault> {
        self.write(move |context| {
            let (deed, lacking, cause) = match &end {
                PrintEnd::Printed => (JobDeed::Confirm, None, None),
                PrintEnd::NotSent(lacking) => (JobDeed::Withhold, Some(*lacking), None),
                PrintEnd::Refused(cause) => (JobDeed::Refuse, None, Some(cause.as_str())),
                PrintEnd::Unknown(cause) => (JobDeed::Lose, None, Some(cause.as_str())),
            };
            settle(context, (id, version), deed, (lacking, cause))?;
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Gives up what waits for a printer since before `before`, because it lacks that, or for nobody prints there. Gives
    /// how many.
    pub async fn give_up_prints(
        &self,
        printer: String,
        before: Timestamp,
        lacking: Option<Condition>,
    ) -> Result<usize, Fault> {
        self.write(move |context| {
            let old: Vec<(i64, i64)> = context
                .sql()
                .prepare_cached(
                    "SELECT id, version FROM print_job
                     WHERE printer = ?1 AND state = 'queued' AND queued_at < ?2 ORDER BY id LIMIT 100",
                )?
                .query_all(params![printer, before.micros()], |row: &Row<'_>| {
                    Ok::<_, Error>((row.get(0)?, row.get(1)?))
                })?;
            for job in &old {
                let cause = lacking.map_or(NOBODY, Condition::words);
                settle(context, *job, JobDeed::GiveUp, (lacking, Some(cause)))?;
            }
            Ok::<_, Fault>(old.len())
        })
        .await
    }

    /// What a program that is no more was sending to a printer may be out. Only for whoever knows that nobody else
    /// sends.
    pub async fn orphaned_prints(&self, printer: String) -> Result<usize, Fault> {
        self.write(move |context| {
            let left: Vec<(i64, i64)> = context
                .sql()
                .prepare_cached(
                    "SELECT id, version FROM print_job WHERE printer = ?1 AND state = 'sending' ORDER BY id",
                )?
                .query_all(params![printer], |row: &Row<'_>| {
                    Ok::<_, Error>((row.get(0)?, row.get(1)?))
                })?;
            for job in &left {
                settle(context, *job, JobDeed::Lose, (None, Some(LEFT)))?;
            }
            Ok::<_, Fault>(left.len())
        })
        .await
    }
}

fn next(connection: Connection<'_>, printer: &str) -> Result<Option<DueJob>, Error> {
    connection
        .prepare_cached(
            "SELECT id, template, fields, attempts, queued_at, version FROM print_job
             WHERE printer = ?1 AND state = 'queued' ORDER BY id LIMIT 1",
        )?
        .query_row(params![printer], |row| {
            Ok::<_, Error>(DueJob {
                id: row.get(0)?,
                template: row.get(1)?,
                fields: row.get(2)?,
                attempts: row.get(3)?,
                queued_at: moment(row, 4)?,
                version: row.get(5)?,
            })
        })
        .optional()
}

fn begin(
    context: &mut WriteContext<'_>,
    job: &DueJob,
    labels: &Labels,
) -> Result<Option<(i64, Spelled)>, Failure> {
    let undone: bool = context.sql().query_row(
        "SELECT EXISTS (SELECT 1 FROM print_job j JOIN movement m ON m.reverses = j.movement_id
             WHERE j.id = ?1)",
        params![job.id],
        |row| row.get(0),
    )?;
    if undone {
        settle(context, (job.id, job.version), JobDeed::Cancel, (None, Some(UNDONE)))?;
        return Ok(None);
    }
    let Some(row) = sheet(context.sql(), job.id)?.map(|sheet| sheet.row) else { return Ok(None) };
    let about = (row.template.as_str(), row.subject.as_str(), row.key.as_str());
    let own: bool = context.sql().query_row(
        "SELECT is_out FROM print_job WHERE id = ?1",
        params![job.id],
        |row| row.get(0),
    )?;
    // Decided by what is out now, and not by what was asked for first.
    let is_copy = own || may_be_out(context.sql(), about, job.id)?;
    let label = if is_copy { &labels.copy } else { &labels.original };
    let now = context.now().micros();
    let begun = context.sql().execute(
        "UPDATE print_job SET state = 'sending', lacking = NULL, cause = NULL, begun_at = ?3, label = ?4,
                is_copy = ?5, attempts = attempts + 1, version = version + 1
         WHERE id = ?1 AND version = ?2 AND state = 'queued'",
        params![job.id, job.version, now, label.kept(), is_copy],
    )?;
    Ok((begun == 1).then(|| (job.version + 1, label.clone())))
}

/// Does what happens to a job by itself, and tells of it. Nothing where somebody decided meanwhile.
fn settle(
    context: &mut WriteContext<'_>,
    (id, version): (i64, i64),
    deed: JobDeed,
    (lacking, cause): (Option<Condition>, Option<&str>),
) -> Result<(), Failure> {
    let state = context
        .sql()
        .query_row(
            // What the printer confirms late is heard as long as nobody decided.
            "SELECT state FROM print_job
             WHERE id = ?1 AND (version = ?2 OR ?3 AND state = 'unknown' AND version = ?2 + 1)",
            params![id, version, deed == JobDeed::Confirm],
            |row| named(row, 0, JobState::from_name),
        )
        .optional()?;
    let Some(after) = state.and_then(|state: JobState| state.after(deed)) else { return Ok(()) };
    let now = context.now();
    let ended = (!after.is_under_way()).then(|| now.micros());
    context.sql().execute(
        "UPDATE print_job SET state = ?2, lacking = ?3, cause = ?4, ended_at = ?5,
                is_out = CASE WHEN ?6 THEN 1 ELSE is_out END, version = version + 1 WHERE id = ?1",
        params![
            id,
            after.as_str(),
            lacking.map(Condition::as_str),
            cause,
            ended,
            after.may_be_out(),
        ],
    )?;
    // That it waits again is nobody's deed, and may be so for hours.
    if after != JobState::Queued {
        write_down(context, id, after.as_str(), None, cause)?;
        tell(context, id)?;
    }
    Ok(())
}

/// Tells that a label was printed, or that it may not have been.
pub(super) fn tell(context: &mut WriteContext<'_>, id: i64) -> Result<(), Failure> {
    let Some(it) = sheet(context.sql(), id)?.map(|sheet| sheet.row) else { return Ok(()) };
    let event = match it.state {
        JobState::Printed => EventType::LabelPrinted,
        JobState::Failed | JobState::Unknown => EventType::LabelFailed,
        _ => return Ok(()),
    };
    let at = context.now();
    let mut data = json!({
        "job": it.id, "printer": it.printer, "template": it.template, "of": it.subject, "key": it.key,
        "state": it.state, "copy": it.copy,
    });
    if let Some(cause) = &it.cause {
        data["cause"] = json!(cause);
    }
    context.emit(event, &it.key, at, &data, None)
}

pub(super) fn write_down(
    context: &WriteContext<'_>,
    job: i64,
    what: &str,
    by: Option<mtm_core::word::UserId>,
    note: Option<&str>,
) -> Result<(), Failure> {
    context.sql().execute(
        "INSERT INTO print_deed (job_id, what, at, user_id, note) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![job, what, context.now().micros(), by.map(|by| by.0), note],
    )?;
    Ok(())
}

//! Asking for labels.

use std::fmt;

use mtm_core::print::JobState;
use mtm_core::word::{MovementId, UserId};
use serde_json::json;

use super::list::sheet;
use super::printer::meet;
use super::row::PrintJob;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{Connection, Error, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// A label as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// As it is the first time.
    pub original: Spelled,
    /// As it is where one may be out already.
    pub copy: Spelled,
}

/// A label in the language of its printer.
#[derive(Clone, PartialEq, Eq)]
pub enum Spelled {
    /// ZPL II.
    Zpl(String),
    /// A document in PDF.
    Pdf(Vec<u8>),
}

impl Spelled {
    /// What is sent.
    pub const fn bytes(&self) -> &[u8] {
        match self {
            Self::Zpl(text) => text.as_bytes(),
            Self::Pdf(bytes) => bytes.as_slice(),
        }
    }

    /// What is kept of it beside the job: a text that people can read. A document can be made again of what stands on
    /// it, and would be most of the database before long.
    pub(super) fn kept(&self) -> Option<&str> {
        match self {
            Self::Zpl(text) => Some(text),
            Self::Pdf(_) => None,
        }
    }
}

impl fmt::Debug for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zpl(text) => write!(f, "Zpl({text:?})"),
            Self::Pdf(bytes) => write!(f, "Pdf({} bytes)", bytes.len()),
        }
    }
}

/// A label that is asked for.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The printer.
    pub printer: String,
    /// The template.
    pub template: String,
    /// What it is a label of.
    pub subject: String,
    /// Which of them.
    pub key: String,
    /// What stands on it: JSON.
    pub fields: String,
    /// The receipt that it is laid out for by itself.
    pub movement: Option<MovementId>,
    /// The station at which it is asked for.
    pub station: Option<String>,
}

impl Ledger {
    /// Has a label printed for `by`.
    pub async fn print(
        &self,
        job: NewJob,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PrintJob>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let id = add(context, &job, Some(by))?;
                let at = context.now();
                let facts = json!({
                    "job": id, "printer": job.printer, "template": job.template,
                    "subject": job.subject, "key": job.key,
                });
                context.audit("label.asked", by, at, &facts)?;
                let made = sheet(context.sql(), id)?;
                made.map(|it| it.row)
                    .ok_or_else(|| Failure::Broken("a print job is gone".to_owned()))
            })?)
        })
        .await
    }

    /// Lays out the labels of receipts behind `from` up to `to`, where the printer still stands at `from`. A receipt
    /// that has its label keeps it. Whether it was done.
    pub async fn print_receipts(
        &self,
        printer: String,
        (from, to): (u64, u64),
        jobs: Vec<NewJob>,
    ) -> Result<bool, Fault> {
        self.write(move |context| {
            let moved = context.sql().execute(
                "UPDATE printer SET position = ?3 WHERE name = ?1 AND position = ?2",
                params![printer, from.cast_signed(), to.cast_signed()],
            )?;
            // Somebody else was faster: all of it is read again.
            if moved == 0 {
                return Ok(false);
            }
            for job in &jobs {
                if !is_known(context.sql(), job)? {
                    add(context, job, None)?;
                }
            }
            Ok::<_, Fault>(true)
        })
        .await
    }
}

fn is_known(connection: Connection<'_>, job: &NewJob) -> Result<bool, Error> {
    let Some(movement) = &job.movement else { return Ok(false) };
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM print_job WHERE movement_id = ?1 AND printer = ?2)",
        )?
        .query_row(params![movement.0.as_bytes(), job.printer], |row| row.get(0))
}

/// Whether a label of the same thing may be out, not counting the job with this number.
pub(super) fn may_be_out(
    connection: Connection<'_>,
    (template, subject, key): (&str, &str, &str),
    but: i64,
) -> Result<bool, Error> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM print_job
                 WHERE subject_key = ?1 AND subject = ?2 AND template = ?3 AND id <> ?4
                   AND (is_out = 1 OR state = 'sending'))",
        )?
        .query_row(params![key, subject, template, but], |row| row.get(0))
}

fn add(context: &mut WriteContext<'_>, job: &NewJob, by: Option<UserId>) -> Result<i64, Failure> {
    let now = context.now().micros();
    let connection = context.sql();
    // What nobody prints is given up by whoever looks at printers.
    meet(connection, &job.printer)?;
    let about = (job.template.as_str(), job.subject.as_str(), job.key.as_str());
    // As it is now; what is printed first is decided when it is.
    let is_copy = may_be_out(connection, about, 0)?;
    connection.execute(
        "INSERT INTO print_job (printer, template, subject, subject_key, fields, is_copy, movement_id,
             station, state, asked_at, asked_by, queued_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?10)",
        params![
            job.printer,
            job.template,
            job.subject,
            job.key,
            job.fields,
            is_copy,
            job.movement.as_ref().map(|id| id.0.as_bytes().as_slice()),
            job.station,
            JobState::Queued.as_str(),
            now,
            by.map(|by| by.0),
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

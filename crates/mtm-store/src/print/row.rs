//! Print jobs, as answers show them.

use mtm_core::print::{Condition, JobState};
use mtm_core::word::{MovementId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sql::{Error, Row, moment, named, optional_moment, optional_uuid};

/// A print job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrintJob {
    /// Its number.
    pub id: i64,
    /// The printer.
    pub printer: String,
    /// The template of its label.
    pub template: String,
    /// What it is a label of: `lot`, `location`, …
    pub subject: String,
    /// Which of them.
    pub key: String,
    /// Whether it says that it is a copy: a label of the same thing may be out already.
    pub copy: bool,
    /// The receipt that it was laid out for by itself; null where somebody asked for it.
    pub movement: Option<MovementId>,
    /// The station at which it was asked for.
    pub station: Option<String>,
    /// How it stands.
    pub state: JobState,
    /// What the printer lacks, where it waits for that.
    pub lacking: Option<Condition>,
    /// Why it stands so, in words.
    pub cause: Option<String>,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Login name of who asked for it; null where it was laid out by itself.
    pub asked_by: Option<String>,
    /// Since when it waits for its turn, or waited.
    pub queued_at: Timestamp,
    /// When it was last sent.
    pub begun_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Version of what can be decided about it.
    pub version: i64,
    /// What stands on it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub fields: Value,
}

pub(super) const JOB: &str =
    "SELECT j.id, j.printer, j.template, j.subject, j.subject_key, j.is_copy, j.movement_id, j.station,
            j.state, j.lacking, j.cause, j.attempts, j.asked_at, who.name, j.queued_at, j.begun_at,
            j.ended_at, j.version, j.fields
     FROM print_job j LEFT JOIN user who ON who.id = j.asked_by";

pub(super) fn job(row: &Row<'_>) -> Result<PrintJob, Error> {
    let lacking: Option<String> = row.get(9)?;
    Ok(PrintJob {
        id: row.get(0)?,
        printer: row.get(1)?,
        template: row.get(2)?,
        subject: row.get(3)?,
        key: row.get(4)?,
        copy: row.get(5)?,
        movement: optional_uuid(row, 6)?.map(MovementId),
        station: row.get(7)?,
        state: named(row, 8, JobState::from_name)?,
        lacking: lacking.as_deref().and_then(Condition::from_name),
        cause: row.get(10)?,
        attempts: row.get(11)?,
        asked_at: moment(row, 12)?,
        asked_by: row.get(13)?,
        queued_at: moment(row, 14)?,
        begun_at: optional_moment(row, 15)?,
        ended_at: optional_moment(row, 16)?,
        version: row.get(17)?,
        fields: serde_json::from_str(row.text(18)?)
            .map_err(|error| Error::shape(18, format!("no JSON: {error}")))?,
    })
}

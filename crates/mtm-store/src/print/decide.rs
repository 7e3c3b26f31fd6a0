//! What people decide about a print job.

use mtm_core::code::Code;
use mtm_core::print::{JobDeed, JobState};
use mtm_core::rejection::Rejection;
use mtm_core::word::{Note, UserId};
use serde_json::json;

use super::job::may_be_out;
use super::list::sheet;
use super::printer::meet;
use super::row::PrintJob;
use super::turn::{tell, write_down};
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::params;
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// What somebody decides about a print job.
#[derive(Debug, Clone)]
pub struct JobDecision {
    /// What.
    pub deed: JobDeed,
    /// Where it is printed: for [`JobDeed::Send`].
    pub printer: Option<String>,
    /// Why, in words.
    pub note: Option<Note>,
    /// The version that this was decided on, where that matters.
    pub version: Option<i64>,
}

impl Ledger {
    /// Does what `by` decided about the job with this number.
    pub async fn decide_print(
        &self,
        id: i64,
        decision: JobDecision,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PrintJob>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| decide(context, id, &decision, by))?)
        })
        .await
    }
}

fn decide(
    context: &mut WriteContext<'_>,
    id: i64,
    it: &JobDecision,
    by: UserId,
) -> Result<PrintJob, Failure> {
    let none = || Rejection::new(Code::NotFound, None, format!("there is no print job {id}"));
    let before = sheet(context.sql(), id)?.ok_or_else(none)?.row;
    if it.version.is_some_and(|version| version != before.version) {
        let message = "this print job stands otherwise by now: look at it again";
        return Err(Rejection::new(Code::Stale, None, message).into());
    }
    let allowed = it.deed.is_somebodys().then(|| before.state.after(it.deed)).flatten();
    let state = allowed.ok_or_else(|| {
        let message = format!("this print job is {}", before.state.as_str());
        Rejection::new(Code::PrintJobSettled, None, message)
    })?;
    if let (JobDeed::Send, Some(printer)) = (it.deed, &it.printer) {
        send(context, &before, printer)?;
    }
    let now = context.now();
    let ended = (!state.is_under_way()).then(|| now.micros());
    let is_out = before.state.may_be_out() || state.may_be_out();
    context.sql().execute(
        "UPDATE print_job SET state = ?2, lacking = NULL, cause = NULL, queued_at = ?3, ended_at = ?4,
                attempts = CASE WHEN ?2 = 'queued' THEN 0 ELSE attempts END,
                is_out = CASE WHEN ?5 THEN 1 ELSE is_out END, version = version + 1 WHERE id = ?1",
        params![
            id,
            state.as_str(),
            if state == JobState::Queued { now.micros() } else { before.queued_at.micros() },
            ended,
            is_out,
        ],
    )?;
    write_down(context, id, it.deed.as_str(), Some(by), it.note.as_ref().map(Note::as_str))?;
    let facts = json!({
        "job": id, "printer": it.printer.as_ref().unwrap_or(&before.printer),
        "of": before.subject, "key": before.key, "from": before.state, "to": state,
    });
    context.audit(&format!("label.{}", it.deed.as_str()), by, now, &facts)?;
    tell(context, id)?;
    let after = sheet(context.sql(), id)?;
    after.map(|sheet| sheet.row).ok_or_else(|| Failure::Broken("a print job is gone".to_owned()))
}

/// It goes to that printer, and says that it is a copy where one may be out already.
fn send(context: &WriteContext<'_>, before: &PrintJob, printer: &str) -> Result<(), Failure> {
    let about = (before.template.as_str(), before.subject.as_str(), before.key.as_str());
    let is_copy = before.state.may_be_out() || may_be_out(context.sql(), about, before.id)?;
    let moved: bool = context.sql().query_row(
        "SELECT EXISTS (SELECT 1 FROM print_job o JOIN print_job j ON j.movement_id = o.movement_id
             WHERE j.id = ?1 AND o.id <> j.id AND o.printer = ?2)",
        params![before.id, printer],
        |row| row.get(0),
    )?;
    if moved {
        let message =
            format!("{printer} prints the label of this receipt by itself: cancel this one");
        return Err(Rejection::new(Code::PrintJobSettled, None, message).into());
    }
    meet(context.sql(), printer)?;
    context.sql().execute(
        "UPDATE print_job SET printer = ?2, is_copy = ?3 WHERE id = ?1",
        params![before.id, printer, is_copy],
    )?;
    Ok(())
}

//! Asking: what is too large for one person becomes a request.

use mtm_core::approval::{ApprovalState, expires_at};
use mtm_core::code::Code;
use mtm_core::command::{Action, Adjust, Command, Count};
use mtm_core::event::EventType;
use mtm_core::outcome::BucketLine;
use mtm_core::rejection::{Details, Rejection};
use mtm_core::word::{Delta, Note, StationName, Timestamp};
use serde_json::json;

use super::list::found;
use super::row::ApprovalRow;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{Connection, Error, OptionalExtension as _, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

impl Ledger {
    /// Keeps an adjustment that takes a second person as a request, where its command says that one
    /// shall be asked; otherwise it is refused like a booking. Nothing is booked. Under a key that
    /// stands for a request already, gives that one.
    pub async fn ask_approval(
        &self,
        command: Command,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ApprovalRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| ask(context, &command))?)
        })
        .await
    }
}

/// Which bucket shall be changed by how much, as far as one person may ask for it.
struct Wanted<'c> {
    adjust: &'c Adjust,
    bucket: BucketLine,
    delta: Delta,
}

/// What shall be asked for. The ledger judges it like a booking, so that what nobody could approve
/// is refused now.
fn wanted<'c>(context: &mut WriteContext<'_>, command: &'c Command) -> Result<Wanted<'c>, Failure> {
    let refusal = match context.execute(command, None) {
        Err(Failure::Refused(refusal)) => refusal,
        Err(failure) => return Err(failure),
        // Undone with the transaction.
        Ok(_) => {
            let message = "it takes no second person any more; send it again";
            return Err(Rejection::new(Code::Stale, None, message).into());
        }
    };
    let there = match &refusal.details {
        Details::Available(lines) => lines.first().cloned(),
        _ => None,
    };
    match (&command.action, there) {
        (Action::Adjust(adjust), Some(bucket))
            if refusal.code == Code::ApprovalRequired && command.confirm.approval =>
        {
            let delta = match adjust.count {
                Count::Counted(counted) => Delta::between(bucket.quantity, counted),
                Count::Delta(delta) => delta,
            };
            Ok(Wanted { adjust, bucket, delta })
        }
        _ => Err(refusal.into()),
    }
}

fn ask(context: &mut WriteContext<'_>, command: &Command) -> Result<ApprovalRow, Failure> {
    let Wanted { adjust, bucket, delta } = wanted(context, command)?;
    let at = context.now();
    let catalogue = context.catalogue();
    let part = catalogue.part(&bucket.part).map(|part| part.row.0);
    let operation = catalogue.operation(&bucket.operation).map(|step| step.row.0);
    let location = catalogue.location(&bucket.location).map(|place| place.row.0);
    let (Some(part), Some(operation), Some(location)) = (part, operation, location) else {
        return Err(Failure::Broken("a bucket of nothing that is known".to_owned()));
    };
    refuse_second(context.sql(), &bucket, (operation, location), at)?;
    let by = &command.context;
    context.sql().execute(
        "INSERT INTO approval (state, lot, part_id, operation_id, location_id, stock, delta, reason,
                notes, over_hold, occurred_at, station, session_id, asked_by, asked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            ApprovalState::Waiting.as_str(),
            bucket.lot.as_str(),
            part,
            operation,
            location,
            bucket.quantity.units(),
            delta.whole(),
            adjust.reason.as_str(),
            adjust.notes.as_ref().map(Note::as_str),
            command.confirm.hold,
            by.occurred_at.map(Timestamp::micros),
            by.station.as_ref().map(StationName::as_str),
            by.session.as_ref().map(|session| session.0.as_bytes()),
            by.actor.id.0,
            at.micros(),
        ],
    )?;
    let id = context.sql().last_insert_rowid();
    let facts = json!({
        "approval": id, "lot": bucket.lot, "part": bucket.part, "operation": bucket.operation,
        "location": bucket.location, "stock": bucket.quantity, "delta": delta,
    });
    context.audit("approval.asked", by.actor.id, at, &facts)?;
    let data = json!({
        "approval": id, "lot": bucket.lot, "part": bucket.part, "operation": bucket.operation,
        "location": bucket.location, "stock": bucket.quantity, "delta": delta,
        "reason": adjust.reason, "notes": adjust.notes, "asked_by": by.actor.name,
        "expires_at": expires_at(at),
    });
    context.emit(EventType::ApprovalRequested, bucket.lot.as_str(), at, &data, None)?;
    found(context.sql(), id, at)?.ok_or_else(|| Failure::Broken("a request is gone".to_owned()))
}

/// One request at a time waits for a bucket. One that nobody decided in time makes room.
fn refuse_second(
    connection: Connection<'_>,
    bucket: &BucketLine,
    place: (i64, i64),
    now: Timestamp,
) -> Result<(), Failure> {
    let waiting: Option<(i64, i64)> = connection
        .prepare_cached(
            "SELECT id, asked_at FROM approval
             WHERE lot = ?1 AND operation_id = ?2 AND location_id = ?3 AND state = 'waiting'",
        )?
        .query_row(params![bucket.lot.as_str(), place.0, place.1], |row| {
            Ok::<_, Error>((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((id, asked_at)) = waiting else { return Ok(()) };
    if expires_at(Timestamp::from_micros(asked_at)) <= now {
        let sql = "UPDATE approval SET state = 'expired' WHERE id = ?1";
        connection.execute(sql, params![id])?;
        return Ok(());
    }
    let message = format!("request {id} for lot {} there waits already", bucket.lot);
    Err(Rejection::new(Code::AlreadyExists, None, message).into())
}

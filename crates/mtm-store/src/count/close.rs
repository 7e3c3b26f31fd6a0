//! Asking for a recount, closing, giving up.

use mtm_core::code::Code;
use mtm_core::count::{CountState, LineState};
use mtm_core::event::EventType;
use mtm_core::rejection::Rejection;
use mtm_core::word::{CountId, UserId};
use serde_json::json;

use super::{known, no_line, open};
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::record::CountRecord;
use crate::sql::{OptionalExtension as _, named, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

impl Ledger {
    /// Has decided lines counted again. One that waits to be counted already stays as it is.
    pub async fn recount_lines(
        &self,
        by: UserId,
        id: CountId,
        lines: Vec<u32>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CountRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| recount(context, by, id, &lines))?)
        })
        .await
    }

    /// Gives a count up: nobody counts or posts it any more. What was posted stays.
    pub async fn cancel_count(
        &self,
        by: UserId,
        id: CountId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CountRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                open(context.sql(), id)?;
                set_state(context, by, id, CountState::Cancelled)?;
                context.audit("count.cancelled", by, context.now(), &json!({ "count": id }))?;
                known(context.sql(), id)
            })?)
        })
        .await
    }

    /// Closes a count whose every line is posted, and tells the world. With `leave`, lines that
    /// nobody counted are left. A count that still has lines to post or to count stays open, one that
    /// is closed already stays as it is.
    pub async fn close_count(
        &self,
        by: UserId,
        id: CountId,
        leave: bool,
    ) -> Result<CountRecord, PostError> {
        self.write(move |context| Ok(close(context, by, id, leave)?)).await
    }
}

fn recount(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: CountId,
    lines: &[u32],
) -> Result<CountRecord, Failure> {
    open(context.sql(), id)?;
    for line in lines {
        let sql = "SELECT state FROM count_line WHERE count_id = ?1 AND number = ?2";
        let state = context
            .sql()
            .query_row(sql, params![id.0.as_bytes(), *line], |row| {
                named(row, 0, LineState::from_name)
            })
            .optional()?
            .ok_or_else(|| no_line(*line))?;
        match state {
            LineState::Open | LineState::Recount => continue,
            LineState::Counted => {}
            LineState::Posted | LineState::Left => {
                let message = format!("line {line} is {} already", state.as_str());
                return Err(Rejection::new(Code::CountClosed, "lines", message).into());
            }
        }
        context.sql().execute(
            "UPDATE count_line SET state = ?3, refused_code = NULL, refused_text = NULL
             WHERE count_id = ?1 AND number = ?2",
            params![id.0.as_bytes(), *line, LineState::Recount.as_str()],
        )?;
    }
    let facts = json!({ "count": id, "lines": lines });
    context.audit("count.recount_asked", by, context.now(), &facts)?;
    known(context.sql(), id)
}

fn close(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: CountId,
    leave: bool,
) -> Result<CountRecord, Failure> {
    let count = known(context.sql(), id)?;
    let progress = count.progress;
    let waiting = progress.open + progress.recount;
    if count.state != CountState::Open || progress.counted > 0 || (waiting > 0 && !leave) {
        return Ok(count);
    }
    context.sql().execute(
        "UPDATE count_line SET state = ?2 WHERE count_id = ?1 AND state IN ('open', 'recount')",
        params![id.0.as_bytes(), LineState::Left.as_str()],
    )?;
    set_state(context, by, id, CountState::Posted)?;
    let count = known(context.sql(), id)?;
    let (at, accuracy) = (context.now(), count.accuracy);
    let facts = json!({
        "count": id, "lines": accuracy.lines, "right": accuracy.right,
        "left": count.progress.left,
    });
    context.audit("count.posted", by, at, &facts)?;
    let data = json!({
        "id": id, "name": count.name, "lines": count.progress.lines,
        "counted": accuracy.lines, "right": accuracy.right, "left": count.progress.left,
        "expected": accuracy.expected, "more": accuracy.more, "fewer": accuracy.fewer,
        "planned_at": count.planned_at, "posted_by": count.finished_by,
    });
    context.emit(EventType::CountPosted, &id.to_string(), at, &data, None)?;
    Ok(count)
}

fn set_state(
    context: &WriteContext<'_>,
    by: UserId,
    id: CountId,
    state: CountState,
) -> Result<(), Failure> {
    context.sql().execute(
        "UPDATE stock_count SET state = ?2, finished_by = ?3, finished_at = ?4
         WHERE id = ?1 AND state = 'open'",
        params![id.0.as_bytes(), state.as_str(), by.0, context.now().micros()],
    )?;
    Ok(())
}

//! Posting: the differences of decided lines become movements, each line once.

use std::collections::HashMap;

use mtm_core::count::{self, LineState};
use mtm_core::rejection::Rejection;
use mtm_core::word::{CommandId, CountId, UserId};
use serde_json::json;

use super::open;
use crate::ledger::Ledger;
use crate::record::{LinePosting, PostedLine};
use crate::sql::{Connection, Error, Row, params};
use crate::submission::PostError;
use crate::write::{Failure, WriteContext};

/// Longest explanation that is kept at a line, in characters.
const TEXT_MAX: usize = 500;

impl Ledger {
    /// Books the differences of decided lines and says so at the lines, in one transaction. A line
    /// that was posted, or counted again, since it was read is passed over; one that is refused
    /// says why and waits. So posting twice, at once, or again after a kill has one effect.
    pub async fn post_count_lines(
        &self,
        by: UserId,
        id: CountId,
        lines: Vec<LinePosting>,
        traceparent: Option<String>,
    ) -> Result<Vec<PostedLine>, PostError> {
        self.write(move |context| Ok(post(context, by, id, &lines, traceparent.as_deref())?)).await
    }
}

fn post(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: CountId,
    lines: &[LinePosting],
    traceparent: Option<&str>,
) -> Result<Vec<PostedLine>, Failure> {
    open(context.sql(), id)?;
    let decided = decided(context.sql(), id)?;
    let lines: Vec<&LinePosting> =
        lines.iter().filter(|line| decided.get(&line.line) == Some(&line.round)).collect();
    let commands: Vec<_> = lines.iter().filter_map(|line| line.command.clone()).collect();
    context.expect(&commands)?;
    let mut posted = Vec::with_capacity(lines.len());
    for line in &lines {
        posted.push(match &line.command {
            None => PostedLine { line: line.line, outcome: None, refusal: None },
            Some(command) => match context.execute(command, traceparent) {
                Ok(outcome) => {
                    PostedLine { line: line.line, outcome: Some(outcome), refusal: None }
                }
                Err(Failure::Refused(refusal)) => {
                    let refusal = Some(count::of_a_line(refusal));
                    PostedLine { line: line.line, outcome: None, refusal }
                }
                Err(failure) => return Err(failure),
            },
        });
    }
    let mut refused = 0;
    for line in &posted {
        match &line.refusal {
            None => mark_posted(context.sql(), id, line)?,
            Some(refusal) => {
                refused += 1;
                mark_refused(context.sql(), id, line.line, refusal)?;
            }
        }
    }
    if !posted.is_empty() {
        let at = context.now();
        let facts = json!({ "count": id, "lines": posted.len() - refused, "refused": refused });
        context.audit("count.lines_posted", by, at, &facts)?;
    }
    Ok(posted)
}

/// The decided lines, and the count that decided each.
fn decided(connection: Connection<'_>, id: CountId) -> Result<HashMap<u32, u16>, Error> {
    let sql = "SELECT number, rounds FROM count_line WHERE count_id = ?1 AND state = ?2";
    let read = |row: &Row<'_>| Ok::<(u32, u16), Error>((row.get(0)?, row.get(1)?));
    let (id, state) = (id.0.as_bytes(), LineState::Counted.as_str());
    let values = params![id, state];
    Ok(connection.prepare_cached(sql)?.query_all(values, read)?.into_iter().collect())
}

fn mark_posted(connection: Connection<'_>, id: CountId, line: &PostedLine) -> Result<(), Failure> {
    let command: Option<CommandId> = line.outcome.as_ref().map(|outcome| outcome.id);
    connection.execute(
        "UPDATE count_line SET state = ?3, command_id = ?4, refused_code = NULL,
                refused_text = NULL
         WHERE count_id = ?1 AND number = ?2",
        params![
            id.0.as_bytes(),
            line.line,
            LineState::Posted.as_str(),
            command.as_ref().map(|command| command.0.as_bytes()),
        ],
    )?;
    Ok(())
}

fn mark_refused(
    connection: Connection<'_>,
    id: CountId,
    line: u32,
    refusal: &Rejection,
) -> Result<(), Failure> {
    let text: String = refusal.message.chars().take(TEXT_MAX).collect();
    connection.execute(
        "UPDATE count_line SET refused_code = ?3, refused_text = ?4
         WHERE count_id = ?1 AND number = ?2",
        params![id.0.as_bytes(), line, refusal.code.as_str(), text],
    )?;
    Ok(())
}

//! One message: booked once, and remembered with what it did.

use mtm_core::code::Code;
use mtm_core::outcome::Verdict;
use mtm_core::rejection::Rejection;
use mtm_core::word::Timestamp;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, moment, params};
use crate::submission::{Answer, PostError, Submission};
use crate::write::{Failure, WriteContext, book, replay};

/// Longest reason that is kept at a source, in characters.
const ERROR_MAX: usize = 500;

impl Ledger {
    /// Books what a message of `source` asks for and puts the message into the inbox, in one
    /// transaction. A message that was taken before is answered as it was then.
    pub async fn take_message(
        &self,
        source: i64,
        message: String,
        submission: Submission,
    ) -> Result<Answer, PostError> {
        self.write(move |context| Ok(take(context, source, &message, &submission)?)).await
    }

    /// Says at a source why a message of it was not taken.
    pub async fn message_refused(&self, source: i64, error: String) -> Result<(), Fault> {
        self.write(move |context| {
            let error: String = error.chars().take(ERROR_MAX).collect();
            context.sql().execute(
                "UPDATE inbound_source SET refused_at = ?2, last_error = ?3 WHERE id = ?1",
                params![source, context.now().micros(), error],
            )?;
            Ok(())
        })
        .await
    }
}

fn take(
    context: &mut WriteContext<'_>,
    source: i64,
    message: &str,
    submission: &Submission,
) -> Result<Answer, Failure> {
    if let Some(key) = &submission.key
        && let Some(before) = context.answered(key)?
    {
        return replay(&before);
    }
    if let Some(at) = taken_at(context.sql(), source, message)? {
        let text = format!("the message was taken at {at}; its answer is not kept any more");
        return Err(Rejection::new(Code::AlreadyExists, "webhook-id", text).into());
    }
    let at = context.now();
    let answer = book(context, submission)?;
    let Some(Verdict::Accepted(outcome)) = answer.verdicts.first() else {
        return Err(Failure::Broken("a message was booked and has no outcome".to_owned()));
    };
    let command = outcome.id;
    context.sql().execute(
        "INSERT INTO inbox (source_id, message_id, command_id, received_at)
         VALUES (?1, ?2, ?3, ?4)",
        params![source, message, command.0.as_bytes(), at.micros()],
    )?;
    Ok(answer)
}

fn taken_at(
    connection: Connection<'_>,
    source: i64,
    message: &str,
) -> Result<Option<Timestamp>, Error> {
    connection
        .query_row(
            "SELECT received_at FROM inbox WHERE source_id = ?1 AND message_id = ?2",
            params![source, message],
            |row| moment(row, 0),
        )
        .optional()
}

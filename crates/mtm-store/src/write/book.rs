//! One submission inside a transaction: its commands in order, and the answer kept under its key.

use mtm_core::command::Command;
use mtm_core::intent::{self, Signature};
use mtm_core::outcome::Verdict;

use super::context::WriteContext;
use super::failure::Failure;
use super::once::{Remembered, StoredAnswer};
use super::stored;
use crate::submission::{Answer, IdempotencyKey, Mode, Submission};

/// How many commands are told of before the first of them is decided.
const TOGETHER: usize = 1_000;

/// What is kept as status of a booking's answer.
const ACCEPTED: u16 = 200;

/// Decides on every command of `submission` and writes what it does. Where it is atomic, or
/// fails, what was written so far is for the caller to undo.
pub(crate) fn book(
    context: &mut WriteContext<'_>,
    submission: &Submission,
) -> Result<Answer, Failure> {
    let batch = submission.commands.len() > 1;
    let traceparent = submission.traceparent.as_deref();
    let mut verdicts = Vec::with_capacity(submission.commands.len());
    for (index, command) in submission.commands.iter().enumerate() {
        if index % TOGETHER == 0 {
            context.expect(
                &submission.commands[index..submission.commands.len().min(index + TOGETHER)],
            )?;
        }
        match context.execute(command, traceparent) {
            Ok(outcome) => verdicts.push(Verdict::Accepted(outcome)),
            Err(Failure::Refused(rejection)) if !submission.atomic => {
                verdicts.push(Verdict::Refused(rejection));
            }
            Err(Failure::Refused(rejection)) if batch => {
                return Err(rejection.in_item(index).into());
            }
            Err(failure) => return Err(failure),
        }
    }
    if let (Some(key), Mode::Commit) = (&submission.key, submission.mode) {
        keep(context, key, submission, &verdicts)?;
    }
    Ok(Answer { replayed: false, verdicts })
}

fn keep(
    context: &mut WriteContext<'_>,
    key: &IdempotencyKey,
    submission: &Submission,
    verdicts: &[Verdict],
) -> Result<(), Failure> {
    // Only a single command is compared by the intent guard.
    let single = match submission.commands.as_slice() {
        [command] => Some(command),
        _ => None,
    };
    let body = stored::encode(verdicts)?;
    let at = match verdicts.last() {
        Some(Verdict::Accepted(outcome)) => outcome.recorded_at,
        _ => context.now(),
    };
    context.remember(
        key,
        Remembered {
            at,
            status: ACCEPTED,
            body: Some(&body),
            command: single.map(|command| command.id),
            signature: single.and_then(look),
        },
    )
}

/// The answer that was kept.
pub(crate) fn replay(before: &StoredAnswer) -> Result<Answer, Failure> {
    let verdicts = stored::decode(before.body.as_deref().unwrap_or_default())?;
    Ok(Answer { replayed: true, verdicts })
}

/// The window in which the intent guard watches `command`; a window of zero is off.
pub(crate) fn watched(command: &Command) -> Option<u32> {
    command.context.intent_window.filter(|window| *window > 0)
}

/// What the intent guard compares.
pub(crate) fn look(command: &Command) -> Option<Signature> {
    watched(command).and_then(|_| intent::signature(&command.action))
}

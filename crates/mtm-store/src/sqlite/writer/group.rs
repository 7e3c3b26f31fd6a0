//! Group commit: every waiting submission in one transaction, each judged on its own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::mpsc;

use super::job::{Job, Post};
use super::thread::Desk;
use crate::fault::Fault;
use crate::submission::{Answer, Mode, PostError};
use crate::write::Failure;

/// Commands in one transaction, unless a single submission has more.
const MOST_COMMANDS: usize = 1_000;

/// Takes every submission that waits behind `first`, up to the bound, and the job of another kind
/// that ended the gathering.
pub(super) fn gather(first: Post, waiting: &mut mpsc::Receiver<Job>) -> (Vec<Post>, Option<Job>) {
    let mut commands = first.submission.commands.len();
    let mut group = vec![first];
    while commands < MOST_COMMANDS {
        match waiting.try_recv() {
            Ok(Job::Post(post)) => {
                commands += post.submission.commands.len().max(1);
                group.push(post);
            }
            Ok(other) => return (group, Some(other)),
            Err(_) => break,
        }
    }
    (group, None)
}

type Answers = Vec<Result<Answer, PostError>>;

/// How the attempt to commit a group ended without a commit.
enum Setback {
    /// Something is wrong with one submission; the others may go through without it.
    OneOfThem,
    /// Something is wrong with the database.
    All(Fault),
}

impl Desk {
    /// Commits a group and answers everybody in it.
    pub(super) fn post(&mut self, group: Vec<Post>) {
        let outcome = match self.attempt(&group, false) {
            // Rarely a statement fails that was decided on. Once more, each with a savepoint.
            Err(Setback::OneOfThem) => self.attempt(&group, true),
            outcome => outcome,
        };
        match outcome {
            Ok(answers) => {
                for (post, answer) in group.into_iter().zip(answers) {
                    // Whoever asked may have gone away; what was committed stays committed.
                    drop(post.reply.send(answer));
                }
            }
            Err(setback) => {
                let fault = match setback {
                    Setback::All(fault) => fault,
                    Setback::OneOfThem => Fault::Permanent("it cannot be booked".to_owned()),
                };
                for post in group {
                    drop(post.reply.send(Err(fault.clone().into())));
                }
            }
        }
    }

    fn attempt(&mut self, group: &[Post], guarded: bool) -> Result<Answers, Setback> {
        let mut answers = Answers::with_capacity(group.len());
        let mut one_of_them = false;
        let committed = self.transaction(|context| {
            let mut wrote = false;
            for Post { submission, .. } in group {
                let answer = catch_unwind(AssertUnwindSafe(|| context.submit(submission, guarded)))
                    .unwrap_or_else(|_| Err(Failure::Broken("deciding panicked".to_owned())));
                match answer {
                    Ok(answer) => {
                        wrote |= submission.mode == Mode::Commit && !answer.replayed;
                        answers.push(Ok(answer));
                    }
                    Err(Failure::Refused(rejection)) => answers.push(Err(rejection.into())),
                    Err(failure) if guarded && failure.concerns_only_itself() => {
                        let error = PostError::from(failure);
                        tracing::error!(%error, "a submission could not be written");
                        answers.push(Err(error));
                    }
                    Err(failure) => {
                        one_of_them = failure.concerns_only_itself();
                        return Err(failure);
                    }
                }
            }
            Ok(wrote)
        });
        match committed {
            Ok(_) => Ok(answers),
            Err(_) if one_of_them => Err(Setback::OneOfThem),
            Err(fault) => Err(Setback::All(fault)),
        }
    }
}

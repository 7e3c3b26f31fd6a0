//! What waits for the writer.

use tokio::sync::oneshot;

use crate::fault::Fault;
use crate::submission::{Answer, PostError, Submission};
use crate::write::WriteContext;

/// A submission and who waits for its answer.
pub(crate) struct Post {
    pub(crate) submission: Submission,
    pub(crate) reply: oneshot::Sender<Result<Answer, PostError>>,
}

/// One thing to do.
pub(crate) enum Job {
    /// A submission, in one transaction with its neighbours.
    Post(Post),
    /// Any write, in a transaction of its own.
    Write(Box<dyn Write>),
    /// End after everything that waits is done.
    Stop(oneshot::Sender<()>),
}

/// A write that will answer somebody after the transaction ended.
pub(crate) trait Write: Send {
    /// Does the work; `false` means it must be rolled back.
    fn run(&mut self, context: &mut WriteContext<'_>) -> bool;

    /// Answers: with what the work gave, or with why it could not be committed.
    fn answer(self: Box<Self>, commit: Result<(), Fault>);
}

/// A closure and who waits for it.
pub(crate) struct Work<F, T, E> {
    task: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Work<F, T, E> {
    /// The job that runs `work` and answers through `reply`.
    pub(crate) fn new(work: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { task: Some(work), result: None, reply }
    }
}

impl<F, T, E> Write for Work<F, T, E>
where
    F: FnOnce(&mut WriteContext<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, context: &mut WriteContext<'_>) -> bool {
        let result = self.task.take().map(|work| work(context));
        let good = matches!(result, Some(Ok(_)));
        self.result = result;
        good
    }

    fn answer(self: Box<Self>, commit: Result<(), Fault>) {
        let answer = match (self.result, commit) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(fault)) => Err(fault.into()),
            (None, Ok(())) => {
                Err(Fault::Permanent("a write panicked and was undone".to_owned()).into())
            }
        };
        // Whoever asked may have gone away; what was committed stays committed.
        drop(self.reply.send(answer));
    }
}

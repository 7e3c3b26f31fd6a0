//! Questions: asked without knowing whom.

use std::pin::Pin;
use std::sync::Arc;

use super::switchboard::Address;
use super::{Bus, Channel};

/// Something that is asked. Its type says what.
pub trait Request: Send + Sync + 'static {
    /// What is answered.
    type Answer: Send + 'static;
}

/// An answer that takes a while.
pub type AnswerLater<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Why a question that needs one answer has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Nobody answers such questions.
    #[error("nobody answers this question")]
    Nobody,
    /// It would be chance whose answer counts.
    #[error("{0} recipients answer this question; one must")]
    Several(usize),
}

impl Bus {
    /// Has `recipient` answer questions `Q`, as long as it lives. `answer` must not block.
    pub fn answer<Q: Request, R: Send + Sync + 'static>(
        &self,
        recipient: &Arc<R>,
        answer: impl Fn(&R, &Q) -> Q::Answer + Send + Sync + 'static,
    ) {
        let answer = move |recipient: Arc<R>, question: &Q| answer(&recipient, question);
        self.switchboard.connect(Address::of::<Q>(&Channel::default()), recipient, answer);
    }

    /// Has `recipient` answer questions `Q` that are asked with [`Bus::request_later`].
    pub fn answer_later<Q: Request, R: Send + Sync + 'static>(
        &self,
        recipient: &Arc<R>,
        answer: impl Fn(Arc<R>, &Q) -> AnswerLater<Q::Answer> + Send + Sync + 'static,
    ) {
        self.switchboard.connect(Address::of::<Q>(&Channel::default()), recipient, answer);
    }

    /// Asks the one recipient that answers at once.
    pub fn request<Q: Request>(&self, question: &Q) -> Result<Q::Answer, Unanswered> {
        one(self.collect(question))
    }

    /// Asks the one recipient that answers when it can. The question is put at once; whoever does
    /// not wait for the answer gives it up.
    pub async fn request_later<Q: Request>(&self, question: &Q) -> Result<Q::Answer, Unanswered> {
        let address = Address::of::<Q>(&Channel::default());
        let answers = self.switchboard.call::<Q, AnswerLater<Q::Answer>>(&address, question);
        Ok(one(answers)?.await)
    }

    /// Asks everybody who answers at once, in the order in which they registered.
    pub fn collect<Q: Request>(&self, question: &Q) -> Vec<Q::Answer> {
        self.switchboard.call(&Address::of::<Q>(&Channel::default()), question)
    }
}

fn one<T>(mut answers: Vec<T>) -> Result<T, Unanswered> {
    match (answers.len(), answers.pop()) {
        (1, Some(answer)) => Ok(answer),
        (0, _) | (_, None) => Err(Unanswered::Nobody),
        (several, _) => Err(Unanswered::Several(several)),
    }
}

//! A call under its guard, from admission to the last repetition.

use std::time::Duration;

use mtm_core::trouble::Trouble;

use super::Refusal;
use super::passage::Guard;
use super::verdict::Verdict;

/// That the same may be sent twice, and by what. Only who has one can have a call repeated: what is sent
/// without a key is sent once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeatable<'k> {
    key: Option<&'k str>,
}

impl<'k> Repeatable<'k> {
    /// It changes nothing there.
    pub const fn reading() -> Repeatable<'static> {
        Repeatable { key: None }
    }

    /// The peer takes it once, by this key; nothing where the key is empty.
    pub fn under(key: &'k str) -> Option<Self> {
        (!key.trim().is_empty()).then_some(Self { key: Some(key) })
    }

    /// The key to send along, where it is one that makes the call repeatable.
    pub const fn key(&self) -> Option<&'k str> {
        self.key
    }
}

/// Why a call brought no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered<E> {
    /// It was not made.
    #[error(transparent)]
    Refused(Refusal),
    /// It was made, and no answer came by its deadline: it may have been received.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// It was made and failed so.
    #[error(transparent)]
    Failed(E),
}

impl<E> Unanswered<E> {
    /// What that is to whoever wanted the call, where `of` says it of a failure.
    pub fn trouble(&self, of: impl FnOnce(&E) -> Trouble) -> Trouble {
        match self {
            Self::Refused(refusal) => refusal.trouble(),
            Self::TimedOut(_) => Trouble::Ambiguous,
            Self::Failed(error) => of(error),
        }
    }
}

impl Guard {
    /// Makes a call once. `judge` says what its end says about the peer.
    ///
    /// It waits for a place inside, within the deadline; at the deadline it is given up, and counts as
    /// failed.
    pub async fn once<T, E, F>(
        &self,
        judge: impl Fn(&Result<T, E>) -> Verdict,
        call: F,
    ) -> Result<T, Unanswered<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.called();
        self.attempt(&judge, call).await.0
    }

    /// Makes a call, and makes it again where it failed by itself, as long as the budget of repetitions
    /// lasts and the peer does not ask to be left alone.
    pub async fn again<T, E, F>(
        &self,
        _may: Repeatable<'_>,
        judge: impl Fn(&Result<T, E>) -> Verdict,
        mut call: impl FnMut() -> F,
    ) -> Result<T, Unanswered<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.called();
        let mut times = 0;
        loop {
            let (answer, verdict) = self.attempt(&judge, call()).await;
            // Refused, or told to wait: asking again at once would be what the guard is there to prevent.
            if verdict != Some(Verdict::FAILED) {
                return answer;
            }
            let Some(pause) = self.repetition(times) else { return answer };
            times += 1;
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt<T, E, F>(
        &self,
        judge: &impl Fn(&Result<T, E>) -> Verdict,
        call: F,
    ) -> (Result<T, Unanswered<E>>, Option<Verdict>)
    where
        F: Future<Output = Result<T, E>>,
    {
        let deadline = self.settings().deadline;
        let admitted = tokio::time::timeout(deadline, self.admit_in_turn()).await;
        let passage = match admitted {
            Ok(Ok(passage)) => passage,
            Ok(Err(refusal)) => return (Err(Unanswered::Refused(refusal)), None),
            Err(_) => return (Err(Unanswered::Refused(self.waited_in_vain())), None),
        };
        let Ok(answer) = tokio::time::timeout(deadline, call).await else {
            passage.ended(Verdict::FAILED);
            return (Err(Unanswered::TimedOut(deadline)), Some(Verdict::FAILED));
        };
        let verdict = judge(&answer);
        passage.ended(verdict);
        (answer.map_err(Unanswered::Failed), Some(verdict))
    }
}

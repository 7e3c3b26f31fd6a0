//! Work on files of another machine: a share that may be away, or hang.
//!
//! The system lets nobody take back what was asked of a share that hangs. So it is asked on a thread of its
//! own, one thing after the other, and waited for only so long: neither a page nor a program that is
//! stopped waits any longer. What has not come back by then goes on; until it does, whoever comes next is
//! told so at once, so that no more than one thread ever hangs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Why what was asked of another machine is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Something that was asked earlier hangs.
    #[error("what was tried there before has not come back")]
    Before,
    /// It took longer than this.
    #[error("no answer within {} s", .0.as_secs().max(1))]
    Late(Duration),
    /// The work ended without an end.
    #[error("what was tried there broke off")]
    BrokeOff,
    /// There is no thread to ask on.
    #[error("no thread for what is tried there: {0}")]
    NoThread(String),
}

/// A place on another machine.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    turn: Arc<Semaphore>,
    /// Until when what is under way there is waited for.
    until: Arc<Mutex<Option<Instant>>>,
}

impl Default for Elsewhere {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), until: Arc::default() }
    }
}

impl Elsewhere {
    /// Does `work` on a thread that nobody has to wait for to the end, not even who stops the program.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NoAnswer> {
        if self.hangs() {
            return Err(NoAnswer::Before);
        }
        let turn = Arc::clone(&self.turn).acquire_owned();
        // Nobody closes it; and who has it for so long is late.
        let Ok(Ok(turn)) = tokio::time::timeout(patience, turn).await else {
            return Err(NoAnswer::Before);
        };
        *lock(&self.until) = Instant::now().checked_add(patience);
        let visit = Visit { until: Arc::clone(&self.until), _turn: turn };
        let (done, waits) = oneshot::channel();
        let body = move || {
            let came = work();
            drop(visit);
            // Whoever waited may have lost patience.
            let _ = done.send(came);
        };
        let started = std::thread::Builder::new().name("elsewhere".to_owned()).spawn(body);
        started.map_err(|error| NoAnswer::NoThread(error.to_string()))?;
        match tokio::time::timeout(patience, waits).await {
            Ok(Ok(came)) => Ok(came),
            Ok(Err(_)) => Err(NoAnswer::BrokeOff),
            Err(_) => Err(NoAnswer::Late(patience)),
        }
    }

    /// Whether what is under way there is not waited for any more.
    fn hangs(&self) -> bool {
        lock(&self.until).is_some_and(|until| Instant::now() >= until)
    }
}

/// Somebody is there. However it ends, the next may come.
struct Visit {
    until: Arc<Mutex<Option<Instant>>>,
    _turn: OwnedSemaphorePermit,
}

impl Drop for Visit {
    fn drop(&mut self) {
        *lock(&self.until) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn whoever_comes_while_another_is_there_has_their_turn() {
        let place = Elsewhere::default();
        let works = (0..20).map(|n| {
            let place = place.clone();
            tokio::spawn(async move { place.work(LONG, move || n).await })
        });
        for (n, work) in works.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(work.await.unwrap(), Ok(n));
        }
    }

    #[tokio::test]
    async fn what_hangs_is_not_waited_for_and_refuses_the_next_at_once_until_it_is_back() {
        let place = Elsewhere::default();
        let (go, wait) = mpsc::channel::<()>();
        let hangs = place.work(SHORT, move || wait.recv().is_ok()).await;
        assert_eq!(hangs, Err(NoAnswer::Late(SHORT)));
        // It would wait for ever where it waited.
        assert_eq!(place.work(Duration::MAX, || true).await, Err(NoAnswer::Before));
        go.send(()).unwrap();
        while place.work(LONG, || true).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn work_that_panics_is_told_and_keeps_nobody_out() {
        let place = Elsewhere::default();
        let broken: Result<(), _> = place.work(LONG, || panic!("on purpose")).await;
        assert_eq!(broken, Err(NoAnswer::BrokeOff));
        assert_eq!(place.work(LONG, || true).await, Ok(true));
    }
}

//! Background tasks of a server: started in order, watched, begun again when they fail, and stopped in
//! reverse.
//!
//! A booking waits for none of them, so none may take the server down with it: a panic or an error ends
//! one run of one task, is told in the log, and the task is begun again after a pause that doubles while
//! it keeps failing. What became of each is kept in [`Tasks`], for whoever looks at the server.
//!
//! On a database that several servers share, a task that only one of them may do asks before each piece
//! whether this one is elected ([`Ledger::is_elected`](mtm_store::Ledger::is_elected)): the lease is the
//! database's, so that a server that lost it stops by itself, and its successor needs nobody's word.

mod tasks;

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

pub use self::tasks::{Phase, TaskState, Tasks};

/// Why a run ended that nobody stopped.
pub type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The first pause after a failure, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// A run that lasted so long was a good one: the next pause is the first again.
const STEADY: Duration = Duration::from_secs(60);

/// Tells a task when it is to end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Completes when the task is to end; also where its supervisor is gone.
    pub async fn requested(&mut self) {
        // An error says that nobody is left who could ask.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}

/// Who looks after the tasks. Dropped without [`Supervisor::stop`], it cuts them off.
#[derive(Debug)]
pub struct Supervisor {
    tasks: Tasks,
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    name: &'static str,
    stop: watch::Sender<bool>,
    /// One task; a set, because that ends with whoever holds it.
    run: JoinSet<()>,
}

impl Supervisor {
    /// Nothing runs yet. What becomes of the tasks is written down in `tasks`.
    pub fn new(tasks: Tasks) -> Self {
        Self { tasks, running: Vec::new() }
    }

    /// Starts a task. Each run is made by `work`, which is handed what tells it to end.
    pub fn start<W, F>(&mut self, name: &'static str, work: W)
    where
        W: Fn(Stop) -> F + Send + Sync + 'static,
        F: Future<Output = Ended> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let mut run = JoinSet::new();
        run.spawn(supervise(name, self.tasks.clone(), Stop(stopped), work));
        self.running.push(Running { name, stop, run });
    }

    /// Stops the tasks, the last started first, each after the one before it has ended. Each has half
    /// of what is left of `longest`, so that one that does not listen leaves time to the others; then
    /// it is cut off. The names of those that were.
    pub async fn stop(self, longest: Duration) -> Vec<&'static str> {
        let end = Instant::now() + longest;
        let mut cut_off = Vec::new();
        for Running { name, stop, mut run } in self.running.into_iter().rev() {
            stop.send_replace(true);
            let patience = end.saturating_duration_since(Instant::now()) / 2;
            if tokio::time::timeout(patience, run.join_next()).await.is_err() {
                run.shutdown().await;
                self.tasks.stopped(name);
                cut_off.push(name);
            }
        }
        cut_off
    }
}

/// Runs a task until it is asked to stop.
async fn supervise<W, F>(name: &'static str, tasks: Tasks, mut stop: Stop, work: W)
where
    W: Fn(Stop) -> F + Send + Sync + 'static,
    F: Future<Output = Ended> + Send + 'static,
{
    let mut pause = PAUSES.0;
    while !stop.is_requested() {
        tasks.begun(name);
        let began = Instant::now();
        let mut run = JoinSet::new();
        run.spawn(work(stop.clone()));
        let ended = run.join_next().await;
        if stop.is_requested() {
            break;
        }
        if began.elapsed() >= STEADY {
            pause = PAUSES.0;
            tasks.was_steady(name);
        }
        let why = why(ended);
        tracing::error!(task = name, why, ?pause, "a background task failed; it is begun again");
        tasks.failed(name, why);
        // Also while it waits it may be asked to stop.
        let _ = tokio::time::timeout(pause, stop.requested()).await;
        pause = (pause * 2).min(PAUSES.1);
    }
    tasks.stopped(name);
}

fn why(ended: Option<Result<Ended, JoinError>>) -> String {
    match ended {
        Some(Ok(Err(error))) => error.to_string(),
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => format!("panicked: {}", said(&*panic)),
            Err(error) => error.to_string(),
        },
        Some(Ok(Ok(()))) | None => "ended by itself".to_owned(),
    }
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

#[cfg(test)]
mod tests;

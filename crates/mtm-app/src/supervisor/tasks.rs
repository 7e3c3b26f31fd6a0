//! What became of each background task, for whoever looks at the server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mtm_core::word::Timestamp;
use mtm_store::Clock;
use serde::Serialize;

/// Where a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// At work.
    Running,
    /// It failed and is begun again after a pause.
    Failed,
    /// It was asked to stop, and has.
    Stopped,
}

/// A background task as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskState {
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub phase: Phase,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// How often it failed since the server started.
    pub failures: u64,
    /// How often of these in a row: without a run in between that was a good one.
    pub in_a_row: u64,
    /// Why it failed the last time.
    pub last_error: Option<String>,
    /// What it has to say although it runs: a configuration that is not taken over, for one.
    pub note: Option<String>,
}

/// The states of all tasks of this process. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Tasks {
    clock: Arc<dyn Clock>,
    states: Arc<Mutex<Vec<TaskState>>>,
}

impl Tasks {
    /// No task yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, states: Arc::default() }
    }

    /// All of them, in the order in which they were started.
    pub fn states(&self) -> Vec<TaskState> {
        self.lock().clone()
    }

    /// What a task that runs has to say; `None` for nothing.
    pub fn note(&self, name: &'static str, note: Option<String>) {
        self.change(name, |state| state.note = note);
    }

    pub(super) fn begun(&self, name: &'static str) {
        self.enter(name, Phase::Running);
    }

    pub(super) fn failed(&self, name: &'static str, why: String) {
        self.enter(name, Phase::Failed);
        self.change(name, |state| {
            state.failures += 1;
            state.in_a_row += 1;
            state.last_error = Some(why);
            state.note = None;
        });
    }

    pub(super) fn was_steady(&self, name: &'static str) {
        self.change(name, |state| state.in_a_row = 0);
    }

    pub(super) fn stopped(&self, name: &'static str) {
        self.enter(name, Phase::Stopped);
    }

    fn enter(&self, name: &'static str, phase: Phase) {
        let since = self.clock.now();
        self.change(name, |state| (state.phase, state.since) = (phase, since));
    }

    fn change(&self, name: &'static str, change: impl FnOnce(&mut TaskState)) {
        let mut states = self.lock();
        if let Some(state) = states.iter_mut().find(|state| state.name == name) {
            return change(state);
        }
        let mut state = TaskState {
            name,
            phase: Phase::Running,
            since: self.clock.now(),
            failures: 0,
            in_a_row: 0,
            last_error: None,
            note: None,
        };
        change(&mut state);
        states.push(state);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TaskState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Tasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.states()).finish()
    }
}

//! Who looks whether a reader comes back.
//!
//! A thread cannot be stopped from outside, so what hangs ends its whole process, once it was said of what.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{INPUT, hex};

/// How long one input may take. It is thousands of times what any takes, so that no busy machine fails the test.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Default)]
struct State {
    given: Option<Given>,
    is_over: bool,
}

#[derive(Debug)]
struct Given {
    input: Vec<u8>,
    whence: String,
    since: Instant,
}

/// Looks on until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    shared: Arc<(Mutex<State>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn new(reader: &'static str) -> Self {
        let shared = Arc::<(Mutex<State>, Condvar)>::default();
        let seen = Arc::clone(&shared);
        let thread = thread::spawn(move || look(reader, &seen));
        Self { shared, thread: Some(thread) }
    }

    pub(super) fn begin(&self, input: &[u8], whence: &str) {
        let (input, whence) = (input.to_vec(), whence.to_owned());
        state(&self.shared).given = Some(Given { input, whence, since: Instant::now() });
    }

    pub(super) fn end(&self) {
        state(&self.shared).given = None;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        state(&self.shared).is_over = true;
        self.shared.1.notify_all();
        if let Some(thread) = self.thread.take() {
            // It says nothing, and cannot fail.
            let _ = thread.join();
        }
    }
}

fn state(shared: &(Mutex<State>, Condvar)) -> MutexGuard<'_, State> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn look(reader: &str, shared: &(Mutex<State>, Condvar)) {
    let mut state = state(shared);
    while !state.is_over {
        if let Some(given) = state.given.as_ref().filter(|it| it.since.elapsed() > PATIENCE) {
            let (whence, input) = (&given.whence, hex(&given.input));
            eprintln!("{reader}: {whence} hangs; try it alone by {INPUT}={input}");
            std::process::abort();
        }
        let waited = shared.1.wait_timeout(state, PATIENCE / 10);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

//! What a program writes, line by line, for a test to wait on.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The lines a program wrote, growing while it runs.
#[derive(Debug, Clone)]
pub struct Output(Arc<Captured>);

#[derive(Debug, Default)]
struct Captured {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    closed: bool,
}

impl Output {
    pub(super) fn capture(stream: Option<impl Read + Send + 'static>) -> Self {
        let output = Self(Arc::default());
        let captured = Arc::clone(&output.0);
        thread::spawn(move || {
            if let Some(stream) = stream {
                for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                    captured.lock().lines.push(line);
                    captured.grown.notify_all();
                }
            }
            captured.lock().closed = true;
            captured.grown.notify_all();
        });
        output
    }

    /// Every line so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().lines.clone()
    }

    /// Waits for the first line that `pick` accepts and yields what it made of it; `None` when
    /// the stream closes or `deadline` passes before.
    pub fn first<T>(
        &self,
        deadline: Duration,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Option<T> {
        let give_up = Instant::now() + deadline;
        let mut seen = 0;
        let mut state = self.0.lock();
        loop {
            if let Some(value) = state.lines[seen..].iter().find_map(|line| pick(line)) {
                return Some(value);
            }
            seen = state.lines.len();
            let left = give_up.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return None;
            }
            let waited = self.0.grown.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Captured {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Statements that take long: told in the log each time, and remembered by their text.
//!
//! A text has no values in it, so that nothing of the plant is in the log. One memory for the
//! process. The embedded engine's one writer is not watched: its statements go by keys, and what
//! it waits for is the disk. A server's own log shows plans and locks; this one shows who asked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mtm_core::word::Timestamp;

use crate::clock::{Clock as _, SystemClock};

/// Statements remembered; of more, the ones that took least are forgotten.
const MOST: usize = 50;
/// Characters of a statement that are shown.
const SHOWN: usize = 500;

/// From how many microseconds on a statement is told; [`u64::MAX`] for never.
static BOUND: AtomicU64 = AtomicU64::new(u64::MAX);
static KNOWN: Mutex<Vec<SlowStatement>> = Mutex::new(Vec::new());

/// A statement that took long at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowStatement {
    /// Its text on one line, without values.
    pub text: String,
    /// How often it took long.
    pub times: u64,
    /// How long it took at most.
    pub longest: Duration,
    /// How many rows it gave or changed then.
    pub rows: u64,
    /// When that was.
    pub longest_at: Timestamp,
}

/// Tells statements that take at least `bound` from now on; none where there is none.
pub fn tell_from(bound: Option<Duration>) {
    let micros = bound.and_then(|bound| u64::try_from(bound.as_micros()).ok());
    BOUND.store(micros.unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// From which duration on statements are told; none where they are not.
pub fn bound() -> Option<Duration> {
    let micros = BOUND.load(Ordering::Relaxed);
    (micros < u64::MAX).then(|| Duration::from_micros(micros))
}

/// The statements that took long, the slowest first.
pub fn statements() -> Vec<SlowStatement> {
    let mut all = known().clone();
    all.sort_by_key(|statement| std::cmp::Reverse(statement.longest));
    all
}

fn known() -> MutexGuard<'static, Vec<SlowStatement>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A statement under way.
#[derive(Debug)]
pub(crate) struct Watch {
    engine: &'static str,
    text: String,
    spent: Duration,
    rows: u64,
}

impl Watch {
    /// Begins to watch a statement of that text.
    pub(crate) fn of(engine: &'static str, text: String) -> Self {
        Self { engine, text, spent: Duration::ZERO, rows: 0 }
    }

    /// Does a part of its work; what the caller does in between is not the statement's.
    pub(crate) fn work<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.spent += began.elapsed();
        done
    }

    /// It gave or changed so many rows more.
    pub(crate) fn add_rows(&mut self, rows: u64) {
        self.rows += rows;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.spent.as_micros() >= u128::from(BOUND.load(Ordering::Relaxed)) {
            tell(self);
        }
    }
}

fn tell(watch: &Watch) {
    let text: String = watch.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().take(SHOWN).collect();
    let (engine, rows) = (watch.engine, watch.rows);
    let longest_at = SystemClock.now();
    tracing::warn!(engine, took = ?watch.spent, rows, statement = text, "a statement took long");
    let mut known = known();
    if let Some(statement) = known.iter_mut().find(|statement| statement.text == text) {
        statement.times += 1;
        if statement.longest < watch.spent {
            (statement.longest, statement.rows) = (watch.spent, rows);
            statement.longest_at = longest_at;
        }
        return;
    }
    known.push(SlowStatement { text, times: 1, longest: watch.spent, rows, longest_at });
    if known.len() > MOST {
        known.sort_by_key(|statement| std::cmp::Reverse(statement.longest));
        known.truncate(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_is_remembered_by_its_text_and_the_rest_is_not() {
        tell_from(Some(Duration::from_millis(200)));
        let slow = |text: &str, millis, rows| {
            let spent = Duration::from_millis(millis);
            drop(Watch { engine: "test", text: text.to_owned(), spent, rows });
        };
        slow("SELECT 1", 199, 1);
        slow("SELECT\n    2", 300, 7);
        slow("SELECT 2", 200, 8);
        let found = statements();
        let longest = Duration::from_millis(300);
        let longest_at = found[0].longest_at;
        let text = "SELECT 2".to_owned();
        assert_eq!(found, [SlowStatement { text, times: 2, longest, rows: 7, longest_at }]);
        assert!(longest_at > Timestamp::default());
        assert_eq!(bound(), Some(Duration::from_millis(200)));
        tell_from(None);
        assert_eq!(bound(), None);
        slow("SELECT 3", 10_000, 1);
        assert_eq!(statements().len(), 1);
    }

    #[test]
    fn only_the_slowest_of_many_are_kept() {
        tell_from(Some(Duration::from_millis(1)));
        for n in 1..=MOST as u64 + 1 {
            let text = format!("SELECT {n} AS many");
            let spent = Duration::from_secs(n);
            drop(Watch { engine: "test", text, spent, rows: 0 });
        }
        assert!(statements().len() <= MOST);
        assert!(statements().iter().all(|statement| statement.text != "SELECT 1 AS many"));
    }
}

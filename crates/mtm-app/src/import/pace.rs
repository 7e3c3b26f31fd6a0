//! How many rows the next step takes over.
//!
//! In a file one transaction is written at a time, and whoever books waits for the one under way.
//! As long as nobody else books, steps grow; when somebody did, they are short at once. A server
//! writes for many at a time, and its steps stay what they are.

use std::ops::Range;

/// Fewest rows of a step in a file: some two milliseconds of work.
const LEAST: u32 = 100;
/// Most rows of a step.
const MOST: u32 = 1_000;
/// Rows of a step on a server.
const ON_SERVER: u32 = 500;

/// The size of steps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// In a file: rows of the next step, and the outbox after the last one.
    Alone { rows: u32, newest: u64 },
    /// On a server.
    Beside,
}

impl Pace {
    /// The pace of going on after `last`.
    pub(super) fn after(last: Option<&Range<u32>>, embedded: bool, newest: u64) -> Self {
        if !embedded {
            return Self::Beside;
        }
        let rows = last.map_or(LEAST, |rows| rows.end.saturating_sub(rows.start));
        Self::Alone { rows: rows.clamp(LEAST, MOST), newest }
    }

    /// Rows of the next step.
    pub(super) const fn rows(self) -> u32 {
        match self {
            Self::Alone { rows, .. } => rows,
            Self::Beside => ON_SERVER,
        }
    }

    /// A step that told `events` is done, and the outbox ends at `now`.
    pub(super) fn stepped(&mut self, events: u64, now: u64) {
        let Self::Alone { rows, newest } = self else { return };
        *rows = if now.saturating_sub(*newest) > events {
            LEAST
        } else {
            // A sixteenth more, so that one booking in a while still meets short steps.
            (*rows + *rows / 16).min(MOST)
        };
        *newest = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_while_nobody_books_and_are_short_when_somebody_does() {
        let mut pace = Pace::after(None, true, 7);
        let mut newest = 7;
        for _ in 0..100 {
            newest += u64::from(pace.rows());
            pace.stepped(u64::from(pace.rows()), newest);
        }
        assert_eq!(pace.rows(), MOST);
        pace.stepped(1_000, newest + 1_001);
        assert_eq!(pace.rows(), LEAST);
    }

    #[test]
    fn going_on_begins_with_the_last_size() {
        assert_eq!(Pace::after(Some(&(500..900)), true, 0).rows(), 400);
        assert_eq!(Pace::after(Some(&(500..501)), true, 0).rows(), LEAST);
        assert_eq!(Pace::after(Some(&(500..900)), false, 0).rows(), ON_SERVER);
    }
}

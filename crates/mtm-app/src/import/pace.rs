//! How many rows the next step takes over, and how long it waits before it.
//!
//! In a file one transaction is written at a time, and whoever books waits for the one under way;
//! on a server bookings share its processors with the import. As long as nobody else books, steps
//! grow and follow each other at once. When somebody does, they are short, and after each the
//! import leaves three times as much time to others as it took.

use std::ops::Range;
use std::time::Duration;

use mtm_store::Ledger;

/// Rows of a step in a file: from a millisecond of work to what a commit is nothing against.
const IN_A_FILE: Range<u32> = 12..1_000;
/// Rows of a step on a server, where each costs several calls.
const ON_A_SERVER: Range<u32> = 16..1_000;
/// How much longer others have the ledger than a step took.
const SHARE: u32 = 3;
/// After so many steps in which nobody booked, the import has the ledger to itself again.
const ALONE: u32 = 16;
/// The longest wait before a step.
const LONGEST: Duration = Duration::from_millis(50);

/// What was done so far, as far as it is known here.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// What the outbox tells: of everybody, but on a server only when it has its place in the log.
    told: u64,
    /// What this program posted, at once.
    posted: u64,
}

impl Seen {
    pub(super) fn of(ledger: &Ledger) -> Self {
        Self { told: *ledger.subscribe().borrow(), posted: ledger.posted() }
    }
}

/// The size of steps and the time between them.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    bounds: Range<u32>,
    rows: u32,
    /// What had been done at the beginning, and what the import did since.
    began: Seen,
    own: Seen,
    /// Most of the rest that was ever seen: what others did. On a server events come into the
    /// outbox later, so that it may seem less for a while.
    others: Seen,
    /// Steps since others booked.
    quiet: u32,
}

impl Pace {
    /// The pace of going on after `last`, when so much was done before.
    pub(super) fn after(last: Option<&Range<u32>>, embedded: bool, began: Seen) -> Self {
        let bounds = if embedded { IN_A_FILE } else { ON_A_SERVER };
        let rows = last.map_or(bounds.start, |rows| rows.end.saturating_sub(rows.start));
        let rows = rows.clamp(bounds.start, bounds.end);
        let (own, others) = (Seen::default(), Seen::default());
        Self { bounds, rows, began, own, others, quiet: ALONE }
    }

    /// Rows of the next step.
    pub(super) const fn rows(&self) -> u32 {
        self.rows
    }

    /// A step that told so many events, by so many submissions, and took so long is done. Gives how long
    /// to wait before the next.
    pub(super) fn stepped(
        &mut self,
        events: u64,
        posts: u64,
        now: Seen,
        took: Duration,
    ) -> Duration {
        self.own.told += events;
        self.own.posted += posts;
        let rest = |now: u64, began: u64, own: u64| now.saturating_sub(began).saturating_sub(own);
        let told = rest(now.told, self.began.told, self.own.told);
        let posted = rest(now.posted, self.began.posted, self.own.posted);
        if told > self.others.told || posted > self.others.posted {
            self.others.told = self.others.told.max(told);
            self.others.posted = self.others.posted.max(posted);
            self.quiet = 0;
            self.rows = self.bounds.start;
        } else {
            self.quiet = self.quiet.saturating_add(1);
            // A sixteenth more, so that one booking in a while still meets short steps.
            self.rows = (self.rows + self.rows.div_ceil(16)).min(self.bounds.end);
        }
        if self.quiet < ALONE { (SHARE * took).min(LONGEST) } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_millis(3);

    fn told(told: u64) -> Seen {
        Seen { told, posted: 0 }
    }

    /// Steps until the size does not change; nobody else books.
    fn alone(pace: &mut Pace, newest: &mut u64) {
        for _ in 0..200 {
            let rows = u64::from(pace.rows());
            *newest += rows;
            pace.stepped(rows, 0, told(*newest), TOOK);
        }
    }

    #[test]
    fn steps_grow_while_nobody_books_and_are_short_when_somebody_does() {
        let (mut pace, mut newest) = (Pace::after(None, true, told(7)), 7);
        alone(&mut pace, &mut newest);
        assert_eq!(pace.rows(), IN_A_FILE.end);
        assert_eq!(pace.stepped(1_000, 0, told(newest + 1_000), TOOK), Duration::ZERO);
        assert_eq!(
            pace.stepped(1_000, 0, told(newest + 2_001), TOOK),
            SHARE * TOOK,
            "somebody booked"
        );
        assert_eq!(pace.rows(), IN_A_FILE.start);
    }

    #[test]
    fn others_have_more_time_until_they_were_quiet_for_a_while() {
        let (mut pace, mut newest) = (Pace::after(None, true, told(0)), 0);
        newest += 26;
        let hour = Duration::from_secs(3_600);
        assert_eq!(pace.stepped(25, 0, told(newest), hour), LONGEST);
        let mut waits = 0;
        while !pace.stepped(25, 0, told(newest + 25), TOOK).is_zero() {
            newest += 25;
            waits += 1;
        }
        assert_eq!(waits, ALONE - 1);
    }

    #[test]
    fn who_books_here_is_seen_before_the_outbox_tells_of_it() {
        let mut pace = Pace::after(None, false, Seen { told: 100, posted: 40 });
        let late = |posted| Seen { told: 100, posted };
        assert_eq!(pace.stepped(50, 1, late(41), TOOK), Duration::ZERO);
        assert_eq!(pace.stepped(50, 1, late(43), TOOK), SHARE * TOOK, "somebody booked");
        assert_eq!(pace.rows(), ON_A_SERVER.start);
    }

    #[test]
    fn what_the_import_told_and_is_not_in_the_outbox_yet_hides_nobody_for_long() {
        let mut pace = Pace::after(None, false, told(100));
        // Nothing of its own is there yet, then all of it, then one more.
        assert_eq!(pace.stepped(50, 0, told(100), TOOK), Duration::ZERO);
        assert_eq!(pace.stepped(50, 0, told(200), TOOK), Duration::ZERO);
        assert_eq!(pace.stepped(0, 0, told(201), TOOK), SHARE * TOOK);
        // The same one is not told twice.
        let quiet = (0..ALONE).map(|_| pace.stepped(0, 0, told(201), TOOK)).last();
        assert_eq!(quiet, Some(Duration::ZERO));
    }

    #[test]
    fn going_on_begins_with_the_last_size() {
        assert_eq!(Pace::after(Some(&(500..900)), true, told(0)).rows(), 400);
        assert_eq!(Pace::after(Some(&(500..501)), true, told(0)).rows(), IN_A_FILE.start);
        assert_eq!(Pace::after(Some(&(500..2_500)), false, told(0)).rows(), ON_A_SERVER.end);
    }
}

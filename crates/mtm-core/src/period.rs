//! Periods: up to which day the site's figures are closed.
//!
//! Closing stops nobody from booking: what happened in a closed period and was not told is recorded
//! now, keeps the moment at which it happened, and is flagged. Whether a movement is flagged
//! follows from both of its moments and from what was closed when it was recorded, so that nothing
//! has to be written on it, and nothing about it changes when a period is closed or reopened later.
//! A store that books at several places at once keeps late facts and closings in one order, and
//! gives them their moments in it ([`is_told_late`]).

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::rejection::Rejection;
use crate::word::Timestamp;

/// Up to where everything is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// The last day that is closed: a shift belongs to the day it started on.
    pub through: Date,
    /// When that day was over.
    pub until: Timestamp,
}

/// A period was closed or reopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodEntry {
    /// Counted from 1.
    pub number: u32,
    /// Up to where everything is closed since; `None` where nothing is.
    pub closed: Option<Closed>,
    /// Since when.
    pub recorded_at: Timestamp,
}

/// What somebody wants. Which of the two it is, is said and not found out: whoever closes never
/// reopens by a mistake, and a later closing of somebody else makes no reopening of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodChange {
    /// Another day, later than the one before.
    Close(Closed),
    /// An earlier day, or none.
    Reopen(Option<Closed>),
}

/// How long after its end a day can be closed: by then what was being booked at its end is booked,
/// on whichever server.
const SETTLED: i64 = 10 * 60 * 1_000_000;

/// From what age on a fact is told late: only such a one can lie in a closed period. Well below
/// [`SETTLED`], for clocks that differ.
const LATE: i64 = 5 * 60 * 1_000_000;

/// Whether what happened at `occurred_at` may lie in a closed period, whatever is closed, when it is
/// recorded at `now`.
pub fn is_told_late(occurred_at: Timestamp, now: Timestamp) -> bool {
    occurred_at < now.plus_micros(-LATE)
}

/// Every closing and reopening there was, the first one first. Clones share them until one is
/// added.
#[derive(Debug, Clone, Default)]
pub struct Periods {
    entries: Arc<Vec<PeriodEntry>>,
}

impl Closed {
    /// Closed through the day of this text, as tables hold it; `None` for what is no day.
    pub fn read(through: &str, until: Timestamp) -> Option<Self> {
        Some(Self { through: through.parse().ok()?, until })
    }

    fn holds(self, occurred_at: Timestamp) -> bool {
        occurred_at < self.until
    }
}

impl Periods {
    /// Adds an entry, whose number is above all others.
    pub fn add(&mut self, entry: PeriodEntry) {
        Arc::make_mut(&mut self.entries).push(entry);
    }

    /// The number of the entry that was made last; 0 where none was.
    pub fn newest(&self) -> u32 {
        self.entries.last().map_or(0, |entry| entry.number)
    }

    /// When the last entry was made.
    pub fn newest_at(&self) -> Option<Timestamp> {
        self.entries.last().map(|entry| entry.recorded_at)
    }

    /// Up to where everything is closed now.
    pub fn closed(&self) -> Option<Closed> {
        self.entries.last().and_then(|entry| entry.closed)
    }

    /// Whether what happened at `occurred_at` and was recorded at `recorded_at` lay in a period
    /// that was closed by then.
    pub fn held(&self, occurred_at: Timestamp, recorded_at: Timestamp) -> bool {
        let made = self.entries.iter().rev().find(|entry| entry.recorded_at <= recorded_at);
        made.and_then(|entry| entry.closed).is_some_and(|closed| closed.holds(occurred_at))
    }

    /// What the next entry says, at `now`; refused where it is none.
    pub fn change(&self, now: Timestamp, wanted: PeriodChange) -> Result<PeriodEntry, Rejection> {
        let wrong = |message: String| Rejection::new(Code::InvalidBody, "through", message);
        let stands = self.closed();
        let closed = match (wanted, stands) {
            (PeriodChange::Close(closed), _) if closed.until.plus_micros(SETTLED) > now => {
                let from = closed.until.plus_micros(SETTLED);
                return Err(wrong(format!("{} can be closed from {from} on", closed.through)));
            }
            (PeriodChange::Close(closed), Some(stands)) if closed.until <= stands.until => {
                return Err(wrong(format!("everything is closed through {}", stands.through)));
            }
            (PeriodChange::Reopen(_), None) => {
                return Err(wrong("nothing is closed".to_owned()));
            }
            (PeriodChange::Reopen(Some(closed)), Some(stands)) if closed.until >= stands.until => {
                return Err(wrong(format!("only {} and before is closed", stands.through)));
            }
            (PeriodChange::Close(closed), _) => Some(closed),
            (PeriodChange::Reopen(closed), _) => closed,
        };
        Ok(PeriodEntry { number: self.newest().saturating_add(1), closed, recorded_at: now })
    }
}

/// A day that was closed through, as answers and events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosedThrough {
    /// The last day that is closed: a shift belongs to the day it started on.
    pub through: String,
    /// When that day was over: what happened before lies in the closed period.
    pub until: Timestamp,
}

impl From<Closed> for ClosedThrough {
    fn from(closed: Closed) -> Self {
        Self { through: closed.through.to_string(), until: closed.until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn closed(day: &str) -> Closed {
        Closed { through: day.parse().unwrap(), until: at(&format!("{day}T22:00:00Z")) }
    }

    #[test]
    fn what_was_closed_when_it_was_recorded_decides() {
        let mut periods = Periods::default();
        let early = at("2026-11-10T12:00:00Z");
        assert!(!periods.held(early, at("2026-11-30T00:00:00Z")));
        let close = PeriodChange::Close(closed("2026-11-15"));
        periods.add(periods.change(at("2026-11-20T00:00:00Z"), close).unwrap());
        assert!(!periods.held(early, at("2026-11-19T00:00:00Z")), "recorded before it was closed");
        assert!(periods.held(early, at("2026-11-20T00:00:00Z")));
        assert!(!periods.held(at("2026-11-15T22:00:00Z"), at("2026-11-20T00:00:00Z")));
        let reopen = PeriodChange::Reopen(Some(closed("2026-11-05")));
        periods.add(periods.change(at("2026-11-21T00:00:00Z"), reopen).unwrap());
        assert!(!periods.held(early, at("2026-11-22T00:00:00Z")));
        assert!(periods.held(early, at("2026-11-20T12:00:00Z")), "what was flagged stays so");
        assert_eq!(periods.newest(), 2);
        assert_eq!(periods.newest_at(), Some(at("2026-11-21T00:00:00Z")));
        assert_eq!(periods.closed(), Some(closed("2026-11-05")));
    }

    #[test]
    fn nothing_that_is_told_at_once_lies_in_what_can_be_closed() {
        let now = at("2026-11-20T12:00:00Z");
        assert!(!is_told_late(now.plus_micros(-LATE), now));
        assert!(is_told_late(now.plus_micros(-LATE - 1), now));
        let over = Closed { through: "2026-11-19".parse().unwrap(), until: now };
        let settled = now.plus_micros(SETTLED);
        Periods::default().change(settled, PeriodChange::Close(over)).unwrap();
        assert!(is_told_late(over.until, settled));
    }

    #[test]
    fn a_day_that_is_not_over_and_one_that_changes_nothing_are_refused() {
        let mut periods = Periods::default();
        let now = at("2026-11-20T00:00:00Z");
        assert!(periods.change(now, PeriodChange::Close(closed("2026-11-20"))).is_err());
        let just_over = at("2026-11-19T22:09:59.999999Z");
        assert!(periods.change(just_over, PeriodChange::Close(closed("2026-11-19"))).is_err());
        let settled = at("2026-11-19T22:10:00Z");
        assert!(periods.change(settled, PeriodChange::Close(closed("2026-11-19"))).is_ok());
        assert!(periods.change(now, PeriodChange::Reopen(None)).is_err(), "nothing is closed");
        periods.add(periods.change(now, PeriodChange::Close(closed("2026-11-15"))).unwrap());
        assert!(periods.change(now, PeriodChange::Close(closed("2026-11-15"))).is_err());
        assert!(periods.change(now, PeriodChange::Close(closed("2026-11-14"))).is_err());
        let later = PeriodChange::Reopen(Some(closed("2026-11-16")));
        assert!(periods.change(now, later).is_err());
        assert!(periods.change(now, PeriodChange::Reopen(None)).is_ok());
    }
}

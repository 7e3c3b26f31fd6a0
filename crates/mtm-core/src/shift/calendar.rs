//! Every version of the site's week, and what a moment or some days are by it.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::time::{QUARTER_MICROS, TimeOfDay, date, moment};
use super::week::Week;
use crate::word::{ShiftName, Timestamp};

/// The week from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftVersion {
    /// Counted from 1; 0 is what every site begins with.
    pub number: u32,
    /// From when on it holds, on a quarter of an hour.
    pub effective_from: Timestamp,
    /// The shifts.
    pub week: Week,
}

/// A shift that took or will take place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftTime {
    /// The day it started on.
    pub day: Date,
    /// Its name.
    pub name: ShiftName,
    /// When it began.
    pub begins: Timestamp,
    /// When it is over.
    pub ends: Timestamp,
}

/// A piece of time that is one shift, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// When it begins.
    pub begins: Timestamp,
    /// When the next one begins.
    pub ends: Timestamp,
    /// The day the shift started on; where there is no shift, the day it is.
    pub day: Date,
    /// The shift; `None` between shifts.
    pub shift: Option<ShiftName>,
}

/// Every version there is. Clones share them until one is added.
#[derive(Debug, Clone)]
pub struct ShiftCalendar {
    first: ShiftVersion,
    later: Arc<Vec<ShiftVersion>>,
}

/// As a movement keeps it: `2026-11-23/1`.
impl fmt::Display for ShiftTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.day, self.name)
    }
}

/// Three shifts a day, until the site says otherwise.
impl Default for ShiftCalendar {
    fn default() -> Self {
        let first = ShiftVersion {
            number: 0,
            effective_from: Timestamp::from_micros(i64::MIN),
            week: Week::three_a_day(),
        };
        Self { first, later: Arc::default() }
    }
}

impl ShiftCalendar {
    /// Adds a version, whose number is above all others.
    pub fn add(&mut self, version: ShiftVersion) {
        Arc::make_mut(&mut self.later).push(version);
    }

    /// The version that was made last, whether or not it has begun.
    pub fn newest(&self) -> &ShiftVersion {
        self.later.last().unwrap_or(&self.first)
    }

    /// The version that holds at `at`: the one that began last, and of two that began together the
    /// later one.
    pub fn version_at(&self, at: Timestamp) -> &ShiftVersion {
        let begun = self.later.iter().filter(|version| version.effective_from <= at);
        let held = begun.max_by_key(|version| (version.effective_from, version.number));
        held.unwrap_or(&self.first)
    }

    /// When another version begins after `at`.
    pub fn until(&self, at: Timestamp) -> Option<Timestamp> {
        let later = self.later.iter().map(|version| version.effective_from);
        later.filter(|from| *from > at).min()
    }

    /// The shift that is running at `at`; `None` between shifts, and outside the calendar.
    pub fn shift_at(&self, at: Timestamp, zone: &TimeZone) -> Option<ShiftTime> {
        self.version_at(at).week.at(at, zone)
    }

    /// The time that belongs to these days, both included, one stretch after the other without
    /// gaps: from the end of what started before them to the end of what started on the last one.
    /// `None` outside the calendar.
    pub fn stretches(&self, first: Date, last: Date, zone: &TimeZone) -> Option<Vec<Stretch>> {
        let midnight = |day: Date| moment(day, TimeOfDay::from_minutes(0)?, zone);
        let end = midnight(last.tomorrow().ok()?.tomorrow().ok()?)?;
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut at = midnight(first)?;
        while at < end {
            let next = self.stretch(at, zone)?;
            at = next.ends;
            match stretches.last_mut() {
                Some(before) if before.day == next.day && before.shift == next.shift => {
                    before.ends = next.ends;
                }
                _ => stretches.push(next),
            }
        }
        let of_these = |stretch: &Stretch| (first..=last).contains(&stretch.day);
        let from = stretches.iter().position(of_these).unwrap_or(stretches.len());
        let to = stretches.iter().rposition(of_these).map_or(from, |at| at + 1);
        Some(stretches.drain(from..to).collect())
    }

    /// What is from `at` on until something else is.
    fn stretch(&self, at: Timestamp, zone: &TimeZone) -> Option<Stretch> {
        let (today, week) = (date(at, zone)?, &self.version_at(at).week);
        let around = week.around(today, zone)?;
        let running = around.iter().find(|shift| shift.begins <= at && at < shift.ends);
        let (day, shift, ends) = if let Some(shift) = running {
            (shift.day, Some(shift.name.clone()), shift.ends)
        } else {
            let next = around.iter().map(|shift| shift.begins).filter(|begins| *begins > at);
            let midnight = moment(today.tomorrow().ok()?, TimeOfDay::from_minutes(0)?, zone);
            // A clock that is put back over midnight makes it today twice.
            let midnight = midnight.filter(|midnight| *midnight > at);
            let midnight = midnight.unwrap_or_else(|| at.plus_micros(QUARTER_MICROS));
            (today, None, next.min().unwrap_or(midnight).min(midnight))
        };
        let ends = self.until(at).map_or(ends, |until| until.min(ends));
        Some(Stretch { begins: at, ends, day, shift })
    }
}

//! A week of shifts.

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::calendar::ShiftTime;
use super::time::{TimeOfDay, Weekday, date, moment};
use crate::word::{ShiftName, Timestamp};

/// One shift of one day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The day it starts on.
    pub day: Weekday,
    /// Its name, once a day.
    pub name: ShiftName,
    /// When it starts.
    pub begins: TimeOfDay,
    /// When it ends: on the next day unless that is later than when it starts.
    pub ends: TimeOfDay,
}

/// A shift as people write it: on several days at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Shift))]
pub struct ShiftPattern {
    /// Its name.
    pub name: ShiftName,
    /// The days it starts on.
    pub days: Vec<Weekday>,
    /// When it starts.
    pub begins: TimeOfDay,
    /// When it ends: on the next day unless that is later than when it starts.
    pub ends: TimeOfDay,
}

/// The shifts of a week, none of which overlap; the clock may leave gaps between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Week {
    shifts: Arc<[Shift]>,
}

impl ShiftPattern {
    /// One shift for each of its days.
    pub(super) fn shifts(&self) -> impl Iterator<Item = Shift> {
        self.days.iter().map(|day| Shift {
            day: *day,
            name: self.name.clone(),
            begins: self.begins,
            ends: self.ends,
        })
    }
}

impl Week {
    /// A week of these shifts, which must not overlap.
    pub fn of(mut shifts: Vec<Shift>) -> Self {
        shifts.sort_by(|one, other| {
            (one.day, one.begins, &one.name).cmp(&(other.day, other.begins, &other.name))
        });
        Self { shifts: shifts.into() }
    }

    /// Three shifts every day, as most plants run them: 06–14, 14–22, 22–06.
    pub fn three_a_day() -> Self {
        let shift = |name: &str, begins: u16, ends: u16| {
            Some(ShiftPattern {
                name: ShiftName::parse(name).ok()?,
                days: Weekday::ALL.to_vec(),
                begins: TimeOfDay::from_minutes(begins * 60)?,
                ends: TimeOfDay::from_minutes(ends * 60)?,
            })
        };
        let three = [shift("1", 6, 14), shift("2", 14, 22), shift("3", 22, 6)];
        Self::of(three.iter().flatten().flat_map(ShiftPattern::shifts).collect())
    }

    /// The shifts, day by day.
    pub fn shifts(&self) -> &[Shift] {
        &self.shifts
    }

    /// The shifts as people write them, in the order of the day.
    pub fn patterns(&self) -> Vec<ShiftPattern> {
        let mut patterns: Vec<ShiftPattern> = Vec::new();
        for shift in self.shifts.iter() {
            let same = patterns.iter_mut().find(|it| {
                it.name == shift.name && it.begins == shift.begins && it.ends == shift.ends
            });
            match same {
                Some(pattern) => pattern.days.push(shift.day),
                None => patterns.push(ShiftPattern {
                    name: shift.name.clone(),
                    days: vec![shift.day],
                    begins: shift.begins,
                    ends: shift.ends,
                }),
            }
        }
        patterns
            .sort_by(|one, other| (one.days[0], one.begins).cmp(&(other.days[0], other.begins)));
        patterns
    }

    /// The shifts that can be running or be the next at a moment of `day`, one after the other.
    pub(super) fn around(&self, day: Date, zone: &TimeZone) -> Option<Vec<ShiftTime>> {
        let mut times = Vec::new();
        for day in [day.yesterday().ok()?, day, day.tomorrow().ok()?] {
            let weekday = Weekday::of(day);
            for shift in self.shifts.iter().filter(|shift| shift.day == weekday) {
                let overnight = shift.ends <= shift.begins;
                let last = if overnight { day.checked_add(1.day()).ok()? } else { day };
                let begins = moment(day, shift.begins, zone)?;
                let ends = moment(last, shift.ends, zone)?;
                // A clock that is put forward may leave nothing of a short one.
                if begins < ends {
                    times.push(ShiftTime { day, name: shift.name.clone(), begins, ends });
                }
            }
        }
        Some(times)
    }

    /// The shift that is running at `at`.
    pub(super) fn at(&self, at: Timestamp, zone: &TimeZone) -> Option<ShiftTime> {
        let times = self.around(date(at, zone)?, zone)?;
        times.into_iter().find(|shift| shift.begins <= at && at < shift.ends)
    }
}

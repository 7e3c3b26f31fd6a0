//! Plant time: a clock that runs fast when the plant is busy and slowly at night.
//!
//! Arrivals and departures are drawn evenly in plant time and read off on the wall clock, so that
//! every kind of booking follows the same shifts, weekends and busy days, and an hour of plant
//! time is an hour of wall time on average.

use super::sample::{Concern, Dice, MILLION, ratio};
use super::shape;
use super::spec::PlantSpec;

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3_600 * SECOND;
pub(super) const DAY: i64 = 24 * HOUR;

/// Plant time of an average hour. Plant time is counted in microseconds too.
pub(super) const PLANT_HOUR: u64 = 3_600_000_000;

/// Days before the first one, over which what stands there at the start was received.
pub(super) const DAYS_BEFORE: i64 = 90;

/// The three shifts of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ShiftOfDay {
    Early = 0,
    Late = 1,
    Night = 2,
}

impl ShiftOfDay {
    pub(super) const ALL: [Self; 3] = [Self::Early, Self::Late, Self::Night];
}

/// The plant's calendar and clock. Moments are microseconds since 1970, UTC.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    offset: i64,
    /// Start of the first hour, before what stands there at the start was received.
    origin: i64,
    /// First moment of the days asked for.
    pub(super) opens: i64,
    /// The end: nothing is booked at or after it.
    pub(super) ends: i64,
    /// Plant time at the start of each hour since `origin`, and at the end of the last.
    hours: Vec<u64>,
}

impl Calendar {
    pub(super) fn new(spec: &PlantSpec) -> Self {
        let offset = i64::from(spec.utc_offset_minutes) * 60 * SECOND;
        let ends = spec.ends_at.micros();
        let opens = ends - i64::from(spec.days) * DAY;
        let origin = (opens - DAYS_BEFORE * DAY).div_euclid(HOUR) * HOUR;
        let count = (ends - origin).div_euclid(HOUR) + 1;
        let busy = BusyDays::new(spec, (opens + offset).div_euclid(DAY));
        let levels: Vec<(bool, u64)> = (0..count)
            .map(|hour| {
                let at = origin + hour * HOUR;
                (at >= opens, busy.level(at + offset))
            })
            .collect();
        let (sum, open_hours) = levels
            .iter()
            .filter(|(open, _)| *open)
            .fold((0_u64, 0_u64), |(sum, n), (_, level)| (sum + level, n + 1));
        let mut hours = Vec::with_capacity(levels.len() + 1);
        let mut elapsed = 0;
        hours.push(elapsed);
        for (_, level) in levels {
            elapsed += ratio(level, PLANT_HOUR * open_hours.max(1), sum.max(1)).max(1);
            hours.push(elapsed);
        }
        Self { offset, origin, opens, ends, hours }
    }

    /// Plant time at a moment, clamped to the calendar.
    pub(super) fn plant_time(&self, at: i64) -> u64 {
        let since = (at - self.origin).max(0);
        let hour = usize::try_from(since / HOUR).unwrap_or(usize::MAX);
        let Some(pair) = self.hours.get(hour..hour.saturating_add(2)) else {
            return self.hours.last().copied().unwrap_or_default();
        };
        let within = u64::try_from(since % HOUR).unwrap_or_default();
        pair[0] + ratio(within, pair[1] - pair[0], PLANT_HOUR)
    }

    /// The moment at which it is this plant time; `None` after the last hour.
    pub(super) fn moment(&self, plant_time: u64) -> Option<i64> {
        let hour = self.hours.partition_point(|start| *start <= plant_time).checked_sub(1)?;
        let (start, end) = (*self.hours.get(hour)?, *self.hours.get(hour + 1)?);
        let within = ratio(plant_time - start, PLANT_HOUR, end - start);
        let whole = i64::try_from(hour).ok()? * HOUR;
        Some(self.origin + whole + i64::try_from(within).ok()?)
    }

    /// Plant time from the opening to the end.
    pub(super) fn open_time(&self) -> u64 {
        self.plant_time(self.ends) - self.plant_time(self.opens)
    }

    /// The shift at a moment, and the local day it began, counted from 1970.
    pub(super) fn shift(&self, at: i64) -> (i64, ShiftOfDay) {
        let local = at + self.offset;
        let (day, hour) = (local.div_euclid(DAY), local.rem_euclid(DAY) / HOUR);
        match hour {
            0..6 => (day - 1, ShiftOfDay::Night),
            6..14 => (day, ShiftOfDay::Early),
            14..22 => (day, ShiftOfDay::Late),
            _ => (day, ShiftOfDay::Night),
        }
    }
}

/// Whether a local day, counted from 1970, is a Saturday or Sunday.
pub(super) fn is_weekend(day: i64) -> bool {
    weekday(day) >= 5
}

/// Monday is 0; the first of January 1970 was a Thursday.
fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default()
}

/// How busy each day is: every level of the distribution once, in random order, so that even a
/// short history has its quiet and its hectic day.
struct BusyDays {
    first: i64,
    levels: Vec<u64>,
}

impl BusyDays {
    fn new(spec: &PlantSpec, first: i64) -> Self {
        let mut dice = Dice::new(spec.seed, Concern::Days);
        let days = u64::from(spec.days) + 1;
        let mut levels: Vec<u64> = (0..days)
            .map(|nth| shape::DAY_LEVEL.at((nth * MILLION + dice.percentile()) / days))
            .collect();
        dice.shuffle(&mut levels);
        Self { first, levels }
    }

    fn level(&self, local: i64) -> u64 {
        let (day, hour) = (local.div_euclid(DAY), local.rem_euclid(DAY) / HOUR);
        let of_day = usize::try_from(day - self.first)
            .ok()
            .and_then(|nth| self.levels.get(nth))
            .copied()
            .unwrap_or(1_000);
        let of_hour = shape::HOUR_LEVEL[usize::try_from(hour).unwrap_or_default()];
        of_day * of_hour * shape::WEEKDAY_LEVEL[weekday(day)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::Scale;
    use mtm_core::word::Timestamp;

    fn calendar(offset: i16) -> Calendar {
        // A Monday.
        let end = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let spec = PlantSpec::of(Scale::Plant, 1, end);
        Calendar::new(&PlantSpec { utc_offset_minutes: offset, ..spec })
    }

    #[test]
    fn the_clock_reads_back() {
        let calendar = calendar(60);
        let span = calendar.ends - calendar.opens;
        for step in 0..1_000 {
            let at = calendar.opens + span / 1_000 * step;
            let back = calendar.moment(calendar.plant_time(at)).unwrap();
            assert!((back - at).abs() <= 10, "{at} reads back as {back}");
        }
        let average = calendar.open_time() / (109 * 24);
        assert!((average / 1_000).abs_diff(PLANT_HOUR / 1_000) < 10_000, "{average}");
        assert_eq!(calendar.moment(u64::MAX), None);
    }

    #[test]
    fn shifts_follow_local_time_and_nights_belong_to_the_day_before() {
        let calendar = calendar(60);
        let at = |text: &str| calendar.shift(Timestamp::parse(text).unwrap().micros());
        let monday = 20_780;
        assert_eq!(at("2026-11-23T04:59:59Z"), (monday - 1, ShiftOfDay::Night));
        assert_eq!(at("2026-11-23T05:00:00Z"), (monday, ShiftOfDay::Early));
        assert_eq!(at("2026-11-23T13:00:00Z"), (monday, ShiftOfDay::Late));
        assert_eq!(at("2026-11-23T21:00:00Z"), (monday, ShiftOfDay::Night));
        assert!(is_weekend(monday - 1) && is_weekend(monday - 2) && !is_weekend(monday));
    }
}

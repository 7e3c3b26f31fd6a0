//! Days, shifts and hours of the site.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mtm_core::code::Code;
use mtm_core::shift::ShiftCalendar;
use mtm_core::word::{ShiftName, Timestamp};

use crate::error::AppError;

/// Most days of one question.
const MOST_DAYS: i32 = 92;
/// Most days of one question by the hour.
const MOST_DAYS_BY_HOUR: i32 = 14;

const HOUR_MICROS: i64 = 3_600_000_000;

/// How time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Period {
    /// Days of the site's time zone.
    #[default]
    Day,
    /// Shifts, of the day they start on, and the gaps between them.
    Shift,
    /// Hours.
    Hour,
}

/// Days of the site, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    /// First day; the last one where omitted.
    pub from: Option<Date>,
    /// Last day; today where omitted.
    pub to: Option<Date>,
}

/// When these days begin, and when the day after them does.
pub(super) fn moments(
    days: Days,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), AppError> {
    let cuts = cuts(days, Period::Day, zone, &ShiftCalendar::default(), now)?;
    let begins = |cut: Option<&Cut>| cut.map_or(now, |cut| cut.begins);
    Ok((begins(cuts.first()), begins(cuts.last())))
}

/// Where a period begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) begins: Timestamp,
    pub(super) day: Date,
    pub(super) shift: Option<ShiftName>,
}

/// Every period that was asked for, and one cut more, where the last one ends.
pub(super) fn cuts(
    days: Days,
    period: Period,
    zone: &TimeZone,
    shifts: &ShiftCalendar,
    now: Timestamp,
) -> Result<Vec<Cut>, AppError> {
    let wrong = |field: &'static str, message: String| {
        AppError::field(field, Code::InvalidParameter, message)
    };
    let beyond = || wrong("from", "that day is outside the calendar".to_owned());
    let today = now.civil().ok_or_else(beyond)?.to_zoned(zone.clone()).date();
    let last = days.to.unwrap_or(today);
    let first = days.from.unwrap_or(last);
    let count = (last - first).get_days() + 1;
    let most = if period == Period::Hour { MOST_DAYS_BY_HOUR } else { MOST_DAYS };
    if !(1..=most).contains(&count) {
        let message = format!("from {first} to {last} are {count} days; ask for 1 to {most}");
        return Err(wrong("from", message));
    }
    if period == Period::Shift {
        return by_shift(shifts, first, last, zone).ok_or_else(beyond);
    }
    let mut cuts = Vec::new();
    let mut day = first;
    for _ in 0..count {
        let next = day.checked_add(1.day()).map_err(|_| beyond())?;
        of_day(period, day, next, zone, &mut cuts).map_err(|_| beyond())?;
        day = next;
    }
    let begins = midnight(day, zone).map_err(|_| beyond())?;
    cuts.push(Cut { begins, day, shift: None });
    Ok(cuts)
}

fn by_shift(shifts: &ShiftCalendar, first: Date, last: Date, zone: &TimeZone) -> Option<Vec<Cut>> {
    let stretches = shifts.stretches(first, last, zone)?;
    let ends = stretches.last()?.ends;
    let cuts = stretches.into_iter().map(|stretch| {
        let (begins, day, shift) = (stretch.begins, stretch.day, stretch.shift);
        Cut { begins, day, shift }
    });
    let end = Cut { begins: ends, day: last.tomorrow().ok()?, shift: None };
    Some(cuts.chain([end]).collect())
}

fn of_day(
    period: Period,
    day: Date,
    next: Date,
    zone: &TimeZone,
    cuts: &mut Vec<Cut>,
) -> Result<(), jiff::Error> {
    let (mut begins, ends) = (midnight(day, zone)?, midnight(next, zone)?);
    if period == Period::Day {
        cuts.push(Cut { begins, day, shift: None });
        return Ok(());
    }
    // Where the clock changes, a day has another number of hours.
    while begins < ends {
        cuts.push(Cut { begins, day, shift: None });
        begins = begins.plus_micros(HOUR_MICROS);
    }
    Ok(())
}

/// When a day begins: later than at midnight where the clock left that out.
fn midnight(day: Date, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    Ok(day.to_zoned(zone.clone())?.start_of_day()?.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, to: &str) -> Days {
        let date = |text: &str| Some(text.parse().unwrap());
        Days { from: date(from), to: date(to) }
    }

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    #[test]
    fn days_follow_the_clock_of_the_site() {
        let now = Timestamp::parse("2026-10-26T10:00:00Z").unwrap();
        let cuts =
            |days, period| cuts(days, period, &zone(), &ShiftCalendar::default(), now).unwrap();
        let hours = cuts(days("2026-10-25", "2026-10-25"), Period::Hour);
        assert_eq!(hours.len(), 26, "the clock goes back: 25 hours, and an end");
        let by_day = cuts(days("2026-10-24", "2026-10-26"), Period::Day);
        let begins: Vec<String> = by_day.iter().map(|cut| cut.begins.to_string()).collect();
        assert_eq!(begins[1], "2026-10-24T22:00:00.000000Z");
        assert_eq!(begins[2], "2026-10-25T23:00:00.000000Z");
        assert_eq!(begins.len(), 4);
        let today = cuts(Days::default(), Period::Day);
        assert_eq!((today.len(), today[0].day.to_string()), (2, "2026-10-26".to_owned()));
        let shifts = cuts(days("2026-10-24", "2026-10-24"), Period::Shift);
        for cut in &shifts[..3] {
            let stored = ShiftCalendar::default().shift_at(cut.begins, &zone()).unwrap();
            assert_eq!(stored.to_string(), format!("{}/{}", cut.day, cut.shift.as_ref().unwrap()));
        }
        assert_eq!(shifts.len(), 4);
        assert_eq!(shifts[3].begins.to_string(), "2026-10-25T05:00:00.000000Z");
    }

    #[test]
    fn too_many_days_and_none_are_refused() {
        let now = Timestamp::parse("2026-10-26T10:00:00Z").unwrap();
        for (from, to, period) in [
            ("2026-10-26", "2026-10-25", Period::Day),
            ("2026-01-01", "2026-10-25", Period::Day),
            ("2026-10-01", "2026-10-25", Period::Hour),
        ] {
            let shifts = ShiftCalendar::default();
            let refused = cuts(days(from, to), period, &zone(), &shifts, now).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidParameter);
        }
    }
}

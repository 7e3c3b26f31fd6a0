//! Days, shifts and hours of the site.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mtm_core::code::Code;
use mtm_core::word::Timestamp;

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
    /// Shifts: 06–14, 14–22, 22–06, of the day they start on.
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
    let cuts = cuts(days, Period::Day, zone, now)?;
    let begins = |cut: Option<&Cut>| cut.map_or(now, |cut| cut.begins);
    Ok((begins(cuts.first()), begins(cuts.last())))
}

/// Where a period begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) begins: Timestamp,
    pub(super) day: Date,
    pub(super) shift: Option<u8>,
}

/// Every period that was asked for, and one cut more, where the last one ends.
pub(super) fn cuts(
    days: Days,
    period: Period,
    zone: &TimeZone,
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
    let mut cuts = Vec::new();
    let mut day = first;
    for _ in 0..count {
        let next = day.checked_add(1.day()).map_err(|_| beyond())?;
        of_day(period, day, next, zone, &mut cuts).map_err(|_| beyond())?;
        day = next;
    }
    let ends = match period {
        Period::Shift => at(day, 6, zone),
        Period::Day | Period::Hour => at(day, 0, zone),
    };
    cuts.push(Cut { begins: ends.map_err(|_| beyond())?, day, shift: None });
    Ok(cuts)
}

fn of_day(
    period: Period,
    day: Date,
    next: Date,
    zone: &TimeZone,
    cuts: &mut Vec<Cut>,
) -> Result<(), jiff::Error> {
    match period {
        Period::Day => cuts.push(Cut { begins: at(day, 0, zone)?, day, shift: None }),
        Period::Shift => {
            for (shift, hour) in [(1, 6), (2, 14), (3, 22)] {
                cuts.push(Cut { begins: at(day, hour, zone)?, day, shift: Some(shift) });
            }
        }
        Period::Hour => {
            let (mut begins, ends) = (at(day, 0, zone)?, at(next, 0, zone)?);
            // Where the clock changes, a day has another number of hours.
            while begins < ends {
                cuts.push(Cut { begins, day, shift: None });
                begins = begins.plus_micros(HOUR_MICROS);
            }
        }
    }
    Ok(())
}

/// An hour of a day, or the first moment after it where the clock left that out.
fn at(day: Date, hour: i8, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    if hour == 0 {
        // A day may begin later than at midnight.
        return Ok(day.to_zoned(zone.clone())?.start_of_day()?.timestamp().into());
    }
    Ok(day.at(hour, 0, 0, 0).to_zoned(zone.clone())?.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movement::shift_at;

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
        let hours = cuts(days("2026-10-25", "2026-10-25"), Period::Hour, &zone(), now).unwrap();
        assert_eq!(hours.len(), 26, "the clock goes back: 25 hours, and an end");
        let by_day = cuts(days("2026-10-24", "2026-10-26"), Period::Day, &zone(), now).unwrap();
        let begins: Vec<String> = by_day.iter().map(|cut| cut.begins.to_string()).collect();
        assert_eq!(begins[1], "2026-10-24T22:00:00.000000Z");
        assert_eq!(begins[2], "2026-10-25T23:00:00.000000Z");
        assert_eq!(begins.len(), 4);
        let today = cuts(Days::default(), Period::Day, &zone(), now).unwrap();
        assert_eq!((today.len(), today[0].day.to_string()), (2, "2026-10-26".to_owned()));
        let shifts = cuts(days("2026-10-24", "2026-10-24"), Period::Shift, &zone(), now).unwrap();
        for cut in &shifts[..3] {
            let stored = shift_at(cut.begins, &zone()).unwrap();
            assert_eq!(stored, format!("{}/{}", cut.day, cut.shift.unwrap()));
        }
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
            let refused = cuts(days(from, to), period, &zone(), now).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidParameter);
        }
    }
}

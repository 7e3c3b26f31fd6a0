//! Days of the week and times of the day, and the moments they are at a place.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::word::Timestamp;

/// Minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;
/// Shifts begin and end on quarters of an hour: figures are summed up by these.
const QUARTER_MINUTES: u16 = 15;
/// A quarter of an hour in microseconds.
pub const QUARTER_MICROS: i64 = 15 * 60 * 1_000_000;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// Every day, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The name in API and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// The day of this name, or of its first three letters; upper and lower case are the same.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|day| day.as_str() == name || day.as_str()[..3] == name)
    }

    /// 1 for Monday to 7 for Sunday.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The day of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.number() == number)
    }

    /// The day of the week of `date`.
    pub fn of(date: Date) -> Self {
        let after_monday = date.weekday().to_monday_zero_offset();
        Self::ALL.into_iter().find(|day| *day as i8 == after_monday).unwrap_or(Self::Monday)
    }
}

/// A text is no time of a day, or not on a quarter of an hour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no quarter of an hour of a day; write it like 06:00 or 14:15")]
pub struct TimeOfDayError {
    text: String,
}

/// A time of the day, on a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// So many minutes after the beginning of the day.
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes < DAY_MINUTES && minutes.is_multiple_of(QUARTER_MINUTES)).then_some(Self(minutes))
    }

    /// Minutes after the beginning of the day.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// Parses `06:00`; `24:00` is the beginning of the next day, as `00:00` is.
    pub fn parse(text: &str) -> Result<Self, TimeOfDayError> {
        let wrong = || TimeOfDayError { text: text.to_owned() };
        let (hours, minutes) = text.trim().split_once(':').ok_or_else(wrong)?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.len() <= 2;
            let digits = digits && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u16>().ok()).flatten().ok_or_else(wrong)
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        if minutes >= 60 || hours * 60 + minutes > DAY_MINUTES {
            return Err(wrong());
        }
        Self::from_minutes((hours * 60 + minutes) % DAY_MINUTES).ok_or_else(wrong)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The first quarter of an hour that does not begin before `at`.
pub fn next_quarter(at: Timestamp) -> Timestamp {
    let past = at.micros().rem_euclid(QUARTER_MICROS);
    if past == 0 { at } else { at.plus_micros(QUARTER_MICROS - past) }
}

/// When it is `time` on `date` at a place.
///
/// Later local times are never earlier moments, so what does not overlap on a clock on the wall
/// does not overlap when the clock is changed: a time that the change leaves out is the moment of
/// the change, one that comes twice is the first of both.
pub(super) fn moment(date: Date, time: TimeOfDay, zone: &TimeZone) -> Option<Timestamp> {
    let (hours, minutes) = (time.minutes() / 60, time.minutes() % 60);
    let time = Time::new(i8::try_from(hours).ok()?, i8::try_from(minutes).ok()?, 0, 0).ok()?;
    let local = date.to_datetime(time);
    let moment = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok()?,
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok()?,
        AmbiguousOffset::Gap { before, after } => {
            // Read by the clock of afterwards, it lies before the change.
            let earlier = after.to_timestamp(local).ok()?;
            match zone.following(earlier).next() {
                Some(change) => change.timestamp(),
                None => before.to_timestamp(local).ok()?,
            }
        }
    };
    Some(moment.into())
}

/// The day it is at `at`.
pub(super) fn date(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    Some(zone.to_datetime(at.civil()?).date())
}

//! A shift as movements keep it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::word::{ShiftName, Timestamp};

const DAY_MICROS: i64 = 24 * 3_600_000_000;

/// A text is no shift of a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no shift; write the day it started on and its name, like 2026-11-23/1")]
pub struct ShiftKeyError {
    text: String,
}

/// A shift as movements keep it: the day it started on and its name, `2026-11-23/1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShiftKey {
    /// The day it started on.
    pub day: Date,
    /// Its name.
    pub name: ShiftName,
}

impl ShiftKey {
    /// Parses `2026-11-23/1`.
    pub fn parse(text: &str) -> Result<Self, ShiftKeyError> {
        let read = || {
            let (day, name) = text.trim().split_once('/')?;
            Some(Self { day: day.parse().ok()?, name: ShiftName::parse(name).ok()? })
        };
        read().ok_or_else(|| ShiftKeyError { text: text.to_owned() })
    }

    /// Between which moments everything was booked that keeps it, wherever on earth the site is:
    /// from a day before it began to a day after it was over at the latest. `None` outside the
    /// calendar.
    pub fn within(&self) -> Option<(Timestamp, Timestamp)> {
        let midnight = self.day.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let midnight = Timestamp::from(midnight);
        Some((midnight.plus_micros(-DAY_MICROS), midnight.plus_micros(4 * DAY_MICROS)))
    }
}

impl fmt::Display for ShiftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.day, self.name)
    }
}

impl FromStr for ShiftKey {
    type Err = ShiftKeyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for ShiftKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ShiftKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

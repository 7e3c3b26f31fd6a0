//! Dates as labels write them, made to days of the calendar.

use crate::scan::gs1::is_day;

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// Two digits each of year, month and day; day 00 is the whole month.
    Short,
    /// Four digits of the year, two each of month and day.
    Long,
}

impl Dated {
    /// How a text of six or eight digits is a date, if it is one.
    pub(super) fn of(text: &str) -> Option<Self> {
        match text.len() {
            6 if is_day(text, false) => Some(Self::Short),
            8 if is_day(text, true) => Some(Self::Long),
            _ => None,
        }
    }

    /// The day that `text` begins with, as `2026-03-19`, or `2026-03` for a whole month.
    ///
    /// Two digits of a year are of the century in which they are nearest to `this_year`: 51 or more
    /// after it means the century before, 50 or more before it the next one (GS1 General
    /// Specifications, 7.12).
    ///
    /// ```
    /// use mtm_core::scan::Dated;
    ///
    /// assert_eq!(Dated::Short.day("260319", 2026).unwrap(), "2026-03-19");
    /// assert_eq!(Dated::Short.day("780300", 2026).unwrap(), "1978-03");
    /// assert_eq!(Dated::Short.day("760300", 2026).unwrap(), "2076-03");
    /// assert_eq!(Dated::Short.day("100101", 2061).unwrap(), "2110-01-01");
    /// assert_eq!(Dated::Long.day("20260319", 2026).unwrap(), "2026-03-19");
    /// ```
    pub fn day(self, text: &str, this_year: i16) -> Option<String> {
        let year_digits = match self {
            Self::Short => 2,
            Self::Long => 4,
        };
        let (written, rest) = text.split_at_checked(year_digits)?;
        let written: i32 = written.parse().ok()?;
        let this_year = i32::from(this_year);
        let year = match (self, written - this_year.rem_euclid(100)) {
            (Self::Long, _) => written,
            (Self::Short, ahead) => {
                let century = this_year - this_year.rem_euclid(100);
                century
                    + written
                    + if ahead >= 51 {
                        -100
                    } else if ahead <= -50 {
                        100
                    } else {
                        0
                    }
            }
        };
        let (month, day) = (rest.get(..2)?, rest.get(2..4)?);
        Some(if day == "00" {
            format!("{year:04}-{month}")
        } else {
            format!("{year:04}-{month}-{day}")
        })
    }
}

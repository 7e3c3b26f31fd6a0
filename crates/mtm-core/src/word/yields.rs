//! Yields: the share of pieces that come out of an operation good.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Everything that goes in comes out good.
const WHOLE: u32 = 1_000_000;
/// Decimal places of a share; a percentage has two fewer.
const PLACES: usize = 6;

/// Why a text is no yield.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no yield; write it like 98.5% or 0.985, above 0 and at most 100%")]
pub struct YieldError {
    text: String,
}

/// The share of pieces that are expected to come out good: above nothing, at most everything.
/// Held in parts per million, so that what was written is what is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Yield(u32);

impl Yield {
    /// So many good pieces of a million.
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        (1..=WHOLE).contains(&millionths).then_some(Self(millionths))
    }

    /// Good pieces of a million.
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// Reads `98.5%` or `0.985`; a comma is as good as a point.
    pub fn parse(text: &str) -> Result<Self, YieldError> {
        let trimmed = text.trim();
        let read = match trimmed.strip_suffix('%') {
            Some(percent) => decimal(percent.trim_end(), PLACES - 2),
            None => decimal(trimmed, PLACES),
        };
        read.and_then(Self::from_millionths).ok_or_else(|| YieldError { text: text.to_owned() })
    }
}

/// `text` in units of its last allowed decimal place.
fn decimal(text: &str, places: usize) -> Option<u32> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || fraction.len() > places {
        return None;
    }
    if !digits(whole) || !digits(fraction) || text.ends_with(['.', ',']) {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

impl FromStr for Yield {
    type Err = YieldError;

    fn from_str(text: &str) -> Result<Self, YieldError> {
        Self::parse(text)
    }
}

impl fmt::Display for Yield {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 10_000, self.0 % 10_000);
        if fraction == 0 {
            return write!(f, "{whole}%");
        }
        let fraction = format!("{fraction:04}");
        write!(f, "{whole}.{}%", fraction.trim_end_matches('0'))
    }
}

impl fmt::Debug for Yield {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Yield {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Yield {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yield_is_read_in_either_way_and_written_as_a_percentage() {
        for (text, shown) in [
            ("98.5%", "98.5%"),
            ("0.985", "98.5%"),
            ("0,985", "98.5%"),
            (" 97 % ", "97%"),
            ("1", "100%"),
            ("100%", "100%"),
            ("0.000001", "0.0001%"),
            ("99.9999%", "99.9999%"),
        ] {
            let read = Yield::parse(text).unwrap();
            assert_eq!(read.to_string(), shown, "{text}");
            assert_eq!(Yield::parse(shown).unwrap(), read);
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in
            ["", "%", "0", "0%", "95", "100.1%", "1.01", "-5%", "98.55555%", "1.", ".5", "a%", "+1"]
        {
            assert!(Yield::parse(text).is_err(), "{text}");
        }
    }
}

//! What a machine said.

use serde::{Deserialize, Serialize};

use crate::word::Timestamp;

/// What a tag showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A total.
    Total(u64),
    /// The machine says that it does not know (`UNAVAILABLE`, a bad status code, a null, stale data).
    Unavailable,
    /// Something that is no total: below zero, a fraction, no number at all, or above 2^53.
    Nonsense(String),
}

impl Value {
    /// The largest total that is believed: the largest whole number that a double holds exactly, because machines
    /// keep their counters in doubles.
    pub const MOST: u64 = 1 << 53;

    /// Reads a total as a machine writes one: digits, or digits with a fraction of nothing but zeros.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.eq_ignore_ascii_case("UNAVAILABLE") {
            return Self::Unavailable;
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let is_whole = digits(whole) && digits(fraction) && fraction.bytes().all(|it| it == b'0');
        match whole.parse() {
            Ok(total) if is_whole && total <= Self::MOST => Self::Total(total),
            _ => Self::Nonsense(text.chars().take(60).collect()),
        }
    }
}

/// A value of one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The tag, as [`Tag::name`] has it.
    pub tag: String,
    /// What it showed.
    pub value: Value,
    /// Since when, by the machine's clock; `None` where it does not say.
    pub at: Option<Timestamp>,
    /// Whether the machine says that its counter began again with this value.
    pub began_again: bool,
}

/// Whether something may be missing before a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// Nothing: every change since the batch before is in this one.
    Next,
    /// The line was down, the machine's memory overflowed, or it was started anew: what happened meanwhile to the tags that
    /// the batch names is not known. The first batch of a line has it for all tags.
    Gap,
}

/// What a machine said at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Whether something may be missing before it.
    pub link: Link,
    /// Up to when, by the machine's clock, it says everything; `None` where the machine has no clock. A batch without
    /// readings says that nothing changed until then.
    pub at: Option<Timestamp>,
    /// Where to go on after it, for whoever asks this machine next; `None` where it remembers nothing.
    pub position: Option<String>,
    /// In the order in which they came about.
    pub readings: Vec<Reading>,
}

/// Something that a machine shows, and that may be counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tag {
    /// Its name in readings, unique within the machine.
    pub name: String,
    /// What the machine says of it, for people.
    pub words: String,
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn a_total_is_a_whole_number_that_a_double_holds() {
        assert_eq!(Value::parse(" 1424 "), Value::Total(1424));
        assert_eq!(Value::parse("1424.000"), Value::Total(1424));
        assert_eq!(Value::parse("9007199254740992"), Value::Total(Value::MOST));
        assert_eq!(Value::parse("unavailable"), Value::Unavailable);
        for text in ["", ".", "1.", "-1", "+1", "1.5", "1e3", "NaN", "9007199254740993", "١"] {
            assert_eq!(Value::parse(text), Value::Nonsense(text.to_owned()), "{text:?}");
        }
    }
}

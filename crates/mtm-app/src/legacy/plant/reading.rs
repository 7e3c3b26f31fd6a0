//! A legacy value next to what it means here: nothing is corrected without a trace.

use std::str::FromStr;

use mtm_core::word::{Timestamp, WordError, fold};

/// A legacy text, what it was read as, and why not if it could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    value: Option<T>,
    original: Original,
    fault: Option<WordError>,
}

/// What the legacy database held.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Original {
    /// NULL, or no such column.
    Null,
    /// Exactly the value's text.
    Same,
    /// Another text.
    Text(Box<str>),
}

impl<T: FromStr<Err = WordError> + AsRef<str>> Reading<T> {
    /// Reads a code. Empty is unknown; what is no valid code is a [fault](Self::fault).
    pub(super) fn code(text: Option<String>) -> Self {
        let Some(text) = text else {
            return Self { value: None, original: Original::Null, fault: None };
        };
        if text.trim().is_empty() {
            return Self { value: None, original: Original::Text(text.into()), fault: None };
        }
        match text.parse::<T>() {
            Ok(value) if value.as_ref() == text => {
                Self { value: Some(value), original: Original::Same, fault: None }
            }
            Ok(value) => {
                Self { value: Some(value), original: Original::Text(text.into()), fault: None }
            }
            Err(fault) => {
                Self { value: None, original: Original::Text(text.into()), fault: Some(fault) }
            }
        }
    }

    /// Reads an attribute: like a code, but the spellings of "unknown" are unknown.
    pub(super) fn attribute(text: Option<String>) -> Self {
        match text {
            Some(text) if is_unknown(&text) => {
                Self { value: None, original: Original::Text(text.into()), fault: None }
            }
            text => Self::code(text),
        }
    }

    /// Reads free text: control characters, which no screen can show, are blanks.
    pub(super) fn free_text(text: Option<String>) -> Self {
        match text {
            Some(text) if text.contains(char::is_control) => {
                let clean: String =
                    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                Self { original: Original::Text(text.into()), ..Self::code(Some(clean)) }
            }
            text => Self::code(text),
        }
    }

    /// This reading with `fallback` in place of unknown.
    pub(super) fn or(mut self, fallback: T) -> Self {
        if self.value.is_none() && self.fault.is_none() {
            if matches!(&self.original, Original::Text(text) if **text == *fallback.as_ref()) {
                self.original = Original::Same;
            }
            self.value = Some(fallback);
        }
        self
    }

    /// This reading under the name that its value has by now; the text stays what it was.
    pub(in crate::legacy) fn recoded(&mut self, today: impl Fn(&T) -> Option<T>) {
        let Some(value) = &self.value else { return };
        let Some(code) = today(value).filter(|code| code.as_ref() != value.as_ref()) else {
            return;
        };
        if self.original == Original::Same {
            self.original = Original::Text(value.as_ref().into());
        }
        self.value = Some(code);
    }

    /// What it means here; `None` for unknown and for faults.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The text as the legacy database held it; `None` for NULL.
    pub fn verbatim(&self) -> Option<&str> {
        match &self.original {
            Original::Null => None,
            Original::Same => self.value.as_ref().map(AsRef::as_ref),
            Original::Text(text) => Some(text),
        }
    }

    /// The legacy text where it differs from the value's.
    pub fn original(&self) -> Option<&str> {
        match &self.original {
            Original::Text(text) => Some(text),
            Original::Null | Original::Same => None,
        }
    }

    /// Why the text has no value although it is not unknown.
    pub fn fault(&self) -> Option<&WordError> {
        self.fault.as_ref()
    }
}

/// Whether `text` is one of the ways people and programs spelled "unknown".
pub fn is_unknown(text: &str) -> bool {
    matches!(
        fold(text).as_str(),
        "" | "UNKNOWN" | "N/A" | "NA" | "NONE" | "NULL" | "NOT SET" | "-" | "--" | "?"
    )
}

/// Text that a program put where a person should have: `[ Migrated Part Number ]`.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('[') && text.ends_with(']')
}

/// A legacy time: the plant's wall clock, without a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    text: Box<str>,
    civil: Option<jiff::civil::DateTime>,
}

/// What a wall clock shows is not always one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Exactly one.
    Exact(Timestamp),
    /// The clock showed it twice, or skipped it; the first of both, or the moment after the gap.
    Ambiguous(Timestamp),
    /// No such date, or none at all.
    Unreadable,
}

impl Moment {
    /// The moment, if there is any.
    pub fn timestamp(self) -> Option<Timestamp> {
        match self {
            Self::Exact(moment) | Self::Ambiguous(moment) => Some(moment),
            Self::Unreadable => None,
        }
    }
}

impl LocalTime {
    pub(super) fn new(text: Option<String>) -> Self {
        let text = text.unwrap_or_default();
        Self { civil: text.trim().parse().ok(), text: text.into() }
    }

    /// The text as the legacy database held it.
    pub fn verbatim(&self) -> &str {
        &self.text
    }

    /// The wall clock's date and time, if the text is one.
    pub fn civil(&self) -> Option<jiff::civil::DateTime> {
        self.civil
    }

    /// The moment this was in `zone`.
    pub fn in_zone(&self, zone: &jiff::tz::TimeZone) -> Moment {
        let Some(civil) = self.civil else { return Moment::Unreadable };
        let found = zone.to_ambiguous_timestamp(civil);
        let ambiguous = found.is_ambiguous();
        match found.compatible() {
            Ok(moment) if ambiguous => Moment::Ambiguous(moment.into()),
            Ok(moment) => Moment::Exact(moment.into()),
            Err(_) => Moment::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::word::{ItemType, LotNumber, Note, OperationCode, PartCode};

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "columns are given as they are read")]
    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_changed_text_keeps_its_original_and_an_unchanged_one_costs_nothing() {
        let part = Reading::<PartCode>::code(some(" ab  1 "));
        assert_eq!(part.value().unwrap().as_str(), "AB 1");
        assert_eq!((part.original(), part.verbatim()), (Some(" ab  1 "), Some(" ab  1 ")));
        let part = Reading::<PartCode>::code(some("AB-1"));
        assert_eq!((part.original(), part.verbatim()), (None, Some("AB-1")));
        let lot = Reading::<LotNumber>::code(some("42"));
        assert_eq!(lot.value(), Some(&LotNumber::allocated(42)));
        assert_eq!(Reading::<PartCode>::code(None).verbatim(), None);
    }

    #[test]
    fn unknown_has_one_meaning_and_keeps_its_spelling() {
        for spelling in ["", "Unknown", "UNKNOWN", " n/a ", "None"] {
            let kind = Reading::<ItemType>::attribute(some(spelling));
            assert_eq!((kind.value(), kind.verbatim()), (None, Some(spelling)));
            assert!(kind.fault().is_none());
        }
    }

    #[test]
    fn an_operation_that_is_missing_is_not_applicable() {
        let read = |text: Option<String>| {
            Reading::<OperationCode>::attribute(text).or(OperationCode::not_applicable())
        };
        for (text, original) in
            [(None, None), (some(""), Some("")), (some("N/A"), None), (some("n/a"), Some("n/a"))]
        {
            let operation = read(text.clone());
            assert_eq!(operation.value().unwrap().as_str(), "N/A");
            assert_eq!((operation.original(), operation.verbatim()), (original, text.as_deref()));
        }
    }

    #[test]
    fn what_is_no_code_is_a_fault_not_unknown() {
        let part = Reading::<PartCode>::code(some(&"X".repeat(51)));
        assert!(part.value().is_none() && part.fault().is_some());
        let note = Reading::<Note>::free_text(some("a\0b\nc"));
        assert_eq!(note.value().unwrap().as_str(), "a b c");
        assert_eq!(note.verbatim(), Some("a\0b\nc"));
    }

    #[test]
    fn wall_clocks_are_read_in_their_zone() {
        let zone = jiff::tz::TimeZone::get("America/Chicago").unwrap();
        let read = |text: &str| LocalTime::new(some(text)).in_zone(&zone);
        let moment = |text: &str| Timestamp::parse(text).unwrap();
        assert_eq!(read("2025-08-07 04:10:21"), Moment::Exact(moment("2025-08-07T09:10:21Z")));
        assert_eq!(read("2025-11-02 01:30:00"), Moment::Ambiguous(moment("2025-11-02T06:30:00Z")));
        assert_eq!(read("2025-03-09 02:30:00"), Moment::Ambiguous(moment("2025-03-09T08:30:00Z")));
        assert_eq!(read("0000-00-00 00:00:00"), Moment::Unreadable);
        assert_eq!(read(""), Moment::Unreadable);
    }
}

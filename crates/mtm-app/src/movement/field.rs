//! Reading fields of a body: every error is collected, none hides another.

use std::fmt::Display;
use std::str::FromStr;

use mtm_core::code::Code;
use mtm_core::word::{Delta, Quantity, QuantityError};

use crate::error::FieldError;

/// Collects what is wrong while a body is parsed.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// Parses a word that may be absent; blank text counts as absent.
    pub(crate) fn optional<T>(&mut self, field: &str, text: Option<&str>) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = text.filter(|text| !text.trim().is_empty())?;
        match text.parse() {
            Ok(word) => Some(word),
            Err(error) => {
                self.wrong(field, Code::InvalidBody, error.to_string());
                None
            }
        }
    }

    /// Parses a word that must be there.
    pub(crate) fn required<T>(&mut self, field: &str, text: Option<&str>) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        if text.is_none_or(|text| text.trim().is_empty()) {
            self.wrong(field, Code::InvalidBody, format!("{field} is needed here"));
            return None;
        }
        self.optional(field, text)
    }

    pub(crate) fn quantity(&mut self, field: &str, pieces: Option<i64>) -> Option<Quantity> {
        let quantity = Quantity::pieces(pieces?);
        self.in_range(field, quantity)
    }

    pub(crate) fn required_quantity(
        &mut self,
        field: &str,
        pieces: Option<i64>,
    ) -> Option<Quantity> {
        if pieces.is_none() {
            self.wrong(field, Code::InvalidBody, format!("{field} is needed here"));
        }
        self.quantity(field, pieces)
    }

    pub(crate) fn delta(&mut self, field: &str, pieces: i64) -> Option<Delta> {
        let delta = Delta::pieces(pieces);
        self.in_range(field, delta)
    }

    fn in_range<T>(&mut self, field: &str, value: Result<T, QuantityError>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(field, Code::QuantityOutOfRange, error.to_string());
                None
            }
        }
    }

    /// Refuses a field that means nothing here, so that a caller's mistake is not ignored.
    pub(crate) fn unused(&mut self, field: &str, present: bool, kind: &str) {
        if present {
            self.wrong(field, Code::InvalidBody, format!("{field} means nothing with {kind}"));
        }
    }

    pub(crate) fn wrong(&mut self, field: &str, code: Code, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, code, message));
    }

    /// `value`, unless anything was wrong. A value that is absent although nothing was reported
    /// is reported as a body that cannot be used.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => {
                if self.errors.is_empty() {
                    self.wrong("", Code::InvalidBody, "the body is incomplete");
                }
                Err(self.errors)
            }
        }
    }
}

//! The cells of one delivered row, taken by column name and given a type.

use mtm_core::word::Quantity;

use crate::legacy::dump::{TableSpec, Value};

use super::{LegacyError, Place};

/// The cells of a row.
pub(super) struct Cells<'a> {
    spec: &'a TableSpec,
    at: Place,
    values: &'a mut [Value],
}

impl<'a> Cells<'a> {
    /// `values` has one for each column of `spec`.
    pub(super) fn new(spec: &'a TableSpec, at: Place, values: &'a mut [Value]) -> Self {
        Self { spec, at, values }
    }

    pub(super) fn table(&self) -> &'static str {
        self.spec.name
    }

    pub(super) fn at(&self) -> Place {
        self.at
    }

    fn take(&mut self, column: &'static str) -> Value {
        let place = self.spec.columns.iter().position(|spec| spec.name == column);
        debug_assert!(place.is_some(), "{column} is not among the columns of {}", self.table());
        place.and_then(|place| self.values.get_mut(place)).map(std::mem::take).unwrap_or_default()
    }

    fn refuse(&self, column: &'static str, text: &str, expected: &'static str) -> LegacyError {
        let text = text.chars().take(60).collect();
        LegacyError::Value { table: self.table(), column, text, expected, at: self.at() }
    }

    /// A text; `None` for NULL and for columns the dump lacks.
    pub(super) fn text(&mut self, column: &'static str) -> Result<Option<String>, LegacyError> {
        match self.take(column) {
            Value::Absent | Value::Null => Ok(None),
            Value::Text(text) | Value::Number(text) => Ok(Some(text)),
            Value::Bytes(_) => Err(self.refuse(column, "binary data", "a text")),
        }
    }

    /// A whole number; `None` for NULL and for columns the dump lacks.
    pub(super) fn integer(&mut self, column: &'static str) -> Result<Option<i64>, LegacyError> {
        match self.take(column) {
            Value::Absent | Value::Null => Ok(None),
            Value::Text(text) | Value::Number(text) => match whole(&text) {
                Some(number) => Ok(Some(number)),
                None => Err(self.refuse(column, &text, "a whole number")),
            },
            Value::Bytes(bytes) => match <[u8; 1]>::try_from(bytes) {
                // `bit(1)`, as `--hex-blob` writes it.
                Ok([bit]) => Ok(Some(bit.into())),
                Err(_) => Err(self.refuse(column, "binary data", "a whole number")),
            },
        }
    }

    /// A whole number that must be there.
    pub(super) fn number(&mut self, column: &'static str) -> Result<i64, LegacyError> {
        match self.integer(column)? {
            Some(number) => Ok(number),
            None => Err(self.refuse(column, "NULL", "a whole number")),
        }
    }

    /// A count of pieces of any sign, within what a quantity can be: sums of rows cannot overflow.
    pub(super) fn pieces(&mut self, column: &'static str) -> Result<i64, LegacyError> {
        let pieces = self.number(column)?;
        if pieces.unsigned_abs() > Quantity::MAX_PIECES.unsigned_abs() {
            return Err(self.refuse(column, &pieces.to_string(), "a number of pieces"));
        }
        Ok(pieces)
    }
}

/// The whole number that `text` writes, also as a decimal without a fraction (`120.00`).
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let integer = match text.split_once('.') {
        Some((integer, fraction)) if fraction.bytes().all(|digit| digit == b'0') => integer,
        Some(_) => return None,
        None => text,
    };
    integer.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn whole_numbers_only() {
        assert_eq!(whole("-12"), Some(-12));
        assert_eq!(whole(" 120.00 "), Some(120));
        assert_eq!(whole("0042"), Some(42));
        for wrong in ["1.5", "1e3", "", "x", "9223372036854775808", "1.2.0"] {
            assert_eq!(whole(wrong), None, "{wrong}");
        }
    }
}

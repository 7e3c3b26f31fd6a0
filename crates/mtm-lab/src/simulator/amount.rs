//! Quantities of simulated systems: exact, in millionths.

use serde_json::Value;

const ONE: i64 = 1_000_000;

/// A quantity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Amount(pub(super) i64);

impl Amount {
    /// A number, or a text that is one.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => return None,
        };
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, "0"));
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > 6 || whole.len() > 12 || whole.starts_with('-') {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let rest: i64 = format!("{decimals:0<6}").parse().ok()?;
        Some(Self(whole * ONE + rest))
    }

    /// As these systems write it: always with a decimal.
    pub(super) fn value(self) -> Value {
        let (whole, rest) = (self.0 / ONE, (self.0 % ONE).abs());
        let decimals = format!("{rest:06}");
        let decimals = decimals.trim_end_matches('0');
        let text = format!("{whole}.{}", if decimals.is_empty() { "0" } else { decimals });
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left, never below nothing.
    pub(super) fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_is_read_and_written() {
        for (given, written) in [(json!(12), json!(12.0)), (json!("0.25"), json!(0.25))] {
            assert_eq!(Amount::read(&given).unwrap().value(), written);
        }
        for other in [json!(-1), json!("x"), json!(null), json!(1e300), json!("1.1234567")] {
            assert!(Amount::read(&other).is_none(), "{other}");
        }
    }
}

//! Values of answers: as text, compared, and found by their place.

use serde_json::Value;

use super::decimal::Decimal;

/// A text, number or truth as text; nothing of tables, lists, what is not there, and numbers of which
/// something may have been lost.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_f64() => Decimal::of(number).map(|it| it.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether both are the same; a number is the same however it is written.
pub(super) fn is_same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(wanted), Value::Number(found)) => {
            match (Decimal::of(wanted), Decimal::of(found)) {
                (Some(wanted), Some(found)) => wanted == found,
                _ => false,
            }
        }
        (wanted, found) => wanted == found,
    }
}

/// A number, also one that is written as a text.
pub(super) fn decimal_of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::of(number),
        Value::String(text) => Decimal::parse(text.trim()),
        _ => None,
    }
}

/// The first of these places (JSON Pointer, RFC 6901) where something is.
pub(super) fn first<'v>(value: &'v Value, places: &[String]) -> Option<&'v Value> {
    places.iter().filter_map(|place| value.pointer(place)).find(|found| !found.is_null())
}

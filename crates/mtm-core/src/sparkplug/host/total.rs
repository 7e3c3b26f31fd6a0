//! What values count.

use super::super::MetricValue;
use crate::machine::Value;

/// The largest total as a double.
const MOST: f64 = 9_007_199_254_740_992.0;

/// What a value says as a total.
pub(super) fn total(value: &MetricValue) -> Value {
    match value {
        MetricValue::Int8(it) => whole(i128::from(*it)),
        MetricValue::Int16(it) => whole(i128::from(*it)),
        MetricValue::Int32(it) => whole(i128::from(*it)),
        MetricValue::Int64(it) => whole(i128::from(*it)),
        MetricValue::UInt8(it) => whole(i128::from(*it)),
        MetricValue::UInt16(it) => whole(i128::from(*it)),
        MetricValue::UInt32(it) => whole(i128::from(*it)),
        MetricValue::UInt64(it) => whole(i128::from(*it)),
        MetricValue::Float(it) => double(f64::from(*it)),
        MetricValue::Double(it) => double(*it),
        MetricValue::Null(_) => Value::Unavailable,
        other => Value::Nonsense(format!("a value that no {} is", other.datatype().name())),
    }
}

fn whole(number: i128) -> Value {
    match u64::try_from(number) {
        Ok(total) if total <= Value::MOST => Value::Total(total),
        _ => Value::Nonsense(number.to_string()),
    }
}

fn double(number: f64) -> Value {
    if number.fract() == 0.0 && (0.0..=MOST).contains(&number) {
        // Digits alone, so that it is read as every other total is.
        return Value::parse(&format!("{:.0}", number.abs()));
    }
    Value::Nonsense(number.to_string().chars().take(60).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_that_a_double_holds_are_totals() {
        for (value, expected) in [
            (MetricValue::UInt8(7), Value::Total(7)),
            (MetricValue::Int64(1 << 53), Value::Total(Value::MOST)),
            (MetricValue::Float(1_424.0), Value::Total(1_424)),
            (MetricValue::Double(9_007_199_254_740_992.0), Value::Total(Value::MOST)),
            (MetricValue::Double(-0.0), Value::Total(0)),
            (MetricValue::Null(crate::sparkplug::DataType::UInt32), Value::Unavailable),
        ] {
            assert_eq!(total(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        for value in [
            MetricValue::Int8(-1),
            MetricValue::UInt64(u64::MAX),
            MetricValue::Int64((1 << 53) + 1),
            MetricValue::Double(1.5),
            MetricValue::Double(f64::NAN),
            MetricValue::Double(f64::INFINITY),
            MetricValue::Double(1e300),
            MetricValue::Unread(crate::sparkplug::DataType::Int8),
        ] {
            assert!(matches!(total(&value), Value::Nonsense(_)), "{value:?}");
        }
    }
}

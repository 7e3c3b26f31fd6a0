//! What a node showed, of what the server says.

use mtm_core::opcua::protocol::Shown;
use opcua::types::{DataValue, DateTime, StatusCode, Variant};

/// Ticks (100 ns) from 1601, where the standard's time begins, to 1970.
const EPOCH: i64 = 116_444_736_000_000_000;

/// What it showed, and since when in microseconds since 1970.
///
/// A value counts whose status is `Good`, or `GoodOverload` (the server looks less often than it was asked to); of
/// every other the server itself is not sure, also where it is good by name: one that somebody forced is no count.
pub(crate) fn shown(value: &DataValue) -> (Shown, Option<i64>) {
    let moment = value.source_timestamp.as_ref().or(value.server_timestamp.as_ref());
    let at = moment.and_then(micros);
    let status = value.status.unwrap_or(StatusCode::Good);
    let is_sure = [StatusCode::Good.bits(), StatusCode::GoodOverload.bits()]
        .contains(&(status.bits() & 0xffff_0000));
    match &value.value {
        Some(variant) if is_sure => (of(variant), at),
        _ => (Shown::Unavailable, at),
    }
}

/// Whether values before this one were thrown away, because nobody fetched them in time.
pub(crate) fn overflowed(value: &DataValue) -> bool {
    value.status.is_some_and(|it| it.overflow())
}

fn of(variant: &Variant) -> Shown {
    match variant {
        Variant::Empty => Shown::Unavailable,
        Variant::SByte(number) => Shown::whole(i64::from(*number)),
        Variant::Int16(number) => Shown::whole(i64::from(*number)),
        Variant::Int32(number) => Shown::whole(i64::from(*number)),
        Variant::Int64(number) => Shown::whole(*number),
        Variant::Byte(number) => Shown::total(u64::from(*number)),
        Variant::UInt16(number) => Shown::total(u64::from(*number)),
        Variant::UInt32(number) => Shown::total(u64::from(*number)),
        Variant::UInt64(number) => Shown::total(*number),
        Variant::Float(number) => Shown::number(f64::from(*number)),
        Variant::Double(number) => Shown::number(*number),
        Variant::Boolean(flag) => Shown::nonsense(&flag.to_string()),
        Variant::String(text) => Shown::nonsense(text.as_ref()),
        Variant::Variant(inner) => match &**inner {
            Variant::Variant(_) => Shown::nonsense("a value of a value"),
            inner => of(inner),
        },
        Variant::Array(_) => Shown::nonsense("a list"),
        _ => Shown::nonsense("a value that is no number"),
    }
}

/// Microseconds since 1970; none where the server says none, or the end of all times.
pub(crate) fn micros(moment: &DateTime) -> Option<i64> {
    let ticks = moment.checked_ticks();
    (ticks > 0 && ticks < DateTime::endtimes_ticks()).then(|| (ticks - EPOCH) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(variant: Variant, status: u32) -> DataValue {
        let (value, status) = (Some(variant), Some(StatusCode::from(status)));
        DataValue { value, status, ..DataValue::default() }
    }

    #[test]
    fn whole_numbers_of_every_kind_are_totals() {
        for variant in [
            Variant::SByte(7),
            Variant::Byte(7),
            Variant::Int16(7),
            Variant::UInt16(7),
            Variant::Int32(7),
            Variant::UInt32(7),
            Variant::Int64(7),
            Variant::UInt64(7),
            Variant::Float(7.0),
            Variant::Double(7.0),
        ] {
            assert_eq!(shown(&value(variant, 0)).0, Shown::Total(7));
        }
        for (variant, text) in [
            (Variant::SByte(-1), "-1"),
            (Variant::UInt64(u64::MAX), "18446744073709551615"),
            (Variant::Float(0.5), "0.5"),
            (Variant::Double(f64::NAN), "NaN"),
            (Variant::Boolean(true), "true"),
            (Variant::from("7"), "7"),
            (Variant::from(vec![7i32]), "a list"),
        ] {
            assert_eq!(shown(&value(variant, 0)).0, Shown::Nonsense(text.to_owned()));
        }
    }

    #[test]
    fn a_value_of_which_the_server_is_not_sure_is_none() {
        for status in [0x8031_0000, 0x4090_0000, 0x0096_0000, 0x8000_0000] {
            assert_eq!(
                shown(&value(Variant::Int32(7), status)).0,
                Shown::Unavailable,
                "{status:x}"
            );
        }
        // Overload; and bits that say more of a good value: an overflow of its queue.
        assert_eq!(shown(&value(Variant::Int32(7), 0x002f_0000)).0, Shown::Total(7));
        let late = value(Variant::Int32(7), 0x0000_0480);
        assert_eq!(shown(&late).0, Shown::Total(7));
        assert!(overflowed(&late) && !overflowed(&value(Variant::Int32(7), 0)));
        assert_eq!(shown(&value(Variant::Empty, 0)).0, Shown::Unavailable);
        assert_eq!(shown(&DataValue::default()), (Shown::Unavailable, None));
    }

    #[test]
    fn a_moment_is_told_in_microseconds_since_1970() {
        let moment = DateTime::parse_from_rfc3339("1970-01-01T00:00:01.5Z").unwrap();
        assert_eq!(micros(&moment), Some(1_500_000));
        assert_eq!(micros(&DateTime::null()), None);
        assert_eq!(micros(&DateTime::endtimes()), None);
        let timed = DataValue { server_timestamp: Some(moment), ..value(Variant::Int32(7), 0) };
        assert_eq!(shown(&timed), (Shown::Total(7), Some(1_500_000)));
    }
}

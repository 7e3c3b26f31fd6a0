//! Payloads: every type there and back, what others write, bounds.

use proptest::prelude::*;
use prost::Message as _;

use super::*;

fn value() -> impl Strategy<Value = MetricValue> {
    prop_oneof![
        any::<i8>().prop_map(MetricValue::Int8),
        any::<i16>().prop_map(MetricValue::Int16),
        any::<i32>().prop_map(MetricValue::Int32),
        any::<i64>().prop_map(MetricValue::Int64),
        any::<u8>().prop_map(MetricValue::UInt8),
        any::<u16>().prop_map(MetricValue::UInt16),
        any::<u32>().prop_map(MetricValue::UInt32),
        any::<u64>().prop_map(MetricValue::UInt64),
        any::<f32>().prop_filter("no number", |it| !it.is_nan()).prop_map(MetricValue::Float),
        any::<f64>().prop_filter("no number", |it| !it.is_nan()).prop_map(MetricValue::Double),
        any::<bool>().prop_map(MetricValue::Boolean),
        any::<u64>().prop_map(MetricValue::DateTime),
        "\\PC{0,20}".prop_map(MetricValue::String),
        "\\PC{0,20}".prop_map(MetricValue::Text),
        "[0-9a-f]{32}".prop_map(MetricValue::Uuid),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(MetricValue::Bytes),
        (0_u32..40).prop_map(|code| MetricValue::Null(DataType::from_code(code))),
    ]
}

proptest! {
    #[test]
    fn a_value_is_read_as_it_was_written(value in value(), at in any::<Option<u64>>()) {
        let metric = Metric::named("Count", &value, at);
        let payload = Payload {
            timestamp: Some(5),
            metrics: vec![metric],
            seq: Some(255),
            uuid: Some("u".to_owned()),
            body: Some(vec![1, 2]),
        };
        let read = Payload::decode(&payload.encode()).unwrap();
        prop_assert_eq!(&read, &payload);
        let own = read.metrics[0].value(None);
        // Data may leave the type to the birth.
        let bare = Metric { datatype: None, ..read.metrics[0].clone() };
        prop_assert_eq!(bare.value(Some(value.datatype())), own.clone());
        prop_assert_eq!(own, value);
    }

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Payload::decode(&bytes);
    }

    #[test]
    fn a_payload_that_ends_early_or_is_garbled_does_no_harm(
        value in value(), cut in 0_usize..60, flip in any::<(usize, u8)>(),
    ) {
        let metric = Metric::named("Count", &value, Some(1_700_000_000_000));
        let mut bytes =
            Payload { metrics: vec![metric], seq: Some(1), ..Payload::default() }.encode();
        bytes.truncate(bytes.len().saturating_sub(cut));
        if let Some(at) = flip.0.checked_rem(bytes.len()) {
            bytes[at] ^= flip.1;
        }
        if let Ok(payload) = Payload::decode(&bytes) {
            for metric in &payload.metrics {
                let _ = metric.value(None);
            }
        }
    }
}

#[test]
fn signed_numbers_are_read_in_every_width_that_is_written() {
    for (datatype, wire, expected) in [
        (DataType::Int8, Wire::Int(249), MetricValue::Int8(-7)),
        (DataType::Int8, Wire::Int(0xffff_fff9), MetricValue::Int8(-7)),
        (DataType::Int8, Wire::Long(u64::MAX - 6), MetricValue::Int8(-7)),
        (DataType::Int8, Wire::Int(127), MetricValue::Int8(127)),
        (DataType::Int8, Wire::Int(128), MetricValue::Int8(-128)),
        (DataType::Int8, Wire::Int(300), MetricValue::Unread(DataType::Int8)),
        (DataType::Int16, Wire::Int(0xfff9), MetricValue::Int16(-7)),
        (DataType::Int16, Wire::Int(0xffff_fff9), MetricValue::Int16(-7)),
        (DataType::Int32, Wire::Int(0xffff_fff9), MetricValue::Int32(-7)),
        (DataType::Int32, Wire::Long(u64::MAX - 6), MetricValue::Int32(-7)),
        (DataType::Int64, Wire::Long(u64::MAX - 6), MetricValue::Int64(-7)),
        (DataType::Int64, Wire::Int(7), MetricValue::Int64(7)),
        (DataType::UInt8, Wire::Int(256), MetricValue::Unread(DataType::UInt8)),
        (DataType::UInt32, Wire::Long(4_000_000_000), MetricValue::UInt32(4_000_000_000)),
        (DataType::UInt32, Wire::Int(4_000_000_000), MetricValue::UInt32(4_000_000_000)),
        (DataType::UInt32, Wire::Long(1 << 32), MetricValue::Unread(DataType::UInt32)),
        (DataType::UInt64, Wire::Text("7".to_owned()), MetricValue::Unread(DataType::UInt64)),
        (DataType::Boolean, Wire::Int(1), MetricValue::Unread(DataType::Boolean)),
        (DataType::Other(16), Wire::DataSet(vec![255]), MetricValue::Unread(DataType::Other(16))),
    ] {
        let code = Some(datatype.code());
        let metric = Metric { datatype: code, value: Some(wire.clone()), ..Metric::default() };
        assert_eq!(metric.value(None), expected, "{datatype:?} of {wire:?}");
    }
}

#[test]
fn data_sets_templates_and_what_is_unknown_are_passed_over() {
    // A metric with a data set, a template and properties that are no messages, and fields that nobody knows.
    let mut metric = Metric { alias: Some(3), ..Metric::default() };
    for value in [Wire::DataSet(vec![255, 255]), Wire::Template(vec![8]), Wire::Extension(vec![1])]
    {
        metric.value = Some(value);
        metric.properties = Some(vec![255]);
        metric.metadata = Some(vec![255]);
        let mut bytes = Payload { metrics: vec![metric.clone()], ..Payload::default() }.encode();
        // Field 1007, a text, and field 2000, a number.
        prost::encoding::string::encode(1_007, &"unknown".to_owned(), &mut bytes);
        prost::encoding::uint64::encode(2_000, &5, &mut bytes);
        assert_eq!(Payload::decode(&bytes).unwrap().metrics, [metric.clone()]);
    }
}

#[test]
fn a_payload_has_bounds() {
    assert_eq!(Payload::decode(&[]), Ok(Payload::default()));
    let large = vec![0; LARGEST_PAYLOAD + 1];
    assert_eq!(Payload::decode(&large), Err(PayloadError::Large(LARGEST_PAYLOAD + 1)));
    let metrics = |count| Payload { metrics: vec![Metric::default(); count], ..Payload::default() };
    assert!(Payload::decode(&metrics(MOST_METRICS).encode()).is_ok());
    let error = Payload::decode(&metrics(MOST_METRICS + 1).encode());
    assert_eq!(error, Err(PayloadError::Metrics(MOST_METRICS + 1)));
    // As many as a payload can hold.
    let bytes = [2 << 3 | 2, 0].repeat(LARGEST_PAYLOAD / 2);
    assert_eq!(Payload::decode(&bytes), Err(PayloadError::Metrics(LARGEST_PAYLOAD / 2)));
    let named = |length: usize| {
        let metric = Metric { name: Some("x".repeat(length)), ..Metric::default() };
        Payload::decode(&Payload { metrics: vec![metric], ..Payload::default() }.encode())
    };
    assert!(named(LONGEST_NAME).is_ok());
    assert_eq!(named(LONGEST_NAME + 1), Err(PayloadError::Name(LONGEST_NAME + 1)));
    for bytes in [&b"{\"seq\":1}"[..], b"\xff\xff\xff", b"\x0a", b"\x12\x05\x0a\x09a"] {
        assert!(matches!(Payload::decode(bytes), Err(PayloadError::Shape(_))), "{bytes:?}");
    }
}

#[test]
fn a_rebirth_is_asked_for_by_a_command_without_a_number() {
    let id = |text| Id::parse(text).unwrap();
    let asked = rebirth_request(&id("G"), &id("N"), 1_700);
    assert_eq!(asked.topic, "spBv1.0/G/NCMD/N");
    assert!(!asked.is_answered && !asked.is_retained);
    let payload = Payload::decode(&asked.payload).unwrap();
    assert_eq!((payload.seq, payload.timestamp), (None, Some(1_700)));
    assert_eq!(payload.metrics[0].name.as_deref(), Some(REBIRTH));
    assert_eq!(payload.metrics[0].value(None), MetricValue::Boolean(true));
    assert!(payload.metrics[0].encode_to_vec().len() < 60);
}

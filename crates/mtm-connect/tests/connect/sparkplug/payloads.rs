//! Payloads of libraries of others, both ways, in every type.
//!
//! Two things they see otherwise than the standard, and each other: `sparkplug-payload` reads an unsigned number of 32
//! bits from the wide field only, and `pysparkplug` refuses a negative one of 8 or 16 bits that is as wide as the
//! reference writes it. So these go one way.

use mtm_core::sparkplug::{DataType, Metric, Payload};
use mtm_testkit::SparkplugLibrary;
use mtm_testkit::sparkplug::Spelled;

use super::*;

const SENT: u64 = 1_700_000_000_123;

/// Each type with some values, as words and as ours.
fn values() -> Vec<(&'static str, String, MetricValue)> {
    let text = |it: &str| it.to_owned();
    let mut values = vec![
        ("Float", text("12.5"), MetricValue::Float(12.5)),
        ("Double", text("-3.25"), MetricValue::Double(-3.25)),
        ("Boolean", text("true"), MetricValue::Boolean(true)),
        ("Boolean", text("false"), MetricValue::Boolean(false)),
        ("String", text("Stück \"7\"\n"), MetricValue::String(text("Stück \"7\"\n"))),
        ("Text", text("long"), MetricValue::Text(text("long"))),
        ("UUID", text("7c0d6d4a"), MetricValue::Uuid(text("7c0d6d4a"))),
        ("DateTime", text("1700000000456"), MetricValue::DateTime(1_700_000_000_456)),
        ("Bytes", text("AAH+/w=="), MetricValue::Bytes(vec![0, 1, 254, 255])),
    ];
    for it in [0, 7, i8::MAX, -7, i8::MIN] {
        values.push(("Int8", it.to_string(), MetricValue::Int8(it)));
    }
    for it in [0, 7, i16::MAX, -7, i16::MIN] {
        values.push(("Int16", it.to_string(), MetricValue::Int16(it)));
    }
    for it in [0, 7, i32::MAX, -7, i32::MIN] {
        values.push(("Int32", it.to_string(), MetricValue::Int32(it)));
    }
    for it in [0, 7, i64::MAX, -7, i64::MIN] {
        values.push(("Int64", it.to_string(), MetricValue::Int64(it)));
    }
    for it in [0, 7, u8::MAX] {
        values.push(("UInt8", it.to_string(), MetricValue::UInt8(it)));
    }
    for it in [0, 7, u16::MAX] {
        values.push(("UInt16", it.to_string(), MetricValue::UInt16(it)));
    }
    for it in [0, 7, u32::MAX] {
        values.push(("UInt32", it.to_string(), MetricValue::UInt32(it)));
    }
    for it in [0, 7, u64::MAX] {
        values.push(("UInt64", it.to_string(), MetricValue::UInt64(it)));
    }
    values
}

/// The same as a payload of ours and in words.
fn both(values: &[(&'static str, String, MetricValue)]) -> (Payload, Vec<Spelled>) {
    let (mut metrics, mut spelled) = (Vec::new(), Vec::new());
    for (alias, (datatype, text, value)) in (1..).zip(values) {
        let name = format!("Metric {alias}");
        metrics.push(Metric { alias: Some(alias), ..Metric::named(&name, value, Some(SENT)) });
        let (datatype, value) = ((*datatype).to_owned(), Some(text.clone()));
        spelled.push(Spelled { name, datatype, value, alias: Some(alias) });
    }
    let payload = Payload { timestamp: Some(SENT), metrics, seq: Some(255), ..Payload::default() };
    (payload, spelled)
}

/// What both write, the other reads; `reads` says what the library reads of ours.
fn compare(library: &SparkplugLibrary, reads: impl Fn(&MetricValue) -> bool) {
    let (ours, spelled) = both(&values());
    let theirs = Payload::decode(&library.write(SENT, 255, &spelled).unwrap()).unwrap();
    assert_eq!((theirs.timestamp, theirs.seq), (Some(SENT), Some(255)));
    assert_eq!(theirs.metrics.len(), ours.metrics.len());
    for (own, other) in ours.metrics.iter().zip(&theirs.metrics) {
        assert_eq!((&own.name, own.alias), (&other.name, other.alias));
        assert_eq!(own.value(None), other.value(None), "{own:?} and {other:?}");
    }
    let read: Vec<_> = values().into_iter().filter(|(.., value)| reads(value)).collect();
    assert!(read.len() > 30);
    let (ours, spelled) = both(&read);
    let (sent, seq, metrics) = library.read(&ours.encode()).unwrap();
    assert_eq!((sent, seq), (SENT, Some(255)));
    assert_eq!(metrics, spelled);
}

/// A null is one on both sides.
fn compare_nulls(library: &SparkplugLibrary) {
    for datatype in ["Int8", "UInt32", "Int64", "Float", "Boolean", "String"] {
        let (name, alias) = ("Nothing".to_owned(), None);
        let spelled = Spelled { name, datatype: datatype.to_owned(), value: None, alias };
        let theirs = library.write(SENT, 0, std::slice::from_ref(&spelled)).unwrap();
        let metric = &Payload::decode(&theirs).unwrap().metrics[0];
        let MetricValue::Null(of) = metric.value(None) else { panic!("{metric:?}") };
        assert_eq!(of.name(), datatype);
        let metrics = vec![Metric::named("Nothing", &MetricValue::Null(of), Some(SENT))];
        let ours = Payload { timestamp: Some(SENT), metrics, seq: Some(0), ..Payload::default() };
        assert_eq!(library.read(&ours.encode()).unwrap().2, [spelled]);
    }
}

#[test]
fn pysparkplug_reads_what_we_write_and_we_what_it_writes() {
    let library = SparkplugLibrary::python().unwrap();
    let Some(library) = library.or_skip("Sparkplug: pysparkplug") else { return };
    let is_refused = |value: &MetricValue| match value {
        MetricValue::Int8(it) => *it < 0,
        MetricValue::Int16(it) => *it < 0,
        _ => false,
    };
    compare(&library, |value| !is_refused(value));
    compare_nulls(&library);
}

#[test]
fn sparkplug_payload_reads_what_we_write_and_we_what_it_writes() {
    let library = SparkplugLibrary::node().unwrap();
    let Some(library) = library.or_skip("Sparkplug: sparkplug-payload") else { return };
    compare(&library, |value| value.datatype() != DataType::UInt32);
    compare_nulls(&library);
}

#[tokio::test]
async fn a_birth_of_another_library_is_believed() {
    let Some(server) = broker("Sparkplug: libraries") else { return };
    for library in [SparkplugLibrary::python(), SparkplugLibrary::node()] {
        let Some(library) = library.unwrap().or_skip("Sparkplug: libraries") else { return };
        let counter = |name: &str, value: &str, alias| Spelled {
            name: name.to_owned(),
            datatype: "UInt32".to_owned(),
            value: Some(value.to_owned()),
            alias,
        };
        let now = millis();
        let node =
            library.write(now, 0, &[counter("bdSeq", "0", None), counter("Shift", "7", Some(1))]);
        let device = library.write(now + 1, 1, &[counter("Good", "120", Some(2))]);
        let changed = library.write(now + 2, 2, &[counter("Good", "121", Some(2))]);
        let mut listener = Listener::open(host_settings(&server.url())).await;
        let mut line = line(&server.url(), "other", &[]).await;
        let say = |topic: &str, payload| Message {
            topic: format!("spBv1.0/Plant 1/{topic}"),
            payload,
            is_answered: true,
            is_retained: false,
        };
        line.send([
            say("NBIRTH/Line1", node.unwrap()),
            say("DBIRTH/Line1/Press7", device.unwrap()),
            say("DDATA/Line1/Press7", changed.unwrap()),
        ])
        .unwrap();
        let talking = tokio::spawn(async move { while line.hear().await.is_ok() {} });
        listener.believes(Value::Total(121), Value::Total(7)).await;
        assert_eq!(
            listener.good,
            [(Link::Gap, Value::Total(120)), (Link::Next, Value::Total(121))]
        );
        talking.abort();
    }
}

//! Messages that no edge node sent: read in bounds, and believed by the same rules as any other.

use std::time::Duration;

use mtm_testkit::{Fuzz, Said};

use super::host::{Effect, Session, Settings};
use super::*;
use crate::machine::Value;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

/// A birth, data by name and by alias, and a death.
fn payloads() -> Vec<Vec<u8>> {
    let declared = |name: &str, alias, value: &MetricValue| Metric {
        alias: Some(alias),
        ..Metric::named(name, value, Some(1_764_500_000_000))
    };
    let payload = |seq, metrics| Payload {
        timestamp: Some(1_764_500_000_000),
        seq,
        metrics,
        ..Payload::default()
    };
    let birth = vec![
        Metric::named(BD_SEQ, &MetricValue::Int64(3), None),
        Metric::named(REBIRTH, &MetricValue::Boolean(false), None),
        declared("Good", 1, &MetricValue::UInt64(1_040)),
        declared("Bad", 2, &MetricValue::Int32(-7)),
        declared("Speed", 3, &MetricValue::Double(1.5)),
        declared("Name", 4, &MetricValue::String("Press 7".to_owned())),
        declared("None", 5, &MetricValue::Null(DataType::UInt32)),
    ];
    let valued = |alias, value| Metric {
        alias: Some(alias),
        value: Some(Wire::Long(value)),
        ..Metric::default()
    };
    let late = Metric { is_historical: Some(true), ..valued(1, 1_041) };
    vec![
        payload(Some(0), birth).encode(),
        payload(Some(1), vec![valued(1, 1_042), late]).encode(),
        payload(Some(2), vec![Metric::named("Good", &MetricValue::UInt64(1_043), None)]).encode(),
        payload(None, vec![Metric::named(BD_SEQ, &MetricValue::Int64(3), None)]).encode(),
        payload(Some(1), vec![declared("Good", 9, &MetricValue::UInt32(7))]).encode(),
        payload(Some(2), vec![valued(9, 8)]).encode(),
        Payload { uuid: Some("x".to_owned()), body: Some(vec![1, 2]), ..payload(Some(3), vec![]) }
            .encode(),
    ]
}

#[test]
fn a_payload_that_was_read_is_written_and_read_again() {
    Fuzz::new("Sparkplug payloads", payloads()).growth(256).run(|bytes| {
        let read = Payload::decode(bytes);
        if let Ok(payload) = &read {
            let written = payload.encode();
            // What is not a number is not itself, so that bytes are compared.
            assert_eq!(Payload::decode(&written).unwrap().encode(), written);
            for metric in &payload.metrics {
                let _ = metric.value(Some(DataType::Int8));
            }
        }
        Said::of(&read, |payload| {
            let names = payload.metrics.iter().map(|it| it.called().map_or(0, str::len));
            std::mem::size_of_val(&*payload.metrics) + names.sum::<usize>()
        })
    });
}

#[test]
fn a_topic_that_was_read_is_written_as_it_was() {
    let topics = ["spBv1.0/Plant 1/NBIRTH/Line:1", "spBv1.0/G/DDATA/N/D", "spBv1.0/STATE/mtm"];
    let words = ["/", "NDEATH", "DCMD", "STATE", "spBv1.0", "+", "#"];
    Fuzz::new("Sparkplug topics", topics).words(words).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        match Topic::parse(&text) {
            Some(topic) => {
                assert_eq!(topic.to_string(), text);
                Said::Taken(text.len())
            }
            None => Said::Refused(String::new()),
        }
    });
}

/// Messages one behind the other: which of an edge node's topics, how long after the one before, how long, and the payload.
fn framed(messages: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let frame = |(topic, pause, payload): &(u8, u8, &[u8])| {
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        [&[*topic, *pause], &length[..], payload].concat()
    };
    messages.iter().flat_map(frame).collect()
}

/// The next message, as far as there are bytes.
fn next<'b>(rest: &mut &'b [u8]) -> Option<(u8, u8, &'b [u8])> {
    let ([topic, pause, high, low], after) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
    let (payload, after) = after.split_at(length);
    *rest = after;
    Some((*topic, *pause, payload))
}

#[test]
fn whatever_an_edge_node_says_only_totals_of_what_was_born_are_believed() {
    let said = payloads();
    let [birth, data, named, death] = [&said[0][..], &said[1], &said[2], &said[3]];
    let [device_birth, device_data] = [&said[4][..], &said[5]];
    let seeds = [
        framed(&[(0, 0, birth), (2, 1, data), (2, 1, named), (1, 1, death)]),
        framed(&[(0, 0, birth), (3, 1, device_birth), (5, 1, device_data)]),
        framed(&[(0, 0, birth), (2, 9, named), (2, 9, data), (1, 9, death)]),
    ];
    let topics =
        ["NBIRTH/N", "NDEATH/N", "NDATA/N", "DBIRTH/N/D", "DDEATH/N/D", "DDATA/N/D", "NCMD/N"];
    let topics = topics.map(|it| format!("spBv1.0/G/{it}"));
    Fuzz::new("Sparkplug sessions", seeds).words(said).share(2).growth(256).run(|bytes| {
        let settings = Settings {
            group: id("G"),
            node: id("N"),
            reorder: Duration::from_secs(2),
            rebirth_every: Duration::from_secs(10),
        };
        let mut session = Session::new(settings);
        let mut now = Duration::from_secs(1);
        let mut effects = session.open(now);
        let mut rest = bytes;
        while let Some((topic, pause, payload)) = next(&mut rest) {
            now += Duration::from_millis(u64::from(pause) * 20);
            if session.due().is_some_and(|due| due <= now) {
                effects.extend(session.tick(now));
            }
            effects.extend(session.hear(now, &topics[usize::from(topic) % topics.len()], payload));
        }
        effects.extend(session.tick(now + Duration::from_secs(60)));
        let known = session.tags();
        let mut size = 0;
        for effect in &effects {
            let Effect::Batch(batch) = effect else { continue };
            for reading in &batch.readings {
                assert!(known.iter().any(|tag| tag.name == reading.tag), "{reading:?}");
                assert!(!matches!(reading.value, Value::Total(total) if total > Value::MOST));
                size += reading.tag.len();
            }
        }
        let lost = effects.iter().rev().find_map(|effect| match effect {
            Effect::AskRebirth(why) => Some(why.to_string()),
            Effect::Batch(_) | Effect::Stale(_) => None,
        });
        match lost.filter(|why| !why.contains("nothing was heard")) {
            Some(why) => Said::Refused(why),
            None => Said::Taken(size),
        }
    });
}

//! What a session believes.

mod network;
mod rules;

use std::fmt::Write as _;
use std::time::Duration;

use super::super::{BD_SEQ, DataType, Id, Metric, MetricValue, Payload, Wire};
use super::{Effect, Session, Settings, Why};
use crate::machine::{Link, Value};

const REORDER: Duration = Duration::from_secs(2);
const REBIRTH_EVERY: Duration = Duration::from_secs(10);

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn session() -> Session {
    Session::new(Settings {
        group: id("G"),
        node: id("N"),
        reorder: REORDER,
        rebirth_every: REBIRTH_EVERY,
    })
}

/// A metric as births have it.
fn declared(name: &str, alias: u64, value: &MetricValue) -> Metric {
    Metric { alias: Some(alias), ..Metric::named(name, value, None) }
}

/// A metric as data has it: an alias and a value.
fn valued(alias: u64, value: u64) -> Metric {
    Metric { alias: Some(alias), value: Some(Wire::Long(value)), ..Metric::default() }
}

fn bytes(timestamp: u64, seq: Option<u64>, metrics: Vec<Metric>) -> Vec<u8> {
    Payload { timestamp: Some(timestamp), seq, metrics, ..Payload::default() }.encode()
}

fn birth(timestamp: u64, bd_seq: i64, mut metrics: Vec<Metric>) -> Vec<u8> {
    metrics.insert(0, Metric::named(BD_SEQ, &MetricValue::Int64(bd_seq), None));
    bytes(timestamp, Some(0), metrics)
}

/// What came out, for people: `next A=5 B=-` for a batch, and what else is to be done.
fn told(effects: Vec<Effect>) -> Vec<String> {
    let told = |effect| match effect {
        Effect::AskRebirth(why) => format!("ask: {why}"),
        Effect::Stale(owner) => format!("stale {owner:?}"),
        Effect::Batch(batch) => {
            assert_eq!(batch.position, None);
            let mut text = if batch.link == Link::Gap { "gap" } else { "next" }.to_owned();
            for reading in batch.readings {
                assert!(!reading.began_again);
                let value = match reading.value {
                    Value::Total(total) => total.to_string(),
                    Value::Unavailable => "-".to_owned(),
                    Value::Nonsense(text) => format!("?{text}"),
                };
                write!(text, " {}={value}", reading.tag).unwrap();
            }
            text
        }
    };
    effects.into_iter().map(told).collect()
}

//! What a node or a device has.

use std::collections::BTreeMap;

use super::super::{LARGEST_PAYLOAD, MOST_METRICS, Metric, MetricValue};
use super::change::LONGEST_VALUE;

/// Metrics of a node, or of one device: with those that every birth has they fit into one.
const MOST: usize = MOST_METRICS - 2;
/// Bytes of a birth for its own metrics.
const ROOM: usize = LARGEST_PAYLOAD - 1_024;
/// Bytes of a metric beside its name, and beside a text: alias, time, type, a number, and how long each is.
const AROUND: usize = 64;

/// A metric with its newest value.
#[derive(Debug)]
struct Owned {
    alias: u64,
    value: MetricValue,
    at: u64,
}

/// What changed in a table of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// One that was known.
    Known,
    /// One that no birth named yet, or whose type is another one.
    New,
    /// One too many.
    Full,
}

/// The metrics of a node or a device.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    owned: BTreeMap<String, Owned>,
    /// Bytes that they take in a birth, whatever values they get later.
    bytes: usize,
}

impl Metrics {
    /// Takes another value for a metric, which gets the next alias where it is new.
    pub(super) fn put(
        &mut self,
        name: &str,
        value: &MetricValue,
        at: u64,
        next_alias: &mut u64,
    ) -> Put {
        if let Some(owned) = self.owned.get_mut(name) {
            let is_alike = owned.value.datatype() == value.datatype();
            let (before, after) = (most_bytes(name, &owned.value), most_bytes(name, value));
            if self.bytes - before + after > ROOM {
                return Put::Full;
            }
            self.bytes = self.bytes - before + after;
            (owned.value, owned.at) = (value.clone(), at);
            return if is_alike { Put::Known } else { Put::New };
        }
        let bytes = self.bytes + most_bytes(name, value);
        if self.owned.len() >= MOST || bytes > ROOM {
            return Put::Full;
        }
        self.bytes = bytes;
        let owned = Owned { alias: *next_alias, value: value.clone(), at };
        self.owned.insert(name.to_owned(), owned);
        *next_alias += 1;
        Put::New
    }

    /// All of them, as a birth says it.
    pub(super) fn born(&self) -> impl Iterator<Item = Metric> {
        self.owned.iter().map(|(name, owned)| Metric {
            alias: Some(owned.alias),
            ..Metric::named(name, &owned.value, Some(owned.at))
        })
    }

    /// One value, as data says it: under its alias. It says its type again, although the standard would rather not have it:
    /// readers that know no births depend on it.
    pub(super) fn data(&self, name: &str, value: &MetricValue, at: u64) -> Option<Metric> {
        let alias = self.owned.get(name)?.alias;
        let metric = Metric { alias: Some(alias), timestamp: Some(at), ..Metric::default() };
        Some(metric.with_value(value))
    }

    /// Gives each another alias.
    pub(super) fn renumber(&mut self, next_alias: &mut u64) {
        for owned in self.owned.values_mut().rev() {
            owned.alias = *next_alias;
            *next_alias += 1;
        }
    }
}

/// Bytes that a metric of this type takes at most.
fn most_bytes(name: &str, value: &MetricValue) -> usize {
    let text = match value {
        MetricValue::String(_)
        | MetricValue::Text(_)
        | MetricValue::Uuid(_)
        | MetricValue::Bytes(_) => LONGEST_VALUE,
        _ => 0,
    };
    name.len() + text + AROUND
}

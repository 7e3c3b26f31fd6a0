//! What a node or a device has.

use std::collections::BTreeMap;

use super::super::{Metric, MetricValue};

/// Metrics of a node, or of one device: so many fit into one birth, whatever their names and values are.
pub(super) const MOST: usize = 800;

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
pub(super) struct Metrics(BTreeMap<String, Owned>);

impl Metrics {
    /// Takes another value for a metric, which gets the next alias where it is new.
    pub(super) fn put(
        &mut self,
        name: &str,
        value: &MetricValue,
        at: u64,
        next_alias: &mut u64,
    ) -> Put {
        if let Some(owned) = self.0.get_mut(name) {
            let is_alike = owned.value.datatype() == value.datatype();
            (owned.value, owned.at) = (value.clone(), at);
            return if is_alike { Put::Known } else { Put::New };
        }
        if self.0.len() >= MOST {
            return Put::Full;
        }
        let owned = Owned { alias: *next_alias, value: value.clone(), at };
        self.0.insert(name.to_owned(), owned);
        *next_alias += 1;
        Put::New
    }

    /// All of them, as a birth says it.
    pub(super) fn born(&self) -> impl Iterator<Item = Metric> {
        self.0.iter().map(|(name, owned)| Metric {
            alias: Some(owned.alias),
            ..Metric::named(name, &owned.value, Some(owned.at))
        })
    }

    /// One value, as data says it: under its alias. It says its type again, although the standard would rather not have it:
    /// readers that know no births depend on it.
    pub(super) fn data(&self, name: &str, value: &MetricValue, at: u64) -> Option<Metric> {
        let alias = self.0.get(name)?.alias;
        let metric = Metric { alias: Some(alias), timestamp: Some(at), ..Metric::default() };
        Some(metric.with_value(value))
    }

    /// Gives each another alias.
    pub(super) fn renumber(&mut self, next_alias: &mut u64) {
        for owned in self.0.values_mut().rev() {
            owned.alias = *next_alias;
            *next_alias += 1;
        }
    }
}

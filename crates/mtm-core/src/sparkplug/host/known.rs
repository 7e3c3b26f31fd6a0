//! What births said there is.

use std::collections::{BTreeMap, HashMap};

use super::super::{BD_SEQ, DataType, Id, LONGEST_NAME, Metric, NODE_CONTROL, Payload};
use crate::machine::{Reading, Tag, Value};
use crate::word::Timestamp;

/// Devices of an edge node.
pub(super) const MOST_DEVICES: usize = 1_000;
/// Metrics of an edge node and all its devices.
const MOST: usize = 20_000;

/// A metric of which a birth spoke.
#[derive(Debug, Clone)]
struct Entry {
    datatype: DataType,
    /// Its name in readings; nothing where it is no number or where another metric has that name.
    tag: Option<String>,
}

/// The metrics of a node or a device.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    /// An alias that a birth gives to two is nobody's.
    by_alias: HashMap<u64, Option<usize>>,
}

/// Which metric is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant<'m> {
    /// This one of the table.
    Entry(usize),
    /// The birth did not name it.
    UnknownName(&'m str),
    /// The birth gave nobody this alias, or gave it to another one.
    UnknownAlias(u64),
    /// Neither a name nor an alias.
    Nobody,
}

impl Table {
    /// Which of its metrics `metric` is about.
    pub(super) fn meant<'m>(&self, metric: &'m Metric) -> Meant<'m> {
        let by_name = metric.called().map(|name| (name, self.by_name.get(name).copied()));
        let by_alias = metric.alias.map(|alias| (alias, self.by_alias.get(&alias).copied()));
        match (by_name, by_alias) {
            (Some((_, Some(entry))), Some((alias, Some(other)))) if other != Some(entry) => {
                Meant::UnknownAlias(alias)
            }
            (None, Some((_, Some(Some(entry))))) | (Some((_, Some(entry))), _) => {
                Meant::Entry(entry)
            }
            (Some((name, None)), _) => Meant::UnknownName(name),
            (None, Some((alias, _))) => Meant::UnknownAlias(alias),
            (None, None) => Meant::Nobody,
        }
    }

    /// The entry of that name.
    pub(super) fn named(&self, metric: &Metric) -> Option<usize> {
        self.by_name.get(metric.called()?).copied()
    }

    /// What `metric` says of an entry, sent at `sent`; nothing where it counts nothing.
    pub(super) fn reading(
        &self,
        entry: usize,
        metric: &Metric,
        sent: Option<u64>,
    ) -> Option<Reading> {
        let Entry { tag, datatype, .. } = self.entries.get(entry)?;
        let value = super::total::total(&metric.value(Some(*datatype)));
        let at = metric.timestamp.or(sent).and_then(moment);
        Some(Reading { tag: tag.clone()?, value, at, began_again: false })
    }

    /// The tags that it names.
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| entry.tag.as_deref())
    }
}

/// A tag that is not there any more.
pub(super) fn unavailable(tag: &str, at: Option<Timestamp>) -> Reading {
    Reading { tag: tag.to_owned(), value: Value::Unavailable, at, began_again: false }
}

/// A moment on the wire, in milliseconds since 1970.
pub(super) fn moment(millis: u64) -> Option<Timestamp> {
    i64::try_from(millis).ok()?.checked_mul(1_000).map(Timestamp::from_micros)
}

/// Everything that births of one edge node said there is.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) node: Table,
    pub(super) devices: BTreeMap<Id, Table>,
}

impl Known {
    /// What a birth says; `None` where that would be more than is kept.
    pub(super) fn read(
        &self,
        names: &mut Names,
        device: Option<&Id>,
        birth: &Payload,
    ) -> Option<Table> {
        let others = self.devices.iter().filter(|(id, _)| Some(*id) != device);
        let of_devices: usize = others.map(|(_, table)| table.entries.len()).sum();
        let of_node = device.map_or(0, |_| self.node.entries.len());
        let is_new = device.is_some_and(|device| !self.devices.contains_key(device));
        if of_devices + of_node + birth.metrics.len() > MOST
            || (is_new && self.devices.len() >= MOST_DEVICES)
        {
            return None;
        }
        let mut table = Table::default();
        for metric in &birth.metrics {
            let Some(name) = metric.called() else { continue };
            let datatype = metric.value(None).datatype();
            let at = *table.by_name.entry(name.to_owned()).or_insert_with(|| {
                let counts = datatype.is_number() && device_or_counter(device, name);
                let tag = counts.then(|| names.give(device, name, datatype)).flatten();
                table.entries.push(Entry { datatype, tag });
                table.entries.len() - 1
            });
            if let Some(alias) = metric.alias {
                let owner = table.by_alias.entry(alias).or_insert(Some(at));
                *owner = owner.filter(|other| *other == at);
            }
        }
        Some(table)
    }
}

/// Whether a number may count: what commands the node, and what numbers its connections, does not.
fn device_or_counter(device: Option<&Id>, name: &str) -> bool {
    device.is_some() || (name != BD_SEQ && !name.starts_with(NODE_CONTROL))
}

/// Names of tags, which whoever had one first keeps: a metric of the node may be called as one of a device.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, (Option<Id>, String)>);

impl Names {
    fn give(&mut self, device: Option<&Id>, name: &str, datatype: DataType) -> Option<String> {
        debug_assert!(name.len() <= LONGEST_NAME, "payloads are read within their bounds");
        let tag = device.map_or_else(|| name.to_owned(), |device| format!("{device}:{name}"));
        if let Some((owner, _)) = self.0.get(&tag) {
            return (owner.as_ref() == device).then_some(tag);
        }
        if self.0.len() >= MOST {
            return None;
        }
        let of = device.map_or_else(String::new, |device| format!(" of {device}"));
        self.0.insert(tag.clone(), (device.cloned(), format!("{}{of}", datatype.name())));
        Some(tag)
    }

    /// All that were named so far.
    pub(super) fn tags(&self) -> Vec<Tag> {
        let tag = |(name, (_, words)): (&String, &(_, String))| Tag {
            name: name.clone(),
            words: words.clone(),
        };
        self.0.iter().map(tag).collect()
    }
}

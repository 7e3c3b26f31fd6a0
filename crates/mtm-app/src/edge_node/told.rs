//! What was told of an edge node, and what is to be told next.

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::sparkplug::edge::Change;
use mtm_core::sparkplug::{Id, MetricValue};
use mtm_core::word::Timestamp;

use super::figures::{Figures, Key};

/// When the figures were read last: it changes with every look, so that who listens sees how old they are.
const READ_AT: &str = "Log/ReadAt";

/// What was told so far.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<Key, MetricValue>);

/// What is to be told now: first that devices are gone, then what changed.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) gone: Vec<Id>,
    pub(super) changes: Vec<Change>,
    /// Metrics that Sparkplug cannot name, which are never told.
    pub(super) unnamed: usize,
}

impl Told {
    /// Takes other figures, and says what of them is news. A device that lost a metric is told anew, because Sparkplug knows
    /// no other way to take one back. While nobody hears it (`is_heard`), how old figures are is no news worth keeping.
    pub(super) fn step(&mut self, figures: &Figures, is_heard: bool) -> Step {
        let now = figures.metrics();
        let lost: BTreeSet<&Id> = self
            .0
            .keys()
            .filter(|key| !now.contains_key(*key))
            .filter_map(|(device, _)| device.as_ref())
            .collect();
        let at = millis(figures.at);
        let mut step = Step::default();
        for ((device, name), value) in &now {
            let is_new_device = device.as_ref().is_some_and(|device| lost.contains(device));
            let before = self.0.get(&(device.clone(), name.clone()));
            if is_new_device || before != Some(value) {
                match Change::new(device.clone(), name, value.clone(), at) {
                    Ok(change) => step.changes.push(change),
                    Err(_) => step.unnamed += 1,
                }
            }
        }
        step.gone = lost.into_iter().cloned().collect();
        if is_heard || self.0.is_empty() {
            // The name is a constant, and good.
            step.changes.extend(Change::of_node(READ_AT, MetricValue::DateTime(at), at));
        }
        self.0 = now;
        step
    }
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.micros() / 1_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use mtm_core::word::{LocationCode, OperationCode};

    use super::super::figures::Amount;
    use super::*;
    use crate::truth::Light;

    fn figures(operations: &[(&str, i64)], locations: &[(&str, Option<&str>, i64)]) -> Figures {
        let amount = |pieces| Amount { pieces, buckets: u64::from(pieces > 0) };
        let operation =
            |(code, pieces): &(&str, i64)| (OperationCode::parse(code).unwrap(), amount(*pieces));
        let location = |(code, building, pieces): &(&str, Option<&str>, i64)| {
            let building = building.map(str::to_owned);
            (LocationCode::parse(code).unwrap(), (building, amount(*pieces)))
        };
        Figures {
            at: Timestamp::from_micros(1_700_000_000_000_000),
            place: 7,
            light: Light::Green,
            site: "Plant".to_owned(),
            operations: operations.iter().map(operation).collect(),
            locations: locations.iter().map(location).collect(),
        }
    }

    /// Numbers that are told, as `DEVICE:NAME=VALUE`.
    fn said(step: &Step) -> Vec<String> {
        let number = |it: &Change| match it.value() {
            MetricValue::Int64(value) => {
                let device = it.device().map(|device| format!("{device}:")).unwrap_or_default();
                Some(format!("{device}{}={value}", it.name()))
            }
            _ => None,
        };
        step.changes.iter().filter_map(number).collect()
    }

    #[test]
    fn at_first_everything_is_told_and_later_what_changed() {
        let mut told = Told::default();
        let before = figures(&[("19", 5), ("20", 0)], &[("A-1", Some("East"), 5)]);
        let first = told.step(&before, true);
        assert_eq!(first.changes.len(), 7 + 4 + 2 + 1);
        assert!(said(&first).contains(&"Operations:19/Pieces=5".to_owned()));
        assert!(said(&first).contains(&"East:A-1/Pieces=5".to_owned()));
        let same = told.step(&before, true);
        assert_eq!(said(&same), Vec::<String>::new());
        assert_eq!(same.changes.len(), 1, "how old the figures are is always told");
        assert!(told.step(&before, false).changes.is_empty(), "and kept for nobody");
        let moved = told.step(&figures(&[("19", 0), ("20", 5)], &[("A-1", Some("East"), 5)]), true);
        let expected = [
            "Operations:19/Buckets=0",
            "Operations:19/Pieces=0",
            "Operations:20/Buckets=1",
            "Operations:20/Pieces=5",
        ];
        assert_eq!(said(&moved), expected);
    }

    #[test]
    fn what_is_no_more_ends_its_device_which_begins_anew() {
        let mut told = Told::default();
        told.step(&figures(&[("19", 5), ("20", 0)], &[("A-1", Some("East"), 5)]), true);
        let step = told.step(&figures(&[("19", 5)], &[("A-1", None, 5)]), true);
        let gone: Vec<_> = step.gone.iter().map(Id::as_str).collect();
        assert_eq!(gone, ["East", "Operations"]);
        let expected = [
            "Locations:A-1/Buckets=1",
            "Locations:A-1/Pieces=5",
            "Operations:19/Buckets=1",
            "Operations:19/Pieces=5",
        ];
        let of_devices = said(&step).into_iter().filter(|it| it.contains(':'));
        assert_eq!(of_devices.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_building_whose_name_can_be_no_device_has_its_locations_among_the_others() {
        let told = |building| {
            let step = Told::default().step(&figures(&[], &[("A-1", Some(building), 1)]), true);
            said(&step).into_iter().find(|it| it.contains("A-1/Pieces")).unwrap()
        };
        assert_eq!(told("Hall 2"), "Hall 2:A-1/Pieces=1");
        assert_eq!(told("Hall 2/3"), "Locations:A-1/Pieces=1");
        assert_eq!(told("Operations"), "Locations:A-1/Pieces=1");
    }
}

//! Routings as deciding sees them: per part, every version there is, each from a moment on.
//!
//! History only grows. A changed routing is another version; the version in force at a moment is
//! the one that began last by then, and of two that began together the later one.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::word::{LocationId, OperationId, PartId, Timestamp, Yield};

/// An operation of a routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutingStep {
    /// Its place in the sequence; positions grow.
    pub position: u16,
    /// The operation; it stands in a routing once.
    pub operation: OperationId,
    /// Where pieces go that come to it, unless a booking says otherwise.
    pub location: Option<LocationId>,
    /// How many of them are expected to come out good.
    pub yields: Option<Yield>,
}

/// One version of a part's routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingVersion {
    /// Counted from 1.
    pub number: u32,
    /// From when on it holds.
    pub effective_from: Timestamp,
    /// The operations in their order; none where the routing ends with this version.
    pub steps: Arc<[RoutingStep]>,
}

/// Where pieces go after an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward<'r> {
    /// To this one.
    Next(&'r RoutingStep),
    /// Nowhere: it is the last one.
    Finished,
    /// The operation is not in the routing.
    Outside,
}

impl RoutingVersion {
    /// Whether the part has no routing any more from this version on.
    pub fn ends(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step of `operation`.
    pub fn step(&self, operation: OperationId) -> Option<&RoutingStep> {
        self.steps.iter().find(|step| step.operation == operation)
    }

    /// Where pieces go after `operation`.
    pub fn after(&self, operation: OperationId) -> Onward<'_> {
        let Some(at) = self.steps.iter().position(|step| step.operation == operation) else {
            return Onward::Outside;
        };
        self.steps.get(at + 1).map_or(Onward::Finished, Onward::Next)
    }
}

/// Every version of one part's routing, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routing {
    versions: Vec<RoutingVersion>,
}

/// A version and until when it holds, as far as is known by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutingSpan<'r> {
    /// The version.
    pub version: &'r RoutingVersion,
    /// When the next one begins.
    pub until: Option<Timestamp>,
}

impl Routing {
    /// Adds a version, whose number is above all others.
    pub fn add(&mut self, version: RoutingVersion) {
        self.versions.push(version);
    }

    /// Every version, the first one first.
    pub fn versions(&self) -> &[RoutingVersion] {
        &self.versions
    }

    /// The version that was made last, whether or not it has begun.
    pub fn newest(&self) -> Option<&RoutingVersion> {
        self.versions.last()
    }

    /// The version that holds at `at`, also one that ends the routing.
    pub fn at(&self, at: Timestamp) -> Option<&RoutingVersion> {
        let begun = self.versions.iter().filter(|version| version.effective_from <= at);
        begun.max_by_key(|version| (version.effective_from, version.number))
    }

    /// The version in force at `at`, with its end; `None` where there is no routing then.
    pub fn in_force(&self, at: Timestamp) -> Option<RoutingSpan<'_>> {
        let version = self.at(at).filter(|version| !version.ends())?;
        let later = self.versions.iter().filter(|other| other.effective_from > at);
        Some(RoutingSpan { version, until: later.map(|other| other.effective_from).min() })
    }
}

/// The routings of all parts that have or had one. Clones share them until one changes.
#[derive(Debug, Clone, Default)]
pub struct Routings {
    of: Arc<HashMap<PartId, Arc<Routing>>>,
}

impl Routings {
    /// The routing of `part`, whether or not it is in force.
    pub fn of(&self, part: PartId) -> Option<&Routing> {
        self.of.get(&part).map(|routing| &**routing)
    }

    /// The version that `part` goes by at `at`.
    pub fn in_force(&self, part: PartId, at: Timestamp) -> Option<&RoutingVersion> {
        self.of(part)?.in_force(at).map(|span| span.version)
    }

    /// Adds a version.
    pub fn add(&mut self, part: PartId, version: RoutingVersion) {
        let routing = Arc::make_mut(&mut self.of).entry(part).or_default();
        Arc::make_mut(routing).add(version);
    }

    /// Every part that has or had one, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (PartId, &Routing)> {
        self.of.iter().map(|(part, routing)| (*part, &**routing))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }
}

/// What a site wants done about an entry outside its part's routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffRouting {
    /// It is booked, and the answer says so.
    #[default]
    Warn,
    /// It is refused until somebody confirms it.
    Refuse,
}

impl OffRouting {
    /// Every choice.
    pub const ALL: [Self; 2] = [Self::Warn, Self::Refuse];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }

    /// The choice of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn version(number: u32, from: i64, operations: &[i64]) -> RoutingVersion {
        let step = |(position, operation): (u16, &i64)| RoutingStep {
            position,
            operation: OperationId(*operation),
            location: None,
            yields: None,
        };
        let steps = (1..).zip(operations).map(step).collect();
        RoutingVersion { number, effective_from: at(from), steps }
    }

    #[test]
    fn the_version_in_force_began_last_and_of_two_the_later_one() {
        let mut routing = Routing::default();
        routing.add(version(1, 10, &[1, 2]));
        routing.add(version(2, 50, &[1, 3]));
        routing.add(version(3, 30, &[1, 4]));
        routing.add(version(4, 50, &[1, 5]));
        routing.add(version(5, 90, &[]));
        let number = |when| routing.in_force(at(when)).map(|span| span.version.number);
        assert_eq!(number(9), None);
        assert_eq!(number(10), Some(1));
        assert_eq!(number(30), Some(3));
        assert_eq!(number(49), Some(3));
        assert_eq!(number(50), Some(4), "the later of two that begin together");
        assert_eq!(number(90), None, "the routing ended");
        assert_eq!(routing.at(at(90)).map(|version| version.number), Some(5));
        assert_eq!(routing.in_force(at(10)).unwrap().until, Some(at(30)));
    }

    #[test]
    fn each_part_goes_by_its_own_routing() {
        let mut routings = Routings::default();
        assert!(routings.is_empty());
        routings.add(PartId(1), version(1, 10, &[1, 2]));
        routings.add(PartId(1), version(2, 20, &[1]));
        routings.add(PartId(2), version(1, 30, &[3]));
        let number = |part, when| routings.in_force(PartId(part), at(when)).map(|it| it.number);
        assert_eq!((number(1, 10), number(1, 20)), (Some(1), Some(2)));
        assert_eq!((number(2, 29), number(2, 30), number(3, 30)), (None, Some(1), None));
        assert_eq!(routings.of(PartId(1)).map(|it| it.versions().len()), Some(2));
        assert_eq!((routings.len(), routings.iter().count(), routings.is_empty()), (2, 2, false));
    }

    #[test]
    fn pieces_go_on_to_the_next_operation_or_are_finished() {
        let version = version(1, 0, &[7, 3, 5]);
        assert_eq!(version.after(OperationId(7)), Onward::Next(&version.steps[1]));
        assert_eq!(version.after(OperationId(5)), Onward::Finished);
        assert_eq!(version.after(OperationId(9)), Onward::Outside);
    }
}

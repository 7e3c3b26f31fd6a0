//! Holds as deciding sees them.

use std::collections::{BTreeMap, HashMap};

use crate::word::{HoldId, LocationId, LotNumber, PartId, ReasonCode};

/// What a hold blocks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HoldTarget {
    /// One lot, wherever it stands.
    Lot(LotNumber),
    /// Every lot of a part.
    Part(PartId),
    /// Everything at a location.
    Location(LocationId),
}

/// A hold that has not been released: movements out of its target are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveHold {
    /// Identity.
    pub id: HoldId,
    /// What it blocks.
    pub target: HoldTarget,
    /// Why.
    pub reason: ReasonCode,
}

/// Holds that are not released. There is one at most on anything; what is on hold is found at once,
/// however many there are.
#[derive(Debug, Clone, Default)]
pub struct Holds {
    all: BTreeMap<HoldId, ActiveHold>,
    lots: HashMap<LotNumber, HoldId>,
    parts: HashMap<PartId, HoldId>,
    locations: HashMap<LocationId, HoldId>,
}

impl Holds {
    /// Adds a hold on something that is not on hold.
    pub fn put(&mut self, hold: ActiveHold) {
        match &hold.target {
            HoldTarget::Lot(lot) => drop(self.lots.insert(lot.clone(), hold.id)),
            HoldTarget::Part(part) => drop(self.parts.insert(*part, hold.id)),
            HoldTarget::Location(location) => drop(self.locations.insert(*location, hold.id)),
        }
        self.all.insert(hold.id, hold);
    }

    /// Takes a hold away, which was released.
    pub fn release(&mut self, id: HoldId) {
        match self.all.remove(&id).map(|hold| hold.target) {
            Some(HoldTarget::Lot(lot)) => drop(self.lots.remove(&lot)),
            Some(HoldTarget::Part(part)) => drop(self.parts.remove(&part)),
            Some(HoldTarget::Location(location)) => drop(self.locations.remove(&location)),
            None => {}
        }
    }

    /// The hold of this identity.
    pub fn get(&self, id: HoldId) -> Option<&ActiveHold> {
        self.all.get(&id)
    }

    /// The hold on the lot itself.
    pub fn on_lot(&self, lot: &LotNumber) -> Option<&ActiveHold> {
        self.lots.get(lot).and_then(|id| self.get(*id))
    }

    /// The hold on the part.
    pub fn on_part(&self, part: PartId) -> Option<&ActiveHold> {
        self.parts.get(&part).and_then(|id| self.get(*id))
    }

    /// The hold on the location.
    pub fn on_location(&self, location: LocationId) -> Option<&ActiveHold> {
        self.locations.get(&location).and_then(|id| self.get(*id))
    }

    /// The hold on `target`.
    pub fn on(&self, target: &HoldTarget) -> Option<&ActiveHold> {
        match target {
            HoldTarget::Lot(lot) => self.on_lot(lot),
            HoldTarget::Part(part) => self.on_part(*part),
            HoldTarget::Location(location) => self.on_location(*location),
        }
    }

    /// All of them, in the order in which they were placed.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ActiveHold> {
        self.all.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing is on hold.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_is_on_hold_is_found_until_it_is_released() {
        let lot = LotNumber::parse("0000000007").unwrap();
        let targets = [
            HoldTarget::Lot(lot),
            HoldTarget::Part(PartId(7)),
            HoldTarget::Location(LocationId(7)),
        ];
        let mut holds = Holds::default();
        for (n, target) in (1_u128..).zip(&targets) {
            let id = HoldId(Uuid::from_u128(n));
            let reason = ReasonCode::parse("quality").unwrap();
            holds.put(ActiveHold { id, target: target.clone(), reason });
        }
        assert_eq!((holds.len(), holds.is_empty()), (3, false));
        assert!(holds.iter().map(|hold| &hold.target).eq(&targets), "as they were placed");
        assert!(holds.on(&HoldTarget::Part(PartId(8))).is_none());
        for target in &targets {
            let id = holds.on(target).unwrap().id;
            assert_eq!(holds.get(id).map(|hold| &hold.target), Some(target));
            holds.release(id);
            holds.release(id);
            assert!(holds.on(target).is_none());
        }
        assert!(holds.is_empty());
    }
}

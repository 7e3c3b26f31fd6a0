//! Locations: racks with an aisle letter, a level and a position, floor areas, work centres.

use std::collections::BTreeSet;

use mtm_core::catalogue::LocationKind;
use mtm_core::word::LocationCode;

use super::{BUILDINGS, LocationMaster, word};
use crate::plant::sample::{Concern, Dice, Weights};
use crate::plant::shape;
use crate::plant::spec::PlantSpec;

use LocationKind::{Dock, Floor, Quality, Staging, Truck, Vendor, WorkCentre};

/// Places that are not rack positions: code, building, kind, and how much of the receipts that
/// do not go into a rack go there (a weight).
const AREAS: [(&str, usize, LocationKind, u64); 40] = [
    ("R-04", 0, Staging, 230),
    ("FLOOR - WIP AISLE", 0, Floor, 220),
    ("FLOOR - 252", 0, Floor, 150),
    ("U-04", 0, Staging, 110),
    ("R-05", 0, Staging, 60),
    ("NCM", 0, Quality, 45),
    ("FLOOR - R C/D", 0, Floor, 40),
    ("S-00", 0, Staging, 16),
    ("WC-252", 0, WorkCentre, 14),
    ("X-00", 0, Staging, 12),
    ("FLOOR - U E/F", 0, Floor, 11),
    ("FLOOR - R E/F", 0, Floor, 11),
    ("FLOOR - U-04", 0, Floor, 10),
    ("FLOOR - 1814", 0, Floor, 10),
    ("QUALITY", 0, Quality, 9),
    ("CS-01", 0, Staging, 9),
    ("BACK PAD", 0, Floor, 8),
    ("TRL-04", 0, Truck, 7),
    ("CS-02", 0, Staging, 5),
    ("WC-1814", 0, WorkCentre, 5),
    ("WC-1822", 0, WorkCentre, 4),
    ("WC-310", 0, WorkCentre, 4),
    ("DOCK-01", 0, Dock, 4),
    ("DOCK-02", 0, Dock, 3),
    ("TRL-01", 0, Truck, 3),
    ("TRL-02", 0, Truck, 2),
    ("FLOOR - SHIPPING", 0, Floor, 2),
    ("WC-118", 0, WorkCentre, 2),
    ("WC-204", 0, WorkCentre, 2),
    ("PLATER", 0, Vendor, 2),
    ("HEAT TREATER", 0, Vendor, 1),
    ("DIE SHOP", 0, WorkCentre, 1),
    ("DC-DOCK", 1, Dock, 6),
    ("FLOOR - V AISLE", 1, Floor, 6),
    ("V-00", 1, Staging, 5),
    ("DC-FG", 1, Staging, 4),
    ("WC-V10", 1, WorkCentre, 2),
    ("WC-V20", 1, WorkCentre, 2),
    ("QUALITY - SOUTH", 1, Quality, 1),
    ("TRL-V1", 1, Truck, 1),
];

/// Families of racks: prefix, building, and share of all rack positions (thousandths).
const RACKS: [(&str, usize, u64); 9] = [
    ("R", 0, 190),
    ("U", 0, 110),
    ("W", 0, 95),
    ("DD", 0, 95),
    ("S", 0, 80),
    ("X", 0, 55),
    ("T", 0, 30),
    ("DC", 1, 200),
    ("V", 1, 145),
];

const POSITIONS: u32 = 30;
const LEVELS: u32 = 6;

/// Lots that a used rack position is planned for, and positions used at least.
const LOTS_IN_A_RACK: u64 = 20;
const FEWEST_RACKS: u64 = 24;

/// Receipts that go into a rack, in thousandths.
const INTO_RACKS: u64 = 480;

/// All locations, and which of them take part in the plant's life.
#[derive(Debug)]
pub(in crate::plant) struct Places {
    pub(in crate::plant) all: Vec<LocationMaster>,
    areas: Weights,
    racks: Vec<usize>,
    lots: Vec<u16>,
}

impl Places {
    pub(in crate::plant) fn new(spec: &PlantSpec) -> Self {
        let mut dice = Dice::new(spec.seed, Concern::Places);
        let wanted = usize::try_from(spec.locations).unwrap_or(usize::MAX);
        let areas = AREAS.len().min(wanted / 3);
        let mut all: Vec<LocationMaster> = AREAS[..areas]
            .iter()
            .map(|&(code, building, kind, _)| LocationMaster {
                code: word(code),
                building: BUILDINGS[building],
                kind,
            })
            .collect();
        let mut taken: BTreeSet<LocationCode> =
            all.iter().map(|location| location.code.clone()).collect();
        let positions = spec.locations.saturating_sub(u32::try_from(areas).unwrap_or_default());
        for (family, count) in families(positions) {
            let (prefix, building, _) = RACKS[family];
            for nth in 0..count {
                let code: LocationCode = word(&rack(prefix, nth));
                if taken.insert(code.clone()) {
                    let building = BUILDINGS[building];
                    all.push(LocationMaster { code, building, kind: LocationKind::Rack });
                }
            }
        }
        let mut racks: Vec<usize> = (areas..all.len()).collect();
        dice.shuffle(&mut racks);
        racks.truncate(used_racks(spec, areas));
        let lots = vec![0; all.len()];
        Self { areas: Weights::new(AREAS[..areas].iter().map(|area| area.3)), all, racks, lots }
    }

    /// Somewhere to put a lot: an area or a rack position. It may turn out to be full.
    pub(in crate::plant) fn somewhere(&self, dice: &mut Dice) -> usize {
        if dice.chance(INTO_RACKS) {
            *dice.pick(&self.racks)
        } else {
            self.areas.choose(dice.bits())
        }
    }

    /// `wanted`, or a rack position where that has no room for so many lots.
    pub(in crate::plant) fn with_room(&self, wanted: usize, lots: u16, dice: &mut Dice) -> usize {
        if self.has_room(wanted, lots) { wanted } else { self.rack(lots, None, dice) }
    }

    /// A place for a lot that is not `here`.
    pub(in crate::plant) fn elsewhere(&self, here: usize, dice: &mut Dice) -> usize {
        let wanted = self.somewhere(dice);
        if wanted != here && self.has_room(wanted, 1) {
            wanted
        } else {
            self.rack(1, Some(here), dice)
        }
    }

    /// A rack position with room for so many lots, other than `here`.
    pub(in crate::plant) fn rack(&self, lots: u16, here: Option<usize>, dice: &mut Dice) -> usize {
        let start = dice.index(self.racks.len());
        let (before, after) = self.racks.split_at(start);
        let mut others = after.iter().chain(before).copied().filter(|place| Some(*place) != here);
        let first = others.next();
        let free = first.into_iter().chain(others).find(|place| self.has_room(*place, lots));
        // A plant fuller than planned crowds its racks; it never loses a lot.
        free.or(first).unwrap_or(self.racks[start])
    }

    fn has_room(&self, place: usize, lots: u16) -> bool {
        self.lots[place].saturating_add(lots) <= shape::FULL_LOCATION
    }

    /// A lot arrives.
    pub(in crate::plant) fn fill(&mut self, place: usize) {
        self.lots[place] = self.lots[place].saturating_add(1);
    }

    /// A lot leaves.
    pub(in crate::plant) fn clear(&mut self, place: usize) {
        self.lots[place] = self.lots[place].saturating_sub(1);
    }
}

/// How many rack positions are ever used: the plant's share, more where the stock needs it.
fn used_racks(spec: &PlantSpec, areas: usize) -> usize {
    let share = u64::from(spec.locations) * shape::LOCATIONS_USED / 1_000;
    let needed = u64::from(spec.buckets) / LOTS_IN_A_RACK + FEWEST_RACKS;
    let racks = share.saturating_sub(areas as u64).max(needed);
    usize::try_from(racks).unwrap_or(usize::MAX)
}

/// How many of `positions` belong to each family; what rounding leaves goes to the first.
fn families(positions: u32) -> Vec<(usize, u32)> {
    let mut shares: Vec<(usize, u32)> = RACKS
        .iter()
        .enumerate()
        .map(|(family, &(_, _, share))| {
            let count = u64::from(positions) * share / 1_000;
            (family, u32::try_from(count).unwrap_or_default())
        })
        .collect();
    let given: u32 = shares.iter().map(|(_, count)| count).sum();
    shares[0].1 += positions - given;
    shares
}

/// The `nth` position of a family: `R-E4-18` is aisle E, level 4, position 18.
fn rack(prefix: &str, nth: u32) -> String {
    let position = nth % POSITIONS + 1;
    let level = nth / POSITIONS % LEVELS;
    let mut aisle = String::new();
    let mut rest = nth / POSITIONS / LEVELS;
    loop {
        let letter = u8::try_from(rest % 26).unwrap_or_default();
        aisle.insert(0, char::from(b'A' + letter));
        rest /= 26;
        if rest == 0 {
            break;
        }
        rest -= 1;
    }
    format!("{prefix}-{aisle}{level}-{position:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rack_codes_count_through_positions_levels_and_aisles() {
        assert_eq!(rack("R", 0), "R-A0-01");
        assert_eq!(rack("R", 4 * 180 + 4 * 30 + 17), "R-E4-18");
        assert_eq!(rack("DC", 26 * 180), "DC-AA0-01");
        let codes: BTreeSet<String> = (0..20_000).map(|nth| rack("W", nth)).collect();
        assert_eq!(codes.len(), 20_000);
    }

    #[test]
    fn every_position_is_given_to_a_family() {
        for positions in [7, 1_000, 10_331] {
            let given: u32 = families(positions).iter().map(|(_, count)| count).sum();
            assert_eq!(given, positions);
        }
    }
}

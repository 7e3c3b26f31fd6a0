//! The people of the plant, and who of them is there on a shift.

use std::collections::BTreeSet;

use mtm_core::policy::Role;
use mtm_core::word::UserName;

use super::{SHIFTS, UserMaster, word};
use crate::plant::calendar::{ShiftOfDay, is_weekend};
use crate::plant::sample::{Concern, Dice, Weights};
use crate::plant::spec::PlantSpec;

const FIRST_NAMES: [&str; 40] = [
    "Ada", "Ben", "Carla", "Dario", "Elena", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kofi",
    "Lena", "Marta", "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Samir", "Tessa", "Umar", "Vera",
    "Wanda", "Xavier", "Yara", "Zoran", "Amira", "Bruno", "Chloe", "Dmitri", "Edda", "Farid",
    "Gina", "Henrik", "Ivana", "Jamal", "Katya", "Liam", "Mina", "Noah",
];

const LAST_NAMES: [&str; 32] = [
    "Albrecht", "Baker", "Castillo", "Dvorak", "Eklund", "Fischer", "Gruber", "Haddad", "Ivanov",
    "Jensen", "Kowalski", "Lindner", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi",
    "Santos", "Tanaka", "Ueda", "Vogel", "Weber", "Xenakis", "Yilmaz", "Zimmer", "Arslan",
    "Berger", "Costa", "Duarte", "Engel", "Ferreira",
];

/// How likely somebody works on a weekday and on a weekend, in thousandths.
const WEEKDAY_PRESENCE: u64 = 560;
const WEEKEND_PRESENCE: u64 = 330;

/// The people of the plant.
#[derive(Debug)]
pub(in crate::plant) struct People {
    seed: u64,
    pub(in crate::plant) all: Vec<UserMaster>,
    shifts: Vec<ShiftOfDay>,
    diligence: Vec<u64>,
}

/// Who is there on one shift.
#[derive(Debug)]
pub(in crate::plant) struct Roster {
    present: Vec<usize>,
    weights: Weights,
    lead: usize,
}

impl People {
    pub(in crate::plant) fn new(spec: &PlantSpec) -> Self {
        let mut dice = Dice::new(spec.seed, Concern::People);
        let mut taken = BTreeSet::new();
        let mut people =
            Self { seed: spec.seed, all: Vec::new(), shifts: Vec::new(), diligence: Vec::new() };
        for nth in 0..u64::from(spec.users) {
            // One lead for each shift, then one for every ten people; half work early.
            let lead = nth < 3 || nth % 10 == 9;
            let shift = match nth {
                0..3 => ShiftOfDay::ALL[usize::try_from(nth).unwrap_or_default()],
                _ => *dice.pick(&[
                    ShiftOfDay::Early,
                    ShiftOfDay::Early,
                    ShiftOfDay::Late,
                    ShiftOfDay::Night,
                ]),
            };
            let (name, display_name) = unused_name(&mut dice, &mut taken);
            people.all.push(UserMaster {
                name,
                display_name,
                role: if lead { Role::Lead } else { Role::Operator },
                shift: SHIFTS[shift as usize].name,
            });
            people.shifts.push(shift);
            // A few people make most of the bookings; leads make few.
            let ordinary = 100 + dice.below(500) + 1_200 / (1 + dice.below(8));
            people.diligence.push(if lead { ordinary / 4 } else { ordinary });
        }
        people
    }

    /// Who is there on a shift of a day: always the same people, whenever it is asked.
    pub(in crate::plant) fn roster(&self, day: i64, shift: ShiftOfDay) -> Roster {
        let sheet = (day.unsigned_abs() << 2) | shift as u64;
        let mut dice = Dice::sheet(self.seed, Concern::People, sheet);
        let presence = if is_weekend(day) { WEEKEND_PRESENCE } else { WEEKDAY_PRESENCE };
        let (mut present, mut leads) = (Vec::new(), Vec::new());
        for (nth, person) in self.all.iter().enumerate() {
            if self.shifts[nth] != shift {
                continue;
            }
            if dice.chance(presence) {
                present.push(nth);
            }
            if person.role == Role::Lead {
                leads.push(nth);
            }
        }
        let lead = *dice.pick(&leads);
        if present.is_empty() {
            present.push(lead);
        }
        let weights = Weights::new(present.iter().map(|nth| self.diligence[*nth]));
        Roster { present, weights, lead }
    }
}

impl Roster {
    /// Somebody who is there, by position; the same for the same bits.
    pub(in crate::plant) fn anybody(&self, bits: u64) -> usize {
        self.present[self.weights.choose(bits)]
    }

    /// The lead of the shift.
    pub(in crate::plant) fn lead(&self) -> usize {
        self.lead
    }
}

fn unused_name(dice: &mut Dice, taken: &mut BTreeSet<String>) -> (UserName, String) {
    let (first, last) = (*dice.pick(&FIRST_NAMES), *dice.pick(&LAST_NAMES));
    let login: String =
        first.chars().take(1).chain(last.chars()).collect::<String>().to_lowercase();
    let mut candidate = login.clone();
    let mut nth = 1;
    while !taken.insert(candidate.clone()) {
        nth += 1;
        candidate = format!("{login}{nth}");
    }
    (word(&candidate), format!("{first} {last}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::Scale;
    use mtm_core::word::Timestamp;

    #[test]
    fn every_shift_has_a_lead_and_somebody_to_book() {
        let end = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let spec = PlantSpec { users: 3, ..PlantSpec::of(Scale::Small, 9, end) };
        let people = People::new(&spec);
        for day in 20_000..20_100 {
            for shift in ShiftOfDay::ALL {
                let roster = people.roster(day, shift);
                let who = roster.anybody(u64::MAX / 3);
                assert_eq!(people.shifts[who], shift);
                assert_eq!(people.all[roster.lead()].role, Role::Lead);
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let end = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let people =
            People::new(&PlantSpec { users: 2_000, ..PlantSpec::of(Scale::Plant, 9, end) });
        let names: BTreeSet<_> = people.all.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names.len(), 2_000);
    }
}

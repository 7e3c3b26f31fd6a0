//! Parts: how often each is moved, how many pieces its lots hold, where its work begins.

use super::operation::{self, NOT_APPLICABLE};
use super::{ITEM_TYPES, OperationMaster, PartMaster, word};
use crate::plant::number::Numbers;
use crate::plant::sample::{Concern, Dice, MILLION, Weights, ratio};
use crate::plant::shape;
use crate::plant::spec::PlantSpec;

const NOUNS: [&str; 24] = [
    "BRACKET",
    "PLATE",
    "HOUSING",
    "SHAFT",
    "SPACER",
    "BUSHING",
    "CLIP",
    "COVER",
    "FLANGE",
    "HINGE",
    "LEVER",
    "MANIFOLD",
    "PIN",
    "REINFORCEMENT",
    "RETAINER",
    "RING",
    "SEAT FRAME",
    "SHIELD",
    "SLEEVE",
    "STRIP",
    "SUPPORT",
    "TUBE",
    "WASHER",
    "WELDMENT",
];
const QUALIFIERS: [&str; 16] = [
    "REAR AXLE",
    "FRONT AXLE",
    "CAB MOUNT",
    "ENGINE",
    "FUEL TANK",
    "EXHAUST",
    "TRANSMISSION",
    "STEERING",
    "DOOR",
    "BUMPER",
    "BATTERY BOX",
    "AIR INTAKE",
    "SUSPENSION",
    "STEP",
    "HOOD",
    "CROSSMEMBER",
];
const SIDES: [&str; 4] = ["", " LH", " RH", " UPPER"];
const CUSTOMERS: [&str; 9] = [
    "Nordwind Trucks",
    "Halden Motors",
    "Ostrava Axle",
    "Blue Ridge Trailers",
    "Lindqvist Drives",
    "Kestrel Buses",
    "Pampa Tractors",
    "Meridian Rail",
    "Service parts",
];

/// Usual quantities of a part's lots.
const USUAL: u64 = 4;

/// Ranks that count as moved often; they stay clear of the ends of the quantity distribution,
/// where neighbouring percentiles lie far apart.
const OFTEN: usize = 100;

/// Share of the movements that the ends take, in parts in a million, each.
const END: u64 = 30_000;

/// The parts, most moved first.
#[derive(Debug)]
pub(in crate::plant) struct Parts {
    pub(in crate::plant) all: Vec<PartMaster>,
    weights: Weights,
    /// Where in the distribution of lot quantities a part's lots begin, in units of the weights.
    /// Parts lie side by side and fill the distribution without gap or overlap, so that all lots
    /// together follow it exactly while each part keeps to its own few quantities.
    band: Vec<u64>,
    routing: Vec<Vec<usize>>,
}

impl Parts {
    pub(in crate::plant) fn new(spec: &PlantSpec, operations: &[OperationMaster]) -> Self {
        let mut dice = Dice::new(spec.seed, Concern::Parts);
        let count = u64::from(spec.parts);
        let weights = Weights::new((0..count).map(|rank| shape::part_weight(rank, count)));
        let first_step = Weights::new(operation::weights());
        let mut numbers = Numbers::default();
        let mut parts = Self {
            all: Vec::new(),
            band: bands(&weights, &mut dice, usize::try_from(count).unwrap_or_default()),
            weights,
            routing: Vec::new(),
        };
        for _ in 0..count {
            let packaging = dice.chance(6);
            let code = if packaging {
                numbers.packaging(&mut dice)
            } else {
                numbers.manufactured(&mut dice)
            };
            let routing = if packaging {
                vec![NOT_APPLICABLE]
            } else {
                routing(&mut dice, &first_step, operations.len())
            };
            parts.all.push(describe(&mut dice, &code, packaging, &routing, operations));
            parts.routing.push(routing);
        }
        parts
    }

    /// The part that `bits` choose, by how often it is moved.
    pub(in crate::plant) fn choose(&self, bits: u64) -> usize {
        self.weights.choose(bits)
    }

    /// Pieces of a lot of this part.
    pub(in crate::plant) fn lot_quantity(&self, part: usize, dice: &mut Dice) -> u32 {
        let (start, width) = (self.band[part], self.weights.of(part));
        let usual = dice.below(USUAL);
        let middle = start + width * (2 * usual + 1) / (2 * USUAL);
        let exact = shape::LOT_QUANTITY.at(ratio(middle, MILLION, self.weights.total()));
        let packed = if dice.chance(800) { to_pack(exact) } else { exact };
        u32::try_from(unlike_a_slip(packed)).unwrap_or(u32::MAX)
    }

    /// The operation a lot of this part is received at.
    pub(in crate::plant) fn entry(&self, part: usize, dice: &mut Dice) -> usize {
        let routing = &self.routing[part];
        if dice.chance(850) { routing[0] } else { *dice.pick(routing) }
    }

    /// The operation after `operation` for this part; another plausible one at the routing's end.
    pub(in crate::plant) fn next(&self, part: usize, operation: usize, dice: &mut Dice) -> usize {
        let routing = &self.routing[part];
        let after = routing.iter().position(|step| *step == operation).map_or(0, |at| at + 1);
        match routing.get(after) {
            Some(step) if *step != operation => *step,
            _ => 1 + (operation + dice.index(GENERAL_STEPS - 1)) % GENERAL_STEPS,
        }
    }
}

/// So many operations after the first of the list are steps of work in general use.
const GENERAL_STEPS: usize = 30;

/// Half of the parts have one known step, some two or three, in ascending order.
fn routing(dice: &mut Dice, first_step: &Weights, operations: usize) -> Vec<usize> {
    let first = first_step.choose(dice.bits());
    let more = match dice.below(100) {
        0..55 => 0,
        55..82 => 1,
        82..94 => 2,
        _ => 3,
    };
    let mut routing = vec![first];
    for _ in 0..more {
        let step = 1 + dice.index(operations - 1);
        if !routing.contains(&step) {
            routing.push(step);
        }
    }
    routing[1..].sort_unstable();
    routing
}

fn describe(
    dice: &mut Dice,
    code: &str,
    packaging: bool,
    routing: &[usize],
    operations: &[OperationMaster],
) -> PartMaster {
    let description = if packaging {
        "PACKAGING, RETURNABLE".to_owned()
    } else {
        let (noun, qualifier) = (*dice.pick(&NOUNS), *dice.pick(&QUALIFIERS));
        format!("{noun}, {qualifier}{}", dice.pick(&SIDES))
    };
    let item_type = match dice.below(1_000) {
        _ if packaging => ITEM_TYPES[1],
        0..6 => ITEM_TYPES[2],
        6..8 => ITEM_TYPES[3],
        _ => ITEM_TYPES[0],
    };
    PartMaster {
        code: word(code),
        description,
        customer: (*dice.pick(&CUSTOMERS)).to_owned(),
        item_type: word(item_type),
        operations: routing.iter().map(|step| operations[*step].code.clone()).collect(),
        requires_color: !packaging && dice.chance(30),
        requires_work_order: !packaging && dice.chance(60),
    }
}

/// Where each part's quantities begin: seldom moved parts at both ends, all others mixed between.
fn bands(weights: &Weights, dice: &mut Dice, count: usize) -> Vec<u64> {
    let mut seldom: Vec<usize> = (OFTEN.min(count)..count).collect();
    dice.shuffle(&mut seldom);
    let end = ratio(weights.total(), END, MILLION);
    let low = take_end(&mut seldom, weights, end);
    let high = take_end(&mut seldom, weights, end);
    let mut middle: Vec<usize> = (0..OFTEN.min(count)).chain(seldom).collect();
    dice.shuffle(&mut middle);
    let mut band = vec![0; count];
    let mut start = 0;
    for part in low.into_iter().chain(middle).chain(high) {
        band[part] = start;
        start += weights.of(part);
    }
    band
}

fn take_end(from: &mut Vec<usize>, weights: &Weights, share: u64) -> Vec<usize> {
    let (mut taken, mut sum) = (Vec::new(), 0);
    while sum < share
        && let Some(part) = from.pop()
    {
        sum += weights.of(part);
        taken.push(part);
    }
    taken
}

/// The nearest round number of pieces that people pack.
fn to_pack(pieces: u64) -> u64 {
    let step = match pieces {
        0..25 => 1,
        25..60 => 2,
        60..200 => 4,
        200..1_000 => 10,
        1_000..5_000 => 50,
        _ => 100,
    };
    (pieces + step / 2) / step * step
}

/// One piece more where the digits stand there twice: the ledger would ask whether 5050 was
/// meant to be 50.
fn unlike_a_slip(pieces: u64) -> u64 {
    let digits = pieces.to_string();
    let (left, right) = digits.split_at(digits.len() / 2);
    if left == right { pieces + 1 } else { pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_round_and_never_look_like_slips() {
        assert_eq!(to_pack(497), 500);
        assert_eq!(to_pack(13), 13);
        assert_eq!(to_pack(6_720), 6_700);
        assert_eq!(unlike_a_slip(5_050), 5_051);
        assert_eq!(unlike_a_slip(11), 12);
        assert_eq!(unlike_a_slip(120), 120);
    }

    #[test]
    fn bands_fill_the_distribution_without_gap() {
        let weights = Weights::new((0..900).map(|rank| shape::part_weight(rank, 900)));
        let band = bands(&weights, &mut Dice::new(3, Concern::Parts), 900);
        let mut spans: Vec<(u64, u64)> =
            band.iter().enumerate().map(|(part, start)| (*start, weights.of(part))).collect();
        spans.sort_unstable();
        let end = spans.iter().fold(0, |expected, (start, width)| {
            assert_eq!(*start, expected);
            start + width
        });
        assert_eq!(end, weights.total());
    }
}

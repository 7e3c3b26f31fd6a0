//! The generated plant looks like the real one: its figures, with the tolerance of chance.

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::movement::MovementType;
use mtm_core::word::Timestamp;
use mtm_lab::plant::{Deed, Plant, PlantItem, PlantSpec, Scale};

use crate::ledger::Ledger;

const SEEDS: [u64; 3] = [1, 2, 20_261_123];
const DAY: i64 = 86_400_000_000;

/// One plant, read once.
struct Facts {
    ledger: Ledger,
    opens: Timestamp,
    /// Movements (moment, part, user) within the days.
    movements: Vec<(i64, String, String)>,
    bookings: usize,
    with_notes: usize,
    lot_quantities: Vec<i64>,
    /// Hours from receipt to leaving of whole lots received early enough to have left by the end.
    dwell: Vec<i64>,
    takes: usize,
    whole_takes: usize,
    kinds: BTreeMap<&'static str, usize>,
    most_lots_in_one_place: usize,
    locations_used: usize,
}

impl Facts {
    fn of(seed: u64) -> Self {
        let end = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let spec = PlantSpec::of(Scale::Plant, seed, end);
        println!("{spec:?}");
        let opens = end.plus_micros(-i64::from(spec.days) * DAY);
        let mut facts = Self {
            ledger: Ledger::new(),
            opens,
            movements: Vec::new(),
            bookings: 0,
            with_notes: 0,
            lot_quantities: Vec::new(),
            dwell: Vec::new(),
            takes: 0,
            whole_takes: 0,
            kinds: BTreeMap::new(),
            most_lots_in_one_place: 0,
            locations_used: 0,
        };
        let settled = end.plus_micros(-1_600 * 3_600_000_000);
        let mut received = BTreeMap::new();
        let mut places: BTreeMap<i64, usize> = BTreeMap::new();
        let mut used = BTreeSet::new();
        for item in Plant::new(&spec).unwrap() {
            let postings = facts.ledger.take_in(&item);
            let (PlantItem::Booking(booking), Some(postings)) = (item, postings) else { continue };
            for balance in &postings.balances {
                let place = balance.bucket.place.location.id.0;
                used.insert(place);
                let lots = places.entry(place).or_default();
                match (balance.before.is_zero(), balance.after.is_zero()) {
                    (true, false) => *lots += 1,
                    (false, true) => *lots -= 1,
                    _ => {}
                }
                facts.most_lots_in_one_place = facts.most_lots_in_one_place.max(*lots);
            }
            let at = booking.at.micros();
            if booking.at < opens {
                continue;
            }
            facts.bookings += 1;
            facts.with_notes += usize::from(booking.deed.notes().is_some());
            *facts.kinds.entry(kind(&booking.deed)).or_default() += 1;
            for movement in &postings.movements {
                facts.movements.push((
                    at,
                    movement.part.code.to_string(),
                    booking.user.to_string(),
                ));
                let bucket = movement.to.bucket().or(movement.from.bucket()).unwrap();
                if movement.kind == MovementType::In {
                    facts.lot_quantities.push(movement.quantity.whole());
                    if booking.at < settled {
                        received.insert(bucket.lot.clone(), at);
                    }
                }
                if movement.kind == MovementType::Out
                    && booking.last_of_lot
                    && let Some(since) = received.remove(&bucket.lot)
                {
                    facts.dwell.push((at - since) / 3_600_000_000);
                }
            }
            if let Deed::Take { quantity, .. } = &booking.deed {
                facts.takes += 1;
                facts.whole_takes += usize::from(quantity.is_none());
            }
        }
        facts.locations_used = used.len();
        facts.lot_quantities.sort_unstable();
        facts.dwell.sort_unstable();
        facts
    }

    /// Movements on each day of the history, sorted.
    fn daily(&self) -> Vec<usize> {
        let mut days = vec![0; 109];
        for (at, _, _) in &self.movements {
            days[usize::try_from((at - self.opens.micros()) / DAY).unwrap()] += 1;
        }
        days.sort_unstable();
        days
    }

    /// Most movements within a window of `micros`.
    fn peak(&self, micros: i64) -> usize {
        let mut first = 0;
        let mut most = 0;
        for (nth, (at, _, _)) in self.movements.iter().enumerate() {
            while self.movements[first].0 <= at - micros {
                first += 1;
            }
            most = most.max(nth - first + 1);
        }
        most
    }
}

fn kind(deed: &Deed) -> &'static str {
    match deed {
        Deed::Receive { .. } => "receive",
        Deed::Take { .. } => "take",
        Deed::Move { .. } => "move",
        Deed::Scrap { .. } => "scrap",
        Deed::Adjust { .. } => "adjust",
        Deed::Complete { .. } => "complete",
        Deed::Split { .. } => "split",
        Deed::Hold { .. } => "hold",
        Deed::Release { .. } => "release",
        Deed::Undo { .. } => "undo",
    }
}

fn percentile(sorted: &[i64], permille: usize) -> i64 {
    sorted[(sorted.len() * permille / 1_000).min(sorted.len() - 1)]
}

/// `value` lies within `percent` of `wanted`.
#[track_caller]
fn about(what: &str, value: i64, wanted: i64, percent: i64) {
    assert!(
        (value - wanted).abs() * 100 <= wanted * percent,
        "{what} is {value}, not {wanted} ± {percent} %"
    );
}

fn shares(facts: &Facts) -> (i64, usize) {
    let mut parts: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, part, _) in &facts.movements {
        *parts.entry(part).or_default() += 1;
    }
    let mut counts: Vec<i64> = parts.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let top: i64 = counts.iter().take(20).sum();
    (top * 1_000 / i64::try_from(facts.movements.len()).unwrap(), counts.len())
}

fn people_per_day(facts: &Facts) -> Vec<usize> {
    let mut days = vec![BTreeSet::new(); 109];
    for (at, _, user) in &facts.movements {
        days[usize::try_from((at - facts.opens.micros()) / DAY).unwrap()].insert(user);
    }
    let mut counts: Vec<usize> = days.iter().map(BTreeSet::len).collect();
    counts.sort_unstable();
    counts
}

/// Movements of hours of the day (the plant's local time is UTC here), in thousandths of all.
fn share_of_hours(facts: &Facts, hours: std::ops::Range<i64>) -> i64 {
    let within = |at: i64| hours.contains(&(at.rem_euclid(DAY) / 3_600_000_000));
    let count = facts.movements.iter().filter(|(at, _, _)| within(*at)).count();
    i64::try_from(count * 1_000 / facts.movements.len()).unwrap()
}

#[test]
fn a_generated_plant_has_the_real_plants_figures() {
    for seed in SEEDS {
        let facts = Facts::of(seed);
        let count = |n: usize| i64::try_from(n).unwrap();

        about("movements", count(facts.movements.len()), 15_000, 6);
        let daily = facts.daily();
        about("median movements a day", count(daily[54]), 125, 10);
        about("most movements a day", count(daily[108]), 384, 22);
        assert!(daily[0] >= 10, "a day has only {} movements", daily[0]);
        about("peak a minute", count(facts.peak(60_000_000)), 44, 45);
        assert!(facts.peak(1_000_000) >= 18, "{} movements in a second", facts.peak(1_000_000));
        assert!(facts.peak(1_000_000) <= 44, "{} movements in a second", facts.peak(1_000_000));

        let (top, parts) = shares(&facts);
        about("the share of the top 20 parts", top, 530, 5);
        assert!(parts > 250, "only {parts} parts move");
        about("early shift", share_of_hours(&facts, 6..14), 490, 8);
        about("late shift", share_of_hours(&facts, 14..22), 330, 10);
        let people = people_per_day(&facts);
        about("people a day", count(people[54]), 16, 15);
        assert!(people[108] <= 29, "{} people on one day", people[108]);

        for (permille, wanted, percent) in [
            (10, 8, 60),
            (250, 50, 15),
            (500, 120, 25),
            (750, 500, 20),
            (900, 1_000, 15),
            (990, 6_720, 25),
        ] {
            let value = percentile(&facts.lot_quantities, permille);
            about(&format!("lot quantity p{permille}\u{2030}"), value, wanted, percent);
        }
        assert!(facts.dwell.len() > 2_000, "{} lots with a dwell time", facts.dwell.len());
        for (permille, wanted, percent) in [(500, 81, 20), (900, 380, 15), (990, 974, 20)] {
            let value = percentile(&facts.dwell, permille);
            about(&format!("dwell p{permille}\u{2030}"), value, wanted, percent);
        }
        let whole = count(facts.whole_takes * 1_000 / facts.takes);
        assert!(whole > 950, "{whole} \u{2030} of takes are whole lots");
        about("notes", count(facts.with_notes * 1_000 / facts.bookings), 170, 8);

        for (kind, least, most) in [
            ("move", 300, 900),
            ("complete", 60, 300),
            ("scrap", 25, 200),
            ("adjust", 20, 150),
            ("split", 5, 60),
            ("hold", 5, 60),
            ("release", 2, 40),
            ("undo", 15, 120),
        ] {
            let seen = facts.kinds.get(kind).copied().unwrap_or_default();
            assert!((least..=most).contains(&seen), "{seen} \u{d7} {kind}");
        }
        assert!(facts.most_lots_in_one_place <= 59, "{}", facts.most_lots_in_one_place);
        assert!(facts.most_lots_in_one_place >= 45, "{}", facts.most_lots_in_one_place);
        about("locations used", count(facts.locations_used), 828, 5);
        about("buckets", count(facts.ledger.stock().count()), 869, 15);
    }
}

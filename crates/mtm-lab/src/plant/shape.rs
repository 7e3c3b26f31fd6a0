//! The shapes of a real plant, as tables: a hundred and nine days of one plant's movements, read
//! once and kept here as percentiles. The generator draws from these and from nothing else.

use super::sample::{InverseCdf, MILLION};

/// Pieces of a lot.
pub(super) const LOT_QUANTITY: InverseCdf = InverseCdf(&[
    (0, 1),
    (3_000, 5),
    (10_000, 8),
    (50_000, 20),
    (120_000, 32),
    (250_000, 50),
    (400_000, 90),
    (500_000, 120),
    (620_000, 250),
    (750_000, 500),
    (900_000, 1_000),
    (930_000, 1_300),
    (960_000, 2_500),
    (990_000, 6_720),
    (997_000, 8_600),
    (MILLION, 24_000),
]);

/// Hours between receipt and leaving, in plant time, thousandths.
pub(super) const DWELL_MILLIHOURS: InverseCdf = InverseCdf(&[
    (0, 250),
    (50_000, 2_000),
    (150_000, 12_000),
    (300_000, 36_000),
    (500_000, 81_000),
    (700_000, 172_000),
    (900_000, 380_000),
    (990_000, 974_000),
    (MILLION, 1_500_000),
]);

/// A day's level against an ordinary one of its weekday, in thousandths.
pub(super) const DAY_LEVEL: InverseCdf = InverseCdf(&[
    (0, 350),
    (100_000, 650),
    (250_000, 830),
    (500_000, 1_000),
    (750_000, 1_220),
    (900_000, 1_600),
    (970_000, 2_200),
    (MILLION, 3_000),
]);

/// Time to the next arrival against its mean, in thousandths: an exponential distribution.
pub(super) const ARRIVAL_GAP: InverseCdf = InverseCdf(&[
    (0, 0),
    (100_000, 105),
    (200_000, 223),
    (300_000, 357),
    (400_000, 511),
    (500_000, 693),
    (600_000, 916),
    (700_000, 1_204),
    (800_000, 1_609),
    (900_000, 2_303),
    (950_000, 2_996),
    (990_000, 4_605),
    (999_000, 6_908),
    (MILLION, 9_210),
]);

/// Lots of one part that arrive together, in thousandths: most come alone, some by the truck.
pub(super) const RUN_MILLILOTS: InverseCdf = InverseCdf(&[
    (0, 1_000),
    (550_000, 1_999),
    (740_000, 2_999),
    (840_000, 4_000),
    (930_000, 8_000),
    (985_000, 16_000),
    (997_000, 26_000),
    (MILLION, 45_000),
]);

/// Movements per hour of the day against the day's mean, in thousandths: shifts 06–14, 14–22
/// and 22–06, with their breaks.
pub(super) const HOUR_LEVEL: [u64; 24] = [
    520, 560, 650, 580, 580, 660, 1_300, 1_790, 1_650, 1_140, 1_310, 1_780, 1_030, 1_700, 1_560,
    1_010, 1_320, 1_130, 800, 950, 450, 780, 530, 410,
];

/// A weekday's level against the week's mean, Monday first, in thousandths.
pub(super) const WEEKDAY_LEVEL: [u64; 7] = [1_140, 1_160, 1_130, 1_080, 1_060, 770, 660];

/// Share of movements of the most moved parts, by rank, in parts in a million: the first twenty
/// make 53 %.
const PART_SHARE: &[(u64, u64)] = &[
    (0, 0),
    (1, 60_000),
    (2, 112_000),
    (5, 235_000),
    (10, 372_000),
    (20, 530_000),
    (50, 712_000),
    (100, 832_000),
    (200, 922_000),
    (500, 980_000),
];

/// Rank from which parts are moved so rarely that only what is left of the share is theirs.
const RARE_RANK: u64 = 500;

/// The weight of the part of this rank (from 0) among `parts`, in thousandths of a millionth.
pub(super) fn part_weight(rank: u64, parts: u64) -> u64 {
    for pair in PART_SHARE.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        if rank < to {
            return (high - low) * 1_000 / (to - from);
        }
    }
    let rare = parts.saturating_sub(RARE_RANK).max(1);
    (20_000 * 1_000 / rare).max(1)
}

/// Lots in one location after which others are put elsewhere. A take undone or a lot split may
/// still add to them, up to the fifty-nine of the real plant.
pub(super) const FULL_LOCATION: u16 = 56;

/// Locations ever used, in thousandths of all.
pub(super) const LOCATIONS_USED: u64 = 80;

/// Bookings that carry a note, in thousandths.
pub(super) const WITH_NOTES: u64 = 170;

/// Chances of what happens to a lot in its life, in thousandths of all lots.
pub(super) mod life {
    /// It is moved before it leaves.
    pub(crate) const MOVED: u64 = 70;
    /// An operation on it is completed before it leaves.
    pub(crate) const COMPLETED: u64 = 24;
    /// It is counted before it leaves.
    pub(crate) const COUNTED: u64 = 8;
    /// Part of it is moved elsewhere.
    pub(crate) const PARTED: u64 = 6;
    /// Part of it becomes a lot of its own.
    pub(crate) const SPLIT: u64 = 3;
    /// It is put on hold.
    pub(crate) const HELD: u64 = 3;
    /// It leaves in two takes.
    pub(crate) const TAKEN_IN_PARTS: u64 = 25;
    /// A few pieces of it are scrapped before the rest leaves.
    pub(crate) const PARTLY_SCRAPPED: u64 = 8;
    /// All of it is scrapped.
    pub(crate) const SCRAPPED: u64 = 3;
    /// Its receipt was a slip, undone and booked again.
    pub(crate) const RECEIPT_UNDONE: u64 = 4;
    /// Its take was a slip, undone and booked again.
    pub(crate) const TAKE_UNDONE: u64 = 3;

    /// Movements that a lot makes in its life, in thousandths. Receipt and take; the rest of a
    /// parted or split lot leaves by a take of its own; half of the completions scrap something;
    /// most counts correct something; each undone booking is a movement, its reversal and the
    /// movement booked again; half of the held lots never leave.
    pub(crate) const MOVEMENTS: u64 = 2_000
        + MOVED
        + COMPLETED * 3 / 2
        + COUNTED * 7 / 10
        + 2 * PARTED
        + 2 * SPLIT
        + TAKEN_IN_PARTS
        + PARTLY_SCRAPPED
        + 2 * RECEIPT_UNDONE
        + 2 * TAKE_UNDONE
        - HELD / 2;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_parts_make_half_of_the_movements() {
        let all: u64 = (0..3_747).map(|rank| part_weight(rank, 3_747)).sum();
        let top: u64 = (0..20).map(|rank| part_weight(rank, 3_747)).sum();
        assert!((520..540).contains(&(top * 1_000 / all)), "{top} of {all}");
        for rank in 1..3_747 {
            assert!(part_weight(rank, 3_747) <= part_weight(rank - 1, 3_747), "rank {rank}");
        }
    }

    #[test]
    fn levels_average_to_one() {
        let hours: u64 = HOUR_LEVEL.iter().sum();
        assert!((23_500..24_500).contains(&hours), "{hours}");
        let week: u64 = WEEKDAY_LEVEL.iter().sum();
        assert!((6_900..7_100).contains(&week), "{week}");
    }
}

//! Randomness that gives the same numbers on every machine: a stream cipher for the bits, whole
//! numbers for the arithmetic, tables for the shapes. No floats, no sampling library.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of random numbers is for. Concerns have streams of their own, so that drawing
/// more parts does not change who works on Tuesday.
#[derive(Debug, Clone, Copy)]
pub(super) enum Concern {
    Parts = 1,
    Places = 2,
    People = 3,
    Days = 4,
    Flow = 5,
    DeadStock = 6,
    Life = 7,
}

/// A source of random whole numbers.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

/// Parts in a million: the resolution of every chance and every percentile here.
pub(super) const MILLION: u64 = 1_000_000;

impl Dice {
    /// The dice of one concern of the plant with this seed.
    pub(super) fn new(seed: u64, concern: Concern) -> Self {
        let mut key = *b"mtm plant stream, seed xxxxxxxx.";
        key[23..31].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(concern as u64);
        Self(rng)
    }

    /// The dice of the `n`th sheet of a concern: the same whatever was drawn before.
    pub(super) fn sheet(seed: u64, concern: Concern, n: u64) -> Self {
        let mut dice = Self::new(seed, concern);
        dice.0.set_stream(((concern as u64) << 48) | n);
        dice
    }

    /// Any number.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `n`; zero for `n` of zero.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        scale(self.bits(), n)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// An index into something of `len` elements.
    pub(super) fn index(&mut self, len: usize) -> usize {
        index(self.bits(), len)
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.index(choices.len())]
    }

    /// Whether something happens that happens `permille` times in a thousand.
    pub(super) fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// Where in a distribution: 0 to 999,999 parts in a million.
    pub(super) fn percentile(&mut self) -> u64 {
        self.below(MILLION)
    }

    /// Puts `values` into random order.
    pub(super) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.index(last + 1);
            values.swap(last, other);
        }
    }
}

/// `bits` spread evenly over 0..n.
pub(super) fn scale(bits: u64, n: u64) -> u64 {
    let product = u128::from(bits) * u128::from(n);
    u64::try_from(product >> 64).unwrap_or_default()
}

/// `bits` spread evenly over the indices of something of `len` elements.
pub(super) fn index(bits: u64, len: usize) -> usize {
    usize::try_from(scale(bits, len as u64)).unwrap_or_default()
}

/// `value × numerator ÷ denominator` without overflow on the way.
pub(super) fn ratio(value: u64, numerator: u64, denominator: u64) -> u64 {
    let exact = u128::from(value) * u128::from(numerator) / u128::from(denominator.max(1));
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// A distribution as its inverse: knots (parts in a million, value), straight lines between. The
/// first knot stands at 0, the last at a million.
#[derive(Debug, Clone, Copy)]
pub(super) struct InverseCdf(pub(super) &'static [(u64, u64)]);

impl InverseCdf {
    /// The value at `percentile` parts in a million.
    pub(super) fn at(&self, percentile: u64) -> u64 {
        for pair in self.0.windows(2) {
            let ((from, low), (to, high)) = (pair[0], pair[1]);
            if percentile < to {
                return low + ratio(high - low, percentile.saturating_sub(from), to - from);
            }
        }
        self.0.last().map_or(0, |knot| knot.1)
    }

    /// The mean of the distribution.
    pub(super) fn mean(&self) -> u64 {
        let doubled: u64 =
            self.0.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1)).sum();
        doubled / (2 * MILLION)
    }

    /// The value that `bits` choose.
    pub(super) fn choose(&self, bits: u64) -> u64 {
        self.at(scale(bits, MILLION))
    }
}

/// Bits from a shuffled deck: every 256 draws cover the whole range evenly, in random order. A
/// short history then has the shares and percentiles of a long one.
#[derive(Debug, Clone, Default)]
pub(super) struct Deck(Vec<u8>);

impl Deck {
    /// The next card: its number on top, chance below.
    pub(super) fn bits(&mut self, dice: &mut Dice) -> u64 {
        if self.0.is_empty() {
            self.0.extend(0..=u8::MAX);
            dice.shuffle(&mut self.0);
        }
        let card = self.0.pop().unwrap_or_default();
        (u64::from(card) << 56) | (dice.bits() >> 8)
    }
}

/// A choice among `n` things by weight.
#[derive(Debug, Clone)]
pub(super) struct Weights(Vec<u64>);

impl Weights {
    /// Weights in the order of the things.
    pub(super) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut sum = 0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        )
    }

    /// The sum of all weights.
    pub(super) fn total(&self) -> u64 {
        self.0.last().copied().unwrap_or_default()
    }

    /// The weight of one thing.
    pub(super) fn of(&self, index: usize) -> u64 {
        let before = if index == 0 { 0 } else { self.0[index - 1] };
        self.0[index] - before
    }

    /// The thing that `bits` choose.
    pub(super) fn choose(&self, bits: u64) -> usize {
        let at = scale(bits, self.total());
        self.0.partition_point(|upto| *upto <= at).min(self.0.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // ChaCha8 is a fixed function of its key: these numbers must never change, or every
        // plant ever generated from a seed would.
        let mut dice = Dice::new(42, Concern::Flow);
        let first = [dice.bits(), dice.bits(), dice.below(1_000_000)];
        assert_eq!(first, [11_161_040_033_892_446_302, 67_501_349_402_262_964, 152_430]);
    }

    #[test]
    fn an_inverse_distribution_meets_its_knots() {
        let shape = InverseCdf(&[(0, 1), (500_000, 11), (1_000_000, 111)]);
        assert_eq!(shape.at(0), 1);
        assert_eq!(shape.at(250_000), 6);
        assert_eq!(shape.at(500_000), 11);
        assert_eq!(shape.at(1_000_000), 111);
        assert_eq!(shape.mean(), 33);
    }

    #[test]
    fn weights_choose_in_proportion() {
        let weights = Weights::new([1, 0, 3]);
        assert_eq!(weights.total(), 4);
        assert_eq!((weights.of(0), weights.of(1), weights.of(2)), (1, 0, 3));
        let mut dice = Dice::new(7, Concern::Flow);
        let mut counts = [0_u32; 3];
        for _ in 0..4_000 {
            counts[weights.choose(dice.bits())] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((900..1_100).contains(&counts[0]), "{counts:?}");
        assert_eq!(weights.choose(u64::MAX), 2);
    }

    #[test]
    fn a_deck_covers_the_range_once_a_round() {
        let (mut deck, mut dice) = (Deck::default(), Dice::new(2, Concern::Flow));
        for _ in 0..3 {
            let mut cards: Vec<u64> = (0..256).map(|_| deck.bits(&mut dice) >> 56).collect();
            assert!(!cards.is_sorted());
            cards.sort_unstable();
            assert_eq!(cards, (0..256).collect::<Vec<_>>());
        }
    }

    #[test]
    fn shuffling_keeps_every_element() {
        let mut values: Vec<u32> = (0..100).collect();
        Dice::new(1, Concern::Parts).shuffle(&mut values);
        assert_ne!(values, (0..100).collect::<Vec<_>>());
        values.sort_unstable();
        assert_eq!(values, (0..100).collect::<Vec<_>>());
    }
}

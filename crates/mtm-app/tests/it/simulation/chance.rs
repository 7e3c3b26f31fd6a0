//! Chance that a seed repeats, the same on every machine and with every version of every library.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of `seed`.
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number that follows from these: for whoever is asked in no order that matters.
    pub(super) fn drawn(from: &[u64]) -> u64 {
        from.iter().fold(0, |drawn, number| mix(drawn ^ mix(*number)))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A number in a range of pieces, seconds and the like.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least + 1).unwrap();
        least + i64::try_from(self.below(span)).unwrap()
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A place in a list of this length.
    pub(super) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    /// One of these, where there are any.
    pub(super) fn among<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let place = self.place(all.len());
        all.get(place)
    }

    /// One of these by their weights.
    pub(super) fn weighed<T: Copy>(&mut self, all: &[(u64, T)]) -> T {
        let mut left = self.below(all.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in all {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        unreachable!("the weights were added up")
    }
}

/// A bijective scrambling of 64 bits (the finaliser of `SplitMix64`).
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

//! What an agent remembers: the newest observations, and the last one of each data item.

use std::collections::VecDeque;

use mtm_core::word::Timestamp;

/// Something that a data item showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Observation {
    /// Its number, without holes from 1.
    pub(super) sequence: u64,
    /// Which data item, by its place among [`super::device::ITEMS`].
    pub(super) item: usize,
    pub(super) value: String,
    pub(super) at: Timestamp,
    /// Why the counter began again with it.
    pub(super) reset: Option<&'static str>,
}

/// A circular buffer. What falls out of it is remembered only as the state before it.
#[derive(Debug)]
pub(super) struct Buffer {
    size: usize,
    next: u64,
    kept: VecDeque<Observation>,
    /// The last observation of each data item among those that fell out.
    before: Vec<Option<Observation>>,
}

impl Buffer {
    /// An empty one for so many data items and at most `size` observations.
    pub(super) fn new(items: usize, size: usize) -> Self {
        Self { size: size.max(1), next: 1, kept: VecDeque::new(), before: vec![None; items] }
    }

    /// From now on it has room for so many.
    pub(super) fn resize(&mut self, size: usize) {
        self.size = size.max(1);
        self.trim();
    }

    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// The oldest that is there; the next one where nothing is.
    pub(super) fn first(&self) -> u64 {
        self.next.saturating_sub(self.kept.len() as u64)
    }

    /// The number of the one that comes next.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn push(
        &mut self,
        item: usize,
        value: String,
        at: Timestamp,
        reset: Option<&'static str>,
    ) {
        self.kept.push_back(Observation { sequence: self.next, item, value, at, reset });
        self.next += 1;
        self.trim();
    }

    fn trim(&mut self) {
        while self.kept.len() > self.size {
            if let Some(old) = self.kept.pop_front()
                && let Some(place) = self.before.get_mut(old.item)
            {
                *place = Some(old);
            }
        }
    }

    /// At most `count` from `from` on, and where to go on.
    pub(super) fn since(&self, from: u64, count: usize) -> (Vec<Observation>, u64) {
        let from = from.max(self.first());
        let skip = usize::try_from(from - self.first()).unwrap_or(usize::MAX);
        let told: Vec<_> = self.kept.iter().skip(skip).take(count).cloned().collect();
        let next = from + told.len() as u64;
        (told, next.min(self.next))
    }

    /// The last observation of each data item up to the number `at`.
    pub(super) fn state(&self, at: u64) -> Vec<Observation> {
        let mut state = self.before.clone();
        for observation in self.kept.iter().take_while(|it| it.sequence <= at) {
            if let Some(place) = state.get_mut(observation.item) {
                *place = Some(observation.clone());
            }
        }
        state.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(observations: &[Observation]) -> Vec<(u64, &str)> {
        observations.iter().map(|it| (it.sequence, it.value.as_str())).collect()
    }

    #[test]
    fn what_falls_out_is_known_as_the_state_before() {
        let mut buffer = Buffer::new(2, 2);
        assert_eq!((buffer.first(), buffer.next()), (1, 1));
        for (item, value) in [(0, "a"), (1, "b"), (1, "c"), (1, "d")] {
            buffer.push(item, value.to_owned(), Timestamp::default(), None);
        }
        assert_eq!((buffer.first(), buffer.next()), (3, 5));
        assert_eq!(values(&buffer.state(4)), [(1, "a"), (4, "d")]);
        assert_eq!(values(&buffer.state(3)), [(1, "a"), (3, "c")]);
        let (told, next) = buffer.since(3, 1);
        assert_eq!((values(&told), next), (vec![(3, "c")], 4));
        let (told, next) = buffer.since(5, 10);
        assert_eq!((values(&told), next), (vec![], 5));
        buffer.resize(1);
        assert_eq!((buffer.first(), values(&buffer.state(4))), (4, vec![(1, "a"), (4, "d")]));
    }
}

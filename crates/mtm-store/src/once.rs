//! Answers that may be repetitions.

/// An answer, and whether it is the stored one of an earlier request under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once<T> {
    /// The answer.
    pub value: T,
    /// Whether nothing was done this time.
    pub replayed: bool,
}

impl<T> Once<T> {
    /// An answer to something done just now.
    pub const fn first(value: T) -> Self {
        Self { value, replayed: false }
    }
}

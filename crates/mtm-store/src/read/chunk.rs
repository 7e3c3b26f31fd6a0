//! How many rows a statement is asked for at a time.
//!
//! A result of `MariaDB` is held in memory whole, and nobody can stop it half-way. So whatever may
//! be long, or may end early, is asked for in chunks, each after the last row of the one before.
//! The first chunk is small: most questions need no other.

/// The bounds of one chunk after the other, from `first` up to `most`, without end.
pub(super) fn growing(first: i64, most: i64) -> impl Iterator<Item = i64> {
    std::iter::successors(Some(first.min(most)), move |size| Some((size * 5).min(most)))
}

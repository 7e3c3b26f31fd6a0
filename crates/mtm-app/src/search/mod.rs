//! Finding master data while somebody types, from memory.

mod haystack;
mod index;
mod rank;
mod suggest;

pub use index::{Index, Suggestion, SuggestionKind};

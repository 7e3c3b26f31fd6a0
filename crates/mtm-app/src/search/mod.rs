//! Finding master data while somebody types, from memory.

mod index;
mod rank;

pub use index::{Index, Suggestion, SuggestionKind};

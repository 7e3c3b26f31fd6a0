//! What the store keeps besides the ledger itself: people, tokens, sessions, shortcuts, imports.

mod import;
mod people;
mod quick_button;

pub use import::{ImportRecord, ImportState};
pub use people::{
    NewSession, NewToken, NewUser, SessionRecord, TokenRecord, UserChanges, UserKind, UserRecord,
};
pub use quick_button::QuickButton;

/// A value that a write gave, and whether it is the stored answer to an earlier, equal request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once<T> {
    /// What was given.
    pub value: T,
    /// Whether it was given before, under the same key.
    pub replayed: bool,
}

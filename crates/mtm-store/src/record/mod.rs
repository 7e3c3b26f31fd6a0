//! What the store keeps besides the ledger itself: people, tokens, sessions, shortcuts, imports.

mod import;
mod people;
mod quick_button;

pub use import::{ImportRecord, ImportState, NewImport};
pub use people::{
    NewSession, NewToken, NewUser, SessionRecord, TokenRecord, UserChanges, UserKind, UserRecord,
};
pub use quick_button::QuickButton;

//! Taking over files: every row judged at once, nothing written before a person says so, and the
//! whole undone in one step.
//!
//! A file becomes a `table`, its rows become the same bodies that every other door sends, and
//! the ledger judges them in a preview: the verdicts are those of the real posting path. A commit
//! is one atomic submission under a key of the import's own, so that repeating it changes nothing.

mod commit;
mod detail;
mod encoding;
mod preview;
mod row;
mod table;
mod xlsx;

pub use detail::{CommitBody, ImportKind, ImportView, RowVerdict};

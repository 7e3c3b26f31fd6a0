//! Taking over files: every row judged at once, nothing written before a person says so, and the
//! whole undone.
//!
//! A file (CSV, a workbook, JSON, or of routings and work orders a B2MML document) becomes a `table`, its rows
//! become the same bodies that every other door sends, and they are tried out in order, each
//! seeing what those before it would do. The accepted ones are kept (`staged`), then taken over
//! in `steps`: some rows in one transaction, under a key of the import's own, and the next when
//! it is answered. So nobody who books waits long, and whatever is cut off, program or client,
//! goes on where it stopped when the import is committed again.

mod b2mml;
mod commit;
mod detail;
mod encoding;
#[cfg(test)]
mod fuzz;
mod ndjson;
mod pace;
mod preview;
mod routing;
mod row;
mod staged;
mod step;
mod table;
mod undo;
mod undo_steps;
mod work_order;
mod xlsx;

pub(crate) use undo::LongUndo;

pub use detail::{CommitBody, ImportKind, ImportView, RowVerdict};

//! People, machines and what belongs to them: `impl Ledger` blocks.
//!
//! Reads go to the readers' pool; every write goes through the one writer, in a transaction with
//! its audit entry. Entries name people by user id and hold no secrets: not even a secret's hash.
//! What only says that somebody was here (the last use of a token or a session) is written at
//! most once a minute and leaves no entry.

mod identity;
mod import;
mod import_rows;
pub(crate) mod import_undo;
mod plant_login;
mod quick_button;
mod session;
mod setup;
mod token;
pub(crate) mod user;

use mtm_core::word::Timestamp;

pub(crate) use token::free_name;

/// How long the last use of a session or token is not written again, in microseconds.
const TOUCH_MICROS: i64 = 60 * 1_000_000;

/// Whether a last use is old enough to be written again.
fn is_stale(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| last.plus_micros(TOUCH_MICROS) <= now)
}

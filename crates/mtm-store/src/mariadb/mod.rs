//! The write path on `MariaDB`: the same decisions, written through a stored procedure.
//!
//! [`MariaDb::post`] loads the facts of a command, decides in Rust, and hands the postings with
//! the lot versions they were decided on to `mtm_post`, which enforces whatever must hold
//! against any client: once, unchanged lots, no bucket below zero, holds, balance. Something
//! changed in between is `stale`: the command is decided again, a bounded number of times.
//!
//! Here are bookings, master data and stock. Deliberately absent until the backend serves a whole
//! site: sealing (movements stay without sequence), people, searches.

mod catalogue;
mod connect;
mod post;
mod posting;
mod read;
mod view;

pub use connect::MariaDb;
pub use post::Posted;

use crate::fault::Fault;

/// A deadlock or lock wait that MariaDB resolved against us.
const TRY_AGAIN: [u16; 2] = [1205, 1213];
/// A unique key that exists by now.
const DUPLICATE: u16 = 1062;

/// What a driver error means for the caller. Nothing was written unless it is ambiguous.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`, which hands values")]
pub(crate) fn fault(error: mysql_async::Error) -> Fault {
    match &error {
        mysql_async::Error::Server(server) if TRY_AGAIN.contains(&server.code) => {
            Fault::Transient(error.to_string())
        }
        mysql_async::Error::Io(_) | mysql_async::Error::Driver(_) => {
            Fault::Ambiguous(error.to_string())
        }
        _ => Fault::Permanent(error.to_string()),
    }
}

/// Whether the server said that deciding again may help.
fn is_conflict(error: &mysql_async::Error) -> bool {
    matches!(error, mysql_async::Error::Server(server)
        if TRY_AGAIN.contains(&server.code) || server.code == DUPLICATE)
}

//! Facts that are told late, and the closing of a period, take turns.
//!
//! Several servers book at once, each with a clock of its own, and a booking is decided before it
//! is written. Whether a fact lies in a closed period must not depend on that. So who books a fact
//! that may lie in one, and who closes, write the same row first, which lets in one at a time, on a
//! cluster too; it keeps the last moment given in such a turn. A late fact is decided on the
//! closings there are by then and recorded after them, and a closing is recorded after the late
//! facts before it. Everything else is recorded in an open period whoever closes, and takes no turn.

use mtm_core::command::Command;
use mtm_core::period::is_told_late;
use mtm_core::word::Timestamp;

use super::engine::Shared;
use crate::sql::{Connection, Error, params};
use crate::submission::{Mode, Submission};

/// Whether `command` takes a turn.
pub(super) fn is_late(shared: &Shared, command: &Command) -> bool {
    command.context.occurred_at.is_some_and(|at| is_told_late(at, shared.moment()))
}

/// Whether something that `submission` books takes a turn.
pub(super) fn holds_late(shared: &Shared, submission: &Submission) -> bool {
    submission.mode == Mode::Commit
        && submission.commands.iter().any(|command| is_late(shared, command))
}

/// Waits for the turn, which ends with the transaction. To be taken before anything is read in it.
pub(super) fn turn(connection: Connection<'_>) -> Result<(), Error> {
    let sql = "UPDATE lease SET work = work + 1 WHERE name = 'period'";
    connection.execute(sql, params![]).map(drop)
}

/// Whatever was recorded in this turn was recorded by `at`.
pub(super) fn keep(connection: Connection<'_>, at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE lease SET fence = greatest(fence, ?1) WHERE name = 'period'";
    connection.execute(sql, params![at.micros()]).map(drop)
}

/// By when everything was recorded that had its turn. The newest there is, also in a transaction
/// that began to read before the turn was its.
pub(super) fn kept(connection: Connection<'_>) -> Result<Timestamp, Error> {
    let sql = "SELECT fence FROM lease WHERE name = 'period' LOCK IN SHARE MODE";
    connection.query_row(sql, params![], |row| row.get(0).map(Timestamp::from_micros))
}

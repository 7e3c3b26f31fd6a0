//! What of the outbox is still needed, and letting go of the rest.
//!
//! Events are kept for a while, so that whoever follows them may be away; after that the log alone
//! knows what happened. [`needed_from`] is the one place that says which events must stay whatever
//! their age: whoever keeps a cursor in the database has it counted there. Who keeps one elsewhere
//! (a browser, a client of the event stream, the index of free text) is told when what it asks for
//! is gone ([`Ledger::events_after`](crate::Ledger::events_after)).
//!
//! What is let go of is always the beginning, so that what is left has no gap.

use mtm_core::word::Timestamp;

use crate::broker::position as broker;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::notice;
use crate::sql::{Connection, Error, params};
use crate::webhook::due as webhook;

/// Events forgotten in one transaction: few enough that nobody who books notices.
const STEP: i64 = 500;

const NEWEST: &str = "SELECT max(position) FROM outbox";

/// The position of the first event that must stay whatever its age, for whoever was there since `oldest`.
fn needed_from(connection: Connection<'_>, oldest: Timestamp) -> Result<i64, Error> {
    // The writer, the sealer and every other server count on from the newest one.
    let newest: Option<i64> = connection.query_row(NEWEST, params![], |row| row.get(0))?;
    let newest = newest.unwrap_or(0);
    let needed = [
        webhook::needed_from(connection)?,
        broker::needed_from(connection, oldest)?,
        notice::needed_from(connection)?,
    ];
    Ok(needed.into_iter().flatten().fold(newest, i64::min))
}

impl Ledger {
    /// Forgets the events recorded before `oldest` that nobody needs, in small steps between which
    /// others book. Gives how many there were.
    pub async fn purge_events(&self, oldest: Timestamp) -> Result<u64, Fault> {
        let mut purged = 0;
        loop {
            let step =
                self.write(move |context| Ok::<_, Fault>(step(context.sql(), oldest)?)).await?;
            if step == 0 {
                return Ok(purged);
            }
            purged += step as u64;
        }
    }
}

/// Forgets those among the first [`STEP`] events before which nothing is young or needed.
fn step(connection: Connection<'_>, oldest: Timestamp) -> Result<usize, Error> {
    let last: Option<i64> = connection.query_row(
        "SELECT max(position) FROM
             (SELECT position FROM outbox WHERE position < ?1 ORDER BY position LIMIT ?2) AS first",
        params![needed_from(connection, oldest)?, STEP],
        |row| row.get(0),
    )?;
    let Some(last) = last else { return Ok(0) };
    // Positions grow with the order of commits, moments nearly so.
    let young: Option<i64> = connection.query_row(
        "SELECT min(position) FROM outbox WHERE position <= ?1 AND at >= ?2",
        params![last, oldest.micros()],
        |row| row.get(0),
    )?;
    let last = young.map_or(last, |young| young - 1);
    if let Connection::MariaDb(_) = connection {
        let forgotten: u64 = connection.query_row(
            "CALL mtm_forget_events(?1, ?2, ?3)",
            params![last, oldest.micros(), None::<i64>],
            |row| row.get(0),
        )?;
        return Ok(usize::try_from(forgotten).unwrap_or(usize::MAX));
    }
    connection.execute("DELETE FROM outbox WHERE position <= ?1", params![last])
}

//! How the ways to other systems stand, for whoever looks.

use mtm_core::guard::{Hold, State};
use mtm_core::word::Timestamp;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{GuardRecord, GuardTold};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, params,
};

macro_rules! guards {
    ($tail:literal) => {
        concat!(
            "SELECT g.peer, g.hold, g.reason, u.name, g.held_at, g.state, g.since, g.next_probe_at,
                    g.calls, g.failed, g.slow
             FROM peer_guard g LEFT JOIN user u ON u.id = g.held_by ",
            $tail
        )
    };
}

impl Ledger {
    /// What is kept about every way to another system.
    pub async fn guards(&self) -> Result<Vec<GuardRecord>, Fault> {
        self.query(|connection| {
            Ok(connection.prepare_cached(guards!("ORDER BY g.peer"))?.query_all(&[], guard)?)
        })
        .await
    }

    /// What somebody decided about the way to `peer`.
    pub async fn guard_hold(&self, peer: String) -> Result<Hold, Fault> {
        self.query(move |connection| {
            let sql = "SELECT hold FROM peer_guard WHERE peer = ?1";
            let read = |row: &Row<'_>| named(row, 0, Hold::from_name);
            Ok(connection.query_row(sql, params![peer], read).optional()?.unwrap_or_default())
        })
        .await
    }

    /// Says how the way to `peer` stands now, for servers that do not send.
    pub async fn tell_guard(&self, peer: String, told: GuardTold) -> Result<(), Fault> {
        self.write(move |context| {
            let sql = context.sql().pick(
                "INSERT INTO peer_guard (peer, state, since, next_probe_at, calls, failed, slow)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (peer) DO UPDATE SET state = ?2, since = ?3, next_probe_at = ?4,
                     calls = ?5, failed = ?6, slow = ?7",
                "INSERT INTO peer_guard (peer, state, since, next_probe_at, calls, failed, slow)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON DUPLICATE KEY UPDATE state = ?2, since = ?3, next_probe_at = ?4,
                     calls = ?5, failed = ?6, slow = ?7",
            );
            context.sql().execute(
                sql,
                params![
                    peer,
                    told.state.as_str(),
                    told.since.micros(),
                    told.next_probe_at.map(Timestamp::micros),
                    told.calls,
                    told.failed,
                    told.slow,
                ],
            )?;
            Ok(())
        })
        .await
    }
}

/// What is kept about the way to `peer`.
pub(super) fn by_peer(
    connection: Connection<'_>,
    peer: &str,
) -> Result<Option<GuardRecord>, Error> {
    connection.query_row(guards!("WHERE g.peer = ?1"), params![peer], guard).optional()
}

fn guard(row: &Row<'_>) -> Result<GuardRecord, Error> {
    let told = match row.optional_text(5)? {
        None => None,
        Some(_) => Some(GuardTold {
            state: named(row, 5, State::from_name)?,
            since: moment(row, 6)?,
            next_probe_at: optional_moment(row, 7)?,
            calls: row.get(8)?,
            failed: row.get(9)?,
            slow: row.get(10)?,
        }),
    };
    Ok(GuardRecord {
        peer: row.get(0)?,
        hold: named(row, 1, Hold::from_name)?,
        reason: row.get(2)?,
        by: row.get(3)?,
        at: optional_moment(row, 4)?,
        told,
    })
}

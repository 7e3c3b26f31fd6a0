//! An ERP as a peer: how far it was read, who reads it, and how that goes.

use mtm_core::erp::protocol::Table;
use mtm_core::word::Timestamp;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{ErpFailure, ErpState, FeedState, TableState};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, params,
};

/// Longest error that is kept, in characters.
const ERROR_MAX: usize = 500;
/// Ids below the position that are read again each time.
const OVERLAP: i64 = 2_000;
/// Most ids that are, however many came in ten minutes.
const OVERLAP_MAX: i64 = 50_000;
/// How long an id may take from being given to being committed, and is still met by the overlap.
const OVERLAP_MICROS: i64 = 10 * 60 * 1_000_000;

/// Where an ERP's ledger stands, inside a transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) peer: i64,
    pub(super) position: i64,
    pub(super) older: i64,
    pub(super) mark: i64,
    pub(super) mark_at: Option<Timestamp>,
    pub(super) sums: i64,
    pub(super) building: Option<i64>,
}

impl Standing {
    /// The sums that rows are added to.
    pub(super) fn fed(&self) -> i64 {
        self.building.unwrap_or(self.sums)
    }

    /// From which id on the next reading begins.
    pub(super) fn overlap_from(&self) -> i64 {
        if self.building.is_some() {
            return self.position;
        }
        let from = self.older.min(self.position.saturating_sub(OVERLAP));
        from.max(self.position.saturating_sub(OVERLAP_MAX)).max(0)
    }

    /// Moves the marks on, by which it is known where the position stood ten minutes ago.
    pub(super) fn mark(&mut self, now: Timestamp) {
        let since = self.mark_at.map_or(0, Timestamp::micros);
        if now.micros().saturating_sub(since) >= OVERLAP_MICROS {
            self.older = if self.mark_at.is_some() { self.mark } else { self.position };
            self.mark = self.position;
            self.mark_at = Some(now);
        }
    }
}

const STANDING: &str = "SELECT id, position, older, mark, mark_at, sums, building FROM erp_peer";

fn standing_row(row: &Row<'_>) -> Result<Standing, Error> {
    Ok(Standing {
        peer: row.get(0)?,
        position: row.get(1)?,
        older: row.get(2)?,
        mark: row.get(3)?,
        mark_at: optional_moment(row, 4)?,
        sums: row.get(5)?,
        building: row.get(6)?,
    })
}

/// Where the ERP of this name stands.
pub(super) fn standing(connection: Connection<'_>, name: &str) -> Result<Option<Standing>, Error> {
    let sql = format!("{STANDING} WHERE name = ?1");
    connection.query_row(&sql, params![name], standing_row).optional()
}

/// The same, of one that is new if need be: its sums are to be added up from the beginning.
pub(crate) fn standing_or_new(
    connection: Connection<'_>,
    name: &str,
    now: Timestamp,
) -> Result<Standing, Error> {
    if let Some(known) = standing(connection, name)? {
        return Ok(known);
    }
    let sql = "INSERT INTO erp_peer (name, building, seen_at) VALUES (?1, 1, ?2)";
    connection.execute(sql, params![name, now.micros()])?;
    standing(connection, name)?.ok_or(Error::NoRow)
}

impl Ledger {
    /// How far every ERP was read, by name.
    pub async fn erp_states(&self) -> Result<Vec<FeedState>, Fault> {
        self.query(|connection| {
            let sql = format!("{STATE} ORDER BY name");
            let mut states = connection.prepare_cached(&sql)?.query_all(&[], state)?;
            for (peer, state) in &mut states {
                add_tables(connection, *peer, state)?;
            }
            Ok(states.into_iter().map(|(_, state)| state).collect())
        })
        .await
    }

    /// How far the ERP of this name was read; `None` where it never was.
    pub async fn erp_state(&self, name: String) -> Result<Option<FeedState>, Fault> {
        self.query(move |connection| {
            let sql = format!("{STATE} WHERE name = ?1");
            let found = connection.query_row(&sql, params![name], state).optional()?;
            let Some((peer, mut state)) = found else { return Ok(None) };
            add_tables(connection, peer, &mut state)?;
            Ok(Some(state))
        })
        .await
    }

    /// Says that a server is configured with this ERP.
    pub async fn erp_seen(&self, name: String) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now();
            let known = standing_or_new(context.sql(), &name, now)?;
            let sql = "UPDATE erp_peer SET seen_at = ?2 WHERE id = ?1";
            context.sql().execute(sql, params![known.peer, now.micros()])?;
            Ok(())
        })
        .await
    }

    /// Whether `owner` may read this ERP until `until`: nobody else does. Whoever may, says so again in time;
    /// it keeps two servers from doing the same work, and nothing depends on it.
    pub async fn erp_own(
        &self,
        name: String,
        owner: Uuid,
        until: Timestamp,
    ) -> Result<bool, Fault> {
        self.write(move |context| {
            let now = context.now();
            let known = standing_or_new(context.sql(), &name, now)?;
            let sql = "SELECT owner, owned_until FROM erp_peer WHERE id = ?1";
            let (by, owned): (Option<Vec<u8>>, Option<i64>) =
                context.sql().query_row(sql, params![known.peer], |row| {
                    Ok::<_, Error>((row.get(0)?, row.get(1)?))
                })?;
            let others = by.is_some_and(|by| by != owner.as_bytes());
            if others && owned.unwrap_or(0) > now.micros() {
                return Ok(false);
            }
            let sql = "UPDATE erp_peer SET owner = ?2, owned_until = ?3 WHERE id = ?1";
            context.sql().execute(sql, params![known.peer, owner.as_bytes(), until.micros()])?;
            Ok::<_, Fault>(true)
        })
        .await
    }

    /// Says that `owner` reads this ERP no longer.
    pub async fn erp_disown(&self, name: String, owner: Uuid) -> Result<(), Fault> {
        self.write(move |context| {
            let sql = "UPDATE erp_peer SET owner = NULL, owned_until = NULL
                       WHERE name = ?1 AND owner = ?2";
            context.sql().execute(sql, params![name, owner.as_bytes()])?;
            Ok(())
        })
        .await
    }

    /// Says that this ERP was read (`None`), or why it was not.
    pub async fn erp_told(&self, name: String, failure: Option<ErpFailure>) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now();
            let known = standing_or_new(context.sql(), &name, now)?;
            let failing = failure.is_some();
            let refused = failure.as_ref().is_some_and(|it| it.refused);
            let cause = failure.as_ref().map(|it| it.cause.clone());
            let error: Option<String> =
                failure.map(|it| it.error.chars().take(ERROR_MAX).collect());
            context.sql().execute(
                "UPDATE erp_peer SET cause = ?2, last_error = ?3, refused = ?4, seen_at = ?6,
                        failing_since = CASE WHEN ?5 = 0 THEN NULL
                                             ELSE COALESCE(failing_since, ?6) END
                 WHERE id = ?1",
                params![known.peer, cause, error, refused, failing, now.micros()],
            )?;
            Ok(())
        })
        .await
    }

    /// Says where the search for gaps goes on; `None` where it ended.
    pub async fn erp_scanned(&self, name: String, next: Option<i64>) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now().micros();
            context.sql().execute(
                "UPDATE erp_peer SET scan_block = ?2,
                        scanned_at = CASE WHEN ?2 IS NULL THEN ?3 ELSE scanned_at END
                 WHERE name = ?1",
                params![name, next, now],
            )?;
            Ok(())
        })
        .await
    }

    /// Has the sums of this ERP's ledger added up from the beginning. Those there are stay until the new
    /// ones are whole.
    pub async fn erp_rebuild(&self, name: String) -> Result<(), Fault> {
        self.write(move |context| {
            let known = standing(context.sql(), &name)?;
            Ok(known.map_or(Ok(()), |known| begin_anew(context.sql(), known))?)
        })
        .await
    }
}

/// Has the sums added up from the beginning, unless they are already.
pub(super) fn begin_anew(connection: Connection<'_>, known: Standing) -> Result<(), Error> {
    if known.building.is_none() {
        connection.execute(
            "UPDATE erp_peer SET building = ?2, position = 0, older = 0, mark = 0, mark_at = NULL,
                    scan_block = NULL, rows_read = 0, rows_flagged = 0, rows_refused = 0
             WHERE id = ?1",
            params![known.peer, known.sums + 1],
        )?;
    }
    Ok(())
}

const STATE: &str = "
    SELECT id, name, position, older, mark, mark_at, sums, building, newest, read_at, whole_at,
           scan_block, scanned_at, rows_read, rows_late, rows_changed, rows_gone, rows_flagged,
           rows_refused, failing_since, refused, cause, last_error, seen_at
    FROM erp_peer";

fn state(row: &Row<'_>) -> Result<(i64, FeedState), Error> {
    let standing = Standing {
        peer: row.get(0)?,
        position: row.get(2)?,
        older: row.get(3)?,
        mark: row.get(4)?,
        mark_at: optional_moment(row, 5)?,
        sums: row.get(6)?,
        building: row.get(7)?,
    };
    let failing_since = optional_moment(row, 19)?;
    let state = match (row.get::<bool>(20)?, failing_since) {
        (true, _) => ErpState::Refused,
        (false, Some(_)) => ErpState::Failing,
        (false, None) if standing.sums == 0 => ErpState::Reading,
        (false, None) => ErpState::Well,
    };
    let feed = FeedState {
        name: row.get(1)?,
        position: standing.position,
        overlap_from: standing.overlap_from(),
        newest: row.get(8)?,
        state,
        cause: row.get(21)?,
        last_error: row.get(22)?,
        failing_since,
        read_at: optional_moment(row, 9)?,
        ledger_at: optional_moment(row, 10)?,
        building: standing.building.is_some(),
        on_hand_at: None,
        parts_at: None,
        tables: Vec::new(),
        scan_block: row.get(11)?,
        scanned_at: optional_moment(row, 12)?,
        rows: row.get(13)?,
        late: row.get(14)?,
        changed: row.get(15)?,
        gone: row.get(16)?,
        flagged: row.get(17)?,
        refused: row.get(18)?,
        seen_at: moment(row, 23)?,
    };
    Ok((standing.peer, feed))
}

fn add_tables(connection: Connection<'_>, peer: i64, state: &mut FeedState) -> Result<(), Error> {
    let sql = "SELECT name, read_at, rows_read, rows_flagged, rows_refused FROM erp_table
               WHERE peer_id = ?1 ORDER BY name";
    state.tables = connection.prepare_cached(sql)?.query_all(params![peer], |row| {
        Ok::<_, Error>(TableState {
            table: named(row, 0, Table::from_name)?,
            read_at: optional_moment(row, 1)?,
            rows: row.get(2)?,
            flagged: row.get(3)?,
            refused: row.get(4)?,
        })
    })?;
    let read_at =
        |table| state.tables.iter().find(|it| it.table == table).and_then(|it| it.read_at);
    (state.on_hand_at, state.parts_at) = (read_at(Table::OnHand), read_at(Table::Parts));
    // Tables are read after the ledger, where there is one: of this one on hand is all there is.
    if state.ledger_at.is_none() && state.on_hand_at.is_some() {
        state.building = false;
        if state.state == ErpState::Reading {
            state.state = ErpState::Well;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position: i64, older: i64) -> Standing {
        Standing { peer: 1, position, older, mark: older, mark_at: None, sums: 1, building: None }
    }

    #[test]
    fn what_was_read_lately_is_read_again() {
        assert_eq!(at(100, 0).overlap_from(), 0);
        assert_eq!(at(90_000, 89_500).overlap_from(), 88_000);
        assert_eq!(at(90_000, 70_000).overlap_from(), 70_000);
        assert_eq!(at(90_000, 0).overlap_from(), 40_000);
        assert_eq!(Standing { building: Some(2), ..at(90_000, 0) }.overlap_from(), 90_000);
    }

    #[test]
    fn the_mark_is_at_least_ten_minutes_old_when_it_counts() {
        let moment = |minutes: i64| Timestamp::from_micros(1 + minutes * 60_000_000);
        let mut it = at(1_000, 0);
        it.mark(moment(20_000_000));
        assert_eq!((it.older, it.mark), (1_000, 1_000));
        it.position = 5_000;
        it.mark(moment(20_000_009));
        assert_eq!((it.older, it.mark), (1_000, 1_000));
        it.mark(moment(20_000_010));
        assert_eq!((it.older, it.mark), (1_000, 5_000));
        it.position = 9_000;
        it.mark(moment(20_000_021));
        assert_eq!((it.older, it.mark), (5_000, 9_000));
    }
}

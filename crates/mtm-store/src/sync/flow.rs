//! Flows: how far each was told, and who posts.

use std::collections::BTreeMap;

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::sync::{Mode, State};
use mtm_core::word::{Timestamp, UserId};
use serde_json::json;

use super::lay_out::telling;
use super::row::{FlowRow, StateCount, cause};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, params,
};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// From which movement on a flow goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Where it stands.
    Here,
    /// With what is recorded from now on; what lies between is told by nobody.
    Now,
    /// With the movement at this place in the log; those that have a posting keep it.
    At(u64),
}

/// What is decided about a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowChange {
    /// Who posts from now on; as before where it is not given.
    pub mode: Option<Mode>,
    /// Where it goes on.
    pub start: Start,
    /// The version that this was decided on, where that matters.
    pub version: Option<i64>,
}

const FLOW: &str =
    "SELECT f.id, f.name, f.mode, f.position, f.version, f.changed_at, who.name, f.failing_since,
       f.last_error FROM flow f LEFT JOIN user who ON who.id = f.changed_by";

const NEWEST: &str = "SELECT COALESCE(max(sequence), 0) FROM movement";

impl Ledger {
    /// Says that there is a flow of this name. A new one stands still at the end of the log.
    pub async fn meet_flow(&self, name: String) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now().micros();
            let connection = context.sql();
            let known: Option<i64> = connection
                .query_row("SELECT id FROM flow WHERE name = ?1", params![name], |row| row.get(0))
                .optional()?;
            if known.is_none() {
                connection.execute(
                    "INSERT INTO flow (name, mode, position, changed_at)
                     VALUES (?1, 'off', (SELECT COALESCE(max(sequence), 0) FROM movement), ?2)",
                    params![name, now],
                )?;
            }
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Every flow, by name.
    pub async fn flows(&self) -> Result<Vec<FlowRow>, Fault> {
        self.query(|connection| {
            let sql = format!("{FLOW} ORDER BY f.name");
            let mut flows = connection.prepare_cached(&sql)?.query_all(&[], flow)?;
            for flow in &mut flows {
                add_counts(connection, flow)?;
            }
            Ok(flows)
        })
        .await
    }

    /// The flow of this name, without how many of its postings stand how.
    pub async fn flow_standing(&self, name: String) -> Result<Option<FlowRow>, Fault> {
        self.query(move |connection| Ok(read(connection, &name)?)).await
    }

    /// Does what `by` decided about a flow.
    pub async fn change_flow(
        &self,
        name: String,
        change: FlowChange,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<FlowRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| decide(context, &name, change, by))?)
        })
        .await
    }

    /// What waits to be sent is for people now; what was under way when the flow became a worklist, too.
    pub async fn waiting_to_worklist(&self, flow: i64) -> Result<(), Fault> {
        let waiting = self
            .query(move |connection| {
                let sql = "SELECT EXISTS (SELECT 1 FROM flow_posting
                           WHERE flow_id = ?1 AND state = 'waiting')";
                let read = |row: &Row<'_>| row.get::<bool>(0);
                Ok::<_, Fault>(connection.query_row(sql, params![flow], read)?)
            })
            .await?;
        if !waiting {
            return Ok(());
        }
        self.write(move |context| {
            let done = |context: &mut WriteContext<'_>| Ok(to_worklist(context.sql(), flow)?);
            Ok::<_, Fault>(telling(context, flow, done)?)
        })
        .await
    }

    /// No system is called for a flow any more: what waited to be sent is for people, and so is what was on
    /// its way, once it is surely over.
    pub async fn leave_postings_to_people(&self, flow: i64, now: Timestamp) -> Result<(), Fault> {
        let waits = self
            .query(move |connection| {
                let sql = "SELECT EXISTS (SELECT 1 FROM flow_posting
                           WHERE flow_id = ?1 AND due_at IS NOT NULL AND due_at <= ?2)";
                let read = |row: &Row<'_>| row.get::<bool>(0);
                Ok::<_, Fault>(connection.query_row(sql, params![flow, now.micros()], read)?)
            })
            .await?;
        if !waits {
            return Ok(());
        }
        self.write(move |context| {
            let done = |context: &mut WriteContext<'_>| {
                to_worklist(context.sql(), flow)?;
                context.sql().execute(
                    "UPDATE flow_posting SET state = 'unsure', lane = NULL, due_at = NULL,
                            cause = 'it was on its way, and no system is configured by now that could be asked',
                            version = version + 1
                     WHERE flow_id = ?1 AND state IN ('sending', 'unknown') AND due_at <= ?2",
                    params![flow, now.micros()],
                )?;
                Ok(())
            };
            Ok::<_, Fault>(telling(context, flow, done)?)
        })
        .await
    }

    /// Says why a flow does not go on, or that it does.
    pub async fn flow_told(&self, flow: i64, error: Option<String>) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now().micros();
            let connection = context.sql();
            match &error {
                Some(error) => connection.execute(
                    "UPDATE flow SET last_error = ?2, failing_since = COALESCE(failing_since, ?3)
                     WHERE id = ?1",
                    params![flow, cause(error), now],
                )?,
                None => connection.execute(
                    "UPDATE flow SET last_error = NULL, failing_since = NULL
                     WHERE id = ?1 AND failing_since IS NOT NULL",
                    params![flow],
                )?,
            };
            Ok::<_, Fault>(())
        })
        .await
    }
}

/// What was never sent is for people from now on.
fn to_worklist(connection: Connection<'_>, flow: i64) -> Result<(), Error> {
    connection.execute(
        "UPDATE flow_posting SET state = 'todo', lane = NULL, due_at = NULL, version = version + 1
         WHERE flow_id = ?1 AND state = 'waiting'",
        params![flow],
    )?;
    Ok(())
}

fn read(connection: Connection<'_>, name: &str) -> Result<Option<FlowRow>, Error> {
    let sql = format!("{FLOW} WHERE f.name = ?1");
    let found = connection.prepare_cached(&sql)?.query_row(params![name], flow).optional()?;
    let Some(mut found) = found else { return Ok(None) };
    found.behind = behind(connection, found.position)?;
    Ok(Some(found))
}

fn flow(row: &Row<'_>) -> Result<FlowRow, Error> {
    Ok(FlowRow {
        id: row.get(0)?,
        name: row.get(1)?,
        mode: named(row, 2, Mode::from_name)?,
        position: row.get::<i64>(3)?.cast_unsigned(),
        behind: 0,
        version: row.get(4)?,
        changed_at: moment(row, 5)?,
        changed_by: row.get(6)?,
        failing_since: optional_moment(row, 7)?,
        last_error: row.get(8)?,
        postings: Vec::new(),
        oldest_open_at: None,
    })
}

/// Movements behind this place in the log.
fn behind(connection: Connection<'_>, position: u64) -> Result<u64, Error> {
    let newest: i64 = connection.query_row(NEWEST, &[], |row| row.get(0))?;
    Ok(newest.cast_unsigned().saturating_sub(position))
}

/// Adds what there is of its postings, along one index.
fn add_counts(connection: Connection<'_>, flow: &mut FlowRow) -> Result<(), Error> {
    flow.behind = behind(connection, flow.position)?;
    let read = |row: &Row<'_>| {
        let state = named(row, 0, State::from_name)?;
        let (count, oldest): (i64, Timestamp) = (row.get(1)?, moment(row, 2)?);
        Ok::<_, Error>((state, count.cast_unsigned(), oldest))
    };
    let counted = connection
        .prepare_cached(
            "SELECT state, count(*), min(recorded_at) FROM flow_posting WHERE flow_id = ?1
             GROUP BY state",
        )?
        .query_all(params![flow.id], read)?;
    let open = counted.iter().filter(|(state, ..)| state.is_open());
    flow.oldest_open_at = open.map(|(_, _, oldest)| *oldest).min();
    let by_state: BTreeMap<State, u64> =
        counted.into_iter().map(|(state, count, _)| (state, count)).collect();
    flow.postings =
        by_state.into_iter().map(|(state, count)| StateCount { state, count }).collect();
    Ok(())
}

fn decide(
    context: &mut WriteContext<'_>,
    name: &str,
    change: FlowChange,
    by: UserId,
) -> Result<FlowRow, Failure> {
    let none = || Rejection::new(Code::NotFound, None, format!("there is no flow {name}"));
    let before = read(context.sql(), name)?.ok_or_else(none)?;
    if change.version.is_some_and(|version| version != before.version) {
        let message = "somebody decided otherwise about this flow meanwhile";
        return Err(Rejection::new(Code::Stale, None, message).into());
    }
    let at = context.now();
    let newest: i64 = context.sql().query_row(NEWEST, &[], |row| row.get(0))?;
    let stands = before.position.cast_signed();
    let position = match change.start {
        Start::Here => stands,
        Start::Now => newest,
        // Only backwards: what was never laid out is not passed over but by `Now`.
        Start::At(sequence) => {
            i64::try_from(sequence).unwrap_or(i64::MAX).saturating_sub(1).clamp(0, stands)
        }
    };
    let mode = change.mode.unwrap_or(before.mode);
    context.sql().execute(
        "UPDATE flow SET mode = ?2, position = ?3, version = version + 1, changed_at = ?4,
                changed_by = ?5 WHERE id = ?1",
        params![before.id, mode.as_str(), position, at.micros(), by.0],
    )?;
    if mode == Mode::Worklist {
        telling(context, before.id, |context| Ok(to_worklist(context.sql(), before.id)?))?;
    }
    let facts = json!({
        "flow": name, "mode": mode.as_str(), "from": before.mode.as_str(), "position": position,
    });
    context.audit("flow.changed", by, at, &facts)?;
    read(context.sql(), name)?.ok_or_else(|| Failure::Broken("a flow is gone".to_owned()))
}

//! Moving on in the log: a posting for every movement that concerns the system.

use std::collections::BTreeMap;

use mtm_core::event::EventType;
use mtm_core::sync::{Class, Deed, State};
use mtm_core::word::{LotNumber, MovementId, Timestamp, fold};
use serde_json::json;

use super::decide::settle;
use super::row::{cause, word};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::read::dialect::{Dialects, json_each, json_words};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, named, params};
use crate::write::{Failure, WriteContext};

/// Postings that may be under way for one flow: beyond them the log is the queue.
const AHEAD: i64 = 10_000;

/// The moment of what has its turn at once: no clock that was set back is before it.
pub(super) const AT_ONCE: i64 = 0;

/// What is in the way of an undo that would not be told, of a movement that was.
const UNTOLD: (&str, &str) = (
    "undo_not_told",
    "it undoes a movement that was told, and is not told itself: see to it there",
);

const WORK_ORDERS: Dialects = Dialects {
    sqlite: concat!(
        "SELECT lot, work_order FROM lot WHERE work_order IS NOT NULL AND lot IN (SELECT value FROM ",
        json_each!("?1"),
        ")"
    ),
    mariadb: concat!(
        "SELECT lot.lot, lot.work_order FROM ",
        json_words!("?1"),
        " STRAIGHT_JOIN lot ON lot.lot = listed.value WHERE lot.work_order IS NOT NULL"
    ),
};

/// A posting to be laid out.
#[derive(Debug, Clone)]
pub struct NewPosting {
    /// The movement that it is for.
    pub movement: MovementId,
    /// That movement's place in the log.
    pub sequence: u64,
    /// The movement that it undoes.
    pub reverses: Option<MovementId>,
    /// What it is to a stock ledger.
    pub class: Class,
    /// The part.
    pub part: String,
    /// The lot.
    pub lot: String,
    /// Pieces.
    pub quantity: i64,
    /// When the movement was recorded.
    pub recorded_at: Timestamp,
    /// The movement as the other system sees it: JSON.
    pub fact: String,
    /// What is sent for it, where it could be made: JSON.
    pub request: Option<String>,
    /// How it stands at first.
    pub state: State,
    /// Why, by a code.
    pub code: Option<String>,
    /// Why, in words.
    pub cause: Option<String>,
    /// Whether it is laid out only where the movement that it undoes has a posting: this one would not be told.
    pub only_with_undone: bool,
}

impl Ledger {
    /// Whether more may be laid out for a flow.
    pub async fn flow_has_room(&self, flow: i64) -> Result<bool, Fault> {
        self.query(move |connection| {
            let sql = "SELECT count(*) FROM flow_posting WHERE flow_id = ?1 AND due_at IS NOT NULL";
            let waiting: i64 = connection.query_row(sql, params![flow], |row| row.get(0))?;
            Ok(waiting < AHEAD)
        })
        .await
    }

    /// The work orders that lots have now, of those that have one.
    pub async fn work_orders_of(
        &self,
        lots: Vec<LotNumber>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        self.query(move |connection| {
            let listed = json!(lots.iter().map(LotNumber::as_str).collect::<Vec<_>>()).to_string();
            let read = |row: &Row<'_>| Ok::<_, Error>((row.get(0)?, row.get(1)?));
            let sql = WORK_ORDERS.on(&connection);
            let found = connection.prepare_cached(sql)?.query_all(params![listed], read)?;
            Ok(found.into_iter().collect())
        })
        .await
    }

    /// Lays out what concerns the system of the movements behind `from` up to `to`, where the flow still
    /// stands at `from`, in the way it stood at `version`. A movement that has a posting keeps it. Whether
    /// it was done.
    pub async fn lay_out_postings(
        &self,
        flow: i64,
        version: i64,
        (from, to): (u64, u64),
        postings: Vec<NewPosting>,
    ) -> Result<bool, Fault> {
        self.write(move |context| {
            let moved = context.sql().execute(
                "UPDATE flow SET position = ?4 WHERE id = ?1 AND version = ?2 AND position = ?3",
                params![flow, version, from.cast_signed(), to.cast_signed()],
            )?;
            // Somebody else was faster, or decided otherwise: all of it is read again.
            if moved == 0 {
                return Ok(false);
            }
            telling(context, flow, |context| {
                postings.iter().try_for_each(|posting| add(context, flow, posting))
            })?;
            Ok::<_, Fault>(true)
        })
        .await
    }
}

fn add(context: &mut WriteContext<'_>, flow: i64, it: &NewPosting) -> Result<(), Failure> {
    let now = context.now();
    let connection = context.sql();
    let folded = fold(&it.part);
    let movement = it.movement.0.as_bytes();
    let known: Option<i64> = connection
        .prepare_cached("SELECT id FROM flow_posting WHERE flow_id = ?1 AND movement_id = ?2")?
        .query_row(params![flow, movement], |row| row.get(0))
        .optional()?;
    if known.is_some() {
        return Ok(());
    }
    let undone = match it.reverses {
        Some(reverses) => undone(connection, flow, reverses)?,
        None => None,
    };
    let withdrawn = undone.is_some_and(|(_, state)| state.after(Deed::Withdraw, false).is_some());
    if it.only_with_undone && undone.is_none() {
        return Ok(());
    }
    let against = match undone {
        Some((_, state)) if !withdrawn => {
            let untold = it.only_with_undone.then_some(UNTOLD);
            state.against_its_undo().or(untold)
        }
        _ => None,
    };
    let state = match it.state {
        _ if withdrawn => State::Withdrawn,
        State::Waiting if against.is_some() => State::Refused,
        state => state,
    };
    let (code, why) = match (against, state) {
        (Some((code, why)), State::Todo | State::Refused) => (Some(code), Some(why)),
        _ => (it.code.as_deref(), it.cause.as_deref()),
    };
    let is_due = state.stops_others();
    connection.execute(
        "INSERT INTO flow_posting (flow_id, movement_id, sequence, reverses, class, part, folded, lot,
             quantity, recorded_at, fact, request, state, lane, due_at, code, cause, laid_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        params![
            flow,
            movement,
            it.sequence.cast_signed(),
            it.reverses.as_ref().map(|id| id.0.as_bytes().as_slice()),
            it.class.as_str(),
            it.part,
            folded,
            it.lot,
            it.quantity,
            it.recorded_at.micros(),
            it.fact,
            it.request,
            state.as_str(),
            is_due.then_some(folded.as_str()),
            is_due.then_some(AT_ONCE),
            code.map(word),
            why.map(cause),
            now.micros(),
        ],
    )?;
    if let (true, Some((posting, _))) = (withdrawn, undone) {
        settle(context, posting, State::Withdrawn, "withdrawn", None)?;
    }
    Ok(())
}

/// The posting of the movement that is undone, and how it stands.
pub(super) fn undone(
    connection: Connection<'_>,
    flow: i64,
    movement: MovementId,
) -> Result<Option<(i64, State)>, Error> {
    connection
        .prepare_cached(
            "SELECT id, state FROM flow_posting WHERE flow_id = ?1 AND movement_id = ?2",
        )?
        .query_row(params![flow, movement.0.as_bytes()], |row| {
            Ok::<_, Error>((row.get(0)?, named(row, 1, State::from_name)?))
        })
        .optional()
}

/// Whether something of the flow waits for a person.
fn needs_somebody(connection: Connection<'_>, flow: i64) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM flow_posting
               WHERE flow_id = ?1 AND state IN ('todo', 'unsure', 'refused'))";
    connection.query_row(sql, params![flow], |row| row.get(0))
}

/// Does `work`, and tells that something waits for a person where nothing did before: once, until nothing does
/// again.
pub(super) fn telling<T>(
    context: &mut WriteContext<'_>,
    flow: i64,
    work: impl FnOnce(&mut WriteContext<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let needed = needs_somebody(context.sql(), flow)?;
    let done = work(context)?;
    if !needed && needs_somebody(context.sql(), flow)? {
        tell(context, flow)?;
    }
    Ok(done)
}

fn tell(context: &mut WriteContext<'_>, flow: i64) -> Result<(), Failure> {
    let sql = "SELECT name FROM flow WHERE id = ?1";
    let name: String = context.sql().query_row(sql, params![flow], |row| row.get(0))?;
    let at = context.now();
    let data = json!({ "flow": name, "state": "worklist" });
    context.emit(EventType::IntegrationChanged, &name, at, &data, None)
}

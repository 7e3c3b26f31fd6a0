//! Writing down what a run found.

use mtm_core::erp::ErpQuantity;
use mtm_core::reconcile::Break;
use mtm_core::word::fold;

use super::row::{BreakState, Detail};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Error, OptionalExtension as _, named, params};
use crate::write::{Failure, WriteContext};

/// A break as it stood before.
struct Before {
    id: i64,
    state: BreakState,
    figures: [Option<i64>; 4],
    detail: String,
}

/// Part and place as one text, folded.
fn spot(part: Option<&str>, place: Option<(&str, &str)>) -> String {
    let (warehouse, location) = place.unwrap_or_default();
    [part.unwrap_or_default(), warehouse, location].map(fold).join("|")
}

impl Ledger {
    /// Writes down a piece of what the run `id` found; a few hundred at a time, so that nobody who books
    /// notices. Gives how many of them were not open before.
    pub async fn found_breaks(&self, id: i64, found: Vec<Break>) -> Result<u64, Fault> {
        self.write(move |context| {
            let mut opened = 0;
            for it in &found {
                opened += u64::from(write(context, id, it)?);
            }
            Ok::<_, Fault>(opened)
        })
        .await
    }

    /// The run `id` could not judge these parts at these places (part, warehouse, location): what was found
    /// there before stays as it is.
    pub async fn unjudged_spots(
        &self,
        id: i64,
        spots: Vec<(String, String, String)>,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            for (part, warehouse, location) in &spots {
                let spot = spot(Some(part), Some((warehouse, location)));
                context.sql().execute(
                    "UPDATE reconcile_break SET last_run = ?1
                     WHERE peer = (SELECT peer FROM reconcile_run WHERE id = ?1) AND spot = ?2
                       AND state IN ('open', 'closed')",
                    params![id, spot],
                )?;
            }
            Ok::<_, Fault>(())
        })
        .await
    }
}

/// Whether it was not open before.
fn write(context: &mut WriteContext<'_>, run: i64, it: &Break) -> Result<bool, Failure> {
    let detail =
        Detail { cause: it.cause.clone(), fix: it.fix.clone(), evidence: it.evidence.clone() };
    let detail = serde_json::to_string(&detail)
        .map_err(|error| Failure::Broken(format!("a break that cannot be written: {error}")))?;
    let units = |figure: Option<ErpQuantity>| figure.map(ErpQuantity::units);
    let figures =
        [units(it.ours), units(it.on_hand), units(it.ledger), Some(it.difference.units())];
    let identity = it.identity();
    let before = before(context, run, &identity)?;
    let at = context.now().micros();
    let pair = it.place.as_ref().map(|it| (it.warehouse.as_str(), it.location.as_str()));
    let spot = spot(it.part.as_deref(), pair);
    let Some(before) = before else {
        context.sql().execute(
            "INSERT INTO reconcile_break (peer, identity, spot, class, part, warehouse, location,
                    subject, state, ours, on_hand, ledger, difference, detail, first_run, last_run,
                    first_seen_at, last_seen_at)
             SELECT peer, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open', ?9, ?10, ?11, ?12, ?13, id, id, ?14, ?14
             FROM reconcile_run WHERE id = ?1",
            params![
                run,
                identity,
                spot,
                it.class.as_str(),
                it.part,
                pair.map(|pair| pair.0),
                pair.map(|pair| pair.1),
                it.subject,
                figures[0],
                figures[1],
                figures[2],
                figures[3],
                detail,
                at,
            ],
        )?;
        let id = context.sql().last_insert_rowid();
        deed(context, id, "found", at, run)?;
        return Ok(true);
    };
    let changed = before.figures[3] != figures[3];
    let what = match before.state {
        BreakState::Resolved => Some("came_back"),
        BreakState::Closed if changed => Some("changed"),
        _ => None,
    };
    if what.is_none() && before.figures == figures && before.detail == detail {
        context.sql().execute(
            "UPDATE reconcile_break SET last_run = ?2, last_seen_at = ?3 WHERE id = ?1",
            params![before.id, run, at],
        )?;
        return Ok(false);
    }
    context.sql().execute(
        "UPDATE reconcile_break SET last_run = ?2, last_seen_at = ?3, ours = ?4, on_hand = ?5,
                ledger = ?6, difference = ?7, detail = ?8, spot = ?9, warehouse = ?10, location = ?11
         WHERE id = ?1",
        params![
            before.id, run, at, figures[0], figures[1], figures[2], figures[3], detail, spot,
            pair.map(|pair| pair.0), pair.map(|pair| pair.1),
        ],
    )?;
    if let Some(what) = what {
        context.sql().execute(
            "UPDATE reconcile_break SET state = 'open', ended_at = NULL, version = version + 1
             WHERE id = ?1",
            params![before.id],
        )?;
        deed(context, before.id, what, at, run)?;
    }
    Ok(what.is_some())
}

fn before(context: &WriteContext<'_>, run: i64, identity: &str) -> Result<Option<Before>, Failure> {
    let found = context
        .sql()
        .prepare_cached(
            "SELECT b.id, b.state, b.ours, b.on_hand, b.ledger, b.difference, b.detail
             FROM reconcile_run r JOIN reconcile_break b ON b.peer = r.peer
             WHERE r.id = ?1 AND b.identity = ?2",
        )?
        .query_row(params![run, identity], |row| {
            Ok::<_, Error>(Before {
                id: row.get(0)?,
                state: named(row, 1, BreakState::from_name)?,
                figures: [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?],
                detail: row.get(6)?,
            })
        })
        .optional()?;
    Ok(found)
}

fn deed(context: &WriteContext<'_>, id: i64, what: &str, at: i64, run: i64) -> Result<(), Failure> {
    context.sql().execute(
        "INSERT INTO reconcile_deed (break_id, what, at, run_id) VALUES (?1, ?2, ?3, ?4)",
        params![id, what, at, run],
    )?;
    Ok(())
}

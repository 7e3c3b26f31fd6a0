//! Proposals, the newest first, one with its history, and how many wait.

use mtm_core::machine::{ProposalKind, ProposalState};
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::{ProposalRow, proposal, proposals};
use crate::deed::{DeedRow, deeds};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, moment, named, params};

/// How long what is over is kept: 400 days.
const KEPT_MICROS: i64 = 400 * 24 * 3_600 * 1_000_000;
/// Proposals that go in one transaction.
const STEP: i64 = 500;

/// Which proposals.
#[derive(Debug, Clone, Default)]
pub struct ProposalQuery {
    /// Which stand so; all where `None`.
    pub state: Option<ProposalState>,
    /// Of this kind; of both where `None`.
    pub kind: Option<ProposalKind>,
    /// Of this machine; of all where `None`.
    pub machine: Option<String>,
    /// Before the one with this number.
    pub before: Option<i64>,
    /// How many.
    pub limit: u16,
}

/// A proposal, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalSheet {
    /// The proposal.
    #[serde(flatten)]
    pub row: ProposalRow,
    /// What became of it, the oldest first.
    pub history: Vec<DeedRow>,
}

/// How many proposals of a machine wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposalTotal {
    /// The machine.
    pub machine: String,
    /// For what: `open` for somebody or for more pieces, `booking` for the ledger.
    pub state: ProposalState,
    /// Whether their pieces were counted, or are in question.
    pub kind: ProposalKind,
    /// How many.
    pub count: u64,
    /// Of these, how many the ledger refused.
    pub refused: u64,
    /// Since when the oldest waits, by its first piece.
    pub oldest_at: Timestamp,
}

pub(super) const NEWEST: &str =
    proposals!("WHERE p.id < ?1 AND (?5 IS NULL OR p.kind = ?5) ORDER BY p.id DESC LIMIT ?4");
pub(super) const OF_STATE: &str = proposals!(
    "WHERE p.state = ?2 AND p.id < ?1 AND (?5 IS NULL OR p.kind = ?5) ORDER BY p.id DESC LIMIT ?4"
);
pub(super) const OF_MACHINE: &str = proposals!(
    "WHERE p.machine = ?3 AND p.id < ?1 AND (?5 IS NULL OR p.kind = ?5) ORDER BY p.id DESC LIMIT ?4"
);
pub(super) const OF_MACHINE_AND_STATE: &str = proposals!(
    "WHERE p.machine = ?3 AND p.state = ?2 AND p.id < ?1 AND (?5 IS NULL OR p.kind = ?5) ORDER BY p.id DESC LIMIT ?4"
);
pub(super) const TOTALS: &str = "
    SELECT machine, state, kind, count(*), count(cause), min(first_at) FROM machine_proposal
    WHERE state IN ('open', 'booking') GROUP BY machine, state, kind ORDER BY machine, state, kind";
const BY_ID: &str = proposals!("WHERE p.id = ?1");
pub(super) const OLD: &str =
    "SELECT id FROM machine_proposal WHERE ended_at < ?1 ORDER BY ended_at, id LIMIT ?2";

impl Ledger {
    /// Proposals, the newest first.
    pub async fn proposals(&self, query: ProposalQuery) -> Result<Vec<ProposalRow>, Fault> {
        self.query(move |connection| {
            let sql = match (query.state, &query.machine) {
                (None, None) => NEWEST,
                (Some(_), None) => OF_STATE,
                (None, Some(_)) => OF_MACHINE,
                (Some(_), Some(_)) => OF_MACHINE_AND_STATE,
            };
            let state = query.state.map(ProposalState::as_str);
            let before = query.before.unwrap_or(i64::MAX);
            let kind = query.kind.map(ProposalKind::as_str);
            let values = params![before, state, query.machine, query.limit, kind];
            Ok::<_, Fault>(connection.prepare_cached(sql)?.query_all(values, proposal)?)
        })
        .await
    }

    /// The proposal with this number.
    pub async fn proposal(&self, id: i64) -> Result<Option<ProposalSheet>, Fault> {
        self.query(move |connection| {
            let Some(row) = found(connection, id)? else { return Ok(None) };
            let history = deeds(connection, ("machine_deed", "proposal_id"), id)?;
            Ok::<_, Fault>(Some(ProposalSheet { row, history }))
        })
        .await
    }

    /// How many proposals wait, by machine, state and kind; what is over is not counted.
    pub async fn proposal_totals(&self) -> Result<Vec<ProposalTotal>, Fault> {
        self.query(|connection| {
            let read = |row: &Row<'_>| {
                Ok::<_, Error>(ProposalTotal {
                    machine: row.get(0)?,
                    state: named(row, 1, ProposalState::from_name)?,
                    kind: named(row, 2, ProposalKind::from_name)?,
                    count: row.get(3)?,
                    refused: row.get(4)?,
                    oldest_at: moment(row, 5)?,
                })
            };
            Ok::<_, Fault>(connection.prepare_cached(TOTALS)?.query_all(&[], read)?)
        })
        .await
    }

    /// Lets go of a piece of the proposals that were booked or dropped long ago. Whether there may be more.
    pub async fn sweep_proposals(&self) -> Result<bool, Fault> {
        self.write(move |context| {
            let oldest = context.now().plus_micros(-KEPT_MICROS).micros();
            Ok::<_, Fault>(sweep(context.sql(), oldest)?)
        })
        .await
    }
}

pub(super) fn found(connection: Connection<'_>, id: i64) -> Result<Option<ProposalRow>, Error> {
    connection.prepare_cached(BY_ID)?.query_row(params![id], proposal).optional()
}

fn sweep(connection: Connection<'_>, oldest: i64) -> Result<bool, Error> {
    let old: Vec<i64> = connection
        .prepare_cached(OLD)?
        .query_all(params![oldest, STEP], |row: &Row<'_>| row.get(0))?;
    for proposal in &old {
        for sql in [
            "DELETE FROM machine_deed WHERE proposal_id = ?1",
            "DELETE FROM machine_proposal WHERE id = ?1",
        ] {
            connection.execute(sql, params![proposal])?;
        }
    }
    Ok(!old.is_empty())
}

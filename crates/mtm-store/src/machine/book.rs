//! What was confirmed, on its way into the ledger, and what the rule confirms.
//!
//! A proposal is booked under one key as long as it lives, so it is booked once, however often that is tried, refused and
//! tried again. Whether it was is written in one place only: what stands under that key.

use mtm_core::machine::{ProposalDeed, ProposalState};
use mtm_core::word::{CommandId, UserId};
use uuid::Uuid;

use super::list::found;
use super::row::{ProposalRow, proposal, proposals};
use super::{About, cut, kept, write_down};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, Value, optional_uuid, params};
use crate::write::{Failure, WriteContext};

/// A proposal that is to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueProposal {
    /// The proposal.
    pub row: ProposalRow,
    /// Who confirmed it; `None`: the rule.
    pub by: Option<UserId>,
}

const NEXT: &str = "SELECT id, decided_by FROM machine_proposal
     WHERE state = 'booking' AND id > ?1 ORDER BY id LIMIT 1";
const THIS: &str =
    "SELECT id, decided_by FROM machine_proposal WHERE state = 'booking' AND id = ?1";
pub(super) const BY_RULE: &str = proposals!(
    "WHERE p.by_rule = 1 AND p.state = 'open' AND +p.grows_for IS NULL AND p.kind = 'count' AND p.cause IS NULL
     ORDER BY p.id LIMIT ?1"
);

impl Ledger {
    /// The oldest proposal behind the one with this number that is to be booked, also where somebody was killed while
    /// booking it.
    pub async fn next_booking(&self, after: i64) -> Result<Option<DueProposal>, Fault> {
        self.query(move |connection| Ok::<_, Fault>(due(connection, NEXT, params![after])?)).await
    }

    /// The proposal with this number, where it is to be booked.
    pub async fn due_booking(&self, id: i64) -> Result<Option<DueProposal>, Fault> {
        self.query(move |connection| Ok::<_, Fault>(due(connection, THIS, params![id])?)).await
    }

    /// The command with this number booked so many pieces of the proposal. Whether that was not known yet.
    pub async fn proposal_booked(
        &self,
        id: i64,
        confirmed: u64,
        command: CommandId,
    ) -> Result<bool, Fault> {
        self.write(move |context| Ok(booked(context, id, confirmed, command)?)).await
    }

    /// The ledger refused the proposal, as it stood under `version`: it is open again, and takes no more pieces; or it was
    /// booked under its key all the same, by an earlier or another try, and then that is what counts. Whether it was
    /// still to be booked.
    pub async fn proposal_refused(
        &self,
        id: i64,
        version: i64,
        cause: String,
    ) -> Result<bool, Fault> {
        self.write(move |context| Ok(refused(context, (id, version), &cause)?)).await
    }

    /// Full proposals that the rule confirms, the oldest first. One that was closed before it was full, or that the ledger
    /// refused, is a person's.
    pub async fn due_by_rule(&self, limit: u16) -> Result<Vec<ProposalRow>, Fault> {
        self.query(move |connection| {
            Ok::<_, Fault>(connection.prepare_cached(BY_RULE)?.query_all(params![limit], proposal)?)
        })
        .await
    }
}

fn due(
    connection: Connection<'_>,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Option<DueProposal>, Error> {
    let due: Option<(i64, Option<i64>)> = connection
        .prepare_cached(sql)?
        .query_row(values, |row: &Row<'_>| Ok::<_, Error>((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, by)) = due else { return Ok(None) };
    Ok(found(connection, id)?.map(|row| DueProposal { row, by: by.map(UserId) }))
}

fn booked(
    context: &mut WriteContext<'_>,
    id: i64,
    confirmed: u64,
    command: CommandId,
) -> Result<bool, Failure> {
    let Some(row) = found(context.sql(), id)? else { return Ok(false) };
    // Another try may have been refused before this one went through: what is in the ledger counts.
    if !matches!(row.state, ProposalState::Booking | ProposalState::Open) {
        return Ok(false);
    }
    let now = context.now();
    context.sql().execute(
        "UPDATE machine_proposal SET state = 'booked', grows_for = NULL, confirmed = ?4, cause = NULL,
                command_id = ?2, ended_at = ?3, attempts = attempts + 1, version = version + 1 WHERE id = ?1",
        params![id, command.0.as_bytes(), now.micros(), kept(confirmed)],
    )?;
    write_down(context, About::Proposal(id), "booked", None, None)?;
    Ok(true)
}

fn refused(
    context: &mut WriteContext<'_>,
    (id, version): (i64, i64),
    cause: &str,
) -> Result<bool, Failure> {
    let row = found(context.sql(), id)?.filter(|row| row.version == version);
    let Some(row) = row.filter(|row| row.state.after(ProposalDeed::Refuse).is_some()) else {
        return Ok(false);
    };
    let known: Option<Uuid> = context
        .sql()
        .query_row(
            "SELECT command_id FROM idempotency_key WHERE \"key\" = ?1",
            params![key_of(id)],
            |row: &Row<'_>| optional_uuid(row, 0),
        )
        .optional()?
        .flatten();
    if let Some(command) = known {
        return booked(context, id, row.confirmed.unwrap_or(row.pieces), CommandId(command));
    }
    let cause = cut(cause);
    context.sql().execute(
        "UPDATE machine_proposal SET state = 'open', by_rule = 0, confirmed = NULL, seen = NULL,
                decided_by = NULL, decided_at = NULL, note = NULL, cause = ?2,
                attempts = attempts + 1, version = version + 1 WHERE id = ?1",
        params![id, cause],
    )?;
    write_down(context, About::Proposal(id), "refused", None, Some(&cause))?;
    Ok(true)
}

/// The key under which a proposal is booked, however often and by whomever that is tried. No caller can have it: theirs
/// hold no blanks.
fn key_of(id: i64) -> String {
    format!("machine proposal {id}")
}

impl DueProposal {
    /// The key under which it is booked.
    pub fn key(&self) -> String {
        key_of(self.row.id)
    }
}

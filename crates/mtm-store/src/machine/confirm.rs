//! What people, and the rule, decide about proposals.

use mtm_core::code::Code;
use mtm_core::machine::{ProposalDeed, ProposalKind};
use mtm_core::rejection::Rejection;
use mtm_core::word::{Note, UserId};
use serde_json::json;

use super::grow::{Growth, New, Portion, counted};
use super::list::found;
use super::row::{ProposalRow, Target};
use super::{About, SETTLED, kept, write_down};
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::params;
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// How many pieces there are.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// So many are booked. None is no confirmation: then the proposal is dropped.
    pub confirmed: u64,
    /// Of so many that were shown; all that there are where `None`. What was counted since is another proposal's. Of a
    /// question, nothing is.
    pub seen: Option<u64>,
    /// Why these are others than were counted.
    pub note: Option<Note>,
    /// The version that this was decided on, where that matters.
    pub version: Option<i64>,
}

/// That there are none.
#[derive(Debug, Clone)]
pub struct Dismissal {
    /// Of so many that were shown, as in [`Confirmation::seen`].
    pub seen: Option<u64>,
    /// Why.
    pub note: Note,
    /// The version that this was decided on, where that matters.
    pub version: Option<i64>,
}

impl Ledger {
    /// Says how many pieces of the proposal with this number there are: somebody does, or the rule, where `by` is
    /// `None`. They are to be booked then.
    pub async fn confirm_proposal(
        &self,
        id: i64,
        it: Confirmation,
        by: Option<UserId>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ProposalRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| confirm(context, id, &it, by))?)
        })
        .await
    }

    /// Says that there are no pieces of the proposal with this number.
    pub async fn drop_proposal(
        &self,
        id: i64,
        it: Dismissal,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ProposalRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| dismiss(context, id, &it, by))?)
        })
        .await
    }
}

fn confirm(
    context: &mut WriteContext<'_>,
    id: i64,
    it: &Confirmation,
    by: Option<UserId>,
) -> Result<ProposalRow, Failure> {
    let before = decidable(context, id, it.version, ProposalDeed::Confirm)?;
    let seen = seen(&before, it.seen)?;
    let (least, most) = match before.kind {
        ProposalKind::Count => (1, seen),
        ProposalKind::Question => (before.pieces.max(1), before.most.unwrap_or(before.pieces)),
    };
    if !(least..=most).contains(&it.confirmed) {
        let message = match it.confirmed {
            0 => "none of them is nothing to book: drop the proposal".to_owned(),
            _ => format!("between {least} and {most} pieces can be confirmed"),
        };
        return Err(Rejection::new(Code::QuantityOutOfRange, "confirmed", message).into());
    }
    let is_all = before.kind == ProposalKind::Count && it.confirmed == before.pieces;
    if before.kind == ProposalKind::Count && it.confirmed != seen && it.note.is_none() {
        let message = format!("say why there are {} and not {seen}", it.confirmed);
        return Err(Rejection::new(Code::ReasonRequired, "note", message).into());
    }
    if by.is_none() && !(is_all && before.by_rule && before.full) {
        let message = "the rule confirms full proposals, and all of them";
        return Err(Rejection::new(SETTLED, None, message).into());
    }
    let now = context.now();
    context.sql().execute(
        "UPDATE machine_proposal SET state = 'booking', grows_for = NULL, pieces = ?2, confirmed = ?3, seen = ?4,
                decided_by = ?5, decided_at = ?6, note = ?7, cause = NULL, version = version + 1 WHERE id = ?1",
        params![
            id,
            kept(seen),
            kept(it.confirmed),
            (before.kind == ProposalKind::Count).then(|| kept(seen)),
            by.map(|by| by.0),
            now.micros(),
            it.note.as_ref().map(Note::as_str),
        ],
    )?;
    let mut said = match before.kind {
        ProposalKind::Count => format!("{} of {seen}", it.confirmed),
        ProposalKind::Question => it.confirmed.to_string(),
    };
    if let Some(note) = &it.note {
        said = format!("{said}: {}", note.as_str());
    }
    write_down(context, About::Proposal(id), "confirmed", by, Some(&said))?;
    move_on(context, &before, before.pieces - seen)?;
    tell(context, &before, "confirmed", by, Some(it.confirmed))
}

fn dismiss(
    context: &mut WriteContext<'_>,
    id: i64,
    it: &Dismissal,
    by: UserId,
) -> Result<ProposalRow, Failure> {
    let before = decidable(context, id, it.version, ProposalDeed::Drop)?;
    let seen = seen(&before, it.seen)?;
    let now = context.now().micros();
    context.sql().execute(
        "UPDATE machine_proposal SET state = 'dropped', grows_for = NULL, pieces = ?2, seen = ?3, decided_by = ?4,
                decided_at = ?5, ended_at = ?5, note = ?6, cause = NULL, version = version + 1 WHERE id = ?1",
        params![
            id,
            kept(seen),
            (before.kind == ProposalKind::Count).then(|| kept(seen)),
            by.0,
            now,
            it.note.as_str(),
        ],
    )?;
    write_down(context, About::Proposal(id), "dropped", Some(by), Some(it.note.as_str()))?;
    move_on(context, &before, before.pieces - seen)?;
    tell(context, &before, "dropped", Some(by), None)
}

/// The proposal, where this can be done to it, and it is as whoever decides saw it.
fn decidable(
    context: &WriteContext<'_>,
    id: i64,
    version: Option<i64>,
    deed: ProposalDeed,
) -> Result<ProposalRow, Failure> {
    let none = || Rejection::new(Code::NotFound, None, format!("there is no proposal {id}"));
    let row = found(context.sql(), id)?.ok_or_else(none)?;
    if row.state.after(deed).is_none() {
        let message = format!("this proposal is {}", row.state);
        return Err(Rejection::new(SETTLED, None, message).into());
    }
    if version.is_some_and(|version| version != row.version) {
        let message = "this proposal stands otherwise by now: look at it again";
        return Err(Rejection::new(Code::Stale, None, message).into());
    }
    Ok(row)
}

/// Of how many of its pieces is decided.
fn seen(row: &ProposalRow, seen: Option<u64>) -> Result<u64, Rejection> {
    if row.kind == ProposalKind::Question {
        return Ok(row.pieces);
    }
    let seen = seen.unwrap_or(row.pieces);
    if (1..=row.pieces).contains(&seen) {
        return Ok(seen);
    }
    let message = format!("{} pieces were counted", row.pieces);
    Err(Rejection::new(Code::QuantityOutOfRange, "seen", message))
}

/// What was counted while somebody looked is decided on later: it goes to what grows for the same counter, where that
/// still counts the same, else to a proposal of its own.
fn move_on(context: &WriteContext<'_>, before: &ProposalRow, pieces: u64) -> Result<(), Failure> {
    if pieces == 0 {
        return Ok(());
    }
    let connection = context.sql();
    let counter = counted(connection, before.counter)?;
    let target = connection.query_row(
        "SELECT booking, part_id, operation_id, location_id, work_order, scrap_reason
         FROM machine_proposal WHERE id = ?1",
        params![before.id],
        |row| Target::read(row, 0),
    )?;
    let (first_at, last_at) = (before.first_at, before.last_at);
    let portion = Portion { pieces, steps: 0, from: before.from, to: before.to, first_at, last_at };
    let mut growth = Growth::default();
    let mut takes = !counter.is_retired && counter.target == target;
    if takes {
        growth = Growth::of(context, &counter)?;
        takes = growth.takes(&counter, pieces);
    }
    if takes {
        growth.add(connection, &counter, portion)?;
        growth.end(connection, &counter)?;
    } else {
        let (target, has) = (&target, portion);
        let new = New { target, has, question: None, grows: false, by_rule: false };
        growth.touched.push(counter.propose(connection, &new)?);
    }
    let mut names: Vec<String> = growth.touched.iter().map(ToString::to_string).collect();
    if names.len() > 10 {
        names.truncate(9);
        names.push("…".to_owned());
    }
    let note = format!("{pieces} pieces that were not seen are in {}", names.join(", "));
    write_down(context, About::Proposal(before.id), "moved", None, Some(&note))?;
    Ok(())
}

/// Has the audit know what somebody decided, and gives the proposal as it stands.
fn tell(
    context: &mut WriteContext<'_>,
    before: &ProposalRow,
    what: &str,
    by: Option<UserId>,
    confirmed: Option<u64>,
) -> Result<ProposalRow, Failure> {
    let gone = || Failure::Broken("a proposal is gone".to_owned());
    let row = found(context.sql(), before.id)?.ok_or_else(gone)?;
    // The rule's bookings say whose they are; it is nobody's deed.
    if let Some(by) = by {
        let at = context.now();
        let facts = json!({
            "proposal": row.id, "machine": row.machine, "counter": row.counter, "kind": row.kind,
            "shown": before.pieces, "pieces": row.pieces, "most": row.most, "confirmed": confirmed,
        });
        context.audit(&format!("proposal.{what}"), by, at, &facts)?;
    }
    Ok(row)
}

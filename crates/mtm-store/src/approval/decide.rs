//! The second person: approves, which books, or refuses.

use mtm_core::approval::ApprovalState;
use mtm_core::code::Code;
use mtm_core::command::{
    Action, Actor, Adjust, Command, Confirmations, Context, Count, Pick, PickRule,
};
use mtm_core::outcome::Outcome;
use mtm_core::policy::Role;
use mtm_core::rejection::Rejection;
use mtm_core::word::{
    CommandId, Note, ReasonCode, SessionId, StationName, UserId, UserName, WordError,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::list::found;
use super::row::ApprovalRow;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{
    Connection, Error, OptionalExtension as _, named, optional_uuid, optional_word, params, word,
};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Who approves, and what is booked of the circumstances.
#[derive(Debug, Clone)]
pub struct Approving {
    /// The second person.
    pub by: Actor,
    /// Version of the program that they use.
    pub app_version: Option<String>,
    /// Shift in which it is booked.
    pub shift: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// What an approval booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approved {
    /// The request, which waits no more.
    pub approval: ApprovalRow,
    /// What was booked.
    pub booked: Outcome,
}

/// What is kept of a request and not shown.
struct Kept {
    asker: Actor,
    over_hold: bool,
    station: Option<StationName>,
    session: Option<SessionId>,
}

impl Ledger {
    /// Books what the request with this number asks for, decided anew on the stock there is.
    pub async fn approve(
        &self,
        id: u64,
        with: Approving,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Approved>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| approve(context, id, &with))?)
        })
        .await
    }

    /// Refuses the request with this number, or takes it back where it is their own. Nothing is
    /// booked.
    pub async fn refuse_approval(
        &self,
        id: u64,
        by: UserId,
        why: Note,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ApprovalRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| refuse(context, id, by, &why))?)
        })
        .await
    }
}

/// The request, which must wait.
fn waiting(context: &WriteContext<'_>, id: u64) -> Result<(i64, ApprovalRow, Kept), Failure> {
    let none = || Rejection::new(Code::NotFound, None, format!("there is no request {id}"));
    let number = i64::try_from(id).map_err(|_| none())?;
    let (connection, now) = (context.sql(), context.now());
    let row = found(connection, number, now)?.ok_or_else(none)?;
    let closed = match (row.state, &row.decided_by) {
        (ApprovalState::Waiting, _) => return Ok((number, row, kept(connection, number)?)),
        (ApprovalState::Expired, _) => {
            format!("request {id} waited until {}; ask again if it is still right", row.expires_at)
        }
        (state, Some(by)) => format!("request {id} was {} by {by}", state.as_str()),
        (state, None) => format!("request {id} was {}", state.as_str()),
    };
    Err(Rejection::new(Code::ApprovalClosed, None, closed).into())
}

fn kept(connection: Connection<'_>, id: i64) -> Result<Kept, Error> {
    connection
        .prepare_cached(
            "SELECT user.id, user.name, user.role, a.over_hold, a.station, a.session_id
             FROM approval a JOIN user ON user.id = a.asked_by WHERE a.id = ?1",
        )?
        .query_row(params![id], |row| {
            Ok(Kept {
                asker: Actor {
                    id: UserId(row.get(0)?),
                    name: word(row, 1, UserName::parse)?,
                    role: named(row, 2, Role::from_name)?,
                },
                over_hold: row.get(3)?,
                station: optional_word(row, 4, StationName::parse)?,
                session: optional_uuid(row, 5)?.map(SessionId),
            })
        })
}

fn approve(context: &mut WriteContext<'_>, id: u64, with: &Approving) -> Result<Approved, Failure> {
    let (number, row, kept) = waiting(context, id)?;
    if kept.asker.id == with.by.id {
        let message = "you asked for it: somebody else must approve it";
        return Err(Rejection::new(Code::OtherPersonNeeded, None, message).into());
    }
    refuse_counted_since(context.sql(), number, &row)?;
    let broken = |error: WordError| Failure::Broken(error.to_string());
    let command = Command {
        id: CommandId::from_fresh(context.fresh_uuid()),
        // It is what the first person found; the second is named by it, and in the audit log.
        context: Context {
            actor: kept.asker.clone(),
            station: kept.station,
            app_version: with.app_version.clone(),
            occurred_at: row.occurred_at,
            shift: with.shift.clone(),
            import: None,
            session: kept.session,
            intent_window: None,
        },
        confirm: Confirmations {
            implausible: true,
            hold: kept.over_hold,
            approved: true,
            ..Confirmations::default()
        },
        action: Action::Adjust(Adjust {
            pick: Pick {
                lot: Some(row.lot.clone()),
                part: Some(row.part.clone()),
                operation: Some(row.operation.clone()),
                location: Some(row.location.clone()),
                rule: PickRule::Exact,
            },
            count: Count::Delta(row.delta),
            expected: None,
            reason: ReasonCode::parse(&row.reason).map_err(broken)?,
            notes: Some(with_second(row.notes.as_deref(), &with.by).map_err(broken)?),
        }),
    };
    let booked = context.execute(&command, with.traceparent.as_deref())?;
    let at = booked.recorded_at;
    context.sql().execute(
        "UPDATE approval SET state = ?2, decided_by = ?3, decided_at = ?4, command_id = ?5
         WHERE id = ?1",
        params![
            number,
            ApprovalState::Approved.as_str(),
            with.by.id.0,
            at.micros(),
            booked.id.0.as_bytes()
        ],
    )?;
    let facts = json!({
        "approval": number, "asked_by": kept.asker.id.0, "command": booked.id, "delta": row.delta,
    });
    let now = context.now();
    context.audit("approval.approved", with.by.id, now, &facts)?;
    Ok(Approved {
        approval: ApprovalRow {
            state: ApprovalState::Approved,
            decided_by: Some(with.by.name.to_string()),
            decided_at: Some(at),
            command_id: Some(booked.id),
            on_hand: booked.balances.first().map_or(row.on_hand, |line| line.quantity),
            ..row
        },
        booked,
    })
}

/// The notes of the movement: what the first person wrote, and who the second one is.
fn with_second(notes: Option<&str>, second: &Actor) -> Result<Note, WordError> {
    let by = format!("approved by {}", second.name);
    let Some(notes) = notes else { return Note::parse(&by) };
    let most = Note::MAX.saturating_sub(by.chars().count() + 3);
    let notes: String = notes.chars().take(most).collect();
    Note::parse(&format!("{notes} ({by})"))
}

/// What was counted there since the request tells more than the request.
fn refuse_counted_since(
    connection: Connection<'_>,
    id: i64,
    row: &ApprovalRow,
) -> Result<(), Failure> {
    let since: Option<i64> = connection
        .prepare_cached(
            "SELECT m.recorded_at FROM approval a JOIN movement m ON m.lot = a.lot
             WHERE a.id = ?1 AND m.type = 'adjust' AND m.recorded_at > a.asked_at
               AND coalesce(m.from_operation_id, m.to_operation_id) = a.operation_id
               AND coalesce(m.from_location_id, m.to_location_id) = a.location_id
             LIMIT 1",
        )?
        .query_row(params![id], |row| row.get(0))
        .optional()?;
    if since.is_none() {
        return Ok(());
    }
    let message = format!(
        "lot {} was adjusted there after request {} was made: refuse it, and count again",
        row.lot, row.id
    );
    Err(Rejection::new(Code::QuantityChanged, None, message).into())
}

fn refuse(
    context: &mut WriteContext<'_>,
    id: u64,
    by: UserId,
    why: &Note,
) -> Result<ApprovalRow, Failure> {
    let (number, _, kept) = waiting(context, id)?;
    let own = kept.asker.id == by;
    let state = if own { ApprovalState::Withdrawn } else { ApprovalState::Refused };
    let at = context.now();
    context.sql().execute(
        "UPDATE approval SET state = ?2, decided_by = ?3, decided_at = ?4, why = ?5 WHERE id = ?1",
        params![number, state.as_str(), by.0, at.micros(), why.as_str()],
    )?;
    let facts = json!({ "approval": number, "asked_by": kept.asker.id.0, "state": state });
    context.audit("approval.refused", by, at, &facts)?;
    found(context.sql(), number, at)?.ok_or_else(|| Failure::Broken("a request is gone".to_owned()))
}

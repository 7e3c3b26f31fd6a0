//! What people decide about a break.

use mtm_core::code::Code;
use mtm_core::reconcile::CloseCode;
use mtm_core::rejection::Rejection;
use mtm_core::word::{Note, UserId, UserName};
use serde_json::json;

use super::list::{BreakSheet, sheet};
use super::row::BreakState;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{OptionalExtension as _, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// A break as it stands after somebody decided.
pub type Decided = Once<BreakSheet>;

/// What somebody decides.
#[derive(Debug, Clone)]
pub enum BreakDeed {
    /// Looks after it from now on; whoever did before does no more.
    Take,
    /// Somebody else looks after it.
    Assign(UserName),
    /// Nobody looks after it.
    Release,
    /// Writes something down.
    Note(Note),
    /// It needs nothing more.
    Close(CloseCode, Option<Note>),
    /// It does need something.
    Reopen(Option<Note>),
}

impl Ledger {
    /// Does what `by` decided about the break with this number.
    pub async fn decide_break(
        &self,
        id: i64,
        deed: BreakDeed,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Decided, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| decide(context, id, &deed, by))?)
        })
        .await
    }
}

fn decide(
    context: &mut WriteContext<'_>,
    id: i64,
    deed: &BreakDeed,
    by: UserId,
) -> Result<BreakSheet, Failure> {
    let none = || Rejection::new(Code::NotFound, None, format!("there is no break {id}"));
    let before = sheet(context.sql(), id)?.ok_or_else(none)?.row;
    let at = context.now();
    let is_open = before.state == BreakState::Open;
    let over = |message: String| Failure::from(Rejection::new(Code::BreakClosed, None, message));
    let (what, note) = match deed {
        BreakDeed::Take | BreakDeed::Assign(_) | BreakDeed::Release | BreakDeed::Close(..)
            if !is_open =>
        {
            return Err(over(format!("break {id} is {}", before.state.as_str())));
        }
        BreakDeed::Reopen(_) if before.state != BreakState::Closed => {
            return Err(over(format!("break {id} is {}, not closed", before.state.as_str())));
        }
        BreakDeed::Take => {
            own(context, id, Some(by))?;
            ("taken", None)
        }
        BreakDeed::Assign(name) => {
            let owner = user(context, name)?;
            own(context, id, Some(owner))?;
            ("assigned", Some(format!("to {name}")))
        }
        BreakDeed::Release => {
            own(context, id, None)?;
            ("released", None)
        }
        BreakDeed::Note(note) => ("noted", Some(note.to_string())),
        BreakDeed::Close(code, note) => {
            context.sql().execute(
                "UPDATE reconcile_break SET state = 'closed', ended_at = ?2, closed_by = ?3,
                        close_code = ?4, close_note = ?5, version = version + 1 WHERE id = ?1",
                params![id, at.micros(), by.0, code.as_str(), note.as_ref().map(Note::as_str)],
            )?;
            let words = note.as_ref().map_or(String::new(), |note| format!(": {note}"));
            ("closed", Some(format!("{}{words}", code.as_words())))
        }
        BreakDeed::Reopen(note) => {
            context.sql().execute(
                "UPDATE reconcile_break SET state = 'open', ended_at = NULL, version = version + 1
                 WHERE id = ?1",
                params![id],
            )?;
            ("reopened", note.as_ref().map(ToString::to_string))
        }
    };
    context.sql().execute(
        "INSERT INTO reconcile_deed (break_id, what, at, user_id, note) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, what, at.micros(), by.0, note],
    )?;
    let mut facts = json!({
        "break": id, "peer": before.peer, "class": before.class, "part": before.part,
        "subject": before.subject,
    });
    match deed {
        BreakDeed::Close(code, _) => facts["code"] = json!(code.as_str()),
        BreakDeed::Assign(name) => facts["to"] = json!(name),
        _ => {}
    }
    context.audit(&format!("reconcile.{what}"), by, at, &facts)?;
    sheet(context.sql(), id)?.ok_or_else(|| Failure::Broken("a break is gone".to_owned()))
}

fn own(context: &WriteContext<'_>, id: i64, owner: Option<UserId>) -> Result<(), Failure> {
    context.sql().execute(
        "UPDATE reconcile_break SET owner = ?2, version = version + 1 WHERE id = ?1",
        params![id, owner.map(|owner| owner.0)],
    )?;
    Ok(())
}

/// Somebody who can look after a break.
fn user(context: &WriteContext<'_>, name: &UserName) -> Result<UserId, Failure> {
    let folded = mtm_core::word::fold(name.as_str());
    let found: Option<i64> = context
        .sql()
        .prepare_cached(
            "SELECT id FROM user WHERE folded = ?1 AND kind = 'person' AND disabled_at IS NULL",
        )?
        .query_row(params![folded], |row| row.get(0))
        .optional()?;
    found.map(UserId).ok_or_else(|| {
        let message = format!("{name} is nobody who can sign in here");
        Rejection::new(Code::NotFound, None, message).into()
    })
}

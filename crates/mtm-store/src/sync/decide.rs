//! What people decide about a posting.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::sync::{Deed, Mode, State};
use mtm_core::word::{Note, UserId};
use serde_json::json;

use super::due::ASKED;
use super::lay_out::{AT_ONCE, telling};
use super::list::{PostingSheet, sheet};
use super::row::document;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{OptionalExtension as _, named, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// What somebody decides about a posting.
#[derive(Debug, Clone)]
pub struct PostingDeed {
    /// What.
    pub deed: Deed,
    /// What is sent from now on, where they corrected it: JSON.
    pub request: Option<String>,
    /// The number of the document there, where they say.
    pub document: Option<String>,
    /// Why, in words.
    pub note: Option<Note>,
    /// Whether the other system's ledger is read, and shows by itself what was posted.
    pub proved: bool,
    /// The version that this was decided on, where that matters.
    pub version: Option<i64>,
}

impl Ledger {
    /// Does what `by` decided about the posting with this number.
    pub async fn decide_posting(
        &self,
        id: i64,
        deed: PostingDeed,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PostingSheet>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let sql = "SELECT flow_id FROM flow_posting WHERE id = ?1";
                let none =
                    || Rejection::new(Code::NotFound, None, format!("there is no posting {id}"));
                let flow: Option<i64> =
                    context.sql().query_row(sql, params![id], |row| row.get(0)).optional()?;
                let flow = flow.ok_or_else(none)?;
                telling(context, flow, |context| decide(context, id, &deed, by))
            })?)
        })
        .await
    }
}

/// Whether the flow would do by itself what somebody wants done.
fn would_go_on(context: &WriteContext<'_>, flow: &str, deed: Deed) -> Result<(), Failure> {
    let sql = "SELECT mode FROM flow WHERE name = ?1";
    let mode = context.sql().query_row(sql, params![flow], |row| named(row, 0, Mode::from_name))?;
    let goes_on = match deed {
        Deed::Resend => mode == Mode::Automatic,
        Deed::Look => mode != Mode::Off,
        _ => true,
    };
    if goes_on {
        return Ok(());
    }
    let message = format!("nothing is sent by this flow now: it is {}", mode.as_str());
    Err(Rejection::new(Code::PostingSettled, None, message).into())
}

fn decide(
    context: &mut WriteContext<'_>,
    id: i64,
    it: &PostingDeed,
    by: UserId,
) -> Result<PostingSheet, Failure> {
    let none = || Rejection::new(Code::NotFound, None, format!("there is no posting {id}"));
    let before = sheet(context.sql(), id)?.ok_or_else(none)?.row;
    if it.version.is_some_and(|version| version != before.version) {
        let message = "this posting stands otherwise by now: look at it again";
        return Err(Rejection::new(Code::Stale, None, message).into());
    }
    let state = before.state.after(it.deed, it.proved).ok_or_else(|| {
        let message = match before.state {
            State::Withdrawn => {
                "its movement was undone, and this was withdrawn: if you entered it there, take it back there".to_owned()
            }
            state => format!("this posting is {}", state.as_str()),
        };
        Rejection::new(Code::PostingSettled, None, message)
    })?;
    would_go_on(context, &before.flow, it.deed)?;
    let at = context.now();
    context.sql().execute(
        "UPDATE flow_posting SET decided_by = ?2, decided_at = ?3, note = COALESCE(?4, note),
                document = COALESCE(?5, document) WHERE id = ?1",
        params![
            id,
            by.0,
            at.micros(),
            it.note.as_ref().map(Note::as_str),
            it.document.as_deref().map(document),
        ],
    )?;
    if it.deed == Deed::Resend {
        // Made anew of the movement, unless somebody said what is to be sent.
        context.sql().execute(
            "UPDATE flow_posting SET request = ?2, edited = ?3, attempts = 0, code = NULL, cause = NULL
             WHERE id = ?1",
            params![id, it.request, it.request.is_some()],
        )?;
    }
    if it.deed == Deed::Look {
        context
            .sql()
            .execute("UPDATE flow_posting SET code = ?2 WHERE id = ?1", params![id, ASKED])?;
    }
    if state.stops_others() {
        context.sql().execute(
            "UPDATE flow_posting SET state = ?2, lane = folded, due_at = ?3, version = version + 1
             WHERE id = ?1",
            params![id, state.as_str(), AT_ONCE],
        )?;
        write_down(context, id, it.deed.as_str(), Some(by), it.note.as_ref().map(Note::as_str))?;
    } else {
        let note = it.note.as_ref().map(Note::as_str).or(it.document.as_deref());
        end(context, id, state)?;
        write_down(context, id, it.deed.as_str(), Some(by), note)?;
    }
    let facts = json!({
        "posting": id, "flow": before.flow, "movement": before.movement, "from": before.state,
        "to": state, "document": it.document, "edited": it.request.is_some(),
    });
    context.audit(&format!("posting.{}", it.deed.as_str()), by, at, &facts)?;
    sheet(context.sql(), id)?.ok_or_else(|| Failure::Broken("a posting is gone".to_owned()))
}

/// It leaves its lane and has no turn any more; nobody decided it.
pub(super) fn settle(
    context: &WriteContext<'_>,
    posting: i64,
    state: State,
    what: &str,
    note: Option<&str>,
) -> Result<(), Failure> {
    end(context, posting, state)?;
    write_down(context, posting, what, None, note)
}

fn end(context: &WriteContext<'_>, posting: i64, state: State) -> Result<(), Failure> {
    context.sql().execute(
        "UPDATE flow_posting SET state = ?2, lane = NULL, due_at = NULL, version = version + 1
         WHERE id = ?1",
        params![posting, state.as_str()],
    )?;
    Ok(())
}

pub(super) fn write_down(
    context: &WriteContext<'_>,
    posting: i64,
    what: &str,
    by: Option<UserId>,
    note: Option<&str>,
) -> Result<(), Failure> {
    context.sql().execute(
        "INSERT INTO flow_deed (posting_id, what, at, user_id, note) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![posting, what, context.now().micros(), by.map(|by| by.0), note],
    )?;
    Ok(())
}

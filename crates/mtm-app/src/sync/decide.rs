//! What people decide about a flow, or about one posting.

use mtm_connect::rest::Posting;
use mtm_core::code::Code;
use mtm_core::policy;
use mtm_core::sync::{Deed, Mode};
use mtm_core::word::Note;
use mtm_store::sync::{FlowChange, PostingDeed, PostingSheet, Start};
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::list::FlowView;
use super::make::written;
use super::relay::FlowDue;
use crate::App;
use crate::bus::Channel;
use crate::error::AppError;
use crate::principal::Principal;

/// Fewest characters of a note that stands for a reason.
const LEAST: usize = 5;

/// What is decided about a flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowBody {
    /// Who posts from now on; as before where it is left out.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// `here` (where it stands), `now` (with what is recorded from now on: what lies between is told by nobody),
    /// or a movement's place in the log, to go over it and what follows once more: what has a posting keeps it.
    #[serde(default)]
    pub start: Option<String>,
    /// The version that this was decided on; whatever it is where it is left out.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What is decided about a posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostingBody {
    /// `resend`: it is sent, as `body` says where that is given, made anew of the movement otherwise. `look`: it
    /// is looked up there. `done`: it was posted there by hand. `not_done`: it was not after all. `accept`: the
    /// books may differ by it.
    pub deed: Deed,
    /// The body that is sent, where somebody corrected it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub body: Option<Value>,
    /// The number of the document there.
    #[serde(default)]
    pub document: Option<String>,
    /// Why, in words; `accept` needs at least five characters.
    #[serde(default)]
    pub note: String,
    /// The version that this was decided on; whatever it is where it is left out.
    #[serde(default)]
    pub version: Option<i64>,
}

impl App {
    /// Decides who posts what a flow tells, and where it goes on.
    pub async fn change_flow(
        &self,
        who: &Principal,
        name: &str,
        body: &FlowBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<FlowView>, AppError> {
        who.require(policy::Deed::Administer)?;
        let start = match body.start.as_deref() {
            None | Some("here") => Start::Here,
            Some("now") => Start::Now,
            Some(at) => Start::At(at.parse().map_err(|_| {
                let message = "start is here, now, or a movement's place in the log";
                AppError::field("start", Code::InvalidBody, message)
            })?),
        };
        let is_by_hand = self.flow_settings(name).is_some_and(|flow| flow.via.is_none());
        if body.mode == Some(Mode::Automatic) && is_by_hand {
            let message =
                "this flow has no system that could be called: give it a peer and a mapping";
            return Err(AppError::field("mode", Code::InvalidBody, message));
        }
        let change = FlowChange { mode: body.mode, start, version: body.version };
        let made = self.ledger().change_flow(name.to_owned(), change, who.user, key).await?;
        self.bus().send_on(&Channel::named(name), &FlowDue);
        let Once { value, replayed } = made;
        Ok(Once { value: self.flow_view(value), replayed })
    }

    /// Decides what becomes of a posting.
    pub async fn decide_posting(
        &self,
        who: &Principal,
        id: i64,
        body: &PostingBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PostingSheet>, AppError> {
        who.require(policy::Deed::Reconcile)?;
        let note = note(body)?;
        let document = body.document.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let sheet = self.posting_sheet(who, id).await?;
        let flow = self.flow_settings(&sheet.row.flow);
        let is_called = flow.as_ref().is_some_and(|flow| flow.via.is_some());
        if matches!(body.deed, Deed::Resend | Deed::Look) && !is_called {
            let message = "this flow has no system that could be called";
            return Err(AppError::field("deed", Code::InvalidBody, message));
        }
        if body.deed == Deed::Withdraw {
            let message = "undo the movement: what was not posted is withdrawn by itself";
            return Err(AppError::field("deed", Code::InvalidBody, message));
        }
        let request = match &body.body {
            Some(edited) if body.deed == Deed::Resend => Some(corrected(&sheet, edited)?),
            Some(_) => {
                let message = "only what is sent again can be corrected";
                return Err(AppError::field("body", Code::InvalidBody, message));
            }
            None => None,
        };
        let deed = PostingDeed {
            deed: body.deed,
            request,
            document: document.map(str::to_owned),
            note,
            proved: flow.is_some_and(|flow| flow.erp.is_some()),
            version: body.version,
        };
        let decided = self.ledger().decide_posting(id, deed, who.user, key).await?;
        self.bus().send_on(&Channel::named(&decided.value.row.flow), &FlowDue);
        Ok(decided)
    }
}

fn note(body: &PostingBody) -> Result<Option<Note>, AppError> {
    let text = body.note.trim();
    if body.deed == Deed::Accept && text.chars().count() < LEAST {
        let message = format!("say why in words: at least {LEAST} characters");
        return Err(AppError::field("note", Code::ReasonRequired, message));
    }
    if text.is_empty() {
        return Ok(None);
    }
    let note = Note::parse(text)
        .map_err(|error| AppError::field("note", Code::InvalidBody, error.to_string()))?;
    Ok(Some(note))
}

/// What is sent with another body: where to stays as the mapping said.
fn corrected(sheet: &PostingSheet, edited: &Value) -> Result<String, AppError> {
    let no = |message: &str| AppError::field("body", Code::InvalidBody, message);
    let made = sheet.request.clone().ok_or_else(|| {
        no("nothing could be made of this movement: correct the mapping or the file of places, and resend it as it is")
    })?;
    let mut posting: Posting =
        serde_json::from_value(made).map_err(|_| no("what was kept cannot be corrected"))?;
    if !edited.is_object() && !edited.is_array() {
        return Err(no("a body is an object or a list"));
    }
    posting.body = edited.clone();
    Ok(written(&posting)?)
}

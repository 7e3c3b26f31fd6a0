//! What people say of pieces that a machine counted.

use mtm_core::code::Code;
use mtm_core::machine::{ProposalDeed, ProposalKind};
use mtm_core::policy::Deed;
use mtm_core::word::{Note, WordError};
use mtm_store::machine::{Confirmation, Dismissal, ProposalRow};
use mtm_store::once::Once;
use mtm_store::{Fault, IdempotencyKey};
use serde::{Deserialize, Serialize};

use super::hear::ProposalsDue;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// What somebody says of pieces that a machine counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalBody {
    /// `confirm`: so many pieces there are, and they are booked. `drop`: there are none.
    pub deed: ProposalDeed,
    /// Pieces that there are, for `confirm`; all that were counted where it is left out. Never more than were
    /// counted; of a question it has to be said, and is between the least and the most that there can have been.
    #[serde(default)]
    pub confirmed: Option<u64>,
    /// Pieces that were counted when this was decided: what was counted since goes on to another proposal. Of pieces that
    /// were counted it has to be said with `drop`, and with `confirmed`.
    #[serde(default)]
    pub seen: Option<u64>,
    /// Why, in words: needed where it is not what was counted.
    #[serde(default)]
    pub note: String,
    /// The version that this was decided on; whatever it is where it is left out.
    #[serde(default)]
    pub version: Option<i64>,
}

impl App {
    /// Says what pieces are that a machine counted, and books them where there are any.
    ///
    /// What the ledger refuses stands in the answer: it is open again, with the cause.
    pub async fn decide_proposal(
        &self,
        who: &Principal,
        id: i64,
        body: &ProposalBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ProposalRow>, AppError> {
        who.require(Deed::Book)?;
        let note = note(&body.note)?;
        let decided = match body.deed {
            ProposalDeed::Confirm => {
                let confirmation = self.confirmation(id, body, note).await?;
                self.ledger().confirm_proposal(id, confirmation, Some(who.user), key).await?
            }
            ProposalDeed::Drop => {
                self.require_seen(id, body).await?;
                let dismissal = dismissal(body, note)?;
                self.ledger().drop_proposal(id, dismissal, who.user, key).await?
            }
            ProposalDeed::Book | ProposalDeed::Refuse => {
                let message = "a deed is confirm or drop";
                return Err(AppError::field("deed", Code::InvalidBody, message));
            }
        };
        self.book_at_once(id).await;
        let now = self.ledger().proposal(id).await?.map(|sheet| sheet.row);
        Ok(Once { value: now.unwrap_or(decided.value), replayed: decided.replayed })
    }

    /// What is confirmed by a body that may leave it to what was counted.
    async fn confirmation(
        &self,
        id: i64,
        body: &ProposalBody,
        note: Option<Note>,
    ) -> Result<Confirmation, AppError> {
        let (seen, version) = (body.seen, body.version);
        if let Some(confirmed) = body.confirmed.or(seen) {
            self.require_seen(id, body).await?;
            return Ok(Confirmation { confirmed, seen, note, version });
        }
        let none = || AppError::refused(Code::NotFound, format!("there is no proposal {id}"));
        let row = self.ledger().proposal(id).await?.ok_or_else(none)?.row;
        if row.kind == ProposalKind::Question {
            let message = "say how many pieces there are";
            return Err(AppError::field("confirmed", Code::InvalidBody, message));
        }
        let seen = Some(row.pieces);
        Ok(Confirmation { confirmed: row.pieces, seen, note, version })
    }

    /// What nobody saw is not decided about.
    async fn require_seen(&self, id: i64, body: &ProposalBody) -> Result<(), AppError> {
        if body.seen.is_some() {
            return Ok(());
        }
        let sheet = self.ledger().proposal(id).await?;
        let is_question = sheet.is_some_and(|it| it.row.kind == ProposalKind::Question);
        if is_question {
            return Ok(());
        }
        let message = "say of how many pieces that was decided: a machine goes on counting";
        Err(AppError::field("seen", Code::InvalidBody, message))
    }

    /// Books it at once, where it was confirmed. Whatever is in the way of that, those who book again and again go on.
    async fn book_at_once(&self, id: i64) {
        let booked = async {
            if let Some(due) = self.ledger().due_booking(id).await? {
                self.book_proposal(&due).await?;
            }
            Ok::<_, Fault>(())
        };
        if let Err(error) = booked.await {
            tracing::warn!(proposal = id, %error, "what was confirmed is booked later");
            self.bus().send(&ProposalsDue);
        }
    }
}

fn dismissal(body: &ProposalBody, note: Option<Note>) -> Result<Dismissal, AppError> {
    if body.confirmed.is_some_and(|pieces| pieces > 0) {
        let message = "what is dropped is no pieces";
        return Err(AppError::field("confirmed", Code::InvalidBody, message));
    }
    let none = || AppError::field("note", Code::ReasonRequired, "say why these are no pieces");
    Ok(Dismissal { seen: body.seen, note: note.ok_or_else(none)?, version: body.version })
}

fn note(text: &str) -> Result<Option<Note>, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |error: WordError| AppError::field("note", Code::InvalidBody, error.to_string());
    Note::parse(text).map(Some).map_err(wrong)
}

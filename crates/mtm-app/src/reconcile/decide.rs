//! What people decide about a break.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::reconcile::CloseCode;
use mtm_core::word::{Note, UserName};
use mtm_store::reconcile::{BreakDeed, BreakSheet};
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Fewest characters of a note that stands for a reason.
const LEAST: usize = 5;

/// What shall be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunBody {
    /// The system; may be left out where there is one only.
    #[serde(default)]
    pub peer: Option<String>,
}

/// Who looks after a break from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssignBody {
    /// Login name; null for nobody.
    pub owner: Option<String>,
}

/// Something to be written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoteBody {
    /// In words.
    #[serde(default)]
    pub note: String,
}

/// Why a break needs nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloseBody {
    /// By a code.
    pub reason: CloseCode,
    /// In words, at least five characters; `fixed_there` and `fixed_here` do without.
    #[serde(default)]
    pub note: String,
}

impl App {
    /// `who` looks after the break from now on.
    pub async fn take_break(
        &self,
        who: &Principal,
        id: i64,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BreakSheet>, AppError> {
        self.decide(who, id, BreakDeed::Take, key).await
    }

    /// Somebody else looks after the break from now on, or nobody.
    pub async fn assign_break(
        &self,
        who: &Principal,
        id: i64,
        body: &AssignBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BreakSheet>, AppError> {
        let deed =
            match &body.owner {
                None => BreakDeed::Release,
                Some(owner) => BreakDeed::Assign(UserName::parse(owner).map_err(|error| {
                    AppError::field("owner", Code::InvalidBody, error.to_string())
                })?),
            };
        self.decide(who, id, deed, key).await
    }

    /// Writes something down about the break.
    pub async fn note_break(
        &self,
        who: &Principal,
        id: i64,
        body: &NoteBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BreakSheet>, AppError> {
        let note = note(&body.note)?.ok_or_else(|| {
            AppError::field("note", Code::ReasonRequired, "write down what shall be known")
        })?;
        self.decide(who, id, BreakDeed::Note(note), key).await
    }

    /// Closes the break, with a reason. A comparison that finds another difference there opens it again.
    pub async fn close_break(
        &self,
        who: &Principal,
        id: i64,
        body: &CloseBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BreakSheet>, AppError> {
        let note = note(&body.note)?;
        let said = note.as_ref().map_or(0, |note| note.as_str().chars().count());
        if body.reason.needs_note() && said < LEAST {
            let message = format!("say why in words: at least {LEAST} characters");
            return Err(AppError::field("note", Code::ReasonRequired, message));
        }
        self.decide(who, id, BreakDeed::Close(body.reason, note), key).await
    }

    /// Opens a break that somebody closed.
    pub async fn reopen_break(
        &self,
        who: &Principal,
        id: i64,
        body: &NoteBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BreakSheet>, AppError> {
        let note = note(&body.note)?;
        self.decide(who, id, BreakDeed::Reopen(note), key).await
    }

    async fn decide(
        &self,
        who: &Principal,
        id: i64,
        deed: BreakDeed,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BreakSheet>, AppError> {
        who.require(Deed::Reconcile)?;
        Ok(self.ledger().decide_break(id, deed, who.user, key).await?)
    }
}

/// The note, where there is one.
fn note(text: &str) -> Result<Option<Note>, AppError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let note = Note::parse(text)
        .map_err(|error| AppError::field("note", Code::InvalidBody, error.to_string()))?;
    Ok(Some(note))
}

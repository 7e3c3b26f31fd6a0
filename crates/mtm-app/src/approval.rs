//! Adjustments that take a second person: asking for one, approving, refusing.

use mtm_core::approval::ApprovalPolicy;
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::word::{Note, Quantity};
use mtm_store::approval::Approving;
pub use mtm_store::approval::{ApprovalRow, Approved};
use mtm_store::{Fault, IdempotencyKey, Once};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::movement::{Booked, Circumstances, MovementBody};
use crate::principal::Principal;

/// What became of a booking that may take a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookedOrAsked {
    /// It is booked.
    Booked(Box<Booked>),
    /// Nothing is booked yet: it waits for a second person.
    Asked(Box<Once<ApprovalRow>>),
}

/// Requests, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approvals {
    /// The newest first.
    pub items: Vec<ApprovalRow>,
    /// Where older ones begin; null where there are none.
    pub next_cursor: Option<String>,
}

/// Why a request is refused, or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefuseBody {
    /// In words, for whoever asked.
    pub reason: String,
}

impl App {
    /// Books one movement, as [`App::book`] does. An adjustment that takes a second person is kept
    /// as a request where the body confirms `approval_required`, and nothing is booked.
    pub async fn book_or_ask(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &MovementBody,
    ) -> Result<BookedOrAsked, AppError> {
        match self.book(who, around.clone(), body).await {
            Err(AppError::Rejected(refusal)) if refusal.code == Code::ApprovalRequired => {}
            done => return Ok(BookedOrAsked::Booked(Box::new(done?))),
        }
        let submission = self.single(who, around, body)?;
        let none = || Fault::Permanent("a booking without a command".to_owned());
        let command = submission.commands.into_iter().next().ok_or_else(none)?;
        let made = self.ledger().ask_approval(command, submission.key).await?;
        Ok(BookedOrAsked::Asked(Box::new(made)))
    }

    /// Requests before the one with the number `before`, the newest first: those that wait, or all.
    pub async fn approvals(
        &self,
        who: &Principal,
        waiting: bool,
        before: Option<u64>,
        limit: u16,
    ) -> Result<Approvals, AppError> {
        who.require(Deed::Look)?;
        let limit = limit.clamp(1, 1_000);
        let items = self.ledger().approvals(waiting, before, limit).await?;
        let full = items.len() == usize::from(limit);
        let next_cursor = items.last().filter(|_| full).map(|last| last.id.to_string());
        Ok(Approvals { items, next_cursor })
    }

    /// The request with this number.
    pub async fn approval(&self, who: &Principal, id: u64) -> Result<ApprovalRow, AppError> {
        who.require(Deed::Look)?;
        let none = || AppError::refused(Code::NotFound, format!("there is no request {id}"));
        self.ledger().approval(id).await?.ok_or_else(none)
    }

    /// Books what a request asks for, on the word of `who`, who must be another person than the one
    /// who asked.
    pub async fn approve(
        &self,
        who: &Principal,
        app_version: Option<String>,
        traceparent: Option<String>,
        id: u64,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Approved>, AppError> {
        second_person(who)?;
        let with = Approving {
            by: who.actor(),
            app_version,
            shift: self.shift_now().map(|shift| shift.to_string()),
            traceparent,
        };
        // Decided anew each time: the request says by itself whether it was booked.
        Ok(self.insist(|| self.ledger().approve(id, with.clone(), key.clone())).await?)
    }

    /// Refuses a request, or takes one's own back. Nothing is booked.
    pub async fn refuse_approval(
        &self,
        who: &Principal,
        id: u64,
        body: &RefuseBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ApprovalRow>, AppError> {
        second_person(who)?;
        if body.reason.trim().is_empty() {
            let message = "say why, for whoever asked";
            return Err(AppError::field("reason", Code::ReasonRequired, message));
        }
        let why = Note::parse(&body.reason)
            .map_err(|error| AppError::field("reason", Code::InvalidBody, error.to_string()))?;
        Ok(self.ledger().refuse_approval(id, who.user, why, key).await?)
    }

    /// Sets how large an adjustment may be before a second person must approve it.
    pub async fn set_approval_policy(
        &self,
        who: &Principal,
        policy: ApprovalPolicy,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ApprovalPolicy>, AppError> {
        who.require(Deed::Administer)?;
        let wrong = |field: &str, message: &str| {
            AppError::field(field, Code::InvalidBody, message.to_owned())
        };
        if policy.pieces.is_some_and(Quantity::is_zero) {
            return Err(wrong("pieces", "at least 1 piece, or null for no such bound"));
        }
        if policy.percent.is_some_and(|share| !(1..=ApprovalPolicy::MAX_PERCENT).contains(&share)) {
            return Err(wrong("percent", "1 to 10000 per cent, or null for no such bound"));
        }
        Ok(self.ledger().set_approval_policy(policy, who.user, key).await?)
    }
}

/// Whoever made the token of a machine could be the first person as well.
fn second_person(who: &Principal) -> Result<(), AppError> {
    who.require(Deed::ApproveAdjust)?;
    if who.is_machine() {
        let message = "a person decides this, not a token: sign in, or use the command line";
        return Err(AppError::refused(Code::OtherPersonNeeded, message));
    }
    Ok(())
}

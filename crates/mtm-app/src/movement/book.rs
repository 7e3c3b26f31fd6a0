//! The way of a booking: permission, circumstances, key — then the one posting path.

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{Command, Confirmations, Context};
use mtm_core::outcome::{Outcome, Verdict};
use mtm_core::policy::deed_of;
use mtm_core::word::{
    CommandId, HoldId, ImportId, LotNumber, MovementId, SessionId, StationName, Timestamp,
};
use mtm_store::{IdempotencyKey, Mode, Submission};

use super::body::{
    BatchBody, CompleteBody, HoldBody, LotPatchBody, MergeBody, MovementBody, ReleaseBody,
    ReverseBody, SplitBody, confirmations,
};
use super::fingerprint::fingerprint;
use crate::App;
use crate::error::{AppError, FieldError};
use crate::import::LongUndo;
use crate::principal::Principal;

/// A fact older than this cannot be told apart from a repetition: keys are kept as long.
const OLDEST_OCCURRENCE_DAYS: i64 = 30;
/// How far a client's clock may run ahead.
const CLOCK_TOLERANCE_MINUTES: i64 = 5;
const MINUTE: i64 = 60_000_000;

/// The warning of an answer to an undo that has not ended: `at_most` was reached.
pub const UNDO_GOES_ON: &str = "undo_goes_on";

/// Everything around a booking that is not in its body.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// Method and path, as part of the key's fingerprint: `POST /movements`.
    pub route: String,
    /// The client-made key.
    pub key: Option<String>,
    /// Terminal.
    pub station: Option<StationName>,
    /// Version of the capturing program.
    pub app_version: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// The import it belongs to.
    pub import: Option<ImportId>,
}

/// An accepted booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// What was booked.
    pub outcome: Outcome,
    /// Whether this is the stored answer of an earlier, equal request.
    pub replayed: bool,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchBooked {
    /// One verdict per item, in order.
    pub verdicts: Vec<Verdict>,
    /// Whether this is the stored answer of an earlier, equal request.
    pub replayed: bool,
}

/// One action, parsed, with what its body says about it.
pub(crate) struct Asked {
    pub(super) action: Action,
    pub(super) confirm: Confirmations,
    pub(super) occurred_at: Option<Timestamp>,
    pub(super) session: Option<SessionId>,
    pub(super) guarded: bool,
}

impl Asked {
    pub(super) fn plain(action: Action) -> Self {
        Self {
            action,
            confirm: Confirmations::default(),
            occurred_at: None,
            session: None,
            guarded: false,
        }
    }
}

impl App {
    /// Books one movement; the intent guard applies.
    pub async fn book(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &MovementBody,
    ) -> Result<Booked, AppError> {
        let asked = Asked { guarded: true, ..self.movement(body)? };
        self.submit_one(who, around, asked, Mode::Commit).await
    }

    /// What [`App::book`] submits.
    pub(crate) fn single(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &MovementBody,
    ) -> Result<Submission, AppError> {
        let asked = Asked { guarded: true, ..self.movement(body)? };
        self.submission(who, around, vec![asked], true, Mode::Commit)
    }

    /// Books one line of a stream: like [`App::book`], but the intent guard does not apply.
    pub async fn book_line(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &MovementBody,
    ) -> Result<Booked, AppError> {
        let asked = self.movement(body)?;
        self.submit_one(who, around, asked, Mode::Commit).await
    }

    /// Books several movements: all or none, or each on its own.
    pub async fn book_batch(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &BatchBody,
    ) -> Result<BatchBooked, AppError> {
        self.run_batch(who, around, body, Mode::Commit).await
    }

    /// Shows what a batch would do, item by item, as if each accepted one were written.
    pub async fn preview_batch(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &BatchBody,
    ) -> Result<BatchBooked, AppError> {
        self.run_batch(who, around, body, Mode::Preview).await
    }

    /// Completes an operation.
    pub async fn complete(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &CompleteBody,
    ) -> Result<Booked, AppError> {
        let asked = Asked {
            confirm: confirmations(&body.confirm)?,
            occurred_at: self.occurred_at(body.occurred_at.as_deref())?,
            session: body.session_id.map(SessionId),
            ..Asked::plain(body.parse()?)
        };
        self.submit_one(who, around, asked, Mode::Commit).await
    }

    /// Undoes movements, or shows the consequences when the body asks for a preview. An import of
    /// many movements is undone in steps; where the answer carries the warning [`UNDO_GOES_ON`],
    /// asking again goes on.
    pub async fn reverse(
        &self,
        who: &Principal,
        around: Circumstances,
        movement: Option<MovementId>,
        body: &ReverseBody,
    ) -> Result<Booked, AppError> {
        let mode = if body.preview { Mode::Preview } else { Mode::Commit };
        let asked = Asked::plain(body.parse(movement)?);
        who.require(deed_of(&asked.action))?;
        match LongUndo::import_of(&asked.action).map(|(import, reason)| (import, reason.clone())) {
            Some((import, reason)) if self.ledger().is_undone_in_steps(import).await? => {
                let submission = self.submission(who, around, vec![asked], true, mode)?;
                let undo = LongUndo::of(import, reason, submission, body.at_most)?;
                self.undo_in_steps(who, undo).await
            }
            _ => self.submit_one(who, around, asked, mode).await,
        }
    }

    /// Splits a lot.
    pub async fn split(
        &self,
        who: &Principal,
        around: Circumstances,
        lot: LotNumber,
        body: &SplitBody,
    ) -> Result<Booked, AppError> {
        let confirm = confirmations(&body.confirm)?;
        let asked = Asked { confirm, ..Asked::plain(body.parse(lot)?) };
        self.submit_one(who, around, asked, Mode::Commit).await
    }

    /// Merges whole lots into another one.
    pub async fn merge(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &MergeBody,
    ) -> Result<Booked, AppError> {
        let asked = Asked {
            confirm: confirmations(&body.confirm)?,
            occurred_at: self.occurred_at(body.occurred_at.as_deref())?,
            session: body.session_id.map(SessionId),
            ..Asked::plain(body.parse()?)
        };
        self.submit_one(who, around, asked, Mode::Commit).await
    }

    /// Changes attributes of `version` of a lot.
    pub async fn change_lot(
        &self,
        who: &Principal,
        around: Circumstances,
        lot: LotNumber,
        version: i64,
        body: &LotPatchBody,
    ) -> Result<Booked, AppError> {
        let asked = Asked::plain(body.parse(lot, version)?);
        self.submit_one(who, around, asked, Mode::Commit).await
    }

    /// Places a hold.
    pub async fn place_hold(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &HoldBody,
    ) -> Result<Booked, AppError> {
        self.submit_one(who, around, Asked::plain(body.parse()?), Mode::Commit).await
    }

    /// Releases a hold.
    pub async fn release_hold(
        &self,
        who: &Principal,
        around: Circumstances,
        hold: HoldId,
        body: &ReleaseBody,
    ) -> Result<Booked, AppError> {
        self.submit_one(who, around, Asked::plain(body.parse(hold)?), Mode::Commit).await
    }

    pub(crate) fn movement(&self, body: &MovementBody) -> Result<Asked, AppError> {
        Ok(Asked {
            confirm: confirmations(&body.confirm)?,
            occurred_at: self.occurred_at(body.occurred_at.as_deref())?,
            session: body.session_id.map(SessionId),
            ..Asked::plain(body.parse()?)
        })
    }

    pub(super) async fn submit_one(
        &self,
        who: &Principal,
        around: Circumstances,
        asked: Asked,
        mode: Mode,
    ) -> Result<Booked, AppError> {
        let submission = self.submission(who, around, vec![asked], true, mode)?;
        let answer = self.ledger().post(submission).await?;
        let replayed = answer.replayed;
        Ok(Booked { outcome: answer.into_single()?, replayed })
    }

    async fn run_batch(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &BatchBody,
        mode: Mode,
    ) -> Result<BatchBooked, AppError> {
        if body.items.is_empty() || body.items.len() > 1000 {
            let message = format!("items lists 1 to 1000 movements, not {}", body.items.len());
            return Err(AppError::field("items", Code::InvalidBody, message));
        }
        let mut asked = Vec::with_capacity(body.items.len());
        let mut errors = Vec::new();
        for (index, item) in body.items.iter().enumerate() {
            match self.movement(item) {
                Ok(item) => asked.push(item),
                Err(AppError::Invalid(wrong)) => errors.extend(wrong.into_iter().map(|error| {
                    FieldError { field: format!("items[{index}].{}", error.field), ..error }
                })),
                Err(other) => return Err(other),
            }
        }
        if !errors.is_empty() {
            return Err(AppError::Invalid(errors));
        }
        let submission = self.submission(who, around, asked, body.atomic, mode)?;
        let answer = self.ledger().post(submission).await?;
        Ok(BatchBooked { verdicts: answer.verdicts, replayed: answer.replayed })
    }

    pub(crate) fn submission(
        &self,
        who: &Principal,
        around: Circumstances,
        asked: Vec<Asked>,
        atomic: bool,
        mode: Mode,
    ) -> Result<Submission, AppError> {
        let key = match &around.key {
            Some(key) if mode == Mode::Commit => Some(IdempotencyKey {
                key: key.clone(),
                fingerprint: fingerprint(
                    who.user,
                    &around.route,
                    asked.iter().map(|item| (&item.action, item.occurred_at)),
                )
                .map_err(|error| mtm_store::Fault::Permanent(error.to_string()))?,
                user: who.user,
            }),
            _ => None,
        };
        let commands = self.commands(who, &around, asked)?;
        Ok(Submission { key, commands, atomic, mode, traceparent: around.traceparent })
    }

    /// What is asked for as commands of `who`, who must be allowed to.
    pub(super) fn commands(
        &self,
        who: &Principal,
        around: &Circumstances,
        asked: Vec<Asked>,
    ) -> Result<Vec<Command>, AppError> {
        for item in &asked {
            who.require(deed_of(&item.action))?;
        }
        let clock = self.clock();
        let shift = self.shift_now().map(|shift| shift.to_string());
        let command = |item: Asked| Command {
            id: CommandId::from_fresh(clock.fresh_uuid()),
            context: Context {
                actor: who.actor(),
                station: around.station.clone(),
                app_version: around.app_version.clone(),
                occurred_at: item.occurred_at,
                shift: shift.clone(),
                import: around.import,
                session: item.session,
                intent_window: item.guarded.then_some(who.intent_window),
            },
            confirm: item.confirm,
            action: item.action,
        };
        Ok(asked.into_iter().map(command).collect())
    }

    fn occurred_at(&self, text: Option<&str>) -> Result<Option<Timestamp>, AppError> {
        let Some(text) = text else { return Ok(None) };
        let wrong = |code, message: String| AppError::field("occurred_at", code, message);
        let at =
            Timestamp::parse(text).map_err(|error| wrong(Code::InvalidBody, error.to_string()))?;
        let now = self.clock().now();
        if at < now.plus_micros(-OLDEST_OCCURRENCE_DAYS * 24 * 60 * MINUTE) {
            return Err(wrong(Code::TooOld, format!("{at} is more than 30 days ago")));
        }
        if at > now.plus_micros(CLOCK_TOLERANCE_MINUTES * MINUTE) {
            return Err(wrong(Code::InvalidBody, format!("{at} has not happened yet")));
        }
        Ok(Some(at))
    }
}

//! Undoing an import, whole or as far as it came.
//!
//! A short one is one command, all or none. One with more movements than a command undoes is tried
//! out first, beside the writer: if anything stands in the way, nothing of it is undone and all of
//! that is told. Then it is given back in `undo_steps`.

use mtm_core::code::Code;
use mtm_core::command::{Action, Command, Reverse, ReverseTarget};
use mtm_core::outcome::Outcome;
use mtm_core::policy::Deed;
use mtm_core::posting::Warning;
use mtm_core::rejection::{Details, LaterMovement, Rejection};
use mtm_core::word::{ImportId, MovementId, Note};
use mtm_store::record::{ImportState, UndoTrial};
use mtm_store::{Fault, IdempotencyKey, Mode, Submission};

use super::detail::{ImportKind, ImportView};
use super::undo_steps::Undoing;
use crate::App;
use crate::error::AppError;
use crate::movement::{Booked, Circumstances, ReverseBody, UNDO_GOES_ON};
use crate::principal::Principal;

/// Most later movements that a refusal lists.
const MOST_LATER: usize = 200;
/// How often one waits for movements to have their places in the log, and how long.
const LOOKS: u32 = 100;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// A request to undo an import in steps.
pub(crate) struct LongUndo {
    pub(super) import: ImportId,
    pub(super) reason: Note,
    /// The command whose circumstances every step has.
    pub(super) command: Command,
    /// Under which the answer is kept.
    pub(super) key: Option<IdempotencyKey>,
    pub(super) mode: Mode,
    /// After so many movements the answer is given.
    pub(super) at_most: Option<u32>,
}

impl LongUndo {
    /// What was submitted, to be undone in steps.
    pub(crate) fn of(
        import: ImportId,
        reason: Note,
        submission: Submission,
        at_most: Option<u32>,
    ) -> Result<Self, AppError> {
        let Submission { key, commands, mode, .. } = submission;
        let command = commands.into_iter().next();
        let command = command.ok_or_else(|| Fault::Permanent("no command to undo".to_owned()))?;
        Ok(Self { import, reason, command, key, mode, at_most })
    }

    /// The import that an action undoes, and why, where it undoes one.
    pub(crate) fn import_of(action: &Action) -> Option<(ImportId, &Note)> {
        match action {
            Action::Reverse(Reverse { target: ReverseTarget::Import(id), reason }) => {
                Some((*id, reason))
            }
            _ => None,
        }
    }
}

impl App {
    /// Undoes all movements of an import; one that came halfway is given up first. Master data
    /// stays: somebody may use it by now; retire what is wrong. With `at_most`, one that is undone
    /// in steps may be left `undoing`: undo it again to go on.
    pub async fn undo_import(
        &self,
        who: &Principal,
        id: ImportId,
        reason: &str,
        at_most: Option<u32>,
    ) -> Result<ImportView, AppError> {
        who.require(Deed::UndoAny)?;
        let record = self.kept_import(id).await?;
        if ImportKind::from_name(&record.kind) != Some(ImportKind::Movements) {
            return Err(AppError::refused(
                Code::InUse,
                "imported master data is not undone; retire the records that are wrong",
            ));
        }
        let from = match (record.state, &record.begun) {
            (ImportState::Previewed, Some(_)) => {
                self.ledger().give_up_import(who.user, id).await?.state
            }
            (ImportState::Committed | ImportState::Failed, _) => record.state,
            (state, _) => {
                let message = format!("the import is {}, not committed", state.as_str());
                return Err(AppError::refused(Code::InUse, message));
            }
        };
        let body = ReverseBody {
            import_id: Some(id.0),
            reason: Some(reason.to_owned()),
            at_most,
            ..ReverseBody::default()
        };
        let around = Circumstances {
            route: "undo import".to_owned(),
            key: Some(format!("undo-import:{id}")),
            ..Circumstances::default()
        };
        self.reverse(who, around, None, &body).await?;
        if !self.ledger().is_undone_in_steps(id).await? {
            self.ledger().set_import_state(who.user, id, from, ImportState::Undone).await?;
        }
        self.import(who, id).await
    }

    /// Undoes an import that has more movements than one command undoes, or goes on with it.
    pub(crate) async fn undo_in_steps(
        &self,
        who: &Principal,
        undo: LongUndo,
    ) -> Result<Booked, AppError> {
        who.require(Deed::UndoAny)?;
        let ledger = self.ledger();
        if let Some(key) = &undo.key
            && let Some(outcome) = ledger.kept_undo(key.clone()).await?
        {
            return Ok(Booked { outcome, replayed: true });
        }
        let mut record = self.kept_import(undo.import).await?;
        if undo.mode == Mode::Commit && record.state == ImportState::Previewed {
            record = ledger.give_up_import(who.user, undo.import).await?;
        }
        let movements = self.movements_of(undo.import).await?;
        let undoing = Undoing::new(self, who, &undo, &record, &movements);
        let previews = undo.mode == Mode::Preview;
        // What was begun goes on as far as it can: each step sees what is in its way.
        if previews || record.undo.is_none() {
            let rest = undoing.rest().to_vec();
            let trial = ledger.try_undo(undo.command.clone(), undo.reason.clone(), rest).await?;
            refuse(&trial, &undoing)?;
            if previews {
                let outcome = in_steps(trial.outcome, undoing.total());
                return Ok(Booked { outcome, replayed: false });
            }
        }
        let (done, outcome) = undoing.go_on().await?;
        if done < movements.len() {
            let message = format!("{done} of {} movements are undone so far", movements.len());
            let outcome = warned(outcome, UNDO_GOES_ON, message);
            return Ok(Booked { outcome, replayed: false });
        }
        let outcome = in_steps(outcome, movements.len());
        let outcome = ledger.finish_undo(who.user, undo.import, undo.key, outcome).await?;
        Ok(Booked { outcome, replayed: false })
    }

    /// The movements of an import, newest first, once all have their places in the log.
    async fn movements_of(&self, import: ImportId) -> Result<Vec<MovementId>, AppError> {
        for _ in 0..LOOKS {
            if let Some(movements) = self.ledger().import_movements(import).await? {
                return Ok(movements);
            }
            tokio::time::sleep(PAUSE).await;
        }
        let message = "some of its movements have no place in the log yet; try again in a moment";
        Err(AppError::refused(Code::Stale, message))
    }
}

/// Everything must be free to go before the first is undone.
fn refuse(trial: &UndoTrial, undoing: &Undoing<'_>) -> Result<(), AppError> {
    let Some(first) = trial.refusals.first() else {
        if trial.undone > 0 {
            return Ok(());
        }
        let message = "all of these movements were undone before";
        return Err(AppError::refused(Code::AlreadyReversed, message));
    };
    let so_far = match undoing.done() {
        0 => "nothing was undone".to_owned(),
        done => format!("{done} were undone before, and nothing more is"),
    };
    let message = format!(
        "{} of {} movements cannot be undone, the newest of them because {}; {so_far}",
        trial.refused,
        undoing.total(),
        first.message
    );
    let details = match &first.details {
        Details::Later(_) => Details::Later(in_the_way(trial)),
        other => other.clone(),
    };
    Err(Rejection { message, details, ..first.clone() }.into())
}

/// The later movements that are in the way, each once, newest first.
fn in_the_way(trial: &UndoTrial) -> Vec<LaterMovement> {
    let later = trial.refusals.iter().filter_map(|refusal| match &refusal.details {
        Details::Later(later) => Some(later),
        _ => None,
    });
    let mut all: Vec<LaterMovement> = later.flatten().cloned().collect();
    all.sort_by_key(|it| std::cmp::Reverse((it.recorded_at, it.id)));
    all.dedup_by_key(|it| it.id);
    all.truncate(MOST_LATER);
    all
}

fn in_steps(outcome: Outcome, total: usize) -> Outcome {
    let message = format!(
        "all {total} movements of the import, in steps between which others book; {} are shown",
        outcome.movements.len()
    );
    warned(outcome, "undone_in_steps", message)
}

fn warned(mut outcome: Outcome, code: &str, message: String) -> Outcome {
    outcome.warnings.push(Warning { code: code.to_owned(), message });
    outcome
}

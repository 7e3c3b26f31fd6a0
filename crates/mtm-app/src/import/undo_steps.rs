//! The steps of an undo: some movements in one command, under a key of their own, newest first.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Instant;

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{Command, Reverse, ReverseTarget};
use mtm_core::movement::MovementType;
use mtm_core::outcome::{BucketLine, Outcome};
use mtm_core::rejection::Rejection;
use mtm_core::word::{CommandId, LocationCode, LotNumber, MovementId, OperationCode};
use mtm_store::record::{ImportRecord, ImportState, UNDO_SHOWN, UndoStep};
use mtm_store::{Mode, Submission};

use super::pace::{Pace, Seen};
use super::undo::LongUndo;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// An import that is being undone.
pub(super) struct Undoing<'u> {
    app: &'u App,
    who: &'u Principal,
    undo: &'u LongUndo,
    last: Option<Range<u32>>,
    /// All its movements, newest first: what a step is counted by.
    movements: &'u [MovementId],
}

impl<'u> Undoing<'u> {
    pub(super) fn new(
        app: &'u App,
        who: &'u Principal,
        undo: &'u LongUndo,
        record: &ImportRecord,
        movements: &'u [MovementId],
    ) -> Self {
        let last = record.undo.as_ref().map(|step| step.rows.clone());
        Self { app, who, undo, last, movements }
    }

    /// How many movements there are.
    pub(super) const fn total(&self) -> usize {
        self.movements.len()
    }

    /// How many were undone in steps before.
    pub(super) fn done(&self) -> usize {
        self.last.as_ref().map_or(0, |last| last.end as usize).min(self.total())
    }

    /// Those that were not.
    pub(super) fn rest(&self) -> &'u [MovementId] {
        self.movements.get(self.done()..).unwrap_or_default()
    }

    /// Gives back what comes after the last step, as many as were asked for. How many of the whole
    /// are given back then, and what to answer.
    pub(super) async fn go_on(&self) -> Result<(usize, Outcome), AppError> {
        let ledger = self.app.ledger();
        let mut done = u32::try_from(self.done()).unwrap_or(u32::MAX);
        let total = u32::try_from(self.total()).unwrap_or(u32::MAX);
        let at_most = self.undo.at_most.unwrap_or(u32::MAX).max(1);
        let end = done.saturating_add(at_most).min(total);
        let mut pace = Pace::after(self.last.as_ref(), ledger.path().is_some(), Seen::of(ledger));
        let mut told = Told::new(&self.undo.command, self.app.clock().now());
        while done < end {
            let rows = done..done.saturating_add(pace.rows()).min(end);
            let began = Instant::now();
            match self.step(&rows, total).await {
                Ok(outcome) => {
                    done = rows.end;
                    let events = outcome.movements.len() as u64;
                    let wait = pace.stepped(events, 1, Seen::of(ledger), began.elapsed());
                    told.add(outcome);
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                    }
                }
                // Somebody undid just these before, one by one.
                Err(AppError::Rejected(no)) if no.code == Code::AlreadyReversed => done = rows.end,
                Err(AppError::Rejected(no)) if no.code == Code::IdempotencyKeyReused => {
                    done = self.passed_by(done, total, no).await?;
                }
                Err(AppError::Rejected(refusal)) => return Err(stopped(done, total, refusal)),
                Err(error) => return Err(error),
            }
        }
        Ok((done as usize, told.outcome))
    }

    async fn step(&self, rows: &Range<u32>, total: u32) -> Result<Outcome, AppError> {
        let undo = self.undo;
        let those = self.movements.get(rows.start as usize..rows.end as usize).unwrap_or_default();
        let target = ReverseTarget::Movements(those.to_vec());
        let command = Command {
            id: CommandId::from_fresh(self.app.clock().fresh_uuid()),
            action: Action::Reverse(Reverse { target, reason: undo.reason.clone() }),
            ..undo.command.clone()
        };
        let submission = Submission {
            key: Some(UndoStep::key(undo.import, rows, total, self.who.user)),
            commands: vec![command],
            atomic: true,
            mode: Mode::Commit,
            traceparent: None,
        };
        Ok(self.app.ledger().post(submission).await?.into_single()?)
    }

    /// Somebody else undoes the same import and was here before: how far it has come.
    async fn passed_by(&self, done: u32, total: u32, refusal: Rejection) -> Result<u32, AppError> {
        let record = self.app.kept_import(self.undo.import).await?;
        match (record.state, record.undo) {
            (ImportState::Undone, _) => Ok(total),
            (_, Some(step)) if step.rows.end > done => Ok(step.rows.end),
            _ => Err(refusal.into()),
        }
    }
}

/// Something took of the pieces while they were given back: what is undone, what is not, and what
/// can be done.
fn stopped(done: u32, total: u32, refusal: Rejection) -> AppError {
    let so_far = match done {
        0 => "nothing was undone".to_owned(),
        _ => format!(
            "{done} of {total} movements are undone, this one and those before it are not; undo \
             what is in the way, then undo the import again to go on"
        ),
    };
    Rejection { message: format!("{}; {so_far}", refusal.message), ..refusal }.into()
}

/// What the steps did, as one answer of bounded size.
struct Told {
    outcome: Outcome,
    places: HashMap<(LotNumber, OperationCode, LocationCode), usize>,
}

impl Told {
    fn new(command: &Command, recorded_at: mtm_core::word::Timestamp) -> Self {
        let outcome = Outcome {
            id: command.id,
            sequence: None,
            kind: MovementType::Reversal.as_str().to_owned(),
            lots: Vec::new(),
            movements: Vec::new(),
            balances: Vec::new(),
            warnings: Vec::new(),
            recorded_at,
            hold: None,
            reservation: None,
        };
        Self { outcome, places: HashMap::new() }
    }

    fn add(&mut self, step: Outcome) {
        let room = UNDO_SHOWN.saturating_sub(self.outcome.movements.len());
        for line in step.balances {
            self.balance(line, room > 0);
        }
        let told = &mut self.outcome;
        if room > 0 {
            told.lots.extend(step.lots);
        }
        told.movements.extend(step.movements.into_iter().take(room));
        for warning in step.warnings {
            if told.warnings.len() < UNDO_SHOWN / 10 && !told.warnings.contains(&warning) {
                told.warnings.push(warning);
            }
        }
        told.id = step.id;
        told.sequence = step.sequence;
        told.recorded_at = step.recorded_at;
    }

    /// What a bucket holds now; new ones only as long as movements are shown.
    fn balance(&mut self, line: BucketLine, new: bool) {
        let key = (line.lot.clone(), line.operation.clone(), line.location.clone());
        match self.places.get(&key) {
            Some(&at) => self.outcome.balances[at] = line,
            None if new => {
                self.places.insert(key, self.outcome.balances.len());
                self.outcome.balances.push(line);
            }
            None => {}
        }
    }
}

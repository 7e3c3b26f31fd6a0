//! One step of taking an import over: some rows, in one transaction, under a key of their own.

use std::ops::Range;
use std::time::Instant;

use mtm_core::code::Code;
use mtm_core::outcome::Verdict;
use mtm_core::rejection::Rejection;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::record::{ImportRecord, ImportState, ImportStep};
use mtm_store::{Mode, Submission};

use super::detail::{Detail, ImportKind};
use super::pace::{Pace, Seen};
use super::routing;
use super::row::Cells;
use super::staged::{Block, Kept};
use crate::App;
use crate::error::{AppError, FieldError};
use crate::movement::AskedRow;
use crate::principal::Principal;

/// An import that is being taken over.
pub(super) struct Taking<'t> {
    pub(super) app: &'t App,
    pub(super) who: &'t Principal,
    pub(super) record: &'t ImportRecord,
    pub(super) detail: &'t Detail,
    pub(super) kind: ImportKind,
    /// Whether rows that are refused by now are left out.
    pub(super) skip_refused: bool,
    /// Rows to take over.
    pub(super) total: u32,
}

impl Taking<'_> {
    /// Takes over what comes after the last step, at most `at_most` rows. Gives how many rows of
    /// the whole are taken over then.
    pub(super) async fn go_on(&self, at_most: u32) -> Result<u32, AppError> {
        let ledger = self.app.ledger();
        let last = self.record.begun.as_ref().map(|step| step.rows.clone());
        let mut done = last.as_ref().map_or(0, |rows| rows.end);
        let end = done.saturating_add(at_most).min(self.total);
        let posts = u64::from(self.kind == ImportKind::Movements);
        let mut pace = Pace::after(last.as_ref(), ledger.path().is_some(), Seen::of(ledger));
        let mut block = Block::default();
        while done < end {
            if !block.rows.contains(&done) {
                block = self.app.block(self.record.id, done).await?;
            }
            let rows = done..done.saturating_add(pace.rows()).min(block.rows.end).min(end);
            let rows = self.whole(rows, &block);
            let began = Instant::now();
            match self.step(&rows, block.part(&rows)).await {
                Ok(events) => {
                    done = rows.end;
                    let wait = pace.stepped(events, posts, Seen::of(ledger), began.elapsed());
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                    }
                }
                Err(AppError::Rejected(refusal)) if refusal.code == Code::IdempotencyKeyReused => {
                    done = self.passed_by(done, refusal).await?;
                }
                Err(AppError::Rejected(refusal)) => {
                    return Err(self.stopped(done, &block, &rows, refusal));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// One step; gives how many events it told.
    async fn step(&self, rows: &Range<u32>, kept: &[Kept]) -> Result<u64, AppError> {
        match self.kind {
            ImportKind::Movements => self.book(rows, kept).await,
            ImportKind::Masters(noun) => self.make(rows, kept, noun).await,
            ImportKind::Routings => self.route(rows, kept).await,
            ImportKind::WorkOrders => self.order(rows, kept).await,
        }
    }

    /// The rows of a step; of routings so many more that no version is cut in two.
    fn whole(&self, mut rows: Range<u32>, block: &Block) -> Range<u32> {
        if self.kind != ImportKind::Routings {
            return rows;
        }
        let zone = &self.app.site().zone;
        while rows.end < block.rows.end {
            let [(_, last), (_, next)] = block.part(&(rows.end - 1..rows.end + 1)) else { break };
            if !routing::together(&self.detail.headers, zone, last, next) {
                break;
            }
            rows.end += 1;
        }
        rows
    }

    async fn route(&self, rows: &Range<u32>, kept: &[Kept]) -> Result<u64, AppError> {
        let (zone, headers) = (&self.app.site().zone, &self.detail.headers);
        let mut drafts = Vec::new();
        for version in
            kept.chunk_by(|(_, one), (_, other)| routing::together(headers, zone, one, other))
        {
            let read = |(line, cells): &Kept| {
                let cells = Cells { headers, cells }.routing(zone);
                cells.map_err(|errors| in_line(*line, errors))
            };
            let cells = version.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            drafts.extend(routing::draft(&cells).map(|draft| (draft, version.len())));
        }
        let key = ImportStep::key(self.record.id, rows, self.who.user);
        let (actor, skipped) = (self.who.actor(), self.skip_refused);
        let made = self.app.ledger().import_routings_once(drafts, actor, key, skipped).await?;
        Ok(made.value.iter().filter(|refusal| refusal.is_none()).count() as u64)
    }

    async fn order(&self, rows: &Range<u32>, kept: &[Kept]) -> Result<u64, AppError> {
        let (zone, headers) = (&self.app.site().zone, &self.detail.headers);
        let looked_at = self.record.created_at;
        let read = |(line, cells): &Kept| {
            let draft = Cells { headers, cells }.work_order(zone, looked_at);
            draft.map_err(|errors| in_line(*line, errors))
        };
        let drafts = kept.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let key = ImportStep::key(self.record.id, rows, self.who.user);
        let (actor, skipped) = (self.who.actor(), self.skip_refused);
        let said = self.app.ledger().import_work_orders_once(drafts, actor, key, skipped).await?;
        Ok(said.value.iter().filter(|refusal| refusal.is_none()).count() as u64)
    }

    async fn book(&self, rows: &Range<u32>, kept: &[Kept]) -> Result<u64, AppError> {
        let (app, id) = (self.app, self.record.id);
        let commands = app.row_commands(self.who, id, asked(self.detail, kept)?)?;
        let submission = Submission {
            key: Some(ImportStep::key(id, rows, self.who.user)),
            commands,
            atomic: !self.skip_refused,
            mode: Mode::Commit,
            traceparent: None,
        };
        let answer = app.ledger().post(submission).await?;
        let movements = |verdict: &Verdict| match verdict {
            Verdict::Accepted(outcome) => outcome.movements.len() as u64,
            Verdict::Refused(_) => 0,
        };
        Ok(answer.verdicts.iter().map(movements).sum())
    }

    async fn make(
        &self,
        rows: &Range<u32>,
        kept: &[Kept],
        noun: MasterNoun,
    ) -> Result<u64, AppError> {
        let new: Result<Vec<NewMaster>, _> = kept
            .iter()
            .map(|(line, cells)| {
                let cells = Cells { headers: &self.detail.headers, cells };
                cells.master(noun).map_err(|errors| in_line(*line, errors))
            })
            .collect();
        let key = ImportStep::key(self.record.id, rows, self.who.user);
        let (actor, skipped) = (self.who.actor(), self.skip_refused);
        let made = self.app.ledger().create_masters_once(new?, actor, key, skipped).await?;
        Ok(made.value.iter().filter(|refusal| refusal.is_none()).count() as u64)
    }

    /// Somebody else takes the same import over and was here before: how far it has come.
    async fn passed_by(&self, done: u32, refusal: Rejection) -> Result<u32, AppError> {
        let record = self.app.kept_import(self.record.id).await?;
        match (record.state, record.begun) {
            (ImportState::Committed, _) => Ok(self.total),
            (ImportState::Previewed, Some(step)) if step.rows.end > done => Ok(step.rows.end),
            (ImportState::Previewed, _) => Err(refusal.into()),
            (state, _) => {
                let message = format!("the import was {} meanwhile", state.as_str());
                Err(AppError::refused(Code::InUse, message))
            }
        }
    }

    /// A row does not hold any more: what is taken over, what is not, and what can be done.
    fn stopped(&self, done: u32, block: &Block, rows: &Range<u32>, refusal: Rejection) -> AppError {
        let (index, field) = item_of(refusal.field.as_deref().unwrap_or(""));
        let line = block.line(rows.start.saturating_add(index)).unwrap_or(0);
        let so_far = match done {
            0 => "nothing was taken over".to_owned(),
            _ => format!(
                "{done} of {} rows are taken over, this one and those after it are not; commit \
                 again to go on when it holds, or with skip_refused, or undo the import",
                self.total
            ),
        };
        let message = format!("line {line}: {}; {so_far}", refusal.message);
        let field = Some(field.to_owned()).filter(|field| !field.is_empty());
        Rejection { field: field.map(Into::into), message, ..refusal }.into()
    }
}

/// What kept rows ask for.
pub(super) fn asked(detail: &Detail, kept: &[Kept]) -> Result<Vec<AskedRow>, AppError> {
    let row = |(line, cells): &Kept| {
        let cells = Cells { headers: &detail.headers, cells };
        let body = cells.movement().and_then(|body| AskedRow::judged(&body));
        body.map_err(|errors| in_line(*line, errors))
    };
    kept.iter().map(row).collect()
}

fn in_line(line: u64, errors: Vec<FieldError>) -> AppError {
    let named = |error: FieldError| FieldError {
        message: format!("line {line}: {}", error.message),
        ..error
    };
    AppError::Invalid(errors.into_iter().map(named).collect())
}

/// Which item of a batch a refusal is about, and which of its fields.
fn item_of(field: &str) -> (u32, &str) {
    let parts = field.strip_prefix("items[").and_then(|rest| rest.split_once(']'));
    let Some((index, field)) = parts else { return (0, field) };
    (index.parse().unwrap_or(0), field.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_item_of_a_refusal_is_found() {
        assert_eq!(item_of("items[17].quantity"), (17, "quantity"));
        assert_eq!(item_of("items[3]"), (3, ""));
        assert_eq!(item_of("quantity"), (0, "quantity"));
    }
}

//! Taking an import over, step by step.

use mtm_core::code::Code;
use mtm_core::command::Command;
use mtm_core::policy::Deed;
use mtm_core::rejection::Rejection;
use mtm_core::word::ImportId;
use mtm_store::Fault;
use mtm_store::query::PageRequest;
use mtm_store::record::{ImportRecord, ImportState};

use super::detail::{CommitBody, Detail, ImportKind, ImportView};
use super::preview::{aside, field_of, refused};
use super::staged::Block;
use super::step::{self, Taking};
use crate::App;
use crate::error::AppError;
use crate::movement::confirmations;
use crate::principal::Principal;

impl App {
    /// An import with what was said of its rows, and how far it has come.
    pub async fn import(&self, who: &Principal, id: ImportId) -> Result<ImportView, AppError> {
        who.require(Deed::Import)?;
        let record = self.kept_import(id).await?;
        let detail = Detail::of(&record)?;
        Ok(ImportView::of(&record, detail))
    }

    /// The latest imports, newest first, without their rows.
    pub async fn imports(&self, who: &Principal) -> Result<Vec<ImportView>, AppError> {
        who.require(Deed::Import)?;
        let records = self.ledger().imports(PageRequest::default()).await?;
        Ok(records.items.iter().map(|record| ImportView::of(record, Detail::default())).collect())
    }

    /// Takes over the rows that were accepted, in steps between which others book; goes on where
    /// it was cut off.
    ///
    /// Rows refused in the preview need `skip_refused`; without it also every other row must
    /// still hold when the first is taken over, or none is. A row that ceases to hold after that
    /// stops the import, which says how far it came, or is left out with `skip_refused`. A file
    /// of movements that is in the ledger already needs to be confirmed.
    pub async fn commit_import(
        &self,
        who: &Principal,
        id: ImportId,
        how: &CommitBody,
    ) -> Result<ImportView, AppError> {
        who.require(Deed::Import)?;
        let taken = self.take_rows_over(who, id, how).await;
        if taken.is_err() && self.kept_import(id).await?.state == ImportState::Committed {
            // Somebody asked twice, and the other one was faster: the answer is the same.
            return self.import(who, id).await;
        }
        taken
    }

    async fn take_rows_over(
        &self,
        who: &Principal,
        id: ImportId,
        how: &CommitBody,
    ) -> Result<ImportView, AppError> {
        let confirm = confirmations(&how.confirm)?;
        let record = self.kept_import(id).await?;
        let (kind, total) = self.takeable(&record, how).await?;
        let detail = Detail::of(&record)?;
        if record.begun.is_none() && kind == ImportKind::Movements {
            if !confirm.duplicate {
                self.refuse_twin(&record).await?;
            }
            if !how.skip_refused {
                self.refuse_changed(who, &record, &detail, total).await?;
            }
        }
        let skip_refused = how.skip_refused;
        let taking =
            Taking { app: self, who, record: &record, detail: &detail, kind, skip_refused, total };
        if taking.go_on(how.at_most.unwrap_or(u32::MAX)).await? < total {
            let record = self.kept_import(id).await?;
            return Ok(ImportView::of(&record, Detail::default()));
        }
        // What was begun before may have left rows out, however it was asked for today.
        let left_out = skip_refused || record.begun.is_some();
        self.finish(who, &record, detail, left_out).await?;
        self.import(who, id).await
    }

    /// What the import's rows are and how many; refused where it may not be taken over.
    async fn takeable(
        &self,
        record: &ImportRecord,
        how: &CommitBody,
    ) -> Result<(ImportKind, u32), AppError> {
        if record.state != ImportState::Previewed {
            let message = format!("the import was {} before", record.state.as_str());
            return Err(AppError::refused(Code::InUse, message));
        }
        if record.refused > 0 && !how.skip_refused {
            let message = format!("{} rows are refused; correct them or skip them", record.refused);
            return Err(AppError::field("skip_refused", Code::InvalidBody, message));
        }
        let kind = ImportKind::from_name(&record.kind)
            .ok_or_else(|| Fault::Permanent(format!("imports of {} are not known", record.kind)))?;
        Ok((kind, self.staged(record).await?))
    }

    /// Every row must still hold before the first is taken over.
    async fn refuse_changed(
        &self,
        who: &Principal,
        record: &ImportRecord,
        detail: &Detail,
        total: u32,
    ) -> Result<(), AppError> {
        if detail.newest == Some(*self.ledger().subscribe().borrow()) {
            return Ok(());
        }
        let (mut commands, mut lines) = (Vec::new(), Vec::new());
        let mut next = 0;
        while next < total {
            let block = self.block(record.id, next).await?;
            next = block.rows.end;
            lines.extend(block.part(&block.rows).iter().map(|(line, _)| *line));
            let (app, who, detail, id) = (self.clone(), who.clone(), detail.clone(), record.id);
            let asked = aside(move || -> Result<Vec<Command>, AppError> {
                let rows = step::asked(&detail, block.part(&block.rows))?;
                app.row_commands(&who, id, rows)
            });
            commands.extend(asked.await??);
        }
        let tried = self.ledger().try_out(commands).await?;
        let mut changed = lines.iter().zip(tried).filter_map(|(line, no)| Some((line, no?)));
        let Some((line, first)) = changed.next() else { return Ok(()) };
        let others = match changed.count() {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        let message = format!(
            "line {line}{others} held when the file was looked at and does not any more: {}; \
             nothing was taken over",
            first.message
        );
        Err(Rejection { message, ..first }.into())
    }

    /// All rows are taken over: says so, with what was left out, and lets go of the rows.
    async fn finish(
        &self,
        who: &Principal,
        record: &ImportRecord,
        mut detail: Detail,
        left_out: bool,
    ) -> Result<(), AppError> {
        let id = record.id;
        let late =
            if left_out { self.ledger().rows_refused_in_steps(id).await? } else { Vec::new() };
        let mut block = Block::default();
        let count = u32::try_from(late.len()).unwrap_or(u32::MAX);
        for (row, rejection) in late {
            if !block.rows.contains(&row) {
                block = self.block(id, row).await?;
            }
            let line = block.line(row).unwrap_or(0);
            detail.refuse(refused(line, vec![field_of(rejection)]));
        }
        let all = record.refused.saturating_add(count);
        self.ledger().finish_import(who.user, id, all, detail.to_value()?).await?;
        if let Err(error) = self.ledger().forget_import_rows(id).await {
            // They are let go of with everything else that is old.
            tracing::warn!(%error, import = %id, "the rows of an import could not be removed");
        }
        Ok(())
    }

    /// A file of movements taken over twice doubles them. A guard against a slip, not a lock: it
    /// does not see a twin that is being booked in the same moment.
    async fn refuse_twin(&self, record: &ImportRecord) -> Result<(), AppError> {
        let twin = self.ledger().standing_import(record.source_hash, record.id).await?;
        twin.map_or(Ok(()), |twin| {
            let message = format!(
                "the movements of this very file are in the ledger: import {} of {}, {}",
                twin.id,
                twin.finished_at.unwrap_or(twin.created_at),
                twin.file_name,
            );
            Err(AppError::refused(Code::PossibleDuplicate, message))
        })
    }

    pub(super) async fn kept_import(&self, id: ImportId) -> Result<ImportRecord, AppError> {
        self.ledger()
            .import(id)
            .await?
            .ok_or_else(|| AppError::refused(Code::NotFound, "there is no such import"))
    }
}

//! Taking an import over, and undoing it.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::word::ImportId;
use mtm_store::query::PageRequest;
use mtm_store::record::{ImportRecord, ImportState};

use super::detail::{CommitBody, Detail, ImportKind, ImportView, is_open};
use super::row::Cells;
use crate::App;
use crate::error::AppError;
use crate::movement::{Circumstances, MovementBody, ReverseBody, confirmations};
use crate::principal::Principal;

impl App {
    /// An import with what was said of its rows.
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

    /// Takes over the rows that were accepted: all of them in one transaction or, where the
    /// ledger refuses one by now, none. Rows refused in the preview need `skip_refused`; a file
    /// of movements that is in the ledger already needs to be confirmed.
    pub async fn commit_import(
        &self,
        who: &Principal,
        id: ImportId,
        how: &CommitBody,
    ) -> Result<ImportView, AppError> {
        who.require(Deed::Import)?;
        let confirm = confirmations(&how.confirm)?;
        let record = self.kept_import(id).await?;
        if record.state == ImportState::Committed {
            // Somebody asks again: the answer is the same, and nothing happens twice.
            return self.import(who, id).await;
        }
        if !is_open(&record) {
            let message = format!("the import was {} before", record.state.as_str());
            return Err(AppError::refused(Code::InUse, message));
        }
        if record.refused > 0 && !how.skip_refused {
            let message = format!("{} rows are refused; correct them or skip them", record.refused);
            return Err(AppError::field("skip_refused", Code::InvalidBody, message));
        }
        let detail = Detail::of(&record)?;
        match ImportKind::from_name(&record.kind) {
            Some(ImportKind::Masters(noun)) => {
                let new: Result<Vec<_>, _> =
                    accepted(&detail).map(|cells| cells.master(noun)).collect();
                self.ledger().create_masters(new?, who.actor()).await?;
            }
            Some(ImportKind::Movements) => {
                if !confirm.duplicate {
                    self.refuse_twin(&record).await?;
                }
                let bodies: Result<Vec<MovementBody>, _> =
                    accepted(&detail).map(|cells| cells.movement()).collect();
                let around = Circumstances {
                    route: "import".to_owned(),
                    key: Some(format!("import:{id}")),
                    import: Some(id),
                    ..Circumstances::default()
                };
                self.book_all(who, around, &bodies?).await?;
            }
            None => {
                let message = format!("imports of {} are not known", record.kind);
                return Err(mtm_store::Fault::Permanent(message).into());
            }
        }
        let (from, to) = (ImportState::Previewed, ImportState::Committed);
        self.ledger().set_import_state(who.user, id, from, to).await?;
        self.import(who, id).await
    }

    /// Undoes all movements of an import. Master data stays: somebody may use it by now; retire
    /// what is wrong.
    pub async fn undo_import(
        &self,
        who: &Principal,
        id: ImportId,
        reason: &str,
    ) -> Result<ImportView, AppError> {
        who.require(Deed::UndoAny)?;
        let record = self.kept_import(id).await?;
        if ImportKind::from_name(&record.kind) != Some(ImportKind::Movements) {
            return Err(AppError::refused(
                Code::InUse,
                "imported master data is not undone; retire the records that are wrong",
            ));
        }
        if record.state != ImportState::Committed {
            let message = format!("the import is {}, not committed", record.state.as_str());
            return Err(AppError::refused(Code::InUse, message));
        }
        let body = ReverseBody {
            import_id: Some(id.0),
            reason: Some(reason.to_owned()),
            ..ReverseBody::default()
        };
        let around = Circumstances {
            route: "undo import".to_owned(),
            key: Some(format!("undo-import:{id}")),
            ..Circumstances::default()
        };
        self.reverse(who, around, None, &body).await?;
        let (from, to) = (ImportState::Committed, ImportState::Undone);
        self.ledger().set_import_state(who.user, id, from, to).await?;
        self.import(who, id).await
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

    async fn kept_import(&self, id: ImportId) -> Result<ImportRecord, AppError> {
        self.ledger()
            .import(id)
            .await?
            .ok_or_else(|| AppError::refused(Code::NotFound, "there is no such import"))
    }
}

fn accepted(detail: &Detail) -> impl Iterator<Item = Cells<'_>> {
    detail
        .rows
        .iter()
        .zip(&detail.verdicts)
        .filter(|(_, verdict)| verdict.accepted)
        .map(|(cells, _)| Cells { headers: &detail.headers, cells })
}

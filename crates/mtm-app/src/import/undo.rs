//! Undoing an import, whole or as far as it came.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::word::ImportId;
use mtm_store::record::ImportState;

use super::detail::{ImportKind, ImportView};
use crate::App;
use crate::error::AppError;
use crate::movement::{Circumstances, ReverseBody};
use crate::principal::Principal;

impl App {
    /// Undoes all movements of an import; one that came halfway is given up first. Master data
    /// stays: somebody may use it by now; retire what is wrong.
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
            ..ReverseBody::default()
        };
        let around = Circumstances {
            route: "undo import".to_owned(),
            key: Some(format!("undo-import:{id}")),
            ..Circumstances::default()
        };
        self.reverse(who, around, None, &body).await?;
        self.ledger().set_import_state(who.user, id, from, ImportState::Undone).await?;
        self.import(who, id).await
    }
}

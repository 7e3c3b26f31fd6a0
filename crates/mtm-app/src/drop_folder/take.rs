//! One file, from where it was picked up to where it ends.

use std::path::{Path, PathBuf};

use mtm_core::code::Code;
use mtm_core::word::ImportId;
use mtm_store::Fault;

use super::place::name_of;
use super::{DropError, DropFolder, reason};
use crate::error::AppError;
use crate::import::{CommitBody, ImportKind, ImportView};
use crate::principal::Principal;

/// How it went with a file.
enum End {
    /// Its rows are in the ledger.
    Done,
    /// They are not, and this is why.
    Refused(String),
}

impl DropFolder {
    /// Takes over a file that was picked up, or goes on with it.
    pub(super) async fn go_on(
        &self,
        who: &Principal,
        kind: ImportKind,
        path: PathBuf,
    ) -> Result<(), DropError> {
        let name = name_of(&path).to_string_lossy().into_owned();
        match self.end_of(who, kind, &path, &name).await? {
            End::Done => {
                tracing::info!(file = name, kind = kind.as_str(), "a file was taken over");
                self.place.finish(&path).await
            }
            End::Refused(why) => {
                let said = why.lines().next().unwrap_or_default();
                tracing::warn!(file = name, kind = kind.as_str(), "{said}");
                self.place.refuse(&path, why).await
            }
        }
    }

    async fn end_of(
        &self,
        who: &Principal,
        kind: ImportKind,
        path: &Path,
        name: &str,
    ) -> Result<End, DropError> {
        let import = if let Some(begun) = self.begun(who, path).await? {
            begun
        } else {
            let Some(bytes) = self.place.read(path).await? else {
                return Ok(End::Refused(reason::too_large(name)));
            };
            match self.app.preview_import(who, kind, name, bytes).await {
                Ok(import) => import,
                Err(error) => return Ok(End::Refused(reason::refused(name, &said(error)?))),
            }
        };
        match import.state {
            "committed" => return Ok(End::Done),
            "previewed" | "committing" => {}
            _ => return Ok(End::Refused(reason::ended(name, &import))),
        }
        if !may_go(kind, &import) {
            return Ok(End::Refused(reason::rows(name, &import)));
        }
        self.place.set_mark(path, &import.id.to_string()).await?;
        self.commit(who, &import, name).await
    }

    /// The import by which this very file is being taken over already.
    async fn begun(&self, who: &Principal, path: &Path) -> Result<Option<ImportView>, DropError> {
        let Some(mark) = self.place.mark(path).await? else { return Ok(None) };
        let Ok(id) = mark.parse::<ImportId>() else { return Ok(None) };
        match self.app.import(who, id).await {
            Ok(import) => Ok(Some(import)),
            Err(error) if error.code() == Code::NotFound => Ok(None),
            Err(error) => Err(unexpected(error)),
        }
    }

    async fn commit(
        &self,
        who: &Principal,
        import: &ImportView,
        name: &str,
    ) -> Result<End, DropError> {
        let how = CommitBody { skip_refused: import.refused > 0, ..CommitBody::default() };
        let id = ImportId(import.id);
        let error = match self.app.commit_import(who, id, &how).await {
            Ok(_) => return Ok(End::Done),
            Err(error) => said(error)?,
        };
        let import = self.app.import(who, id).await.map_err(unexpected)?;
        Ok(End::Refused(reason::changed(name, &import, &error)))
    }
}

/// Whether nothing is in the way of an import. What a file of master data says again of what is here
/// already is not: such files list everything each time.
fn may_go(kind: ImportKind, import: &ImportView) -> bool {
    let is_known = |code: Code| code == Code::AlreadyExists;
    let mut refused = import.verdicts.iter().filter(|verdict| !verdict.accepted);
    import.refused == 0
        || matches!(kind, ImportKind::Masters(_))
            && refused.all(|verdict| verdict.errors.iter().all(|error| is_known(error.code)))
}

/// A refusal is told; a failure ends this look, and the next one goes on.
fn said(error: AppError) -> Result<AppError, DropError> {
    match error {
        AppError::Fault(fault) => Err(fault.into()),
        refusal => Ok(refusal),
    }
}

fn unexpected(error: AppError) -> DropError {
    match error {
        AppError::Fault(fault) => fault.into(),
        refusal => Fault::Permanent(refusal.to_string()).into(),
    }
}

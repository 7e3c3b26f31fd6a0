//! What people decide: who acts on differences, and what becomes of one, or of all that wait.

use mtm_core::code::Code;
use mtm_core::master_sync::{Deed, Field};
use mtm_core::policy;
use mtm_core::sync::Mode;
use mtm_core::word::Note;
use mtm_store::master_sync::{BulkDeed, BulkDone, DifferenceRow, LinkDeed};
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Serialize};

use super::list::MasterSyncView;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Who acts on differences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncBody {
    /// `off`: nobody looks. `shadow`: what differs is listed. `worklist`: somebody decides about each.
    /// `automatic`: what is theirs is taken, and somebody decides about conflicts.
    pub mode: Mode,
    /// The version that this was decided on; whatever it is where it is left out.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What is decided about a part that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecideBody {
    /// `take`: it becomes here as it is there. `keep`: it stays, until they say something else.
    pub deed: Deed,
    /// About which attributes; about all where it is left out.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Why, in words.
    #[serde(default)]
    pub note: String,
    /// The version that this was decided on; whatever it is where it is left out.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What is decided about all parts that wait for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkBody {
    /// `take`: they become here as they are there. `keep`: they stay, until they say something else there.
    pub deed: Deed,
    /// Only those that wait for this reason, by its code.
    #[serde(default)]
    pub cause: Option<String>,
    /// `next` of the answer before: some hundreds are decided about at once.
    #[serde(default)]
    pub after: Option<i64>,
    /// Why, in words.
    #[serde(default)]
    pub note: String,
}

impl App {
    /// Decides who acts on differences between this ERP's parts and ours.
    pub async fn change_master_sync(
        &self,
        who: &Principal,
        erp: &str,
        body: &SyncBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<MasterSyncView>, AppError> {
        who.require(policy::Deed::Administer)?;
        let (name, mode, version) = (erp.to_owned(), body.mode, body.version);
        let made = self.ledger().change_master_sync(name, mode, version, who.user, key).await?;
        let Once { value, replayed } = made;
        Ok(Once { value: self.master_sync_view(value), replayed })
    }

    /// Decides what becomes of a part that differs.
    pub async fn decide_master(
        &self,
        who: &Principal,
        id: i64,
        body: &DecideBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DifferenceRow>, AppError> {
        // Retiring is part of it, and is an administrator's.
        who.require(policy::Deed::Retire)?;
        if body.deed == Deed::Take
            && let Some(field) = body.fields.iter().find(|field| !field.can_be_taken())
        {
            let message =
                format!("{} cannot be taken over: keep it, or correct it there", field.as_str());
            return Err(AppError::field("fields", Code::InvalidBody, message));
        }
        let deed = LinkDeed {
            deed: body.deed,
            fields: body.fields.clone(),
            note: note(&body.note)?,
            version: body.version,
        };
        Ok(self.ledger().decide_master(id, deed, who.user, key).await?)
    }

    /// Decides what becomes of all parts of this ERP that wait for somebody, some hundreds at once.
    pub async fn decide_masters(
        &self,
        who: &Principal,
        erp: &str,
        body: &BulkBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BulkDone>, AppError> {
        who.require(policy::Deed::Retire)?;
        let deed = BulkDeed {
            deed: body.deed,
            cause: body.cause.clone(),
            after: body.after,
            note: note(&body.note)?,
        };
        Ok(self.ledger().decide_masters(erp.to_owned(), deed, who.user, key).await?)
    }
}

fn note(text: &str) -> Result<Option<Note>, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let note = Note::parse(text)
        .map_err(|error| AppError::field("note", Code::InvalidBody, error.to_string()))?;
    Ok(Some(note))
}

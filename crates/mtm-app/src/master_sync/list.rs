//! How keeping parts as ERPs have them stands, and what differs, for whoever looks.

use mtm_core::code::Code;
use mtm_core::master_sync::{Conflict, Field, NewParts};
use mtm_core::policy;
use mtm_store::master_sync::{DifferenceQuery, DifferenceRow, MasterSyncRow};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// How keeping parts as ERPs have them stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MasterSyncs {
    /// One for each ERP, by name.
    pub items: Vec<MasterSyncView>,
}

/// How keeping parts as one ERP has them stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MasterSyncView {
    /// How it stands.
    #[serde(flatten)]
    pub row: MasterSyncRow,
    /// Whether this server is configured with it.
    pub configured: bool,
    /// The attributes that are the ERP's.
    pub owned: Vec<Field>,
    /// What becomes of those that somebody changed here.
    pub conflict: Option<Conflict>,
    /// Which of its parts are made here.
    pub new: Option<NewParts>,
}

/// Parts that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Differences {
    /// The parts.
    pub items: Vec<DifferenceRow>,
    /// Where the list goes on.
    pub next_cursor: Option<String>,
}

impl App {
    /// How keeping parts as ERPs have them stands.
    pub async fn master_syncs(&self, who: &Principal) -> Result<MasterSyncs, AppError> {
        who.require(policy::Deed::Look)?;
        let rows = self.ledger().master_syncs().await?;
        Ok(MasterSyncs { items: rows.into_iter().map(|row| self.master_sync_view(row)).collect() })
    }

    pub(super) fn master_sync_view(&self, row: MasterSyncRow) -> MasterSyncView {
        let all = self.master_rules();
        let rules = all.get(&row.erp);
        MasterSyncView {
            configured: rules.is_some(),
            owned: rules.map(|it| it.owned.iter().copied().collect()).unwrap_or_default(),
            conflict: rules.map(|it| it.conflict),
            new: rules.map(|it| it.new),
            row,
        }
    }

    /// A page of parts that differ.
    pub async fn master_differences(
        &self,
        who: &Principal,
        mut query: DifferenceQuery,
    ) -> Result<Differences, AppError> {
        who.require(policy::Deed::Look)?;
        let limit = usize::from(query.limit);
        query.limit = query.limit.saturating_add(1);
        let mut items = self.ledger().master_differences(query).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(|row| row.id.to_string());
        Ok(Differences { items, next_cursor })
    }

    /// A part that differs, or did.
    pub async fn master_difference(
        &self,
        who: &Principal,
        id: i64,
    ) -> Result<DifferenceRow, AppError> {
        who.require(policy::Deed::Look)?;
        let found = self.ledger().master_difference(id).await?;
        found.ok_or_else(|| {
            AppError::refused(Code::NotFound, format!("there is no difference {id}"))
        })
    }
}

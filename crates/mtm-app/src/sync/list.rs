//! Flows and their postings, for whoever looks.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_store::sync::{FlowRow, PostingQuery, PostingRow, PostingSheet};
use serde::Serialize;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Flows by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Flows {
    /// The flows.
    pub items: Vec<FlowView>,
}

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowView {
    /// How it stands.
    #[serde(flatten)]
    pub row: FlowRow,
    /// Whether this server is configured with it.
    pub configured: bool,
    /// The system that is called, where one is.
    pub peer: Option<String>,
    /// The ERP whose ledger shows what was posted, where one is read.
    pub erp: Option<String>,
}

/// Postings, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Postings {
    /// The postings.
    pub items: Vec<PostingRow>,
    /// Where the list goes on.
    pub next_cursor: Option<String>,
}

impl App {
    /// Every flow, by name.
    pub async fn flows(&self, who: &Principal) -> Result<Flows, AppError> {
        who.require(Deed::Look)?;
        let rows = self.ledger().flows().await?;
        let items = rows.into_iter().map(|row| self.flow_view(row)).collect();
        Ok(Flows { items })
    }

    pub(super) fn flow_view(&self, row: FlowRow) -> FlowView {
        let settings = self.flow_settings(&row.name);
        let via = settings.as_ref().and_then(|it| it.via.as_ref());
        FlowView {
            configured: settings.is_some(),
            peer: via.map(|via| via.peer.clone()),
            erp: settings.as_ref().and_then(|it| it.erp.clone()),
            row,
        }
    }

    /// A page of postings.
    pub async fn postings(
        &self,
        who: &Principal,
        mut query: PostingQuery,
    ) -> Result<Postings, AppError> {
        who.require(Deed::Look)?;
        let limit = usize::from(query.limit);
        query.limit = query.limit.saturating_add(1);
        let mut items = self.ledger().postings(query).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(|row| row.id.to_string());
        Ok(Postings { items, next_cursor })
    }

    /// A posting, what is sent for it, and what became of it.
    pub async fn posting_sheet(&self, who: &Principal, id: i64) -> Result<PostingSheet, AppError> {
        who.require(Deed::Look)?;
        let sheet = self.ledger().posting_sheet(id).await?;
        sheet.ok_or_else(|| AppError::refused(Code::NotFound, format!("there is no posting {id}")))
    }
}

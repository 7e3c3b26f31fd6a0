//! The use case behind as-you-type suggestions.

use mtm_core::policy::Deed;

use super::{Suggestion, SuggestionKind};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Suggestions asked for at once, at most.
const MOST: usize = 50;

impl App {
    /// The best suggestions for what was typed.
    pub async fn suggest(
        &self,
        who: &Principal,
        kind: SuggestionKind,
        typed: &str,
        limit: usize,
    ) -> Result<Vec<Suggestion>, AppError> {
        who.require(Deed::Look)?;
        let limit = limit.clamp(1, MOST);
        let from_ledger = match kind {
            SuggestionKind::Lot => self.ledger().lots_like(typed, limit).await?,
            SuggestionKind::WorkOrder => self.ledger().work_orders_like(typed, limit).await?,
            _ => return Ok(self.index().1.suggest(kind, typed, limit)),
        };
        Ok(from_ledger
            .into_iter()
            .map(|(value, detail)| Suggestion { label: value.clone(), value, detail })
            .collect())
    }
}

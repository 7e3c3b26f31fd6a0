//! The use case behind as-you-type suggestions.

use mtm_core::policy::Deed;

use super::{Suggestion, SuggestionKind};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Suggestions asked for at once, at most.
const MOST: u16 = 50;

impl App {
    /// The best suggestions for what was typed.
    pub async fn suggest(
        &self,
        who: &Principal,
        kind: SuggestionKind,
        typed: &str,
        limit: u16,
    ) -> Result<Vec<Suggestion>, AppError> {
        who.require(Deed::Look)?;
        let limit = limit.clamp(1, MOST);
        let found = match kind {
            SuggestionKind::Lot => {
                let lots = self.ledger().lots_like(typed, usize::from(limit)).await?;
                lots.into_iter()
                    .map(|hint| Suggestion {
                        value: hint.lot.to_string(),
                        label: hint.lot.to_string(),
                        detail: Some(format!("{} · {} pcs", hint.part, hint.quantity)),
                    })
                    .collect()
            }
            SuggestionKind::WorkOrder => {
                let orders = self.ledger().work_orders_like(typed, usize::from(limit)).await?;
                orders
                    .into_iter()
                    .map(|hint| Suggestion {
                        value: hint.code.to_string(),
                        label: hint.code.to_string(),
                        detail: hint
                            .planned
                            .map(|(part, quantity)| format!("{part} · {quantity} pcs ordered")),
                    })
                    .collect()
            }
            _ => self.index().1.suggest(kind, typed, usize::from(limit)),
        };
        Ok(found)
    }
}

//! Cycle counts: a lead plans, people count without being told what is expected, somebody else
//! counts again what is too far off, and the differences are booked.
//!
//! What a line says depends on who looks: whoever only counts learns what was expected when the
//! line is decided, never before. What moves while people count is no difference (see the store's
//! `count`), and a difference is booked on the one posting path.

mod body;
mod post;
mod view;

use mtm_core::code::Code;
use mtm_core::count::{CountState, Tolerance};
use mtm_core::policy::{Deed, allows};
use mtm_core::word::{CountId, Quantity};
use mtm_store::query::{Page, PageRequest};
use mtm_store::record::{CountPlace, CountRecord, Entered, LineFilter, NewCount};
use mtm_store::{IdempotencyKey, Once};

pub use body::{EntriesBody, EntryBody, PlanBody, PostBody, RecountBody};
pub use view::{CountLineView, CountPosted, CountPostedLine};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Most entries of one request.
const MOST_ENTRIES: usize = 500;

impl App {
    /// Plans a count: its lines are what stands there now.
    pub async fn plan_count(
        &self,
        who: &Principal,
        body: &PlanBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CountRecord>, AppError> {
        who.require(Deed::RunCount)?;
        let pieces = Quantity::pieces(body.tolerance_pieces).map_err(|error| {
            AppError::field("tolerance_pieces", Code::InvalidBody, error.to_string())
        })?;
        if body.tolerance_percent > 100 {
            let message = "a tolerance is 0 to 100 percent";
            return Err(AppError::field("tolerance_percent", Code::InvalidBody, message));
        }
        let new = NewCount {
            id: CountId(self.clock().fresh_uuid()),
            name: body.name.clone(),
            filter: body.filter.clone(),
            tolerance: Tolerance { pieces, percent: body.tolerance_percent },
            other_person: body.other_person,
        };
        Ok(self.ledger().plan_count(who.user, new, key).await?)
    }

    /// A page of counts, newest first.
    pub async fn stock_counts(
        &self,
        who: &Principal,
        state: Option<CountState>,
        page: PageRequest,
    ) -> Result<Page<CountRecord>, AppError> {
        who.require(Deed::Look)?;
        Ok(self.ledger().stock_counts(state, page).await?)
    }

    /// One count.
    pub async fn stock_count(&self, who: &Principal, id: CountId) -> Result<CountRecord, AppError> {
        who.require(Deed::Look)?;
        let found = self.ledger().stock_count(id).await?;
        found.ok_or_else(|| AppError::refused(Code::NotFound, "there is no such count"))
    }

    /// A page of a count's lines, as `who` may see them.
    pub async fn count_lines(
        &self,
        who: &Principal,
        id: CountId,
        filter: LineFilter,
        page: PageRequest,
    ) -> Result<Page<CountLineView>, AppError> {
        self.stock_count(who, id).await?;
        let decides = allows(who.role, Deed::RunCount);
        if filter.different && !decides {
            let message = "which lines differ is for leads to see";
            return Err(AppError::refused(Code::Forbidden, message));
        }
        let Page { items, next_cursor, total } =
            self.ledger().count_lines(id, filter, page).await?;
        let items = items.into_iter().map(|line| CountLineView::of(line, decides)).collect();
        Ok(Page { items, next_cursor, total })
    }

    /// The lines of a count as whoever counts sees them, whatever else they may do.
    pub async fn blind_lines(
        &self,
        who: &Principal,
        id: CountId,
        filter: LineFilter,
        page: PageRequest,
    ) -> Result<Page<CountLineView>, AppError> {
        who.require(Deed::Look)?;
        let Page { items, next_cursor, total } =
            self.ledger().count_lines(id, filter, page).await?;
        let items = items.into_iter().map(|line| CountLineView::of(line, false)).collect();
        Ok(Page { items, next_cursor, total })
    }

    /// The locations of a count, and how much is left to count at each.
    pub async fn count_places(
        &self,
        who: &Principal,
        id: CountId,
    ) -> Result<Vec<CountPlace>, AppError> {
        who.require(Deed::Look)?;
        Ok(self.ledger().count_places(id).await?)
    }

    /// Enters what was counted, all or nothing.
    pub async fn enter_counts(
        &self,
        who: &Principal,
        id: CountId,
        body: &EntriesBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<Entered>>, AppError> {
        who.require(Deed::EnterCount)?;
        if body.entries.is_empty() || body.entries.len() > MOST_ENTRIES {
            let message =
                format!("entries lists 1 to {MOST_ENTRIES} lines, not {}", body.entries.len());
            return Err(AppError::field("entries", Code::InvalidBody, message));
        }
        let entries = body.parse()?;
        Ok(self.ledger().enter_counts(who.user, id, entries, key).await?)
    }

    /// Has decided lines counted again.
    pub async fn recount(
        &self,
        who: &Principal,
        id: CountId,
        body: &RecountBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CountRecord>, AppError> {
        who.require(Deed::RunCount)?;
        if body.lines.is_empty() || body.lines.len() > MOST_ENTRIES {
            let message = format!("lines names 1 to {MOST_ENTRIES} lines");
            return Err(AppError::field("lines", Code::InvalidBody, message));
        }
        Ok(self.ledger().recount_lines(who.user, id, body.lines.clone(), key).await?)
    }

    /// Gives a count up; what was posted stays.
    pub async fn cancel_count(
        &self,
        who: &Principal,
        id: CountId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CountRecord>, AppError> {
        who.require(Deed::RunCount)?;
        Ok(self.ledger().cancel_count(who.user, id, key).await?)
    }
}

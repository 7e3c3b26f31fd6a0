//! Periods: up to which day everything is closed, and who closed it.

use jiff::civil::Date;
use mtm_core::code::Code;
use mtm_core::period::{Closed, ClosedThrough, PeriodChange};
use mtm_core::policy::Deed;
pub use mtm_store::period::PeriodRow;
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Up to which day everything shall be closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeriodBody {
    /// The last day to be closed, such as `2026-11-30`; a shift belongs to the day it started on.
    /// Null, for reopening only, where nothing shall be closed any more.
    #[serde(default)]
    pub through: Option<String>,
    /// Reopens what is after `through`, which is for administrators. Left out, an earlier day than
    /// the one that is closed is refused, so that nobody reopens by a mistake.
    #[serde(default)]
    pub reopen: bool,
}

/// What is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeriodSheet {
    /// The number of the newest entry; the `ETag`. 0 where nothing was ever closed.
    pub number: u32,
    /// Up to where everything is closed; null where nothing is.
    pub closed: Option<ClosedThrough>,
    /// Every closing and reopening, the newest first.
    pub entries: Vec<PeriodRow>,
}

impl App {
    /// What is closed, and everything that was closed and reopened.
    pub async fn periods(&self, who: &Principal) -> Result<PeriodSheet, AppError> {
        who.require(Deed::Look)?;
        let entries = self.ledger().period_entries().await?;
        let newest = entries.first();
        Ok(PeriodSheet {
            number: newest.map_or(0, |entry| entry.number),
            closed: newest.and_then(|entry| entry.closed.clone()),
            entries,
        })
    }

    /// Closes everything through a day, or reopens what is after one, as the body says. `newest` is
    /// the number of the newest entry that the caller saw.
    pub async fn set_period(
        &self,
        who: &Principal,
        newest: Option<i64>,
        body: &PeriodBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PeriodRow>, AppError> {
        let wanted = if body.reopen { Deed::ReopenPeriod } else { Deed::ClosePeriod };
        who.require(wanted)?;
        let closed = match body.through.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(self.closed_through(text)?),
        };
        let change = match (body.reopen, closed) {
            (true, closed) => PeriodChange::Reopen(closed),
            (false, Some(closed)) => PeriodChange::Close(closed),
            (false, None) => {
                let message = "name the last day to be closed, such as 2026-11-30";
                return Err(AppError::field("through", Code::InvalidBody, message));
            }
        };
        Ok(self.ledger().change_period(change, newest, who.actor(), key).await?)
    }

    /// A day, and when what belongs to it was over: its last shift, or the day itself.
    pub fn closed_through(&self, text: &str) -> Result<Closed, AppError> {
        let wrong = |message| AppError::field("through", Code::InvalidBody, message);
        let through: Date = text
            .parse()
            .map_err(|_| wrong(format!("{text:?} is no day; write it like 2026-11-30")))?;
        let stretches = self.catalogue().shifts.stretches(through, through, &self.site().zone);
        let last = stretches.as_deref().and_then(<[_]>::last);
        let until = last.map(|stretch| stretch.ends);
        let until = until.ok_or_else(|| wrong(format!("{through} is outside the calendar")))?;
        Ok(Closed { through, until })
    }
}

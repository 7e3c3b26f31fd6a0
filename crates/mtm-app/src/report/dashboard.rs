//! What a shift lead looks at first, in one answer.

use mtm_core::policy::Deed;
use mtm_core::word::{Quantity, Timestamp};
use mtm_store::record::AccuracyBy;
use mtm_store::throughput::ThroughputQuery;
use serde::Serialize;

use super::calendar::{Days, Period, cuts};
use super::flow::{ScrapItem, share, yields};
use super::wip::{AgeingItem, HOURS, WipItem, bounds, by_age, items};
use crate::App;
use crate::error::AppError;
use crate::minimum::MinimumItem;
use crate::principal::Principal;

/// Parts below their minimum that are named.
const MINIMUMS: usize = 5;

/// An hour of today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HourItem {
    /// When it begins.
    pub begins: Timestamp,
    /// Movements in it that were not reversed.
    pub movements: u64,
}

/// The floor at a glance.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dashboard {
    /// When that was so.
    pub at: Timestamp,
    /// From when on what came and went is counted: eight hours ago.
    pub since: Timestamp,
    /// Every operation where something waits, came or went.
    pub operations: Vec<WipItem>,
    /// What waits, by operation and age.
    pub ageing: Vec<AgeingItem>,
    /// The hours of today so far, and how much was booked in each.
    pub hours: Vec<HourItem>,
    /// Scrap and yield of today, by operation.
    pub scrap: Vec<ScrapItem>,
    /// Good ones of all that left their operation today; null where nothing did.
    #[serde(rename = "yield")]
    pub share: Option<f64>,
    /// Lines counted in the last 30 days.
    pub counted: u64,
    /// Those of them where exactly the expected pieces were there, 0 to 1; null where nothing was
    /// counted.
    pub accuracy: Option<f64>,
    /// Holds that are not released.
    pub holds: u64,
    /// How many parts are below their minimum stock.
    pub below_minimum: u64,
    /// The emptiest of them.
    pub minimums: Vec<MinimumItem>,
}

impl App {
    /// The floor at a glance: what waits, what moves, what is lost, what is held.
    pub async fn dashboard(&self, who: &Principal) -> Result<Dashboard, AppError> {
        who.require(Deed::Look)?;
        let (ledger, at) = (self.ledger(), self.clock().now());
        let since = at.plus_micros(-i64::from(HOURS) * 3_600_000_000);
        let zone = &self.site().zone;
        let hours = cuts(Days::default(), Period::Hour, zone, &self.catalogue().shifts, at)?;
        let today = hours.first().map_or(at, |cut| cut.begins);
        let end = at.plus_micros(1);
        let (waiting, lately, today, below) = tokio::try_join!(
            ledger.waiting(bounds(at)),
            ledger.steps(since, end),
            ledger.steps(today, end),
            ledger.below_minimum(),
        )?;
        let right = self.accuracy_lately(who, AccuracyBy::Count).await?;
        let scrap = yields(&today)?;
        let sum = |of: fn(&ScrapItem) -> Quantity| {
            let units = scrap.iter().map(|item| of(item).units()).fold(0, i64::saturating_add);
            Quantity::from_units(units).unwrap_or(Quantity::BOUND)
        };
        Ok(Dashboard {
            at,
            since,
            operations: items(&waiting, &lately, HOURS)?,
            ageing: by_age(&waiting),
            hours: self.hours(hours.iter().map(|cut| cut.begins).collect(), at).await?,
            share: share(sum(|item| item.good), sum(|item| item.scrapped)),
            scrap,
            counted: right.lines,
            accuracy: right.accuracy,
            holds: self.catalogue().holds.len() as u64,
            below_minimum: below.len() as u64,
            minimums: below.into_iter().take(MINIMUMS).map(Into::into).collect(),
        })
    }

    /// How much was booked in each hour that has begun.
    async fn hours(
        &self,
        bounds: Vec<Timestamp>,
        at: Timestamp,
    ) -> Result<Vec<HourItem>, AppError> {
        let query = ThroughputQuery { bounds: bounds.clone(), operation: None };
        let rows = self.ledger().throughput(query).await?;
        let hours = bounds.iter().take(bounds.len().saturating_sub(1)).enumerate();
        let items = hours.filter(|(_, begins)| **begins <= at).map(|(hour, begins)| HourItem {
            begins: *begins,
            movements: rows.iter().filter(|row| row.period == hour).map(|row| row.movements).sum(),
        });
        Ok(items.collect())
    }
}

//! What went from where to where, how long it stayed, what was lost on the way, and where it stands.

use mtm_core::policy::Deed;
use mtm_core::word::{LocationCode, OperationCode, Quantity, Timestamp};
use mtm_store::floor::{Crowd, End, Stay, Step};
use serde::Serialize;

use super::calendar::{Days, moments};
use super::sheet::{Cell, Tabular};
use super::wip::{in_order, pieces, traffic};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Most locations of one question.
const MOST_LOCATIONS: usize = 1_000;

/// One end of what went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FlowEnd {
    /// An operation.
    Operation(OperationCode),
    /// Outside the plant's stock: `supplier`, `consumed`, `scrap`, `count`, `opening`.
    Outside(&'static str),
}

impl FlowEnd {
    fn word(&self) -> String {
        match self {
            Self::Operation(operation) => operation.to_string(),
            Self::Outside(name) => format!("({name})"),
        }
    }
}

impl From<End> for FlowEnd {
    fn from(end: End) -> Self {
        match end {
            End::Operation(operation) => Self::Operation(operation),
            End::Outside(outside) => Self::Outside(outside.as_str()),
        }
    }
}

/// What went from one end to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowItem {
    /// Where from.
    pub from: FlowEnd,
    /// Where to.
    pub to: FlowEnd,
    /// Movements; reversals go back.
    pub movements: u64,
    /// Their pieces.
    pub quantity: Quantity,
}

/// What went between operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Flow {
    /// From when on.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// What went; what changed only its place is left out.
    pub items: Vec<FlowItem>,
}

/// What went on from an operation, and what was lost there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScrapItem {
    /// The operation.
    pub operation: OperationCode,
    /// Pieces that went on, to another operation or out.
    pub good: Quantity,
    /// Pieces scrapped, less those taken back.
    pub scrapped: Quantity,
    /// Good ones of all that left, 0 to 1; null where nothing did.
    #[serde(rename = "yield")]
    pub share: Option<f64>,
}

/// Scrap and yield.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scrap {
    /// From when on.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// By operation.
    pub items: Vec<ScrapItem>,
}

/// How long pieces stayed at an operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DwellItem {
    /// The operation.
    pub operation: OperationCode,
    /// Departures, not reversed.
    pub departures: u64,
    /// Pieces that left.
    pub quantity: Quantity,
    /// Hours that half of the departures stayed at most.
    pub median_hours: f64,
    /// Hours that nine of ten departures stayed at most.
    pub p90_hours: f64,
    /// Hours that the longest one stayed.
    pub longest_hours: f64,
}

/// How long pieces stayed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dwell {
    /// From when on departures were looked at: later than asked for where there were more than
    /// 20,000 movements.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// By operation.
    pub items: Vec<DwellItem>,
}

/// A location and what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OccupancyItem {
    /// The location.
    pub location: LocationCode,
    /// Its building.
    pub building: Option<String>,
    /// Buckets there.
    pub buckets: u64,
    /// Pieces in them.
    pub quantity: Quantity,
}

/// How full locations are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Occupancy {
    /// When that was so.
    pub at: Timestamp,
    /// Locations where something stands.
    pub used: u64,
    /// Locations that are not retired.
    pub known: u64,
    /// The fullest ones, by buckets.
    pub items: Vec<OccupancyItem>,
}

impl App {
    /// What went between operations on some days.
    pub async fn flow(&self, who: &Principal, days: Days) -> Result<Flow, AppError> {
        let (from, to, steps) = self.steps_of(who, days).await?;
        let moved = steps.into_iter().filter(|step| step.from != step.to);
        let items = moved.map(|step| FlowItem {
            from: step.from.into(),
            to: step.to.into(),
            movements: step.movements,
            quantity: step.quantity,
        });
        Ok(Flow { from, to, items: items.collect() })
    }

    /// Scrap and yield on some days.
    pub async fn scrap(&self, who: &Principal, days: Days) -> Result<Scrap, AppError> {
        let (from, to, steps) = self.steps_of(who, days).await?;
        Ok(Scrap { from, to, items: yields(&steps)? })
    }

    /// How long what left an operation on some days had been there.
    pub async fn dwell(&self, who: &Principal, days: Days) -> Result<Dwell, AppError> {
        who.require(Deed::Look)?;
        let (from, to) = moments(days, &self.site().zone, self.clock().now())?;
        let found = self.ledger().stays(from, to).await?;
        let mut items: Vec<_> = found.stays.into_iter().map(dwell_item).collect();
        items.sort_by_cached_key(|item| in_order(&item.operation));
        Ok(Dwell { from: found.from, to, items })
    }

    /// How full locations are: the `most` fullest, 20 where omitted.
    pub async fn occupancy(
        &self,
        who: &Principal,
        most: Option<usize>,
    ) -> Result<Occupancy, AppError> {
        who.require(Deed::Look)?;
        let at = self.clock().now();
        let most = most.unwrap_or(20).min(MOST_LOCATIONS);
        let Crowd { used, known, fullest } = self.ledger().crowd(most).await?;
        let items = fullest.into_iter().map(|it| OccupancyItem {
            location: it.location,
            building: it.building,
            buckets: it.buckets,
            quantity: it.quantity,
        });
        Ok(Occupancy { at, used, known, items: items.collect() })
    }

    async fn steps_of(
        &self,
        who: &Principal,
        days: Days,
    ) -> Result<(Timestamp, Timestamp, Vec<Step>), AppError> {
        who.require(Deed::Look)?;
        let (from, to) = moments(days, &self.site().zone, self.clock().now())?;
        Ok((from, to, self.ledger().steps(from, to).await?))
    }
}

pub(super) fn yields(steps: &[Step]) -> Result<Vec<ScrapItem>, AppError> {
    let mut items = Vec::new();
    for (operation, moved) in traffic(steps) {
        let (good, scrapped) = (pieces(moved.left)?, pieces(moved.scrapped)?);
        if good == Quantity::ZERO && scrapped == Quantity::ZERO {
            continue;
        }
        items.push(ScrapItem { operation, good, scrapped, share: share(good, scrapped) });
    }
    items.sort_by_cached_key(|item| in_order(&item.operation));
    Ok(items)
}

/// Good ones of all, to four digits.
#[expect(clippy::cast_precision_loss, reason = "a share, told to four digits")]
pub(super) fn share(good: Quantity, scrapped: Quantity) -> Option<f64> {
    let (good, all) = (good.units(), good.units().saturating_add(scrapped.units()));
    (all > 0).then(|| (good as f64 / all as f64 * 10_000.0).round() / 10_000.0)
}

fn dwell_item(stay: Stay) -> DwellItem {
    DwellItem {
        operation: stay.operation,
        departures: stay.departures,
        quantity: stay.quantity,
        median_hours: hours(stay.median_micros),
        p90_hours: hours(stay.p90_micros),
        longest_hours: hours(stay.longest_micros),
    }
}

/// To a hundredth of an hour.
#[expect(clippy::cast_precision_loss, reason = "told to a hundredth of an hour")]
fn hours(micros: i64) -> f64 {
    (micros as f64 / 36_000_000.0).round() / 100.0
}

impl Tabular for Flow {
    fn columns(&self) -> Vec<&'static str> {
        vec!["from", "to", "movements", "quantity"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &FlowItem| {
            vec![
                Cell::Text(item.from.word()),
                Cell::Text(item.to.word()),
                Cell::count(item.movements),
                Cell::pieces(item.quantity.whole()),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

impl Tabular for Scrap {
    fn columns(&self) -> Vec<&'static str> {
        vec!["operation", "good", "scrapped", "yield"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &ScrapItem| {
            vec![
                Cell::text(&item.operation),
                Cell::pieces(item.good.whole()),
                Cell::pieces(item.scrapped.whole()),
                Cell::maybe(item.share),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

impl Tabular for Dwell {
    fn columns(&self) -> Vec<&'static str> {
        vec!["operation", "departures", "quantity", "median_hours", "p90_hours", "longest_hours"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &DwellItem| {
            vec![
                Cell::text(&item.operation),
                Cell::count(item.departures),
                Cell::pieces(item.quantity.whole()),
                Cell::Number(item.median_hours),
                Cell::Number(item.p90_hours),
                Cell::Number(item.longest_hours),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

impl Tabular for Occupancy {
    fn columns(&self) -> Vec<&'static str> {
        vec!["location", "building", "buckets", "quantity"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &OccupancyItem| {
            vec![
                Cell::text(&item.location),
                item.building.as_ref().map_or(Cell::Empty, Cell::text),
                Cell::count(item.buckets),
                Cell::pieces(item.quantity.whole()),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::movement::Outside;

    use super::*;

    #[test]
    fn yield_is_what_went_on_of_all_that_left() {
        let pieces = |n| Quantity::pieces(n).unwrap();
        let at = |code: &str| End::Operation(OperationCode::parse(code).unwrap());
        let step = |from, to, n| Step { from, to, movements: 1, quantity: pieces(n) };
        let steps = [
            step(at("19"), at("20"), 97),
            step(at("19"), End::Outside(Outside::Scrap), 5),
            step(End::Outside(Outside::Scrap), at("19"), 2),
            step(End::Outside(Outside::Supplier), at("30"), 8),
        ];
        let told = yields(&steps).unwrap();
        assert_eq!(told.len(), 1, "nothing left operation 20 or 30: {told:?}");
        assert_eq!((told[0].good, told[0].scrapped), (pieces(97), pieces(3)));
        assert_eq!(told[0].share, Some(0.97));
        assert_eq!(share(Quantity::ZERO, Quantity::ZERO), None);
    }
}

//! What waits at each operation, since when, and whether it grows.

use std::collections::HashMap;

use mtm_core::movement::Outside;
use mtm_core::policy::Deed;
use mtm_core::word::{OperationCode, Quantity, Timestamp};
use mtm_store::floor::{End, Step, Waiting};
use serde::Serialize;

use super::sheet::{Cell, Tabular};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

const HOUR_MICROS: i64 = 3_600_000_000;
/// Hours looked back, where nobody says: a shift.
pub(super) const HOURS: u32 = 8;

/// Upper bounds of the ages, in days, and what each class is called.
const AGES: [(i64, &str); 4] =
    [(1, "under_1_day"), (3, "under_3_days"), (7, "under_7_days"), (30, "under_30_days")];
const OLDER: &str = "older";

/// What waits at an operation, and what came and went lately.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WipItem {
    /// The operation.
    pub operation: OperationCode,
    /// Buckets there: containers, where each stands at one place.
    pub buckets: u64,
    /// Pieces in them.
    pub quantity: Quantity,
    /// When the oldest of their lots was received; null where nothing waits.
    pub oldest: Option<Timestamp>,
    /// Pieces that came since `since`, from outside or another operation.
    pub arrived: Quantity,
    /// Pieces that went on since then, to another operation or out.
    pub left: Quantity,
    /// Pieces scrapped there since then, less those taken back.
    pub scrapped: Quantity,
    /// By how many pieces the queue grew since then; below zero where it became shorter.
    pub growth: i64,
    /// Hours until the queue is empty at the pace of that time; null where nothing left.
    pub hours_to_clear: Option<f64>,
    /// Whether this is the operation whose queue grew most.
    pub bottleneck: bool,
}

/// What waits, operation by operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Wip {
    /// When that was so.
    pub at: Timestamp,
    /// From when on what came and went is counted.
    pub since: Timestamp,
    /// Every operation where something waits, came or went.
    pub items: Vec<WipItem>,
}

/// Pieces of an age at an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgeingItem {
    /// The operation.
    pub operation: OperationCode,
    /// How long ago their lots were received: `under_1_day`, `under_3_days`, `under_7_days`,
    /// `under_30_days`, `older`. Each class begins where the one before it ends.
    pub age: &'static str,
    /// Pieces.
    pub quantity: Quantity,
}

/// What waits, by age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ageing {
    /// When that was so.
    pub at: Timestamp,
    /// By operation, youngest first; ages without pieces are left out.
    pub items: Vec<AgeingItem>,
}

impl App {
    /// What waits at each operation, and what came and went in the last `hours`: 1 to 168, 8 where
    /// omitted.
    pub async fn wip(&self, who: &Principal, hours: Option<u32>) -> Result<Wip, AppError> {
        who.require(Deed::Look)?;
        let hours = hours.unwrap_or(HOURS);
        if !(1..=168).contains(&hours) {
            let message = format!("hours is {hours}; look back 1 to 168 hours");
            let code = mtm_core::code::Code::InvalidParameter;
            return Err(AppError::field("hours", code, message));
        }
        let at = self.clock().now();
        let since = at.plus_micros(-i64::from(hours) * HOUR_MICROS);
        let waiting = self.ledger().waiting(bounds(at)).await?;
        let steps = self.ledger().steps(since, at.plus_micros(1)).await?;
        Ok(Wip { at, since, items: items(&waiting, &steps, hours)? })
    }

    /// What waits at each operation, by the age of the lots.
    pub async fn ageing(&self, who: &Principal) -> Result<Ageing, AppError> {
        who.require(Deed::Look)?;
        let at = self.clock().now();
        let waiting = self.ledger().waiting(bounds(at)).await?;
        Ok(Ageing { at, items: by_age(&waiting) })
    }
}

pub(super) fn bounds(at: Timestamp) -> [Timestamp; AGES.len()] {
    AGES.map(|(days, _)| at.plus_micros(-days * 24 * HOUR_MICROS))
}

/// The place of an operation among others as people count: 9, 20, 109, 252-01, N/A.
pub(super) fn in_order(operation: &OperationCode) -> (u64, String) {
    let text = operation.to_string();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..digits].parse().unwrap_or(u64::MAX), text)
}

pub(super) fn by_age(waiting: &[Waiting]) -> Vec<AgeingItem> {
    let mut waiting: Vec<&Waiting> = waiting.iter().collect();
    waiting.sort_by_cached_key(|it| in_order(&it.operation));
    let names = || AGES.iter().map(|(_, name)| *name).chain([OLDER]);
    let items = waiting.into_iter().flat_map(|it| {
        names().zip(&it.by_age).map(|(age, quantity)| AgeingItem {
            operation: it.operation.clone(),
            age,
            quantity: *quantity,
        })
    });
    items.filter(|item| item.quantity != Quantity::ZERO).collect()
}

/// What came to an operation and went from it, in pieces.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traffic {
    pub(super) arrived: i64,
    pub(super) left: i64,
    pub(super) scrapped: i64,
    pub(super) growth: i64,
}

/// By operation. What goes back to where only a reversal comes from is taken off instead of added.
pub(super) fn traffic(steps: &[Step]) -> HashMap<OperationCode, Traffic> {
    let mut all: HashMap<OperationCode, Traffic> = HashMap::new();
    for Step { from, to, quantity, .. } in steps {
        if from == to {
            continue;
        }
        let pieces = quantity.whole();
        if let End::Operation(operation) = from {
            let traffic = all.entry(operation.clone()).or_default();
            traffic.growth -= pieces;
            match to {
                End::Operation(_) | End::Outside(Outside::Consumed) => traffic.left += pieces,
                End::Outside(Outside::Scrap) => traffic.scrapped += pieces,
                End::Outside(Outside::Supplier | Outside::Opening) => traffic.arrived -= pieces,
                End::Outside(Outside::Count) => {}
            }
        }
        if let End::Operation(operation) = to {
            let traffic = all.entry(operation.clone()).or_default();
            traffic.growth += pieces;
            match from {
                End::Operation(_) | End::Outside(Outside::Supplier | Outside::Opening) => {
                    traffic.arrived += pieces;
                }
                End::Outside(Outside::Scrap) => traffic.scrapped -= pieces,
                End::Outside(Outside::Consumed) => traffic.left -= pieces,
                End::Outside(Outside::Count) => {}
            }
        }
    }
    all
}

/// None below zero: more may come back than went in the time looked at.
pub(super) fn pieces(pieces: i64) -> Result<Quantity, AppError> {
    Quantity::pieces(pieces.max(0)).map_err(|error| {
        mtm_store::Fault::Unusable(format!("a sum of pieces is impossible: {error}")).into()
    })
}

pub(super) fn items(
    waiting: &[Waiting],
    steps: &[Step],
    hours: u32,
) -> Result<Vec<WipItem>, AppError> {
    let mut traffic = traffic(steps);
    let mut items = Vec::with_capacity(waiting.len());
    for it in waiting {
        let moved = traffic.remove(&it.operation).unwrap_or_default();
        items.push(item(&it.operation, Some(it), moved, hours)?);
    }
    for (operation, moved) in traffic {
        items.push(item(&operation, None, moved, hours)?);
    }
    items.sort_by_cached_key(|item| in_order(&item.operation));
    let worst = items.iter().map(|item| item.growth).max().filter(|growth| *growth > 0);
    if let Some(item) = items.iter_mut().find(|item| Some(item.growth) == worst) {
        item.bottleneck = true;
    }
    Ok(items)
}

fn item(
    operation: &OperationCode,
    waiting: Option<&Waiting>,
    moved: Traffic,
    hours: u32,
) -> Result<WipItem, AppError> {
    let quantity = waiting.map_or(Quantity::ZERO, |it| it.quantity);
    Ok(WipItem {
        operation: operation.clone(),
        buckets: waiting.map_or(0, |it| it.buckets),
        quantity,
        oldest: waiting.map(|it| it.oldest),
        arrived: pieces(moved.arrived)?,
        left: pieces(moved.left)?,
        scrapped: pieces(moved.scrapped)?,
        growth: moved.growth,
        hours_to_clear: hours_to_clear(quantity.whole(), moved.left, hours),
        bottleneck: false,
    })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate, told to a tenth of an hour")]
fn hours_to_clear(waiting: i64, left: i64, hours: u32) -> Option<f64> {
    (left > 0).then(|| {
        let exact = waiting as f64 * f64::from(hours) / left as f64;
        (exact * 10.0).round() / 10.0
    })
}

impl Tabular for Wip {
    fn columns(&self) -> Vec<&'static str> {
        vec![
            "operation",
            "buckets",
            "quantity",
            "oldest",
            "arrived",
            "left",
            "scrapped",
            "growth",
            "hours_to_clear",
            "bottleneck",
        ]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &WipItem| {
            vec![
                Cell::text(&item.operation),
                Cell::count(item.buckets),
                Cell::pieces(item.quantity.whole()),
                item.oldest.as_ref().map_or(Cell::Empty, Cell::text),
                Cell::pieces(item.arrived.whole()),
                Cell::pieces(item.left.whole()),
                Cell::pieces(item.scrapped.whole()),
                Cell::pieces(item.growth),
                Cell::maybe(item.hours_to_clear),
                Cell::text(&item.bottleneck),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

impl Tabular for Ageing {
    fn columns(&self) -> Vec<&'static str> {
        vec!["operation", "age", "quantity"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &AgeingItem| {
            vec![
                Cell::text(&item.operation),
                Cell::text(&item.age),
                Cell::pieces(item.quantity.whole()),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(code: &str) -> End {
        End::Operation(OperationCode::parse(code).unwrap())
    }

    fn step(from: End, to: End, pieces: i64) -> Step {
        Step { from, to, movements: 1, quantity: Quantity::pieces(pieces).unwrap() }
    }

    #[test]
    fn what_a_reversal_brings_back_did_not_go() {
        let supplier = || End::Outside(Outside::Supplier);
        let scrap = || End::Outside(Outside::Scrap);
        let steps = [
            step(supplier(), at("19"), 100),
            step(at("19"), supplier(), 40),
            step(at("19"), at("20"), 50),
            step(at("20"), scrap(), 9),
            step(scrap(), at("20"), 4),
            step(at("20"), End::Outside(Outside::Consumed), 10),
            step(at("20"), at("20"), 1_000),
            step(End::Outside(Outside::Count), at("20"), 2),
        ];
        let items = items(&[], &steps, 8).unwrap();
        let told: Vec<_> = items
            .iter()
            .map(|it| {
                let moved = [it.arrived, it.left, it.scrapped].map(Quantity::whole);
                (it.operation.to_string(), moved, it.growth, it.bottleneck)
            })
            .collect();
        let expected =
            [("19".to_owned(), [60, 50, 0], 10, false), ("20".to_owned(), [50, 10, 5], 37, true)];
        assert_eq!(told, expected);
    }

    #[test]
    fn operations_stand_in_the_order_people_count_in() {
        let mut codes =
            ["N/A", "109", "20", "252-01", "9"].map(|it| OperationCode::parse(it).unwrap());
        codes.sort_by_cached_key(in_order);
        assert_eq!(codes.map(|it| it.to_string()), ["9", "20", "109", "252-01", "N/A"]);
    }

    #[test]
    fn a_queue_is_cleared_at_the_pace_of_the_time_looked_at() {
        assert_eq!(hours_to_clear(300, 100, 8), Some(24.0));
        assert_eq!(hours_to_clear(1, 3, 1), Some(0.3));
        assert_eq!(hours_to_clear(300, 0, 8), None);
    }
}

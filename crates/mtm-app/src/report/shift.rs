//! What each shift did: movements and pieces by type, scrap, and the same by operation.

use std::collections::BTreeMap;

use mtm_core::movement::MovementType;
use mtm_core::policy::Deed;
use mtm_core::word::{OperationCode, Quantity, ShiftName, Timestamp};
use mtm_store::throughput::{ThroughputQuery, ThroughputRow};
use serde::Serialize;

use super::calendar::{Cut, Days, Period, cuts};
use super::sheet::{Cell, Tabular};
use super::wip::in_order;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// All of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftSum {
    /// Type of the movements. Reversals are taken off what they reverse, at its time, and listed at
    /// their own.
    #[serde(rename = "type")]
    pub kind: MovementType,
    /// Movements that were not reversed.
    pub movements: u64,
    /// Their pieces.
    pub quantity: Quantity,
}

/// What a shift did at an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftOperation {
    /// Operation that the pieces came from; that they went to, if they came from outside.
    pub operation: OperationCode,
    /// Movements that were not reversed.
    pub movements: u64,
    /// Pieces scrapped.
    pub scrapped: Quantity,
    /// By type; nothing for what did not move.
    pub types: Vec<ShiftSum>,
}

/// What a shift did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftItem {
    /// The day it started on.
    pub day: String,
    /// Its name; null for what was booked between shifts.
    pub shift: Option<ShiftName>,
    /// When it began.
    pub begins: Timestamp,
    /// When it is over.
    pub ends: Timestamp,
    /// Movements that were not reversed.
    pub movements: u64,
    /// Pieces scrapped.
    pub scrapped: Quantity,
    /// By type; nothing for what did not move.
    pub types: Vec<ShiftSum>,
    /// By operation; nothing for where nothing moved.
    pub operations: Vec<ShiftOperation>,
}

/// What shifts did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftFigures {
    /// Time zone of its days.
    pub time_zone: String,
    /// Every shift of these days that has begun, the first one first, and every gap between shifts
    /// in which something was booked.
    pub items: Vec<ShiftItem>,
}

impl App {
    /// What each shift of some days did.
    pub async fn shift_figures(
        &self,
        who: &Principal,
        days: Days,
    ) -> Result<ShiftFigures, AppError> {
        who.require(Deed::Look)?;
        let (zone, now) = (&self.site().zone, self.clock().now());
        let cuts = cuts(days, Period::Shift, zone, &self.catalogue().shifts, now)?;
        let bounds = cuts.iter().map(|cut| cut.begins).collect();
        let query = ThroughputQuery { bounds, operation: None };
        let mut by_period: BTreeMap<usize, Vec<ThroughputRow>> = BTreeMap::new();
        for row in self.ledger().throughput(query).await? {
            by_period.entry(row.period).or_default().push(row);
        }
        let mut items = Vec::new();
        for (period, pair) in cuts.windows(2).enumerate() {
            let [cut, next] = pair else { continue };
            let rows = by_period.remove(&period).unwrap_or_default();
            let begun = cut.shift.is_some() && cut.begins <= now;
            if begun || !rows.is_empty() {
                items.push(item(cut, next.begins, &rows));
            }
        }
        let time_zone = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(ShiftFigures { time_zone, items })
    }
}

fn item(cut: &Cut, ends: Timestamp, rows: &[ThroughputRow]) -> ShiftItem {
    let mut by_operation: BTreeMap<(u64, String), Vec<&ThroughputRow>> = BTreeMap::new();
    for row in rows {
        by_operation.entry(in_order(&row.operation)).or_default().push(row);
    }
    let operations = by_operation.into_values().filter_map(|rows| {
        let types = sums(&rows);
        Some(ShiftOperation {
            operation: rows.first()?.operation.clone(),
            movements: movements(&types),
            scrapped: pieces_of(&types, MovementType::Scrap),
            types,
        })
    });
    let types = sums(&rows.iter().collect::<Vec<_>>());
    ShiftItem {
        day: cut.day.to_string(),
        shift: cut.shift.clone(),
        begins: cut.begins,
        ends,
        movements: movements(&types),
        scrapped: pieces_of(&types, MovementType::Scrap),
        operations: operations.collect(),
        types,
    }
}

/// By type, in the order in which types are always told.
fn sums(rows: &[&ThroughputRow]) -> Vec<ShiftSum> {
    let sum = |kind: MovementType| {
        let rows = rows.iter().filter(|row| row.kind == kind);
        let (mut movements, mut units) = (0_u64, 0_i64);
        for row in rows {
            movements = movements.saturating_add(row.movements);
            units = units.saturating_add(row.quantity.units());
        }
        let quantity = Quantity::from_units(units).unwrap_or(Quantity::BOUND);
        (movements > 0).then_some(ShiftSum { kind, movements, quantity })
    };
    MovementType::ALL.into_iter().filter_map(sum).collect()
}

/// Movements of every type but the undoing of another: it took place, and is off its own already.
fn movements(types: &[ShiftSum]) -> u64 {
    let counted = types.iter().filter(|sum| sum.kind != MovementType::Reversal);
    counted.map(|sum| sum.movements).fold(0, u64::saturating_add)
}

fn pieces_of(types: &[ShiftSum], kind: MovementType) -> Quantity {
    types.iter().find(|sum| sum.kind == kind).map_or(Quantity::ZERO, |sum| sum.quantity)
}

impl Tabular for ShiftFigures {
    fn columns(&self) -> Vec<&'static str> {
        let before = ["day", "shift", "begins", "ends", "operation", "movements"];
        before.into_iter().chain(MovementType::ALL.map(MovementType::as_str)).collect()
    }

    /// A row for each operation of a shift, with the pieces of every type; a shift in which nothing
    /// moved has one without operation.
    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &ShiftItem, operation: Cell, movements: u64, types: &[ShiftSum]| {
            let mut row = vec![
                Cell::text(&item.day),
                item.shift.as_ref().map_or(Cell::Empty, Cell::text),
                Cell::text(&item.begins),
                Cell::text(&item.ends),
                operation,
                Cell::count(movements),
            ];
            row.extend(MovementType::ALL.map(|kind| Cell::pieces(pieces_of(types, kind).whole())));
            row
        };
        let mut rows = Vec::new();
        for item in &self.items {
            if item.operations.is_empty() {
                rows.push(row(item, Cell::Empty, 0, &[]));
            }
            rows.extend(
                item.operations
                    .iter()
                    .map(|it| row(item, Cell::text(&it.operation), it.movements, &it.types)),
            );
        }
        rows
    }
}

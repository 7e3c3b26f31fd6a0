//! What moved, per hour, shift or day of the site.

use mtm_core::movement::MovementType;
use mtm_core::policy::Deed;
use mtm_core::word::{OperationCode, Quantity, ShiftName, Timestamp};
use mtm_store::throughput::ThroughputQuery;
use serde::Serialize;

use super::calendar::{Days, Period, cuts};
use super::sheet::{Cell, Tabular};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Which figures.
#[derive(Debug, Clone, Default)]
pub struct ThroughputAsk {
    /// Which days.
    pub days: Days,
    /// How the days are cut.
    pub period: Period,
    /// Of this operation only.
    pub operation: Option<OperationCode>,
}

/// What of one type moved at one operation in one period, reversals taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ThroughputItem {
    /// When the period begins.
    pub begins: Timestamp,
    /// When the next one begins.
    pub ends: Timestamp,
    /// The day it belongs to, as the site counts days.
    pub day: String,
    /// Name of the shift, where asked by shift; null between shifts.
    pub shift: Option<ShiftName>,
    /// Type of the movements. Reversals are taken off what they reverse, at its time, and listed at
    /// their own.
    #[serde(rename = "type")]
    pub kind: MovementType,
    /// Operation that the pieces came from; that they went to, if they came from outside.
    pub operation: OperationCode,
    /// Movements that were not reversed.
    pub movements: u64,
    /// Their pieces.
    pub quantity: Quantity,
}

/// Figures of some periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Throughput {
    /// Time zone of its days.
    pub time_zone: String,
    /// What moved, by period, type and operation; nothing for what did not move.
    pub items: Vec<ThroughputItem>,
}

impl App {
    /// What moved, per period, by type and operation.
    pub async fn throughput(
        &self,
        who: &Principal,
        ask: ThroughputAsk,
    ) -> Result<Throughput, AppError> {
        who.require(Deed::Look)?;
        let zone = &self.site().zone;
        let now = self.clock().now();
        let cuts = cuts(ask.days, ask.period, zone, &self.catalogue().shifts, now)?;
        let bounds = cuts.iter().map(|cut| cut.begins).collect();
        let query = ThroughputQuery { bounds, operation: ask.operation };
        let rows = self.ledger().throughput(query).await?;
        let items = rows.into_iter().filter_map(|row| {
            let (cut, next) = (cuts.get(row.period)?, cuts.get(row.period + 1)?);
            Some(ThroughputItem {
                begins: cut.begins,
                ends: next.begins,
                day: cut.day.to_string(),
                shift: cut.shift.clone(),
                kind: row.kind,
                operation: row.operation,
                movements: row.movements,
                quantity: row.quantity,
            })
        });
        let name = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(Throughput { time_zone: name, items: items.collect() })
    }
}

impl Tabular for Throughput {
    fn columns(&self) -> Vec<&'static str> {
        vec!["begins", "ends", "day", "shift", "type", "operation", "movements", "quantity"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &ThroughputItem| {
            vec![
                Cell::text(&item.begins),
                Cell::text(&item.ends),
                Cell::text(&item.day),
                item.shift.as_ref().map_or(Cell::Empty, Cell::text),
                Cell::text(&item.kind.as_str()),
                Cell::text(&item.operation),
                Cell::count(item.movements),
                Cell::pieces(item.quantity.whole()),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

//! Sums of the legacy stock and log.

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::word::{LocationCode, OperationCode, PartCode};
use serde::Serialize;

use crate::legacy::plant::{LegacyPlant, LogKind};

/// Sums of stock and log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Rows of the stock table.
    pub stock_rows: u64,
    /// Pieces of the stock table as stored, whatever their sign.
    pub stock_pieces: i64,
    /// Stock by part, operation and location.
    pub stock: Vec<StockTotal>,
    /// Stock by part.
    pub by_part: Vec<CodeTotal>,
    /// Stock by operation.
    pub by_operation: Vec<CodeTotal>,
    /// Stock by location.
    pub by_location: Vec<CodeTotal>,
    /// The log by type.
    pub log: Vec<LogTotal>,
}

/// Stock of one part at one operation in one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockTotal {
    /// Part.
    pub part: PartCode,
    /// Operation.
    pub operation: OperationCode,
    /// Location.
    pub location: LocationCode,
    /// Lots; rows without a lot number count as one each.
    pub lots: u64,
    /// Pieces.
    pub pieces: i64,
}

/// Stock of everything with one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeTotal {
    /// The part, operation or location.
    pub code: String,
    /// Lots.
    pub lots: u64,
    /// Pieces.
    pub pieces: i64,
}

/// The log rows of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogTotal {
    /// `in`, `out`, `transfer`, `other`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Rows.
    pub rows: u64,
    /// Pieces.
    pub pieces: i64,
}

/// One lot, or one row that has none.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Container<'p> {
    Lot(&'p str),
    Row(i64),
}

type Group<'p> = (BTreeSet<(&'p str, Container<'p>)>, i64);

/// The legacy stock by part, operation and location: rows with pieces and with valid codes, which
/// is what the openings must equal.
pub fn legacy_stock(plant: &LegacyPlant) -> Vec<StockTotal> {
    let groups = grouped(plant, |part, operation, location| {
        (part.clone(), operation.clone(), location.clone())
    });
    groups
        .into_iter()
        .map(|((part, operation, location), (lots, pieces))| StockTotal {
            part,
            operation,
            location,
            lots: lots.len() as u64,
            pieces,
        })
        .collect()
}

fn grouped<K: Ord>(
    plant: &LegacyPlant,
    key: impl Fn(&PartCode, &OperationCode, &LocationCode) -> K,
) -> BTreeMap<K, Group<'_>> {
    let mut groups = BTreeMap::<K, Group<'_>>::new();
    for row in plant.stock.iter().filter(|row| row.quantity > 0) {
        let (Some(part), Some(operation), Some(location)) =
            (row.part.value(), row.operation.value(), row.location.value())
        else {
            continue;
        };
        let container =
            row.lot.value().map_or(Container::Row(row.id), |lot| Container::Lot(lot.as_str()));
        let (lots, pieces) = groups.entry(key(part, operation, location)).or_default();
        lots.insert((part.as_str(), container));
        *pieces += row.quantity;
    }
    groups
}

fn by_code(
    plant: &LegacyPlant,
    code: impl Fn(&PartCode, &OperationCode, &LocationCode) -> String,
) -> Vec<CodeTotal> {
    let groups = grouped(plant, code).into_iter();
    groups
        .map(|(code, (lots, pieces))| CodeTotal { code, lots: lots.len() as u64, pieces })
        .collect()
}

impl Totals {
    pub(super) fn of(plant: &LegacyPlant) -> Self {
        Self {
            stock_rows: plant.stock.len() as u64,
            stock_pieces: plant.stock.iter().map(|row| row.quantity).sum(),
            stock: legacy_stock(plant),
            by_part: by_code(plant, |part, _, _| part.to_string()),
            by_operation: by_code(plant, |_, operation, _| operation.to_string()),
            by_location: by_code(plant, |_, _, location| location.to_string()),
            log: log(plant),
        }
    }
}

fn log(plant: &LegacyPlant) -> Vec<LogTotal> {
    let kinds = [
        (LogKind::In, "in"),
        (LogKind::Out, "out"),
        (LogKind::Transfer, "transfer"),
        (LogKind::Other, "other"),
    ];
    kinds
        .into_iter()
        .map(|(kind, name)| {
            let rows = plant.log.iter().filter(|row| row.kind == kind);
            let (rows, pieces) =
                rows.fold((0, 0), |(rows, pieces), row| (rows + 1, pieces + row.quantity));
            LogTotal { kind: name, rows, pieces }
        })
        .collect()
}

//! The parts whose stock is below their minimum, now.

use std::collections::HashMap;

use mtm_core::word::{PartCode, PartId, Quantity, Timestamp};

use super::standing::now;
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::impossible;
use crate::sql::{Connection, Error, params};

/// A part with less stock than it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinimumRow {
    /// The part.
    pub part: PartCode,
    /// What it is.
    pub description: Option<String>,
    /// Pieces on hand.
    pub quantity: Quantity,
    /// Pieces that there should be at least.
    pub minimum_stock: Quantity,
    /// When that was told; nothing where it is too new to have been.
    pub since: Option<Timestamp>,
}

impl MinimumRow {
    /// Pieces that are missing.
    pub fn missing(&self) -> i64 {
        self.minimum_stock.whole() - self.quantity.whole()
    }
}

impl Ledger {
    /// Every part whose stock is below its minimum: the one that lacks the largest share of it
    /// first.
    pub async fn below_minimum(&self) -> Result<Vec<MinimumRow>, ReadError> {
        let catalogue = self.catalogue();
        let in_use = catalogue.parts.iter().filter(|part| part.header.retired_at.is_none());
        let wanted: Vec<PartId> =
            in_use.filter(|part| part.minimum_stock.is_some()).map(|part| part.row).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        self.query(move |connection| {
            let standing = now(connection, &wanted)?;
            let told = told(connection)?;
            let mut rows = Vec::new();
            for (part, units) in standing {
                let Some(record) = catalogue.part_by_id(part) else { continue };
                let Some(minimum_stock) = record.minimum_stock else { continue };
                if units >= minimum_stock.units() {
                    continue;
                }
                rows.push(MinimumRow {
                    part: record.code.clone(),
                    description: record.header.description.clone(),
                    quantity: Quantity::from_units(units)
                        .map_err(|error| impossible("quantity", error))?,
                    minimum_stock,
                    since: told.get(&part).copied(),
                });
            }
            rows.sort_by(|a, b| share(a).cmp(&share(b)).then_with(|| a.part.cmp(&b.part)));
            Ok(rows)
        })
        .await
    }
}

/// How much there is of what there should be, in millionths.
fn share(row: &MinimumRow) -> i128 {
    let (is, should) = (row.quantity.units(), row.minimum_stock.units());
    i128::from(is) * 1_000_000 / i128::from(should.max(1))
}

fn told(connection: Connection<'_>) -> Result<HashMap<PartId, Timestamp>, Error> {
    let found = connection
        .prepare_cached("SELECT part_id, since FROM below_minimum")?
        .query_all(params![], |row| {
            Ok::<_, Error>((PartId(row.get(0)?), Timestamp::from_micros(row.get(1)?)))
        })?;
    Ok(found.into_iter().collect())
}

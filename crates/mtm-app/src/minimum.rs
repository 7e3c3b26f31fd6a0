//! Minimum stock: what is below it, and setting it.

use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::policy::Deed;
use mtm_core::word::{PartCode, Quantity, Timestamp};
use mtm_store::master::{MasterAttributes, MasterChange, MasterKey, MasterNoun, MasterRow};
use mtm_store::minimum::MinimumRow;
use mtm_store::{IdempotencyKey, Once};
use serde::Serialize;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;
use crate::report::{Cell, Tabular};

/// Parts shown at most.
const MOST: usize = 1_000;
/// Where nobody says.
const USUALLY: usize = 100;

/// A part with less stock than it should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinimumItem {
    /// The part.
    pub part: PartCode,
    /// What it is.
    pub description: Option<String>,
    /// Pieces on hand, wherever they are.
    pub quantity: Quantity,
    /// Pieces that there should be at least.
    pub minimum_stock: Quantity,
    /// How many are missing.
    pub missing: i64,
    /// When `stock.below_minimum` told so; null in the moment before.
    pub since: Option<Timestamp>,
}

/// The parts below their minimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Minimum {
    /// When that was so.
    pub at: Timestamp,
    /// How many there are.
    pub below: u64,
    /// Those that lack the largest share of their minimum, in this order.
    pub items: Vec<MinimumItem>,
}

impl Tabular for Minimum {
    fn columns(&self) -> Vec<&'static str> {
        vec!["part", "description", "quantity", "minimum_stock", "missing", "since"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &MinimumItem| {
            vec![
                Cell::text(&item.part),
                item.description.as_ref().map_or(Cell::Empty, Cell::text),
                Cell::pieces(item.quantity.whole()),
                Cell::pieces(item.minimum_stock.whole()),
                Cell::pieces(item.missing),
                item.since.as_ref().map_or(Cell::Empty, Cell::text),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

impl From<MinimumRow> for MinimumItem {
    fn from(row: MinimumRow) -> Self {
        Self {
            missing: row.missing(),
            part: row.part,
            description: row.description,
            quantity: row.quantity,
            minimum_stock: row.minimum_stock,
            since: row.since,
        }
    }
}

impl App {
    /// The parts below their minimum: at most `most` of them, 100 where omitted.
    pub async fn minimum(&self, who: &Principal, most: Option<usize>) -> Result<Minimum, AppError> {
        who.require(Deed::Look)?;
        let at = self.clock().now();
        let rows = self.ledger().below_minimum().await?;
        let below = rows.len() as u64;
        let most = most.unwrap_or(USUALLY).min(MOST);
        Ok(Minimum { at, below, items: rows.into_iter().take(most).map(Into::into).collect() })
    }

    /// Sets the minimum of a part, or takes it away.
    pub async fn set_minimum(
        &self,
        who: &Principal,
        part: &str,
        pieces: Option<i64>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<MasterRow>, AppError> {
        who.require(Deed::EditMaster)?;
        let catalogue = self.catalogue();
        let known = PartCode::parse(part).ok().and_then(|code| catalogue.part(&code).cloned());
        let known = known.ok_or_else(|| {
            let message = format!("{part} is not in the master data");
            AppError::field("part", Code::UnknownPart, message)
        })?;
        let minimum_stock = match pieces.map(Quantity::pieces).transpose() {
            Ok(pieces) => pieces.map_or(Patch::Clear, Patch::Set),
            Err(error) => {
                let code = Code::QuantityOutOfRange;
                return Err(AppError::field("minimum_stock", code, error.to_string()));
            }
        };
        let change = MasterChange::Edit {
            noun: MasterNoun::Part,
            key: MasterKey::Id(known.header.id),
            version: known.header.version,
            code: None,
            attributes: MasterAttributes { minimum_stock, ..MasterAttributes::default() },
        };
        Ok(self.ledger().change_master(change, who.actor(), key).await?)
    }
}

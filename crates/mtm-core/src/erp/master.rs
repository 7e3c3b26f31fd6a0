//! What the ERP knows beside its ledger, as it was when it was read.

use serde::{Deserialize, Serialize};

use super::flag::Flags;
use super::place::ErpPlace;
use super::quantity::ErpQuantity;

/// A part of the ERP (`PART`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its code as the ERP spells it, trimmed.
    pub id: String,
    /// What it is.
    pub description: Option<String>,
    /// The unit its stock is kept in.
    pub unit: Option<String>,
    /// Whether it is made here; `None` where the ERP does not say `Y` or `N`.
    pub fabricated: Option<bool>,
    /// Whether it is bought.
    pub purchased: Option<bool>,
    /// Whether it is kept in stock.
    pub stocked: Option<bool>,
    /// What the ERP says there is of it in all.
    pub on_hand: Option<ErpQuantity>,
    /// Its state, in the ERP's code.
    pub status: Option<String>,
    /// What is odd about the row.
    pub flags: Flags,
}

/// A location of the ERP (`LOCATION`), with the names of its warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The place.
    pub place: ErpPlace,
    /// What it is.
    pub description: Option<String>,
    /// What its warehouse is.
    pub warehouse_description: Option<String>,
    /// The site its warehouse belongs to.
    pub site: Option<String>,
    /// What is odd about the row.
    pub flags: Flags,
}

/// What names a work order in the ERP.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkOrderKey {
    /// Its type, in the ERP's code (`W` is a work order).
    pub kind: String,
    /// The base.
    pub base: String,
    /// The lot.
    pub lot: String,
    /// The split.
    pub split: String,
    /// The sub-order.
    pub sub: String,
}

impl std::fmt::Display for WorkOrderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}.{}-{}", self.base, self.lot, self.split, self.sub)
    }
}

/// A work order (`WORK_ORDER`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkOrder {
    /// Its name.
    pub key: WorkOrderKey,
    /// What is made.
    pub part: String,
    /// How much is wanted.
    pub desired: Option<ErpQuantity>,
    /// How much was received into stock.
    pub received: Option<ErpQuantity>,
    /// Its state, in the ERP's code (U, F, R, C, X).
    pub status: Option<String>,
    /// What is odd about the row.
    pub flags: Flags,
}

/// A step of a work order (`OPERATION`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The work order.
    pub key: WorkOrderKey,
    /// Its number.
    pub sequence: i64,
    /// Where it is done, in the ERP's code.
    pub resource: Option<String>,
    /// How much went through it.
    pub completed: Option<ErpQuantity>,
    /// Its state, in the ERP's code.
    pub status: Option<String>,
    /// What is odd about the row.
    pub flags: Flags,
}

/// A line of a purchase order (`PURCHASE_ORDER`, `PURC_ORDER_LINE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseLine {
    /// The order.
    pub order: String,
    /// Its number in the order.
    pub line: i64,
    /// Who delivers, in the ERP's code.
    pub vendor: Option<String>,
    /// The order's state, in the ERP's code.
    pub status: Option<String>,
    /// The day it was ordered, as the ERP writes it.
    pub ordered_on: Option<String>,
    /// The day it is promised for, as the ERP writes it.
    pub promised_on: Option<String>,
    /// What.
    pub part: Option<String>,
    /// How much is ordered.
    pub ordered: Option<ErpQuantity>,
    /// How much came.
    pub received: Option<ErpQuantity>,
    /// The line's state, in the ERP's code.
    pub line_status: Option<String>,
    /// What is odd about the row.
    pub flags: Flags,
}

//! Work orders, and what the ledger says of them.

use mtm_core::word::{Delta, OperationCode, PartCode, Quantity, Timestamp, WorkOrder};
use mtm_core::work_order::WorkOrderState;
use serde::Serialize;

use super::page::PageRequest;
use super::pattern::Pattern;
use super::stock::StockRow;

/// Which work orders.
#[derive(Debug, Clone, Default)]
pub struct WorkOrderQuery {
    /// In the order's number, the part's number or description.
    pub q: Option<Pattern>,
    /// Of this part.
    pub part: Option<PartCode>,
    /// That stand so.
    pub state: Option<WorkOrderState>,
    /// Only those of which something may be left to do.
    pub open: bool,
    /// Due before this moment.
    pub due_before: Option<Timestamp>,
    /// Which page.
    pub page: PageRequest,
}

/// Pieces at an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = WorkOrderStanding))]
pub struct Standing {
    /// The operation.
    pub operation: OperationCode,
    /// How many.
    pub quantity: Quantity,
}

/// A work order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkOrderRow {
    /// Its number.
    pub code: WorkOrder,
    /// What is to be made.
    pub part: PartCode,
    /// What people call it besides its number.
    pub description: Option<String>,
    /// How many pieces are ordered.
    pub quantity: Quantity,
    /// When it is meant to begin.
    pub starts_at: Option<Timestamp>,
    /// When it is to be done.
    pub due_at: Option<Timestamp>,
    /// Whether that is over, and the order is still open.
    pub late: bool,
    /// How it stands.
    pub state: WorkOrderState,
    /// The word for that in the document, where it is another one. Of an `unknown` state it says which.
    pub said_state: Option<String>,
    /// The system that said so last.
    pub source: Option<String>,
    /// The document that said so last.
    pub document: Option<String>,
    /// When that was published.
    pub published_at: Timestamp,
    /// When it was taken over.
    pub said_at: Timestamp,
    /// How often what is known of it changed, from 1.
    pub version: u32,
    /// Pieces of the part in lots of this order that stand somewhere now, by operation.
    pub standing: Vec<Standing>,
    /// Their sum.
    pub in_stock: Quantity,
}

/// What moved of an order's lots, as the ledger says. Reversed movements do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkOrderProgress {
    /// Pieces that came in.
    pub received: Delta,
    /// Pieces that counts found, less those that they missed.
    pub corrected: Delta,
    /// Pieces that were taken out.
    pub taken: Delta,
    /// Pieces that were scrapped.
    pub scrapped: Delta,
}

/// A work order with what the ledger says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkOrderSheet {
    /// The order.
    #[serde(flatten)]
    pub order: WorkOrderRow,
    /// What moved of lots of this order and part. What came in and was corrected, less what was taken
    /// and scrapped, is in stock.
    pub progress: WorkOrderProgress,
    /// What stands where in lots of this order, of whichever part; the first hundred places.
    pub stock: Vec<StockRow>,
    /// Whether there are more: ask for stock by the work order then.
    pub more_stock: bool,
}

/// A work order as somebody types one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkOrderHint {
    /// Its number.
    pub code: WorkOrder,
    /// The part and how many pieces, where it is an order of planning.
    pub planned: Option<(PartCode, Quantity)>,
}

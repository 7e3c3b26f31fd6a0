//! What can be asked of the ledger, and the rows it answers with; the same for every engine.

mod audit;
mod error;
mod history;
mod lineage;
mod lot;
mod page;
mod pattern;
mod reservation;
mod status;
mod stock;
mod work_order;

pub use audit::{AuditQuery, AuditRow, LegacyQuery, LegacyRow};
pub use error::ReadError;
pub use history::{HistoryQuery, MovementRow, SortOrder, UserRef};
pub use lineage::{Lineage, LineageLink, LinkKind};
pub use lot::{HoldRow, LotEvent, LotHint, LotSheet};
pub use page::{Cursor, CursorError, MAX_LIMIT, Page, PageRequest};
pub(crate) use page::{number, stamp};
pub use pattern::Pattern;
pub use reservation::{ReservationQuery, ReservationRow};
pub use status::Counts;
pub use stock::{
    ExplainItem, ExplainQuery, Explanation, GroupBy, StockGroup, StockQuery, StockRow,
};
pub use work_order::{
    Standing, WorkOrderHint, WorkOrderProgress, WorkOrderQuery, WorkOrderRow, WorkOrderSheet,
};

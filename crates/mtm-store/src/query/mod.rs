//! What can be asked of the ledger, and the rows it answers with; the same for every engine.

mod history;
mod lot;
mod page;
mod pattern;
mod stock;

pub use history::{AuditRow, HistoryQuery, LegacyRow, MovementRow, SortOrder, UserRef};
pub use lot::{HoldRow, LotEvent, LotSheet};
pub use page::{Cursor, CursorError, MAX_LIMIT, Page, PageRequest};
pub use pattern::Pattern;
pub use stock::{
    ExplainItem, ExplainQuery, Explanation, GroupBy, StockGroup, StockQuery, StockRow,
};

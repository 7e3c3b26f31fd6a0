//! Work orders: what planning wants, with what the ledger says of it. They come by files only.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::word::WorkOrder;
pub use mtm_core::work_order::WorkOrderState;
use mtm_store::query::Page;
pub use mtm_store::query::{
    Standing, WorkOrderProgress, WorkOrderQuery, WorkOrderRow, WorkOrderSheet,
};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

impl App {
    /// A page of work orders: what is due first comes first.
    pub async fn work_orders(
        &self,
        who: &Principal,
        query: WorkOrderQuery,
    ) -> Result<Page<WorkOrderRow>, AppError> {
        who.require(Deed::Look)?;
        Ok(self.ledger().work_orders(query).await?)
    }

    /// The work order that `code` names, also by its digits alone.
    pub async fn work_order(
        &self,
        who: &Principal,
        code: &str,
    ) -> Result<WorkOrderSheet, AppError> {
        who.require(Deed::Look)?;
        let missing = || {
            let code: String = code.chars().take(60).collect();
            let message = format!(
                "planning knows no work order {code}; lots may have it all the same, see the stock"
            );
            AppError::refused(Code::NotFound, message)
        };
        let code = WorkOrder::parse(code).map_err(|_| missing())?;
        self.ledger().work_order(code).await?.ok_or_else(missing)
    }
}

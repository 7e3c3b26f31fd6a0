//! `GET /work-orders/{code}`: one order.

use axum::extract::State;
use mtm_app::work_order::WorkOrderSheet;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, NoParameters, Path, need};
use crate::web::Shared;

/// Show a work order, and what the ledger says of it.
///
/// What came in and where it stands is read from the ledger, by the work order of its lots; nothing of
/// it is kept with the order.
#[utoipa::path(get, path = "/api/v1/work-orders/{code}", tag = "work orders",
    params(("code" = String, Path, description = "Its number; digits alone are completed.")),
    responses((status = 200, description = "The order.", body = WorkOrderSheet)))]
pub(super) async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(code): Path<String>,
    _: NoParameters,
) -> Handled<WorkOrderSheet> {
    let sheet = web.app().work_order(&who, &code).await?;
    let version = i64::from(sheet.order.version);
    Ok(Answer::ok(sheet).version(version))
}

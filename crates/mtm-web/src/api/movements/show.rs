//! `GET /movements/{id}`.

use axum::extract::State;
use mtm_app::query::MovementRow;
use mtm_core::code::Code;
use mtm_core::word::MovementId;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, NoParameters, Path, need};
use crate::web::Shared;

/// Show a movement.
#[utoipa::path(get, path = "/api/v1/movements/{id}", tag = "movements",
    params(("id" = MovementId, Path, description = "The movement.")),
    responses((status = 200, description = "The movement.", body = MovementRow)))]
pub(super) async fn show(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Path(id): Path<MovementId>,
    _: NoParameters,
) -> Handled<MovementRow> {
    let row = web.app().ledger().movement(id).await?;
    row.map(Answer::ok).ok_or_else(|| Problem::new(Code::NotFound, format!("no movement {id}")))
}

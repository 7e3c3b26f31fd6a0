//! `GET /reports/shift`: what each shift did.

use axum::extract::State;
use mtm_app::report::ShiftFigures;

use super::file::{Figures, figures};
use super::period::Period;
use crate::problem::Problem;
use crate::request::{Caller, Query, need};
use crate::web::Shared;

/// Show what each shift did.
///
/// Movements and pieces by type, scrap, and the same by operation, for every shift that started on
/// these days. As a sheet: a row for each operation of a shift, with the pieces of every type.
#[utoipa::path(get, path = "/api/v1/reports/shift", tag = "reports", params(Period),
    responses((status = 200, description = "The figures.", body = ShiftFigures)))]
pub(super) async fn shift(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Period>,
) -> Result<Figures, Problem> {
    figures("shift", it.format.as_deref(), &web.app().shift_figures(&who, it.days()?).await?)
}

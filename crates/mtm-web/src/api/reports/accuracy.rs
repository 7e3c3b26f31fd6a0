//! `GET /reports/accuracy`: how right the ledger was, by what people counted.

use axum::extract::State;
use mtm_app::record::AccuracyBy;
use mtm_app::report::Accuracy;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::file::{Figures, figures};
use super::period::days;
use crate::problem::Problem;
use crate::request::{Caller, Query, need};
use crate::web::Shared;

/// By what lines are summed up.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    /// The count they belong to.
    #[default]
    Count,
    /// Where they are.
    Location,
    /// Their operation.
    Operation,
    /// Their part.
    Part,
}

/// Which figures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// First day, such as `2026-11-23`; the last one where omitted.
    from: Option<String>,
    /// Last day; today where omitted. At most 92 days.
    to: Option<String>,
    /// `count`, `location`, `operation` or `part`.
    #[param(inline)]
    by: Option<By>,
    /// `json`, `csv` or `xlsx`.
    format: Option<String>,
}

/// Show how right the ledger was.
///
/// Over the lines of cycle counts that were counted on these days and believed: the share where
/// exactly the expected pieces were there, and the pieces that were more or fewer. What a cancelled
/// count found is left out.
#[utoipa::path(get, path = "/api/v1/reports/accuracy", tag = "reports", params(Filter),
    responses((status = 200, description = "The figures.", body = Accuracy)))]
pub(super) async fn accuracy(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Filter>,
) -> Result<Figures, Problem> {
    let by = match it.by.unwrap_or_default() {
        By::Count => AccuracyBy::Count,
        By::Location => AccuracyBy::Location,
        By::Operation => AccuracyBy::Operation,
        By::Part => AccuracyBy::Part,
    };
    let days = days(it.from.as_deref(), it.to.as_deref())?;
    figures("accuracy", it.format.as_deref(), &web.app().accuracy(&who, days, by).await?)
}

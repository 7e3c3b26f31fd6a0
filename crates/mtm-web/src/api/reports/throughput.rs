//! `GET /reports/throughput`: what moved, per period.

use axum::extract::State;
use mtm_app::report::{self, Throughput, ThroughputAsk};
use mtm_core::word::OperationCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::file::{Figures, figures};
use super::period::days;
use crate::problem::Problem;
use crate::request::{Caller, Query, need};
use crate::web::Shared;

/// How the days are cut.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Period {
    /// Days of the site.
    #[default]
    Day,
    /// Shifts, of the day they start on, and the gaps between them.
    Shift,
    /// Hours.
    Hour,
}

/// Which figures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// First day, such as `2026-11-23`; the last one where omitted.
    from: Option<String>,
    /// Last day; today where omitted.
    to: Option<String>,
    /// `day`, `shift` or `hour`. At most 92 days, 14 by the hour.
    #[param(inline)]
    period: Option<Period>,
    /// Of this operation only.
    operation: Option<OperationCode>,
    /// `json`, `csv` or `xlsx`.
    format: Option<String>,
}

/// Show what moved, per period.
///
/// By type and operation. Reversals are taken off what they reverse, at its time, and listed at
/// their own.
#[utoipa::path(get, path = "/api/v1/reports/throughput", tag = "reports", params(Filter),
    responses((status = 200, description = "The figures.", body = Throughput)))]
pub(super) async fn throughput(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(filter): Query<Filter>,
) -> Result<Figures, Problem> {
    let ask = ThroughputAsk {
        days: days(filter.from.as_deref(), filter.to.as_deref())?,
        period: match filter.period.unwrap_or_default() {
            Period::Day => report::Period::Day,
            Period::Shift => report::Period::Shift,
            Period::Hour => report::Period::Hour,
        },
        operation: filter.operation,
    };
    figures("throughput", filter.format.as_deref(), &web.app().throughput(&who, ask).await?)
}

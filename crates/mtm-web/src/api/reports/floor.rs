//! `GET /reports/{wip, ageing, flow, scrap, dwell, occupancy, minimum, dashboard}`: the floor in figures.

use axum::extract::State;
use mtm_app::minimum::Minimum;
use mtm_app::report::{Ageing, Dashboard, Dwell, Flow, Occupancy, Scrap, Wip};
use serde::Deserialize;
use utoipa::IntoParams;

use super::file::{Figures, figures};
use super::period::Period;
use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Query, need};
use crate::web::Shared;

/// How far back.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Lately {
    /// Hours in which what came and went is counted: 1 to 168, 8 where omitted.
    hours: Option<u32>,
    /// `json`, `csv` or `xlsx`.
    format: Option<String>,
}

/// As what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AsFile {
    /// `json`, `csv` or `xlsx`.
    format: Option<String>,
}

/// How many.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Fullest {
    /// How many locations, the fullest first: up to 1,000, 20 where omitted.
    limit: Option<usize>,
    /// `json`, `csv` or `xlsx`.
    format: Option<String>,
}

/// How many.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Emptiest {
    /// How many parts, the emptiest first: up to 1,000, 100 where omitted.
    limit: Option<usize>,
    /// `json`, `csv` or `xlsx`.
    format: Option<String>,
}

/// Nothing to say.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Plain {}

/// Show what waits at each operation.
///
/// With what came and went lately, and which queue grew most.
#[utoipa::path(get, path = "/api/v1/reports/wip", tag = "reports", params(Lately),
    responses((status = 200, description = "The figures.", body = Wip)))]
pub(super) async fn wip(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Lately>,
) -> Result<Figures, Problem> {
    figures("wip", it.format.as_deref(), &web.app().wip(&who, it.hours).await?)
}

/// Show how old what waits is.
#[utoipa::path(get, path = "/api/v1/reports/ageing", tag = "reports", params(AsFile),
    responses((status = 200, description = "The figures.", body = Ageing)))]
pub(super) async fn ageing(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<AsFile>,
) -> Result<Figures, Problem> {
    figures("ageing", it.format.as_deref(), &web.app().ageing(&who).await?)
}

/// Show what went between operations.
///
/// And between them and the outside. A reversal goes back.
#[utoipa::path(get, path = "/api/v1/reports/flow", tag = "reports", params(Period),
    responses((status = 200, description = "The figures.", body = Flow)))]
pub(super) async fn flow(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Period>,
) -> Result<Figures, Problem> {
    figures("flow", it.format.as_deref(), &web.app().flow(&who, it.days()?).await?)
}

/// Show scrap and yield by operation.
#[utoipa::path(get, path = "/api/v1/reports/scrap", tag = "reports", params(Period),
    responses((status = 200, description = "The figures.", body = Scrap)))]
pub(super) async fn scrap(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Period>,
) -> Result<Figures, Problem> {
    figures("scrap", it.format.as_deref(), &web.app().scrap(&who, it.days()?).await?)
}

/// Show how long pieces stayed at operations.
///
/// Of what left its operation on these days: half of it, nine tenths and all of it stayed so long
/// at most. Of more than 20,000 movements the newest; `from` says from when on.
#[utoipa::path(get, path = "/api/v1/reports/dwell", tag = "reports", params(Period),
    responses((status = 200, description = "The figures.", body = Dwell)))]
pub(super) async fn dwell(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Period>,
) -> Result<Figures, Problem> {
    figures("dwell", it.format.as_deref(), &web.app().dwell(&who, it.days()?).await?)
}

/// Show how full locations are.
#[utoipa::path(get, path = "/api/v1/reports/occupancy", tag = "reports", params(Fullest),
    responses((status = 200, description = "The figures.", body = Occupancy)))]
pub(super) async fn occupancy(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Fullest>,
) -> Result<Figures, Problem> {
    figures("occupancy", it.format.as_deref(), &web.app().occupancy(&who, it.limit).await?)
}

/// Show which parts are below their minimum stock.
///
/// The emptiest first. A part's minimum is the attribute `minimum_stock` of its master data; what is
/// on hand of it counts wherever it is.
#[utoipa::path(get, path = "/api/v1/reports/minimum", tag = "reports", params(Emptiest),
    responses((status = 200, description = "The figures.", body = Minimum)))]
pub(super) async fn minimum(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Emptiest>,
) -> Result<Figures, Problem> {
    figures("minimum", it.format.as_deref(), &web.app().minimum(&who, it.limit).await?)
}

/// Show the floor at a glance.
///
/// What waits, what came and went in eight hours, today's hours, scrap and yield, holds: what the
/// dashboard shows.
#[utoipa::path(get, path = "/api/v1/reports/dashboard", tag = "reports", params(Plain),
    responses((status = 200, description = "The figures.", body = Dashboard)))]
pub(super) async fn dashboard(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(Plain {}): Query<Plain>,
) -> Handled<Dashboard> {
    Ok(Answer::ok(web.app().dashboard(&who).await?))
}

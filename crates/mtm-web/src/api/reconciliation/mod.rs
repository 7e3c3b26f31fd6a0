//! `/reconciliation`: our stock beside the books of another system, and what they disagree about.

mod breaks;
mod decide;

use axum::extract::State;
use mtm_app::reconcile::{RunBody, RunRow, Runs, Standing};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, NoParameters, Path, Query, need, numbered};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(standing))
        .routes(routes!(runs, run_now))
        .routes(routes!(run))
        .routes(routes!(breaks::list))
        .routes(routes!(breaks::show))
        .routes(routes!(decide::take))
        .routes(routes!(decide::assign))
        .routes(routes!(decide::note))
        .routes(routes!(decide::close))
        .routes(routes!(decide::reopen))
}

/// Which page of the comparisons.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// With this system; with all where omitted.
    peer: Option<String>,
    /// How many: 1 to 1,000, 50 where omitted.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Show how our books and those of other systems stand to each other.
///
/// The last comparison with each, how fresh it was, and how many breaks are open. A comparison is `clean`
/// only where it found nothing and everything it was made of was fresh.
#[utoipa::path(get, path = "/api/v1/reconciliation", tag = "reconciliation",
    responses((status = 200, description = "By system.", body = Standing)))]
async fn standing(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<Standing> {
    Ok(Answer::ok(web.app().reconciliation_standing(&who).await?))
}

/// List comparisons, the newest first.
#[utoipa::path(get, path = "/api/v1/reconciliation/runs", tag = "reconciliation", params(Page),
    responses((status = 200, description = "The comparisons.", body = Runs)))]
async fn runs(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(page): Query<Page>,
) -> Handled<Runs> {
    let (limit, before) = numbered(page.limit, page.cursor.as_deref())?;
    Ok(Answer::ok(web.app().reconciliation_runs(&who, page.peer, before, limit).await?))
}

/// Compare with another system now.
///
/// Answered when it is over, which takes seconds. A repetition finds the same and changes nothing. One at a
/// time of each system (`run_under_way`). Nothing is booked, on either side.
#[utoipa::path(post, path = "/api/v1/reconciliation/runs", tag = "reconciliation",
    request_body = RunBody,
    responses((status = 200, description = "It is over.", body = RunRow)))]
async fn run_now(
    State(web): State<Shared>,
    who: Caller<need::Reconcile>,
    Json(body): Json<RunBody>,
) -> Handled<RunRow> {
    Ok(Answer::ok(web.app().reconcile(&who, &body).await?))
}

/// Show a comparison.
#[utoipa::path(get, path = "/api/v1/reconciliation/runs/{id}", tag = "reconciliation",
    params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The comparison.", body = RunRow)))]
async fn run(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<RunRow> {
    Ok(Answer::ok(web.app().reconciliation_run(&who, id).await?))
}

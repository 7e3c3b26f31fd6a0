//! `/approvals`: adjustments that wait for a second person.

use axum::extract::State;
use mtm_app::approval::{ApprovalRow, Approvals, Approved, RefuseBody};
use mtm_core::approval::ApprovalPolicy;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled, count};
use crate::request::{Booking, Caller, Json, Key, NoParameters, Path, Query, need, numbered};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(approve))
        .routes(routes!(refuse))
        .routes(routes!(policy, set_policy))
}

/// Which requests.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// Those that wait for a second person.
    #[default]
    Waiting,
    /// Every one there ever was.
    All,
}

/// Which page of the requests.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// `waiting` where omitted, or `all`.
    #[param(inline)]
    state: Option<Which>,
    /// How many: 1 to 1,000, 50 where omitted.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List adjustments that wait for a second person, the newest first.
#[utoipa::path(get, path = "/api/v1/approvals", tag = "approvals", params(Page),
    responses((status = 200, description = "The requests.", body = Approvals)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(page): Query<Page>,
) -> Handled<Approvals> {
    let (limit, before) = numbered(page.limit, page.cursor.as_deref())?;
    let waiting = matches!(page.state.unwrap_or_default(), Which::Waiting);
    Ok(Answer::ok(web.app().approvals(&who, waiting, before, limit).await?))
}

/// Show a request, and what became of it.
#[utoipa::path(get, path = "/api/v1/approvals/{id}", tag = "approvals",
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 200, description = "The request.", body = ApprovalRow)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<u64>,
) -> Handled<ApprovalRow> {
    Ok(Answer::ok(web.app().approval(&who, id).await?))
}

/// Approve a request: the adjustment is booked.
///
/// By another person than the one who asked, and not by a token (`other_person_needed`). The difference is booked, decided anew on the stock there is by now; the movement is
/// of whoever asked, and its notes name both. Where the bucket was adjusted since, the request is out
/// of date (`quantity_changed`); after fourteen days it waits no more (`approval_closed`).
#[utoipa::path(post, path = "/api/v1/approvals/{id}/approve", tag = "approvals",
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 200, description = "Booked.", body = Approved)))]
async fn approve(
    State(web): State<Shared>,
    who: Booking<need::ApproveAdjust>,
    key: Key,
    Path(id): Path<u64>,
) -> Handled<Approved> {
    let Booking { caller, around } = who;
    let key = key.of(&caller, &())?;
    let (version, trace) = (around.app_version, around.traceparent);
    let made = web.app().approve(&caller, version, trace, id, key).await?;
    if !made.replayed {
        count(&made.value.booked, web.metrics());
    }
    Ok(Answer::ok(made.value).replayed(made.replayed))
}

/// Refuse a request, or take one's own back. Nothing is booked.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/refuse", tag = "approvals",
    params(("id" = u64, Path, description = "Its number.")),
    request_body = RefuseBody,
    responses((status = 200, description = "It waits no more.", body = ApprovalRow)))]
async fn refuse(
    State(web): State<Shared>,
    who: Caller<need::ApproveAdjust>,
    key: Key,
    Path(id): Path<u64>,
    Json(body): Json<RefuseBody>,
) -> Handled<ApprovalRow> {
    let key = key.of(&who, &body)?;
    let made = web.app().refuse_approval(&who, id, &body, key).await?;
    Ok(Answer::ok(made.value).replayed(made.replayed))
}

/// Show how large an adjustment may be before it takes a second person.
#[utoipa::path(get, path = "/api/v1/approval-policy", tag = "approvals",
    responses((status = 200, description = "As it is.", body = ApprovalPolicy)))]
async fn policy(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<ApprovalPolicy> {
    Ok(Answer::ok(web.app().catalogue().approval))
}

/// Set how large an adjustment may be before it takes a second person, on every server of the site.
///
/// What is null bounds nothing. What is above is refused (`approval_required`) until its body
/// confirms that somebody shall be asked; then it is answered with 202 and waits.
#[utoipa::path(put, path = "/api/v1/approval-policy", tag = "approvals",
    request_body = ApprovalPolicy,
    responses((status = 200, description = "As it is now.", body = ApprovalPolicy)))]
async fn set_policy(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Json(body): Json<ApprovalPolicy>,
) -> Handled<ApprovalPolicy> {
    let key = key.of(&who, &body)?;
    let made = web.app().set_approval_policy(&who, body, key).await?;
    Ok(Answer::ok(made.value).replayed(made.replayed))
}

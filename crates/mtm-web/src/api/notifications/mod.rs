//! Notifications: what the caller is told of, how far they have read, what they want to be told, and by
//! which ways beyond this program.

mod ways;

use axum::extract::State;
use mtm_app::notice::{NoticeChoice, Notices};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Done, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Json, Key, NoParameters, Query, need, numbered};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(choices, choose))
        .routes(routes!(ways::ways))
        .routes(routes!(ways::choose, ways::remove))
}

/// Which page of the news.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// How many: 1 to 1,000, 50 where omitted.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How far somebody has read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadBody {
    /// The `sequence` of the newest news they read.
    up_to: u64,
}

/// What the caller is told of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Choices {
    /// One for each kind that the caller may be told of.
    items: Vec<NoticeChoice>,
}

/// List my notifications.
///
/// Newest first: the truth light turned red, another system is not told or does not take something,
/// a part fell below its minimum, a lot that I received or follow is on hold, one that I follow is free
/// again or used up. Kept for ninety days.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", params(Page),
    responses((status = 200, description = "My notifications.", body = Notices)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    Query(page): Query<Page>,
) -> Handled<Notices> {
    let (limit, before) = numbered(page.limit, page.cursor.as_deref())?;
    Ok(Answer::ok(web.app().notices(&who, before, limit).await?))
}

/// Mark my notifications as read.
///
/// Everything up to this one; what was read stays read.
#[utoipa::path(post, path = "/api/v1/notifications/read", tag = "notifications",
    request_body = ReadBody,
    responses((status = 204, description = "They are read.")))]
async fn read(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    Json(body): Json<ReadBody>,
) -> Result<Done, Problem> {
    web.app().notices_read(&who, body.up_to).await?;
    Ok(Done)
}

/// Show what I am told of.
#[utoipa::path(get, path = "/api/v1/notifications/choices", tag = "notifications",
    responses((status = 200, description = "My choices.", body = Choices)))]
async fn choices(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    _: NoParameters,
) -> Handled<Choices> {
    Ok(Answer::ok(Choices { items: web.app().notice_choices(&who).await? }))
}

/// Choose what I am told of.
///
/// Kinds that are not named stay as they are.
#[utoipa::path(put, path = "/api/v1/notifications/choices", tag = "notifications",
    request_body = Choices,
    responses((status = 200, description = "My choices.", body = Choices)))]
async fn choose(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    key: Key,
    Json(body): Json<Choices>,
) -> Handled<Choices> {
    let key = key.of(&who, &body)?;
    let made = web.app().choose_notices(&who, &body.items, key).await?;
    Ok(Answer::ok(Choices { items: made.value }).replayed(made.replayed))
}
